"""A dry run says what would happen, and starts without torch."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
CODE = """
import sys
from hdr_core.cli.main import run
code = run(sys.argv[1:])
print(code, "torch" in sys.modules)
"""


def test_when_a_dry_run_is_made_then_torch_is_not_loaded(tmp_path):
    plate = str(ROOT / "examples" / "rocket.jpg")
    arguments = ["convert", plate, "-o", str(tmp_path), "--dry-run"]

    ran = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    *planned, last = ran.stdout.splitlines()
    assert last == "0 False"
    assert planned[0].startswith("planned: ")
    assert list(tmp_path.iterdir()) == []
