"""A shot: one camera, steady light, and the same bytes in any order and any chunks."""

import json

import numpy as np
import pytest

from hdr_core.camera.curve_text import unpack_curve
from hdr_core.cli.main import run
from hdr_core.io.readback import read_hdr
from hdr_core.options import Options
from hdr_core.shot.analyze import analyze_shot
from hdr_core.shot.plan import save_plan

FRAMES = range(1001, 1007)


@pytest.fixture
def write_frame(tmp_path, write_picture):
    """Write a frame of a street that moves by, with a lamp that clips."""

    def write(frame, *, scene=0, size=(48, 72)):
        rng = np.random.default_rng(scene)
        street = rng.integers(20, 170, (12, 40, 3)).repeat(4, axis=0).repeat(4, axis=1)
        left = 2 * (frame - 1001)
        street[16:26, 60:76] = 255
        codes = street[: size[0], left : left + size[1]].astype(np.uint8)
        (tmp_path / "in").mkdir(exist_ok=True)
        path = tmp_path / "in" / f"plate.{frame}.png"
        return write_picture(path, np.ascontiguousarray(codes))

    return write


@pytest.fixture
def a_shot(tmp_path, write_frame):
    for frame in FRAMES:
        write_frame(frame)
    return tmp_path / "in" / "plate.####.png"


@pytest.fixture
def analyze(some_weights, tmp_path):
    def run_analyze(shot, *options):
        told = [str(option) for option in options]
        output = ["-o", str(tmp_path / "shot.json")]
        return run(
            ["analyze", str(shot), *output, *told, "--weights", str(some_weights)]
        )

    return run_analyze


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


class TestChunks:
    def test_when_cut_into_chunks_in_any_order_then_the_bytes_are_those_of_one_run(
        self, a_shot, analyze, convert, tmp_path
    ):
        whole, chunks = tmp_path / "whole", tmp_path / "chunks"
        plan = tmp_path / "shot.json"

        assert analyze(a_shot) == 0
        assert convert(a_shot, "-o", whole / "a.####.exr", "--quiet") == 0
        for frames in ("1005-1006", "1001", "1002-1004"):
            options = ["--frames", frames, "--shot", plan, "--quiet"]
            assert convert(a_shot, "-o", chunks / "a.####.exr", *options) == 0

        assert len(bytes_of(whole)) == len(FRAMES)
        assert bytes_of(whole) == bytes_of(chunks)

    def test_when_frames_share_a_shot_then_they_have_one_curve(self, a_shot, tmp_path):
        def curves(*options):
            out = tmp_path / "_".join(["out", *options])
            told = ["--frames", "1001-1003", "--linearize", "network", "--quiet"]
            told += options
            assert run(["convert", str(a_shot), "-o", str(out), *told]) == 0
            headers = [read_hdr(path).header for path in sorted(out.iterdir())]
            return {header["hdr_core/inverse_crf"] for header in headers}

        assert len(curves()) == 1
        assert len(curves("--shot", "none")) == 3

    def test_when_a_shot_is_converted_then_the_promise_holds_on_every_frame(
        self, a_shot, convert, tmp_path, capsys
    ):
        convert(a_shot, "-o", tmp_path / "out", "--json")

        told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [one["violations"] for one in told[:-1]] == [0] * len(FRAMES)
        names = [path.name for path in sorted((tmp_path / "out").iterdir())]
        assert names == [f"plate_hdr.{frame}.exr" for frame in FRAMES]

    def test_when_frames_are_asked_for_then_only_they_are_made(
        self, a_shot, convert, tmp_path
    ):
        options = ["--frames", "1001-1006x2", "--shot", "none", "--quiet"]

        code = convert(a_shot, "-o", tmp_path / "out" / "a.%04d.exr", *options)

        names = [path.name for path in sorted((tmp_path / "out").iterdir())]
        assert code == 0
        assert names == ["a.1001.exr", "a.1003.exr", "a.1005.exr"]

    def test_when_a_folder_is_given_then_its_sequence_is_a_shot(
        self, a_shot, convert, tmp_path, capsys
    ):
        convert(a_shot.parent, "-o", tmp_path / "out", "--dry-run")

        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == len(FRAMES) + 1
        assert lines[0].endswith("plate_hdr.1001.exr")


