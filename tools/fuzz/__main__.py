"""Give damaged files to the readers: ``python -m tools.fuzz --minutes 5``.

It needs Linux or macOS. Each finding is kept in out/fuzz, with its reason beside it.
Exit code 1 if there is one.
"""

import argparse
import json
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tools.fuzz.mutate import mutate
from tools.fuzz.seeds import make_seeds

KEPT = Path("out", "fuzz")
# A decoder that waits for nothing takes no processor time; this ends it.
STUCK_SECONDS = 180
MEMORY_GIB = 0.5
# A damaged file may leave a decoder with damaged memory: start afresh now and then.
FILES_PER_WORKER = 2000


class Reader:
    """A process that reads files, started again whenever it has ended."""

    def __init__(self, seeds: list[Path]) -> None:
        self._seeds = seeds
        self._process: subprocess.Popen[str] | None = None
        self._n_files = 0

    def read(self, path: Path) -> list[str]:
        """Return the findings of a file."""
        if self._process is None or self._n_files >= FILES_PER_WORKER:
            self.close()
            self._start()
        self._n_files += 1
        self._ask(path)
        answer = self._answer()
        if isinstance(answer, str):
            self.close()
            return [answer]
        if any(held.startswith("memory") for held in answer["findings"]):
            self.close()
        return list(answer["findings"])

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process, self._n_files = None, 0

    def _start(self) -> None:
        command = [sys.executable, "-m", "tools.fuzz.worker", str(MEMORY_GIB)]
        self._process = subprocess.Popen(
            [*command, *map(str, self._seeds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started = self._answer()
        if isinstance(started, str):
            raise SystemExit(f"fuzz: the reader does not start ({started})")

    def _ask(self, path: Path) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(str(path)) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> dict | str:
        """Return the next answer, or the reason why there is none."""
        assert self._process is not None
        pipe = self._process.stdout
        assert pipe is not None
        if not select.select([pipe], [], [], STUCK_SECONDS)[0]:
            return f"hang: no answer for {STUCK_SECONDS} s"
        line = pipe.readline()
        if line:
            return json.loads(line)
        code = self._process.wait()
        if code == -signal.SIGPROF:
            return "hang: more than 10 s of processor time"
        return f"crash: the process ended with {code}"


def fuzz(minutes: float, most_files: int, seed: int, only: str) -> int:
    """Damage and read files until the time or their number is reached.

    Args:
        minutes: Time for it.
        most_files: Number of files after which it ends.
        seed: Of the random generator; the same seed makes the same files.
        only: Suffix of the seeds to use; "" means all.

    Returns:
        Number of findings.
    """
    end = time.monotonic() + 60 * minutes
    random, counts = Random(seed), Counter[str]()
    n_findings = 0
    with TemporaryDirectory() as folder:
        (home := Path(folder, "seeds")).mkdir()
        (work := Path(folder, "work")).mkdir()
        seeds = [p for p in make_seeds(home) if p.suffix.endswith(only)]
        contents = [path.read_bytes() for path in seeds]
        reader = Reader(seeds)
        while time.monotonic() < end and counts.total() < most_files:
            place = random.randrange(len(seeds))
            data = mutate(contents[place], random.choice(contents), random)
            path = work / f"a{seeds[place].suffix}"
            path.write_bytes(data)
            counts[path.suffix] += 1
            if findings := reader.read(path):
                n_findings += 1
                _keep(counts.total(), path, data, findings)
            path.unlink()
        reader.close()
    each = ", ".join(f"{kind} {number}" for kind, number in sorted(counts.items()))
    print(f"fuzz: {counts.total()} files, {n_findings} findings ({each})", flush=True)
    return n_findings


def _keep(number: int, path: Path, data: bytes, findings: list[str]) -> None:
    """Keep a file with its findings, and print them."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{number:06}{path.suffix}"
    kept.write_bytes(data)
    kept.with_name(f"{kept.name}.txt").write_text("\n".join(findings))
    for finding in findings:
        print(f"fuzz: {kept}: {finding.strip().splitlines()[-1]}", flush=True)


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="tools.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="time for it")
    parser.add_argument("--files", type=int, default=10**9, help="most files")
    parser.add_argument("--seed", type=int, default=1, help="of the damage")
    parser.add_argument("--only", default="", help="suffix of the seeds, such as png")
    options = parser.parse_args()
    if sys.platform == "win32":
        print("fuzz: needs Linux or macOS.", file=sys.stderr)
        return 2
    found = fuzz(options.minutes, options.files, options.seed, options.only)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
