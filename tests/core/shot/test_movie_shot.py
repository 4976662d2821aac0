"""A movie is a shot: its frames come out as a sequence of the same pictures does."""

import json
import re
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hdr_core.cli.main import run
from hdr_core.delivery.outputs import plan_outputs
from hdr_core.errors import PlateError
from hdr_core.io.movie import MovieReader
from hdr_core.io.movie_frames import as_shot, file_of, movie_frame
from hdr_core.io.read import read_plate
from hdr_core.io.readback import read_hdr
from hdr_core.plate import FRAME

N_FRAMES = 5


@pytest.fixture
def some_frames():
    """A street that moves by, with a lamp that clips."""
    rng = np.random.default_rng(0)
    street = rng.integers(20, 170, (12, 40, 3)).repeat(4, axis=0).repeat(4, axis=1)
    street[16:26, 60:76] = 255
    views = [street[:48, 2 * n : 2 * n + 72] for n in range(N_FRAMES)]
    return [np.ascontiguousarray(view.astype(np.uint8)) for view in views]


@pytest.fixture
def a_movie(tmp_path, some_frames):
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(24))
        stream.width, stream.height, stream.pix_fmt = 72, 48, "bgr0"
        for codes in some_frames:
            frame = av.VideoFrame.from_ndarray(codes, format="rgb24")
            container.mux(stream.encode(frame.reformat(format="bgr0")))
        container.mux(stream.encode())
    return path


@pytest.fixture
def a_sequence(tmp_path, some_frames, write_picture):
    (tmp_path / "frames").mkdir()
    for number, codes in enumerate(some_frames, start=1):
        write_picture(tmp_path / "frames" / f"clip.{number:04d}.png", codes)
    return tmp_path / "frames" / "clip.####.png"


def results_in(folder):
    return {path.name: path for path in sorted(folder.iterdir())}


class TestConvert:
    def test_when_a_movie_is_converted_then_it_is_as_the_sequence_of_its_frames(
        self, a_movie, a_sequence, convert, tmp_path
    ):
        for plate, out in ((a_movie, "movie"), (a_sequence, "sequence")):
            assert convert(plate, "-o", tmp_path / out, "--quiet") == 0

        movie, sequence = (results_in(tmp_path / out) for out in ("movie", "sequence"))
        assert list(movie) == [f"clip_hdr.{n:04d}.exr" for n in range(1, N_FRAMES + 1)]
        assert list(sequence) == list(movie)
        for name, path in movie.items():
            held, expected = read_hdr(path), read_hdr(sequence[name])
            np.testing.assert_array_equal(held.pixels, expected.pixels)
            assert held.header["hdr_core/input"] == "clip.mkv"

    def test_when_cut_into_chunks_then_the_bytes_are_those_of_one_run(
        self, a_movie, convert, some_weights, tmp_path
    ):
        plan = tmp_path / "shot.json"
        weights = ["--weights", str(some_weights)]
        assert run(["analyze", str(a_movie), "-o", str(plan), *weights]) == 0
        assert convert(a_movie, "-o", tmp_path / "whole", "--quiet") == 0
        for frames in ("4-5", "1-3"):
            told = ["--frames", frames, "--shot", plan, "--quiet"]
            assert convert(a_movie, "-o", tmp_path / "chunks", *told) == 0

        whole, chunks = (results_in(tmp_path / out) for out in ("whole", "chunks"))
        assert list(whole) == list(chunks)
        assert all(
            path.read_bytes() == chunks[n].read_bytes() for n, path in whole.items()
        )

    def test_when_one_file_is_named_for_all_frames_then_it_is_refused(
        self, a_movie, convert, tmp_path, capsys
    ):
        code = convert(a_movie, "-o", tmp_path / "all.exr")

        assert code == 2
        assert "is a file for 5 frames" in capsys.readouterr().err

    def test_when_a_folder_holds_a_movie_then_it_is_a_shot(self, a_movie, tmp_path):
        plan = plan_outputs([tmp_path], tmp_path / "out")

        assert [task.frame for task in plan.tasks] == [1, 2, 3, 4, 5]
        assert plan.shots[0][3] == tmp_path / "clip.mkv#3"


