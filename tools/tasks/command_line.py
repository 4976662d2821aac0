"""Every task of the repository: ``python tasks.py --help``.

Standard library only, and any Python from 3.11, because it runs before anything is
installed. It makes ``.venv`` beside tasks.py, and brings it up to date when
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
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.tasks import checks, products
from tools.tasks.environment import make_environment
from tools.tasks.other_environments import HOSTS, OLDER_BPYS
from tools.tasks.steps import TaskError, run

# Commands of hdr-core.
PASSED_ON = ("evaluate", "train")
# Tasks whose other arguments go to pytest.
TAKE_MORE = ("test", "browser", "hosts")


def main(arguments: Sequence[str]) -> int:
    """Run the task that ``arguments`` name and return the exit code."""
    try:
        if arguments and arguments[0] in PASSED_ON:
            make_environment()
            return run("hdr-core", *arguments, folder=Path.cwd())
        parser = make_parser()
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


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all tasks; ``do`` of its result is the task."""
    parser = argparse.ArgumentParser(
        prog="tasks.py",
        description=__doc__,
        epilog="evaluate, train: passed on to hdr-core with all that follows.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")

    _add_everyday(tasks)
    _add_checks(tasks)
    _add_products(tasks)
    return parser


def _add_everyday(tasks: "argparse._SubParsersAction") -> None:
    task = tasks.add_parser("demo", help="reconstruct the example plates into out/")
    task.add_argument("plates", nargs="*", type=Path, help="your own instead")
    task.set_defaults(do=products.demo)

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
    task.set_defaults(do=checks.test)

    task = tasks.add_parser("lint", help="ruff, import-linter and mypy")
    task.add_argument("--fast", action="store_true", help="without mypy")
    task.set_defaults(do=checks.lint)

    task = tasks.add_parser("env", help="only make the environment")
    task.set_defaults(do=products.env)


def _add_checks(tasks: "argparse._SubParsersAction") -> None:
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
    task.set_defaults(do=checks.golden)

    meaning = "read damaged files of every format: no traceback, no hang, no crash"
    task = tasks.add_parser("fuzz", help=meaning)
    task.add_argument("--minutes", type=float, default=5.0, help="time for it")
    task.add_argument("--files", type=int, default=10**9, help="most files")
    task.add_argument("--seed", type=int, default=1, help="of the damage")
    task.add_argument("--only", default="", help="suffix of the seeds, such as png")
    task.set_defaults(do=checks.fuzz)

    meaning = "the pages of hdr-core view in Chromium; more goes to pytest"
    task = tasks.add_parser("browser", help=meaning)
    task.set_defaults(do=checks.browser)

    meaning = "compare preset 'released' with the authors' graph in TensorFlow (200 MB)"
    task = tasks.add_parser("parity", help=meaning)
    task.set_defaults(do=checks.parity)

    meaning = "test files for other hosts: torch 2.1, ComfyUI's runtime, no torch"
    task = tasks.add_parser("hosts", help=meaning, allow_abbrev=False)
    meaning = "which of them; all by default. torch 2.1 takes 5 GB"
    task.add_argument(
        "--host", dest="hosts", action="append", choices=[*HOSTS], help=meaning
    )
    task.set_defaults(do=checks.hosts)


def _add_products(tasks: "argparse._SubParsersAction") -> None:
    task = tasks.add_parser("site", help="build the site into out/site")
    meaning = "leave out the example pages, which take minutes"
    task.add_argument("--no-gallery", action="store_true", help=meaning)
    task.set_defaults(do=products.site)

    meaning = "build sdist and wheel into out/dist, and run them in a clean place"
    task = tasks.add_parser("package", help=meaning)
    task.set_defaults(do=products.package)

    meaning = "write docs/licences.md from the installed packages"
    task = tasks.add_parser("licences", help=meaning)
    task.set_defaults(do=products.licences)

    task = tasks.add_parser("addon", help="build the Blender add-on's zip into out/")
    task.set_defaults(do=products.addon)
