"""Frames as every program writes them, and as they lie on disk."""

from pathlib import Path

import pytest

from hdr_core.errors import OptionError, PlateError
from hdr_core.io.sequence import Sequence, as_sequence, parse_frames, sequences_in


@pytest.fixture
def a_folder(tmp_path):
    for frame in (1001, 1002, 1004):
        (tmp_path / f"plate.{frame}.png").touch()
    (tmp_path / "still.png").touch()
    (tmp_path / "take_01.png").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".plate.1003.png").touch()
    return tmp_path


class TestParseFrames:
    @pytest.mark.parametrize(
        ("text", "frames"),
        [
            pytest.param("7", (7,), id="one"),
            pytest.param("1001-1004", (1001, 1002, 1003, 1004), id="range"),
            pytest.param("1-10x3", (1, 4, 7, 10), id="step"),
            pytest.param("1-10:3", (1, 4, 7, 10), id="step of a farm, no stagger"),
            pytest.param("1-3,7,9-10", (1, 2, 3, 7, 9, 10), id="list"),
            pytest.param("4-1", (1, 2, 3, 4), id="reversed"),
            pytest.param("3,1,3", (1, 3), id="twice"),
            pytest.param("-2-1", (-2, -1, 0, 1), id="negative"),
        ],
    )
    def test_when_a_range_is_written_then_its_frames_are_in_order(self, text, frames):
        assert parse_frames(text) == frames

    @pytest.mark.parametrize("text", ["", "x", "1-", "1-10x0", "####"])
    def test_when_it_is_no_range_then_it_is_told_how_to_write_one(self, text):
        with pytest.raises(OptionError, match="Write 1001-1100"):
            parse_frames(text)


class TestSequence:
    @pytest.mark.parametrize(
        ("name", "found"),
        [
            pytest.param("plate.####.png", "plate.0007.png", id="Nuke"),
            pytest.param("plate.##.png", "plate.07.png", id="two digits"),
            pytest.param("plate.@@@.png", "plate.007.png", id="RV"),
            pytest.param("plate.%04d.png", "plate.0007.png", id="printf"),
            pytest.param("plate.%d.png", "plate.7.png", id="printf, no padding"),
            pytest.param("plate.$F4.png", "plate.0007.png", id="Houdini"),
            pytest.param("plate.$F.png", "plate.7.png", id="Houdini, no padding"),
            pytest.param("v#/plate-#.png", "v#/plate-7.png", id="a folder with a #"),
        ],
    )
    def test_when_a_program_writes_it_then_frames_are_found(self, name, found):
        assert as_sequence(name).path(7) == Path(found)

    def test_when_a_frame_is_larger_than_its_padding_then_it_is_written_whole(self):
        assert Sequence("a.##.png").path(1234) == Path("a.1234.png")

    def test_when_it_is_one_file_then_it_is_no_sequence(self, tmp_path):
        odd = tmp_path / "take#2.png"
        odd.touch()

        assert as_sequence("plate.1001.png") is None
        assert as_sequence(str(odd)) is None
        assert as_sequence("v##/plate.png") is None

    @pytest.mark.parametrize(
        "name", ["plate.####.png", "plate.%04d.png", "plate.$F4.png"]
    )
    def test_when_frames_are_on_disk_then_they_are_listed(self, a_folder, name):
        assert Sequence(str(a_folder / name)).frames() == (1001, 1002, 1004)

    def test_when_the_pattern_names_frames_then_the_disk_is_not_asked(self):
        assert Sequence("none.1-5x2##.png").frames() == (1, 3, 5)

    def test_when_there_is_no_frame_then_it_is_told(self, a_folder):
        with pytest.raises(PlateError, match=r"no such frame on disk"):
            Sequence(str(a_folder / "other.####.png")).frames()

    def test_when_results_are_named_then_the_frame_stays_last(self):
        named = Sequence("in/plate.####.png").named_after(Path("out"), "_hdr")

        assert named.path(1001) == Path("out/plate_hdr.1001.exr")


class TestSequencesIn:
    def test_when_a_folder_is_read_then_sequences_and_files_are_told_apart(
        self, a_folder
    ):
        found = sequences_in(a_folder, {".png"})

        assert found == [
            Sequence(str(a_folder / "plate.####.png")),
            a_folder / "still.png",
            a_folder / "take_01.png",
        ]

    def test_when_a_folder_holds_no_picture_then_it_is_told(self, tmp_path):
        with pytest.raises(PlateError, match="holds no picture"):
            sequences_in(tmp_path, {".png"})