class TestCheck:
    def test_when_results_are_another_frames_then_check_tells(
        self, a_movie, convert, tmp_path, capsys
    ):
        out = tmp_path / "out"
        convert(a_movie, "-o", out, "--quiet")
        assert run(["check", str(a_movie), "-o", str(out)]) == 0
        names = results_in(out)
        names["clip_hdr.0002.exr"].replace(names["clip_hdr.0003.exr"])

        code = run(["check", str(a_movie), "-o", str(out), "--json"])

        told = [json.loads(line) for line in capsys.readouterr().out.splitlines()[1:]]
        wrong = [Path(one["output"]).name for one in told if one["error"]]
        assert code == 1
        assert wrong == ["clip_hdr.0002.exr", "clip_hdr.0003.exr"]


class TestJob:
    def test_when_a_job_is_made_of_a_movie_then_it_names_it(self, a_movie, tmp_path):
        told = [str(tmp_path / "out"), "--job", str(tmp_path / "job")]

        assert run(["job", str(a_movie), "-o", *told]) == 0

        text = (tmp_path / "job" / "template.json").read_text()
        defaults = {
            one["name"]: one.get("default")
            for one in json.loads(text)["parameterDefinitions"]
        }
        assert defaults["Plates"] == "clip.mkv"
        assert defaults["Results"] == "clip_hdr.####.exr"
        assert defaults["Frames"] == "1-5"


class TestFrameNames:
    @pytest.mark.parametrize("number", [4, 2, 5])
    def test_when_a_frame_is_named_then_it_is_read(self, a_movie, some_frames, number):
        plate = read_plate(Path(f"{a_movie}#{number}"))

        codes = np.rint(plate.pixels * 255).astype(np.uint8)
        np.testing.assert_array_equal(codes, some_frames[number - 1])
        assert plate.metadata[FRAME] == number

    def test_when_there_is_no_such_frame_then_one_line_tells(self, a_movie):
        with pytest.raises(PlateError, match=r"clip.mkv: has no frame 6"):
            read_plate(Path(f"{a_movie}#6"))

    def test_when_a_movie_is_damaged_then_every_frame_behind_it_tells(
        self, tmp_path, some_frames
    ):
        path = tmp_path / "clip.mov"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("png", rate=Fraction(24))
            stream.width, stream.height, stream.pix_fmt = 72, 48, "rgb24"
            for codes in some_frames:
                frame = av.VideoFrame.from_ndarray(codes, format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        content = bytearray(path.read_bytes())
        third = [at.start() for at in re.finditer(b"IHDR", content)][2]
        content[third : third + 200] = bytes(200)
        path.write_bytes(content)

        assert read_plate(Path(f"{path}#2")).height == 48
        for number in (3, 4, 5):
            with pytest.raises(PlateError, match="damaged or cut short"):
                read_plate(Path(f"{path}#{number}"))

    def test_when_the_movie_was_replaced_then_it_is_read_anew(
        self, a_movie, some_frames
    ):
        read_plate(Path(f"{a_movie}#4"))
        a_movie.write_bytes(b"no movie")

        with pytest.raises(PlateError, match="not a readable movie"):
            read_plate(Path(f"{a_movie}#5"))

    def test_when_a_name_has_a_number_then_it_is_told_from_a_sequence(self, tmp_path):
        assert movie_frame(Path("clip.mov#12")) == (Path("clip.mov"), 12)
        assert movie_frame(Path("plate.#.png")) is None
        assert file_of(Path("a/clip.mov#12")) == Path("a/clip.mov")
        assert file_of(Path("plate.png")) == Path("plate.png")
        assert as_shot("clip.mov#12") is None
        # A file that is really called so is a file.
        (tmp_path / "clip.mov#12").touch()
        assert movie_frame(tmp_path / "clip.mov#12") is None


class TestMovieReader:
    def test_when_frames_are_asked_for_backwards_then_they_are_right(
        self, a_movie, some_frames
    ):
        reader = MovieReader(a_movie)

        reds = [reader.read(number).pixels[0, 0, 0] for number in (5, 1, 3)]

        expected = [some_frames[number - 1][0, 0, 0] / 255 for number in (5, 1, 3)]
        np.testing.assert_allclose(reds, expected, rtol=1e-6)
        reader.close()
