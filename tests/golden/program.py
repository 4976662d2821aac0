"""Run hdr-core as a user does, within this process."""

import contextlib
import io
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).parents[2]
RUN_OPTIONS = {
    "convert": ("--device", "cpu", "--precision", "float32", "--quiet"),
    "analyze": ("--device", "cpu"),
    "crf": ("--device", "cpu"),
    "light": (),
}


def run_case(case, plates, out, *, tile_px=1024, options=()):
    """Run the commands of ``case``; its results lie in ``out``, a new folder.

    Args:
        case: What to run.
        plates: Folder of the plates.
        out: Folder for the results. What ``light`` prints goes to light.json there.
        tile_px: Side of a tile, for ``convert``.
        options: More options for ``convert``.

    Raises:
        RuntimeError: A command failed.
    """
    out.mkdir(parents=True)
    for command in case.commands:
        name = command[0]
        told = [part.format(plates=plates, out=out) for part in command]
        told += RUN_OPTIONS[name]
        if name == "convert":
            told += ["--tile", str(tile_px), *options]
        printed = run_program(told)
        if name == "light":
            (out / "light.json").write_text(printed, encoding="utf-8")


def run_program(arguments):
    """Run ``hdr-core`` with ``arguments`` and return what it printed.

    Raises:
        RuntimeError: It did not exit with 0, or it is of another checkout.
    """
    main = _load_program()
    printed = io.StringIO()
    clean = {key: value for key, value in os.environ.items() if key != "OCIO"}
    with (
        mock.patch.dict(os.environ, clean, clear=True),
        mock.patch.object(sys, "argv", ["hdr-core", *arguments]),
        contextlib.redirect_stdout(printed),
    ):
        try:
            code = main()
        except SystemExit as stopped:
            code = stopped.code
    if code:
        raise RuntimeError(f"hdr-core {' '.join(arguments)}: exit code {code}.")
    return printed.getvalue()


def _load_program():
    """Return what the console script of hdr-core calls."""
    (script,) = entry_points(group="console_scripts", name="hdr-core")
    main = script.load()
    found = Path(sys.modules["hdr_core"].__file__)
    if not found.is_relative_to(ROOT):
        raise RuntimeError(f"{found}: is not the hdr_core of {ROOT}.")
    return main
