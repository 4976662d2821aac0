"""``hdr-core light --split``: the rig, its report and its refusals."""

import json

import numpy as np
import pytest

from hdr_core.cli.main import run

HEIGHT, WIDTH = 90, 180


@pytest.fixture
def a_room(write_panorama):
    light = np.full((HEIGHT, WIDTH, 3), 0.3)
    light[30:36, 40:46] = 50.0
    return write_panorama(light)


class TestSplit:
    def test_when_a_room_is_split_then_the_report_has_its_lights_and_the_check(
        self, a_room, tmp_path, capsys
    ):
        folder = tmp_path / "rig"

        code = run(["light", str(a_room), "--split", str(folder), "--json"])

        rig = json.loads(capsys.readouterr().out)["rig"]
        stored = json.loads((folder / "rig.json").read_text())
        assert code == 0
        assert rig["lights"] == stored["lights"]
        assert rig["check"]["worst"] < 0.01
        assert "dome.exr" in rig["files"]

    def test_when_it_is_for_people_then_each_light_has_a_line(
        self, a_room, tmp_path, capsys
    ):
        run(["light", str(a_room), "--split", str(tmp_path / "rig")])

        names = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
        assert names >= {"rig", "lamp_01", "check", "reflectance"}

    def test_when_the_ground_is_too_bright_then_it_says_that_a_sun_is_missing(
        self, write_panorama, tmp_path, capsys
    ):
        light = np.full((HEIGHT, WIDTH, 3), 0.3)
        light[HEIGHT // 2 :] = 2.0
        path = write_panorama(light)
        command = ["light", str(path), "--split", str(tmp_path / "rig")]

        code = run([*command, "--add-sun", "40,30"])

        text = capsys.readouterr().out
        assert code == 0
        assert "which is impossible" in text
        assert "added_sun is invented" in text
        stored = json.loads((tmp_path / "rig" / "rig.json").read_text())
        assert stored["lights"][0]["is_invented"]

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ("--add-sun auto", "--add-sun: give the folder"),
            ("--split {rig} --lights some", "lights: unknown 'some'"),
            ("--split {rig} --lights sun", "shows no sun"),
            ("--split {rig} --formats fbx", "formats: unknown fbx"),
            ("--split {rig} --add-sun here", "cannot read 'here'"),
            ("--split {rig} --unit-nits 0", "unit-nits"),
        ],
    )
    def test_when_an_option_is_wrong_then_one_line_says_so_and_nothing_is_written(
        self, a_room, tmp_path, capsys, options, said
    ):
        folder = tmp_path / "rig"

        code = run(["light", str(a_room), *options.format(rig=folder).split()])

        error = capsys.readouterr().err
        assert code == 2
        assert said in error
        assert error.count("\n") == 1
        assert not folder.exists()

    def test_when_the_folder_is_taken_then_the_calibration_is_not_written_either(
        self, a_room, tmp_path, capsys
    ):
        folder, output = tmp_path / "rig", tmp_path / "out.exr"
        folder.mkdir()
        (folder / "mine.txt").write_text("kept")
        options = ["--calibrate-lux", "10", "-o", str(output)]

        code = run(["light", str(a_room), "--split", str(folder), *options])

        assert code == 2
        assert "already contains files" in capsys.readouterr().err
        assert not output.exists()


class TestConvert:
    @pytest.fixture
    def a_picture_file(self, a_panorama, tmp_path, write_picture):
        codes = np.rint(a_panorama.pixels * 255).astype(np.uint8)
        return write_picture(tmp_path / "room.png", codes)

    def test_when_a_panorama_is_converted_with_split_then_its_rig_is_beside_it(
        self, a_picture_file, convert, tmp_path, capsys
    ):
        output = tmp_path / "room.exr"

        code = convert(
            a_picture_file, "-o", output, "--panorama", "on", "--split", "--json"
        )

        plate = json.loads(capsys.readouterr().out.splitlines()[0])
        folder = tmp_path / "room_rig"
        assert code == 0
        assert plate["rig"] == str(folder)
        assert (folder / "dome.exr").is_file()
        assert json.loads((folder / "rig.json").read_text())["panorama"] == "room.exr"

    def test_when_a_plate_is_no_panorama_then_a_note_says_so(
        self, a_picture_file, convert, tmp_path, capsys
    ):
        output = tmp_path / "room.exr"

        convert(a_picture_file, "-o", output, "--panorama", "off", "--split")

        assert "no light rig: the plate is no panorama" in capsys.readouterr().out
        assert not (tmp_path / "room_rig").exists()
