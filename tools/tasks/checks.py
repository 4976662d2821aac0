"""Tasks that check the code: rules, tests, pixels, damaged files, pages, hosts."""

import argparse
import os
import shutil
from collections.abc import Sequence

from tools.tasks.environment import pip
from tools.tasks.other_environments import (
    BPY,
    HOSTS,
    OLDER_BPYS,
    make_bpy_environment,
    make_host_environment,
    make_tensorflow_environment,
)
from tools.tasks.steps import IS_WINDOWS, TaskError, run, step

ADDON_TESTS = "tests/addon"
PARITY_TESTS = "tests/parity"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Exit code of pytest that found no test.
NO_TESTS = 5
FAST_CHECKS = (
    ("rules (ruff)", ["ruff", "check", "."]),
    ("layout (ruff)", ["ruff", "format", "--check", "."]),
    ("imports (import-linter)", ["lint-imports"]),
)
SLOW_CHECKS = (("types (mypy)", ["mypy"]),)


def lint(options: argparse.Namespace, _: list[str]) -> None:
    """Check rules, layout and imports, and types unless in a hurry."""
    _lint(FAST_CHECKS if options.fast else (*FAST_CHECKS, *SLOW_CHECKS))


def _lint(checks: Sequence[tuple[str, list[str]]]) -> None:
    for title, command in checks:
        step(title, command)


def test(options: argparse.Namespace, rest: list[str]) -> int:
    """Lint, then run the tests; the last line printed is pytest's own."""
    marks = ["-m", "slow" if options.slow else "not slow"]
    if options.all:
        marks = []
    versions = [BPY, *OLDER_BPYS] if options.all else [BPY]
    if options.all:
        os.environ["HDR_CORE_TENSORFLOW"] = make_tensorflow_environment()
    _lint((*FAST_CHECKS, *SLOW_CHECKS))
    codes = []
    for version in [] if options.core else versions:
        pytest = make_bpy_environment(version)
        print(f"== tests of the add-on (pytest in bpy {version})", flush=True)
        codes.append(run(str(pytest), ADDON_TESTS, *marks, *rest))
    if not (rest or options.slow or IS_WINDOWS):
        print("== damaged files (fuzz, one minute)", flush=True)
        codes.append(run("python", "-m", "tools.fuzz", "--minutes", "1"))
    print("== tests (pytest)", flush=True)
    codes.append(run("pytest", "--ignore", ADDON_TESTS, *marks, *rest))
    return overall(codes)


def overall(codes: list[int]) -> int:
    """Return the exit code of several runs of pytest: the first that is bad.

    A choice of tests (-k) may leave one of the runs without any, but not all.
    """
    bad = [code for code in codes if code not in {0, NO_TESTS}]
    if bad:
        return bad[0]
    return 0 if 0 in codes else NO_TESTS


def fuzz(options: argparse.Namespace, _: list[str]) -> int:
    """Give damaged files of every format to the readers."""
    arguments = ["--minutes", str(options.minutes), "--files", str(options.files)]
    arguments += ["--seed", str(options.seed), "--only", options.only]
    return run("python", "-m", "tools.fuzz", *arguments)


def browser(_: argparse.Namespace, rest: list[str]) -> int:
    """Test the pages of ``hdr-core view`` in Chromium."""
    if not find_chromium():
        install_chromium()
    pip("--no-build-isolation", "-e", ".[browser]")
    print("== tests of the pages (pytest in Chromium)", flush=True)
    os.environ["HDR_CORE_NEEDS_BROWSER"] = "1"
    return run("pytest", "tests/core/view", "-m", "browser", *rest)


def find_chromium() -> str | None:
    """Return the path of Chromium; the variable CHROMIUM names another one."""
    if named := os.environ.get("CHROMIUM"):
        return named
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def install_chromium() -> None:
    """Install Debian's Chromium, where this machine allows it."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise TaskError("no Chromium found. Install it, or set CHROMIUM to its path.")
    step("list packages (apt)", [str(shutil.which("apt-get")), "update", "-q"])
    install = [str(shutil.which("apt-get")), "install", "-qy"]
    step("install Chromium (apt)", [*install, "--no-install-recommends", "chromium"])


def golden(options: argparse.Namespace, _: list[str]) -> int:
    """Compare all results of the code, bit for bit, with those of earlier code."""
    arguments = ["--write" if options.write else "--check"]
    arguments += ["--stored"] if options.stored else []
    arguments += ["--file", str(options.file.resolve())] if options.file else []
    return run("python", "-m", "tests.golden", *arguments)


def parity(_: argparse.Namespace, __: list[str]) -> int:
    """Compare preset ``released`` with the authors' graph in TensorFlow."""
    os.environ["HDR_CORE_TENSORFLOW"] = make_tensorflow_environment()
    print("== tests of parity (pytest)", flush=True)
    return run("pytest", PARITY_TESTS)


def hosts(options: argparse.Namespace, rest: list[str]) -> int:
    """Test exported files in torch 2.1 and without torch, and the ComfyUI nodes."""
    for name in options.hosts or HOSTS:
        variable, _ = HOSTS[name]
        os.environ[variable] = str(make_host_environment(name))
    return run("pytest", "tests/hosts", "-m", "slow", *rest)