class TestFaultsOfFrames:
    def test_when_a_frame_is_unreadable_then_the_others_are_made_and_it_is_told(
        self, a_shot, convert, tmp_path, capsys
    ):
        (a_shot.parent / "plate.1003.png").write_bytes(b"no picture")

        code = convert(a_shot, "-o", tmp_path / "out", "--quiet")

        told = capsys.readouterr().err
        assert code == 1
        assert len(list((tmp_path / "out").iterdir())) == len(FRAMES) - 1
        assert "plate.1003.png: not a readable picture" in told

    def test_when_a_frame_has_another_size_then_the_others_are_made_and_it_is_told(
        self, a_shot, convert, write_frame, tmp_path, capsys
    ):
        write_frame(1004, size=(40, 72))

        code = convert(a_shot, "-o", tmp_path / "out", "--quiet")

        assert code == 1
        assert "72x40, but its shot has 72x48" in capsys.readouterr().err
        assert len(list((tmp_path / "out").iterdir())) == len(FRAMES) - 1

    def test_when_frames_past_the_end_are_asked_for_then_they_fail_singly(
        self, a_shot, convert, tmp_path, capsys
    ):
        code = convert(a_shot, "-o", tmp_path / "out", "--frames", "1005-1008")

        assert code == 1
        assert capsys.readouterr().err.count("no such file") == 2
        assert len(list((tmp_path / "out").iterdir())) == 2

    def test_when_a_plate_was_replaced_since_then_it_is_told(
        self, a_shot, analyze, convert, write_frame, tmp_path, capsys
    ):
        analyze(a_shot)
        write_frame(1002, scene=5)

        options = ["--shot", tmp_path / "shot.json", "--quiet"]
        code = convert(a_shot, "-o", tmp_path / "out", *options)

        assert code == 1
        assert "was replaced since the shot was analyzed" in capsys.readouterr().err


class TestAnalyze:
    def test_when_there_is_a_cut_then_each_take_has_its_own_curve(
        self, a_shot, write_frame, tmp_path, capsys
    ):
        for frame in (1004, 1005, 1006):
            write_frame(frame, scene=7)

        plan = str(tmp_path / "shot.json")
        code = run(["analyze", str(a_shot), "-o", plan, "--json"])

        told = json.loads(capsys.readouterr().out)
        plan = json.loads((tmp_path / "shot.json").read_text())
        assert code == 0
        assert told["cuts_after"] == [1003]
        assert [plan["frames"][str(n)]["take"] for n in FRAMES] == [0, 0, 0, 1, 1, 1]
        assert not np.array_equal(*(unpack_curve(curve) for curve in plan["takes"]))

    def test_when_frames_are_given_in_another_order_then_the_plan_is_the_same(
        self, a_shot, a_small_model, tmp_path
    ):
        paths = {n: a_shot.with_name(f"plate.{n}.png") for n in FRAMES}
        backwards = dict(reversed(paths.items()))

        for name, plates in (("one", paths), ("two", backwards)):
            plan = analyze_shot(
                plates, a_small_model, config=Options(), weights_sha256="0"
            )
            save_plan(plan, tmp_path / name)

        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()

    def test_when_stage_3_sees_only_tiles_then_the_camera_is_shared_all_the_same(
        self, a_shot, a_paper_like_model
    ):
        plates = {n: a_shot.with_name(f"plate.{n}.png") for n in FRAMES}

        plan = analyze_shot(
            plates, a_paper_like_model, config=Options(), weights_sha256="0"
        )

        assert len(plan.curves) == 1
        assert all(frame.deflicker is None for frame in plan.frames.values())

    def test_when_the_plan_is_there_then_it_is_kept(self, a_shot, analyze, tmp_path):
        (tmp_path / "shot.json").write_text("made before")

        assert analyze(a_shot) == 0
        assert (tmp_path / "shot.json").read_text() == "made before"

    def test_when_it_is_no_sequence_then_it_is_told(
        self, a_shot, analyze, tmp_path, capsys
    ):
        code = analyze(a_shot.with_name("plate.1001.png"))

        assert code == 2
        assert "is neither a sequence nor a movie. Write it" in capsys.readouterr().err

    def test_when_no_frame_can_be_read_then_one_line_tells_why(
        self, analyze, tmp_path, capsys
    ):
        (tmp_path / "bad.0001.png").write_bytes(b"no picture")

        code = analyze(tmp_path / "bad.####.png")

        assert code == 2
        assert "no frame of the shot can be read" in capsys.readouterr().err
        assert not (tmp_path / "shot.json").exists()


class TestOptions:
    def test_when_a_plan_is_given_for_two_shots_then_it_is_refused(
        self, a_shot, convert, write_picture, some_codes, tmp_path, capsys
    ):
        for frame in (1, 2):
            write_picture(a_shot.parent / f"other.{frame}.png", some_codes)

        code = convert(a_shot.parent, "-o", tmp_path / "out", "--shot", "shot.json")

        assert code == 2
        assert "is the plan of one shot, found 2" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ("--frames x -o out", "frames: cannot read 'x'"),
            ("-o out.exr", "is a file for 6 frames"),
        ],
    )
    def test_when_options_of_a_shot_mean_nothing_then_one_line_tells(
        self, a_shot, convert, tmp_path, capsys, options, said, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)

        code = convert(a_shot, *options.split())

        assert code == 2
        assert said in capsys.readouterr().err
