"""Run every case in this process, which has a fixed number of threads.

``python -m tests.golden.measure PLATES THREADS RESULT.json``
"""

import json
import sys
import tempfile
from pathlib import Path

import torch

from tests.golden.cases import CASES
from tests.golden.fingerprint import fingerprint_folder
from tests.golden.program import run_case

# The smallest that hdr-core takes, so that the plates need several, and its own choice.
TILES_PX = (64, 1024)
THREADS = (1, 2)


def settings():
    """Return the name of each setting that a golden file holds."""
    return [name_setting(n, tile) for n in THREADS for tile in TILES_PX]


def name_setting(n_threads, tile_px):
    """Return what a setting is called in a golden file."""
    return f"threads {n_threads}, tile {tile_px}"


def measure(plates, n_threads):
    """Return the fingerprint of each case, by setting and case.

    Raises:
        RuntimeError: Threads are not as asked for, or a case left no pixels.
    """
    if torch.get_num_threads() != n_threads:
        raise RuntimeError(f"torch has {torch.get_num_threads()} threads.")
    return {
        name_setting(n_threads, tile_px): {
            case.name: _measure_case(case, plates, tile_px) for case in CASES
        }
        for tile_px in TILES_PX
    }


def _measure_case(case, plates, tile_px):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / case.name
        run_case(case, plates, out, tile_px=tile_px)
        found = fingerprint_folder(out)
    if not found:
        raise RuntimeError(f"{case.name}: left no results.")
    return found


def main(plates, n_threads, result):
    """Measure, and write the fingerprints to a JSON file."""
    found = measure(Path(plates), int(n_threads))
    Path(result).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
