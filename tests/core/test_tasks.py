"""The task runner: what it runs, in which order, and how it fails."""

import sys

import pytest

import tasks

REPOSITORY = tasks.ROOT


@pytest.fixture
def the_steps(monkeypatch, tmp_path):
    """Programs that would have run, and the exit codes they are given."""
    steps = []

    def run(program, *arguments, folder=tasks.ROOT):
        steps.append([program, *arguments])
        return run.codes.get(program, 0)

    run.codes = {}
    monkeypatch.setattr(tasks, "run", run)
    monkeypatch.setattr(tasks, "make_environment", lambda: None)
    monkeypatch.setattr(tasks, "make_bpy_environment", lambda version: f"in-{version}")
    monkeypatch.setattr(tasks, "ROOT", tmp_path)
    return steps, run.codes


@pytest.fixture
def an_outdated_environment(monkeypatch, tmp_path):
    """A repository of two files, whose environment was made from other ones."""
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text(name)
    stamp = tmp_path / "stamp"
    stamp.write_text("older")
    monkeypatch.setattr(tasks, "ROOT", tmp_path)
    monkeypatch.setattr(tasks, "STAMP", stamp)
    monkeypatch.setattr(tasks, "_is_usable", lambda: True)
    return stamp


class TestMain:
    def test_when_tested_then_pytest_runs_last_and_leaves_the_slow_out(self, the_steps):
        steps, _ = the_steps

        code = tasks.main(["test", "-k", "fidelity"])

        programs = [step[0] for step in steps]
        assert code == 0
        linters = ["ruff", "ruff", "lint-imports", "mypy"]
        chosen = ["-m", "not slow", "-k", "fidelity"]
        assert programs == [*linters, "in-5.0.1", "pytest"]
        assert steps[-2] == ["in-5.0.1", "tests/addon", *chosen]
        assert steps[-1] == ["pytest", "--ignore", "tests/addon", *chosen]

    def test_when_everything_is_tested_then_nothing_is_left_out(self, the_steps):
        steps, _ = the_steps

        tasks.main(["test", "--all"])

        programs = [step[0] for step in steps[4:]]
        assert programs == ["in-5.0.1", "in-4.5.15", "in-4.2.23", "pytest"]
        assert steps[-1] == ["pytest", "--ignore", "tests/addon"]

    def test_when_only_the_core_is_tested_then_bpy_is_not_needed(self, the_steps):
        steps, _ = the_steps

        tasks.main(["test", "--core"])

        assert [step[0] for step in steps[4:]] == ["pytest"]

    @pytest.mark.parametrize(
        ("codes", "expected"),
        [([0, 0], 0), ([0, 5], 0), ([5, 5], 5), ([1, 0], 1), ([5, 2], 2)],
        ids=["all pass", "none in one", "none at all", "one fails", "interrupted"],
    )
    def test_when_there_are_several_runs_then_the_worst_counts(self, codes, expected):
        assert tasks.overall(codes) == expected

    def test_when_there_is_no_python_for_bpy_then_it_says_what_to_do(self, monkeypatch):
        monkeypatch.setattr(tasks.shutil, "which", lambda name: None)

        with pytest.raises(tasks.TaskError, match=r"needs python3\.99, .* --core"):
            tasks.find_python((3, 99))

    def test_when_a_step_fails_then_its_code_and_one_line_come_out(
        self, the_steps, capsys
    ):
        steps, codes = the_steps
        codes["mypy"] = 3

        code = tasks.main(["test"])

        assert code == 3
        assert steps[-1][0] == "mypy"
        error = capsys.readouterr().err
        assert error == "tasks.py: failed: types (mypy) (exit 3).\n"

    def test_when_the_tests_fail_then_the_last_word_is_pytests(self, the_steps, capsys):
        _, codes = the_steps
        codes["pytest"] = 1

        code = tasks.main(["test"])

        shown = capsys.readouterr()
        assert code == 1
        assert shown.out.endswith("== tests (pytest)\n")
        assert shown.err == ""

    def test_when_shown_then_the_example_plates_are_converted(self, the_steps, capsys):
        steps, _ = the_steps

        code = tasks.main(["demo"])

        assert code == 0
        assert steps[0][:2] == ["hdr-core", "convert"]
        assert all((REPOSITORY / plate).is_file() for plate in steps[0][2:4])

    def test_when_a_command_is_passed_on_then_with_all_that_follows(self, the_steps):
        steps, _ = the_steps

        tasks.main(["train", "compact", "--help"])

        assert steps == [["hdr-core", "train", "compact", "--help"]]

    def test_when_results_are_checked_then_the_exit_code_comes_out(self, the_steps):
        steps, codes = the_steps
        codes["python"] = 1

        code = tasks.main(["golden", "--check"])

        assert code == 1
        assert steps == [["python", "-m", "tests.golden", "--check"]]

    @pytest.mark.parametrize(
        "arguments",
        [[], ["fly"], ["lint", "--faster"], ["golden"]],
        ids=["no task", "unknown task", "unknown option", "neither write nor check"],
    )
    def test_when_the_task_is_wrong_then_the_exit_code_is_2(self, the_steps, arguments):
        steps, _ = the_steps

        with pytest.raises(SystemExit) as stopped:
            tasks.main(arguments)

        assert stopped.value.code == 2
        assert steps == []


class TestEnvironment:
    def test_when_it_is_outdated_then_it_is_made_once(
        self, an_outdated_environment, monkeypatch
    ):
        made = []
        monkeypatch.setattr(tasks, "install_everything", lambda: made.append(1))

        tasks.make_environment()
        tasks.make_environment()

        assert made == [1]
        assert an_outdated_environment.read_text() == tasks.fingerprint()

    def test_when_a_pin_changes_then_so_does_the_fingerprint(
        self, an_outdated_environment
    ):
        before = tasks.fingerprint()

        (tasks.ROOT / "constraints.txt").write_text("torch==2.13.1")

        assert tasks.fingerprint() != before

    def test_when_installing_fails_then_it_is_not_taken_for_made(
        self, an_outdated_environment, monkeypatch
    ):
        def fail():
            raise tasks.TaskError("failed: install torch (exit 1).", 1)

        monkeypatch.setattr(tasks, "install_everything", fail)

        with pytest.raises(tasks.TaskError, match="install torch"):
            tasks.make_environment()

        assert not an_outdated_environment.exists()

    def test_when_python_is_too_old_then_it_says_which_is_needed(self, monkeypatch):
        monkeypatch.setattr(tasks, "OLDEST_PYTHON", (sys.version_info.major, 99))

        with pytest.raises(tasks.TaskError, match=r"needs Python 3\.99 or newer"):
            tasks.make_environment()

    def test_when_torch_has_its_own_index_then_nothing_else_comes_from_there(
        self, monkeypatch
    ):
        installed = []
        monkeypatch.setenv("HDR_CORE_TORCH_INDEX", "file:///wheels")
        monkeypatch.setattr(tasks, "pip", lambda *packages: installed.append(packages))

        tasks.install_everything()

        assert installed[0] == ("torch", "--index-url", "file:///wheels", "--no-deps")
        assert not any("file:///wheels" in packages for packages in installed[1:])
