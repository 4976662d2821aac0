"""``hdr-core train``: a run from the command line, and one line for bad input."""

import json
from importlib.util import find_spec

import pytest

from hdr_core.checkpoint import load_model, trained_modules
from hdr_core.cli.main import run
from hdr_core.training import loss_log
from hdr_core.training.loop import train


@pytest.fixture
def hdr_core_train(a_corpus, a_curve_file, tmp_path, capsys):
    """``hdr-core train`` as a function: exit code, lines printed, lines on stderr."""

    def call(
        *arguments,
        corpus=a_corpus,
        crf=a_curve_file,
        output=tmp_path / "run",
        length=("--steps", "1"),
    ):
        files = {"--corpus": corpus, "--crf": crf, "--output": output}
        options = [str(word) for pair in files.items() for word in pair]
        small = [*length, "--batch", "1", "--workers", "0"]
        code = run(["train", *options, *small, *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err.splitlines()

    return call


def assert_one_line(lines, *words):
    (line,) = lines
    assert line.startswith("hdr-core: ")
    assert all(word in line for word in words)
    assert "Traceback" not in line
    assert "unexpected" not in line


class TestTrain:
    def test_when_a_recipe_runs_then_its_weights_are_there(
        self, hdr_core_train, tmp_path
    ):
        code, printed, errors = hdr_core_train("dequantize")

        weights = tmp_path / "run" / "model.safetensors"
        assert code == 0
        assert errors == []
        assert printed[-1] == f"1 steps done: {weights}"
        assert printed[0].startswith("step 1 ")
        assert load_model(weights).config.name == "compact"
        assert trained_modules(weights) == ["dequantize"]

    def test_when_a_share_of_a_recipe_is_asked_for_then_its_run_is_as_short(
        self, hdr_core_train
    ):
        # 2 of the 2600 steps of dequantize.
        code, printed, _ = hdr_core_train("dequantize", length=("--share", "0.0008"))

        assert code == 0
        assert printed[-1].startswith("2 steps done")

    def test_when_json_is_asked_for_then_every_line_is_an_object(
        self, hdr_core_train, tmp_path
    ):
        code, printed, _ = hdr_core_train("dequantize", "--json")

        step, result = map(json.loads, printed)
        assert code == 0
        assert step["step"] == result["steps"] == 1
        assert step["deq"] == result["losses"]["deq"]
        assert result["weights"] == str(tmp_path / "run" / "model.safetensors")

    def test_when_a_run_is_done_then_asking_again_changes_nothing(
        self, hdr_core_train, tmp_path
    ):
        hdr_core_train("dequantize")
        weights = tmp_path / "run" / "model.safetensors"
        content = weights.read_bytes()

        code, printed, _ = hdr_core_train("dequantize")

        assert code == 0
        assert printed == [f"1 steps done: {weights}"]
        assert weights.read_bytes() == content


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            pytest.param(["magic"], ["unknown 'magic'", "all", "refine"], id="recipe"),
            pytest.param(
                ["all", "--weights", "some.safetensors"],
                ["'all' starts without weights"],
                id="all recipes, from weights",
            ),
            pytest.param(
                ["dequantize", "--preset", "huge"], ["huge", "compact"], id="preset"
            ),
            pytest.param(["dequantize", "--seed", "-1"], ["--seed"], id="seed"),
            pytest.param(["dequantize", "--batch", "0"], ["--batch"], id="batch"),
            pytest.param(["dequantize", "--share", "2"], ["--share"], id="share"),
            pytest.param(
                ["statistics", "--preset", "paper"],
                ["'paper' has no linearize.statistics"],
                id="statistics of a preset without them",
            ),
            pytest.param(["hallucinate"], ["no training scene has"], id="small scenes"),
        ],
    )
    def test_when_an_option_means_nothing_then_one_line_says_so(
        self, hdr_core_train, tmp_path, arguments, words
    ):
        code, printed, errors = hdr_core_train(*arguments)

        assert code == 2
        assert printed == []
        assert_one_line(errors, *words)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("name", ["corpus", "crf"], ids=["no scenes", "no curves"])
    def test_when_a_file_is_missing_then_one_line_says_what_to_point_at_it(
        self, hdr_core_train, tmp_path, name
    ):
        nowhere = tmp_path / "nowhere"

        code, _, errors = hdr_core_train("dequantize", **{name: nowhere})

        assert code == 2
        assert_one_line(errors, str(nowhere), f"--{name}")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.slow
    @pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
    def test_when_a_worker_finds_no_scenes_then_it_is_one_line_too(
        self, hdr_core_train, tmp_path
    ):
        nowhere = tmp_path / "nowhere"

        code, _, errors = hdr_core_train("dequantize", "--workers", 1, corpus=nowhere)

        assert code == 2
        assert errors == [
            f"hdr-core: {nowhere / 'manifest.jsonl'}: no manifest. "
            "Point --corpus at the HDR scenes."
        ]
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(None, id="missing"),
            pytest.param(b"", id="empty"),
            pytest.param(b"not weights", id="something else"),
        ],
    )
    def test_when_weights_cannot_be_read_then_one_line_names_them(
        self, hdr_core_train, tmp_path, content
    ):
        weights = tmp_path / "start.safetensors"
        if content is not None:
            weights.write_bytes(content)

        code, _, errors = hdr_core_train("dequantize", "--weights", weights)

        assert code == 2
        assert_one_line(errors, str(weights))
        assert not (tmp_path / "run").exists()

    def test_when_weights_are_of_another_preset_then_one_line_says_so(
        self, hdr_core_train, a_compact_model, short, tmp_path
    ):
        start = train(a_compact_model, short("dequantize", steps=1), tmp_path / "start")

        code, _, errors = hdr_core_train(
            "dequantize", "--preset", "paper", "--weights", start.weights
        )

        assert code == 2
        assert_one_line(errors, "not 'paper'")
        assert not (tmp_path / "run").exists()

    def test_when_the_folder_holds_another_run_then_it_is_left_unharmed(
        self, hdr_core_train, tmp_path
    ):
        hdr_core_train("dequantize")
        before = {path: path.read_bytes() for path in (tmp_path / "run").iterdir()}

        code, _, errors = hdr_core_train("dequantize", "--seed", 1)

        assert code == 2
        assert_one_line(errors, "state.pt", "--output")
        after = {path: path.read_bytes() for path in (tmp_path / "run").iterdir()}
        assert after == before

    def test_when_the_folder_is_a_file_then_one_line_says_so(
        self, hdr_core_train, tmp_path
    ):
        (tmp_path / "run").write_text("not a folder")

        code, _, errors = hdr_core_train("dequantize")

        assert code == 2
        assert_one_line(errors, "run: cannot be made")

    def test_when_tensorboard_is_missing_then_losses_are_lines_of_json(
        self, hdr_core_train, tmp_path, monkeypatch
    ):
        def without(name):
            return None if name == "tensorboard" else find_spec(name)

        monkeypatch.setattr(loss_log, "find_spec", without)

        code, _, _ = hdr_core_train("dequantize")

        (line,) = (tmp_path / "run" / "losses.jsonl").read_text().splitlines()
        assert code == 0
        assert json.loads(line).keys() >= {"step", "deq"}
