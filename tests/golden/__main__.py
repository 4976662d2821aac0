"""``python tasks.py golden``: whether a change of the code changed any result."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from tests.golden.cases import CASES
from tests.golden.compare import find_differences
from tests.golden.measure import THREADS, settings
from tests.golden.plates import draw_plates
from tests.golden.program import ROOT, run_case
from tests.golden.random_weights import write_paper
from tests.golden.stored import FOLDER, read_results, save_results

DEFAULT_FILE = ROOT / "out" / "golden.json"
MOST_SHOWN = 60
PACKAGES = ("torch", "numpy", "OpenImageIO", "OpenEXR", "opencolorio", "pillow")
DIFFERENT, CANNOT = 1, 2


def main(arguments):
    """Write or check a golden file and return the exit code."""
    options = _parser().parse_args(arguments)
    if options.stored and not options.write:
        print("golden: --stored goes with --write.", file=sys.stderr)
        return CANNOT
    if options.check and not options.file.is_file():
        line = f"golden: no {options.file}. Run --write first, with the code as it was."
        print(line, file=sys.stderr)
        return CANNOT
    with tempfile.TemporaryDirectory() as folder:
        plates = Path(folder)
        draw_plates(plates)
        write_paper(plates / "paper.safetensors")
        found = {"packages": _packages(), "results": _measure_all(plates)}
        if options.stored:
            _write_stored(plates)
    return (check if options.check else write)(options.file, found)


def _parser():
    parser = argparse.ArgumentParser(prog="tasks.py golden", description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    meaning = "convert the golden plates and write a digest of each result"
    choice.add_argument("--write", action="store_true", help=meaning)
    meaning = "convert them again and print what differs"
    choice.add_argument("--check", action="store_true", help=meaning)
    meaning = "with --write: also replace the arrays of the tolerance test"
    parser.add_argument("--stored", action="store_true", help=meaning)
    meaning = "the file with the digests (default: out/golden.json)"
    parser.add_argument("--file", type=Path, default=DEFAULT_FILE, help=meaning)
    return parser


def _packages():
    return {name: version(name) for name in PACKAGES}


def _measure_all(plates):
    """Return the fingerprints of all settings; one process for each thread count."""
    found = {}
    for n_threads in THREADS:
        started = time.perf_counter()
        result = plates / f"threads_{n_threads}.json"
        program = [sys.executable, "-m", "tests.golden.measure"]
        threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(n_threads))
        # Threads that spin while they wait take three times as long on a busy machine.
        threads["OMP_WAIT_POLICY"] = "PASSIVE"
        subprocess.run(
            [*program, str(plates), str(n_threads), str(result)],
            cwd=ROOT,
            env=os.environ | threads,
            check=True,
        )
        found |= json.loads(result.read_text(encoding="utf-8"))
        seconds = time.perf_counter() - started
        print(f"golden: {n_threads} threads, {seconds:.0f} s", flush=True)
    if list(found) != settings():
        raise RuntimeError(f"golden: measured only {list(found)}.")
    return found


def write(path, found):
    """Write what was measured to ``path`` and return the exit code."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    n_facts = sum(len(facts) for c in found["results"].values() for facts in c.values())
    print(f"golden: wrote {n_facts} facts of {len(CASES)} cases to {path}")
    return 0


def _write_stored(plates):
    """Replace the stored arrays; cases that are no longer stored go."""
    for old in FOLDER.glob("*.npz"):
        old.unlink()
    for case in CASES:
        if case.is_stored:
            out = plates / "stored" / case.name
            run_case(case, plates, out, options=("--depth", "float"))
            save_results(case.name, read_results(out))
    n_bytes = sum(path.stat().st_size for path in FOLDER.glob("*.npz"))
    print(f"golden: stored {n_bytes / 1e3:.0f} kB in {FOLDER}")


def check(path, found):
    """Print what differs from the file at ``path`` and return the exit code."""
    written = json.loads(path.read_text(encoding="utf-8"))
    for name, after in found["packages"].items():
        if (before := written["packages"].get(name)) != after:
            print(f"golden: {name} was {before}, is {after}: digits may differ")
    differences, n_facts = find_differences(written["results"], found["results"])
    for one in differences[:MOST_SHOWN]:
        print(f"{one.setting}, {one.case}: {one.fact}: {one.before} -> {one.after}")
    if n_more := len(differences[MOST_SHOWN:]):
        print(f"... and {n_more} more")
    cases = len({one.case for one in differences})
    told = (
        f"{len(differences)} differ, in {cases} cases" if differences else "all equal"
    )
    print(f"golden: {n_facts} facts of {len(CASES)} cases compared, {told}")
    return DIFFERENT if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
