"""The task runner: its command line, its steps, and what it takes for outdated."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.tasks import checks, command_line, products, steps
from tools.tasks.other_environments import find_python

ROOT = Path(__file__).parents[2]
TASKS = ["demo", "test", "lint", "golden", "fuzz", "browser", "parity", "site"]
TASKS += ["package", "licences", "hosts", "addon", "env"]


@pytest.fixture
def a_repository(tmp_path):
    """tasks.py and the files that say what it installs, and no environment."""
    (tmp_path / "hdr_core").mkdir()
    shutil.copytree(ROOT / "tools" / "tasks", tmp_path / "tools" / "tasks")
    names = ("tasks.py", "pyproject.toml", "constraints.txt", "hdr_core/version.py")
    for name in names:
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run_tasks(*arguments, folder=ROOT, **variables):
    return subprocess.run(
        [sys.executable, "tasks.py", *arguments],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def fingerprint(repository):
    code = "from tools.tasks.environment import fingerprint; print(fingerprint())"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=repository, capture_output=True, text=True, check=True
    )
    return done.stdout


class TestCommandLine:
    def test_when_asked_for_help_then_every_task_is_named(self, a_repository):
        done = run_tasks("--help", folder=a_repository)

        assert done.returncode == 0
        assert all(f"\n    {task} " in done.stdout for task in TASKS)
        assert "evaluate, train: passed on to hdr-core" in done.stdout
        assert not (a_repository / ".venv").exists()

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            ([], "required: TASK"),
            (["fly"], "invalid choice: 'fly'"),
            (["lint", "--faster"], "lint: unknown --faster"),
            (["golden"], "one of the arguments --write --check is required"),
            (["test", "--slow", "--all"], "not allowed with argument"),
        ],
        ids=["no task", "unknown task", "unknown option", "neither", "both"],
    )
    def test_when_the_command_is_wrong_then_exit_2_before_anything_is_installed(
        self, a_repository, arguments, reason
    ):
        done = run_tasks(*arguments, folder=a_repository)

        assert done.returncode == 2
        assert reason in done.stderr
        assert not (a_repository / ".venv").exists()

    def test_when_tested_then_what_tasks_does_not_know_goes_to_pytest(self):
        arguments = ["test", "--core", "-k", "fidelity", "--co"]

        options, rest = command_line.make_parser().parse_known_args(arguments)

        assert options.do is checks.test
        assert (options.core, options.slow, options.all) == (True, False, False)
        assert rest == ["-k", "fidelity", "--co"]

    def test_when_shown_then_the_example_plates_are_there(self):
        assert all((ROOT / plate).is_file() for plate in products.DEMO_PLATES)


class TestSteps:
    def test_when_a_program_ends_then_its_exit_code_is_returned(self):
        assert steps.run(sys.executable, "-c", "raise SystemExit(3)") == 3

    def test_when_a_step_fails_then_the_error_names_it_and_has_its_code(self, capfd):
        with pytest.raises(
            steps.TaskError, match=r"^failed: types \(exit 3\)\.$"
        ) as no:
            steps.step("types", [sys.executable, "-c", "raise SystemExit(3)"])

        assert no.value.code == 3
        assert capfd.readouterr().out == "== types\n"

    def test_when_a_program_is_missing_then_the_error_names_it(self, tmp_path):
        with pytest.raises(steps.TaskError, match=r"cannot run .*ruff"):
            steps.run(str(tmp_path / "ruff"))

    @pytest.mark.parametrize(
        ("codes", "expected"),
        [([0, 0], 0), ([0, 5], 0), ([5, 5], 5), ([1, 0], 1), ([5, 2], 2)],
        ids=["all pass", "none in one", "none at all", "one fails", "interrupted"],
    )
    def test_when_there_are_several_runs_then_the_worst_counts(self, codes, expected):
        assert checks.overall(codes) == expected


class TestEnvironment:
    def test_when_there_is_no_python_for_bpy_then_it_says_what_to_do(self):
        with pytest.raises(steps.TaskError, match=r"needs python3\.99, .* --core"):
            find_python((3, 99))

    def test_when_a_pin_changes_then_so_does_the_fingerprint(self, a_repository):
        before, again = fingerprint(a_repository), fingerprint(a_repository)

        (a_repository / "constraints.txt").write_text("torch==2.13.1")

        assert before == again
        assert fingerprint(a_repository) != before

    @pytest.mark.slow
    def test_when_installing_fails_then_the_environment_is_not_taken_for_made(
        self, a_repository
    ):
        (a_repository / "constraints.txt").write_text("no pin at all")

        done = run_tasks("env", folder=a_repository, HDR_CORE_TORCH_INDEX="")

        assert done.returncode == 1
        assert done.stderr.endswith("tasks.py: failed: install setuptools (exit 1).\n")
        assert (a_repository / ".venv").is_dir()
        assert not (a_repository / ".venv" / ".made-from").exists()
