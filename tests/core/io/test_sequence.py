"""Frames as every program writes them, and as they lie on disk."""

from pathlib import Path

import pytest
from PIL import Image

from hdr_core.errors import OptionError, PlateError
from hdr_core.io.folder import list_folder
from hdr_core.io.sequence import Sequence, as_sequence, frame_number, parse_frames


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


class TestListFolder:
    def test_when_a_folder_is_read_then_sequences_and_files_are_told_apart(
        self, a_folder
    ):
        found = list_folder(a_folder, {".png"}).plates

        assert found == [
            Sequence(str(a_folder / "plate.####.png")),
            a_folder / "still.png",
            a_folder / "take_01.png",
        ]

    def test_when_a_folder_holds_no_picture_then_it_is_told(self, tmp_path):
        with pytest.raises(PlateError, match="holds no picture"):
            list_folder(tmp_path, {".png"})


class TestNames:
    @pytest.mark.parametrize(
        ("pattern", "name"),
        [
            pytest.param("shot@2x.####.png", "shot@2x.0007.png", id="@ in the name"),
            pytest.param("shot@2x.@@@@.png", "shot@2x.0007.png", id="@ twice"),
            pytest.param("a%db.####.png", "a%db.0007.png", id="%d in the name"),
            pytest.param("a#1.%04d.png", "a#1.0007.png", id="# in the name"),
            pytest.param("v$F2.##.png", "v$F2.07.png", id="$F in the name"),
            pytest.param("DSC-####.png", "DSC-0007.png", id="dash"),
            pytest.param("v2####.png", "v20007.png", id="version"),
        ],
    )
    def test_when_a_name_has_several_marks_then_the_last_is_the_frame(
        self, pattern, name
    ):
        assert as_sequence(pattern).path(7) == Path(name)

    def test_when_an_at_is_inside_a_name_then_it_is_no_mark(self):
        assert as_sequence("shot@2x.exr") is None

    @pytest.mark.parametrize(
        ("name", "number"),
        [
            ("DSC-0001.png", 1),
            ("shot_v2-12.png", 12),
            ("a.-001.png", -1),
            ("-3.png", -3),
            ("a_-2.png", -2),
            ("still.png", None),
            ("a1_left.png", None),
        ],
    )
    def test_when_a_dash_separates_then_it_is_no_minus(self, name, number):
        assert frame_number(Path(name)) == number


class TestListFolderNames:
    @pytest.mark.parametrize(
        ("names", "pattern", "frames"),
        [
            (["DSC-0001.png", "DSC-0002.png"], "DSC-####.png", (1, 2)),
            (["s@2x.0001.png", "s@2x.0002.png"], "s@2x.####.png", (1, 2)),
            (["a%d.0001.png", "a%d.0002.png"], "a%d.####.png", (1, 2)),
            (["a.0999.png", "a.1000.png", "a.10000.png"], "a.####.png", None),
            (["a.9.png", "a.10.png"], "a.#.png", (9, 10)),
            (["a.-001.png", "a.0000.png"], "a.####.png", (-1, 0)),
            (["A.0001.PNG", "A.0002.PNG"], "A.####.PNG", (1, 2)),
        ],
        ids=lambda value: "-".join(value) if isinstance(value, list) else None,
    )
    def test_when_frames_lie_in_a_folder_then_they_are_one_sequence(
        self, tmp_path, names, pattern, frames
    ):
        for name in names:
            (tmp_path / name).touch()

        (found,) = list_folder(tmp_path, {".png"}).plates

        assert found == Sequence(str(tmp_path / pattern))
        assert found.frames() == (frames or (999, 1000, 10000))

    def test_when_paddings_differ_then_sequences_do(self, tmp_path):
        for name in ("a.01.png", "a.02.png", "a.0001.png", "a.0002.png"):
            (tmp_path / name).touch()

        found = list_folder(tmp_path, {".png"}).plates

        patterns = [Path(one.pattern).name for one in found]
        assert patterns == ["a.####.png", "a.##.png"]

    def test_when_files_are_no_plates_then_they_are_left_out_with_a_reason(
        self, a_folder
    ):
        (a_folder / "photo.PSD").touch()
        (a_folder / "photo.NEF").touch()
        (a_folder / "more").mkdir()

        left_out = list_folder(a_folder, {".png"}).left_out

        reasons = {path.name: reason for path, reason in left_out}
        assert reasons == {
            "more": "is a folder: name it to convert what it holds",
            "notes.txt": "is not a picture",
            "photo.PSD": "is not a plate: save it as PNG, TIFF, JPEG or EXR",
            "photo.NEF": "is a raw file: develop it first",
        }


def photograph(path, size, *, model=None, orientation=None):
    exif = Image.Exif()
    if model:
        exif[0x010F], exif[0x0110] = "Maker", model
    if orientation:
        exif[0x0112] = orientation
    Image.new("RGB", size, (128, 99, 70)).save(path, exif=exif)


class TestShotsInFolders:
    def test_when_sizes_differ_then_every_photograph_stands_alone(self, tmp_path):
        for number, size in enumerate([(64, 32), (32, 64), (48, 48)], 1):
            photograph(tmp_path / f"DSC-{number:04d}.jpg", size)

        found = list_folder(tmp_path, {".jpg"}).plates

        assert [path.name for path in found] == [
            "DSC-0001.jpg",
            "DSC-0002.jpg",
            "DSC-0003.jpg",
        ]

    def test_when_cameras_differ_then_every_photograph_stands_alone(self, tmp_path):
        for number, model in enumerate(["One", "Two"], 1):
            photograph(tmp_path / f"p{number}.jpg", (64, 32), model=model)

        assert len(list_folder(tmp_path, {".jpg"}).plates) == 2

    def test_when_sizes_are_equal_upright_then_it_is_a_shot(self, tmp_path):
        photograph(tmp_path / "p1.jpg", (64, 32))
        photograph(tmp_path / "p2.jpg", (32, 64), orientation=6)

        (found,) = list_folder(tmp_path, {".jpg"}).plates

        assert found == Sequence(str(tmp_path / "p#.jpg"))

    def test_when_one_of_many_frames_is_damaged_then_it_stays_a_shot(self, tmp_path):
        for number in range(1, 12):
            size = (64, 32) if number != 5 else (8, 8)
            photograph(tmp_path / f"p.{number:04d}.png", size)

        assert len(list_folder(tmp_path, {".png"}).plates) == 1
