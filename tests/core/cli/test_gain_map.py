"""``hdr-core convert`` and ``info`` with gain maps, and pictures for displays."""

import json
import shutil
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from hdr_core.cli.main import run
from hdr_core.gain_map.write_jpeg import picture_data
from hdr_core.io.readback import read_hdr

CASES = Path(__file__).parents[1] / "gain_map" / "cases"


@pytest.fixture
def a_photograph(tmp_path):
    return Path(shutil.copy(CASES / "pyultrahdr_xmp.jpg", tmp_path / "phone.jpg"))


@pytest.fixture
def a_broken_one(a_photograph):
    data = a_photograph.read_bytes()
    a_photograph.write_bytes(data[:-300])
    return a_photograph


def last_plate(text):
    return [json.loads(line) for line in text.splitlines()][-2]


class TestConvert:
    def test_when_a_photograph_has_a_map_then_report_header_and_layer_say_so(
        self, convert, a_photograph, tmp_path, capsys
    ):
        code = convert(
            a_photograph, "-o", tmp_path / "a.exr", "--aov", "light_source", "--json"
        )

        assert code == 0
        told = last_plate(capsys.readouterr().out)
        assert told["gain_map"].startswith("Ultra HDR (XMP hdrgm), 96x48")
        assert told["violations"] == 0
        assert sum(told["light_sources"].values()) == pytest.approx(100.0)
        found = read_hdr(tmp_path / "a.exr")
        assert found.header["hdr_core/gain_map"] == told["gain_map"]
        assert "gain map" in found.header["hdr_core/light_source"]
        assert set(np.unique(found.aovs["light_source"])) <= {1.0, 2.0}
        # Grey of white times 4, where one gain map sample is not at its end.
        assert found.pixels[24, 72, 1] == pytest.approx(4.0, rel=0.02)

    def test_when_it_is_ignored_then_the_base_is_converted_without_force(
        self, convert, a_broken_one, tmp_path, capsys
    ):
        refused = convert(a_broken_one, "-o", tmp_path / "a.exr")
        line = capsys.readouterr().err
        code = convert(a_broken_one, "-o", tmp_path / "a.exr", "--gain-map", "ignore")

        assert (refused, code) == (2, 0)
        assert "cut off" in line
        assert line.count("\n") == 1
        assert "hdr_core/gain_map" not in read_hdr(tmp_path / "a.exr").header

    def test_when_there_is_no_map_then_only_is_refused(
        self, convert, a_picture, tmp_path, capsys
    ):
        code = convert(a_picture, "-o", tmp_path / "a.exr", "--gain-map", "only")

        assert code == 2
        assert "has no gain map" in capsys.readouterr().err

    def test_when_pictures_are_asked_for_then_they_lie_beside_the_exr(
        self, convert, a_photograph, tmp_path, capsys
    ):
        out = tmp_path / "out" / "a.exr"

        code = convert(a_photograph, "-o", out, "--deliver", "uhdr,png", "--json")

        assert code == 0
        made = sorted(path.name for path in out.parent.iterdir())
        assert made == ["a.exr", "a_pq.png", "a_uhdr.jpg"]
        told = last_plate(capsys.readouterr().out)
        assert told["pictures"] == {
            "uhdr": str(out.parent / "a_uhdr.jpg"),
            "png": str(out.parent / "a_pq.png"),
        }
        ours = (out.parent / "a_uhdr.jpg").read_bytes()
        assert picture_data(ours) == picture_data(a_photograph.read_bytes())
        assert oiio.ImageBuf(str(out.parent / "a_pq.png")).spec()["CICP"][0] == 9

    def test_when_a_picture_is_not_known_then_one_line_says_so(
        self, convert, a_picture, tmp_path, capsys
    ):
        code = convert(a_picture, "-o", tmp_path / "a.exr", "--deliver", "gif")

        assert code == 2
        assert "deliver: unknown gif" in capsys.readouterr().err

    def test_when_the_peak_is_below_white_then_nothing_is_converted(
        self, convert, a_picture, tmp_path, capsys
    ):
        code = convert(
            a_picture, "-o", tmp_path / "a.exr", "--deliver", "png", "--peak", "100"
        )

        assert code == 2
        assert "peak" in capsys.readouterr().err
        assert not (tmp_path / "a.exr").exists()


class TestInfo:
    def test_when_a_photograph_is_inspected_then_its_map_is_described(
        self, some_weights, a_photograph, capsys
    ):
        code = run(["info", str(a_photograph), "--weights", str(some_weights)])

        assert code == 0
        printed = capsys.readouterr().out
        assert "gain map     Ultra HDR (XMP hdrgm), 96x48, 1 channel, 3.00" in printed
