"""Damaged and partial files: one true line each; the base can still be read."""

import numpy as np
import pytest

from hdr_core.errors import PlateError
from hdr_core.gain_map import xmp
from hdr_core.gain_map.write_jpeg import join
from hdr_core.io.read import read_plate
from tests.core.gain_map.conftest import (
    APPLE_XMP,
    formula,
    iso_segment,
    jpeg,
    map_jpeg,
    triple,
    with_segments,
    xmp_segment,
)

PLAIN = xmp.packet(
    f'<rdf:Description rdf:about="" xmlns:hdrgm="{xmp.HDRGM}" hdrgm:Version="1.0"/>'
)


def hdrgm(text):
    return xmp.packet(
        f'<rdf:Description rdf:about="" xmlns:hdrgm="{xmp.HDRGM}" {text}/>'
    )


@pytest.fixture
def assert_faulty(a_base):
    """Read a file: one line with words in it. Its base alone is read all the same."""

    def check(path, *words):
        with pytest.raises(PlateError) as caught:
            read_plate(path)
        line = str(caught.value)
        assert line.startswith(f"{path}: ")
        assert line.endswith("Choose --gain-map ignore to convert the base alone.")
        assert "\n" not in line
        for word in words:
            assert word in line
        plate = read_plate(path, gain_map="ignore")
        assert np.abs(np.rint(plate.pixels * 255) - a_base).max() <= 1

    return check


class TestPartialFiles:
    @pytest.mark.parametrize("left", [0.2, 0.9], ids=["in its header", "in its data"])
    def test_when_the_map_is_cut_off_then_it_is_named(
        self, left, write_map_file, assert_faulty
    ):
        path = write_map_file(iso_segment(formula()))
        data = path.read_bytes()
        n_map = len(data) - data.rindex(b"\xff\xd8\xff")
        path.write_bytes(data[: len(data) - round(n_map * (1.0 - left))])

        assert_faulty(path, "gain map is cut off")

    def test_when_the_file_ends_before_the_map_then_it_is_named(
        self, write_map_file, assert_faulty
    ):
        path = write_map_file(iso_segment(formula()))
        data = path.read_bytes()
        path.write_bytes(data[: data.rindex(b"\xff\xd8\xff")])

        assert_faulty(path, "cut off", "behind the end of the file")

    def test_when_xmp_names_a_map_that_an_editor_dropped_then_it_is_named(
        self, tmp_path, a_base, assert_faulty
    ):
        path = tmp_path / "a.jpg"
        path.write_bytes(with_segments(jpeg(a_base), xmp_segment(PLAIN)))

        assert_faulty(path, "name a gain map, but no picture follows")

    def test_when_the_map_has_no_metadata_then_it_is_named(
        self, write_map_file, assert_faulty
    ):
        assert_faulty(write_map_file(), "no metadata")

    def test_when_there_are_two_maps_then_neither_is_guessed(
        self, tmp_path, a_base, a_map, assert_faulty
    ):
        one = map_jpeg(a_map, iso_segment(formula()))
        data = bytearray(join(jpeg(a_base), one) + one)
        # A third record in the index, which then is larger by its 16 bytes.
        index = data.index(b"MPF\0") + 4
        records = index + 8 + 2 + 36 + 4
        data[index - 6 : index - 4] = (2 + 4 + 50 + 48).to_bytes(2, "big")
        data[index + 8 + 2 + 24 + 4 : index + 8 + 2 + 24 + 8] = (48).to_bytes(4, "big")
        place = int.from_bytes(data[records + 24 : records + 28], "big") + 16
        data[records + 24 : records + 28] = place.to_bytes(4, "big")
        third = bytes(4) + len(one).to_bytes(4, "big")
        third += (place + len(one)).to_bytes(4, "big") + bytes(4)
        data[records + 32 : records + 32] = third
        path = tmp_path / "a.jpg"
        path.write_bytes(data)

        assert_faulty(path, "2 gain maps")


class TestNumbers:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"alternate_headroom": 0.0}, "headroom"),
            ({"gamma": triple(0.0)}, "gamma"),
            ({"least": triple(4.0)}, "least gain"),
            ({"most": triple(90.0)}, "beyond 24 stops"),
        ],
        ids=["headroom 0", "gamma 0", "least above largest", "absurd gain"],
    )
    def test_when_numbers_of_iso_mean_nothing_then_they_are_named(
        self, changes, words, write_map_file, assert_faulty
    ):
        assert_faulty(write_map_file(iso_segment(formula(**changes))), words)

    def test_when_a_denominator_is_0_then_the_number_is_named(
        self, write_map_file, assert_faulty
    ):
        body = bytearray(iso_segment(formula()))
        at = body.index(b"21496:-1\0") + 9 + 5 + 8 + 4
        body[at : at + 4] = bytes(4)

        assert_faulty(write_map_file(bytes(body)), "headrooms", "nan")

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('hdrgm:GainMapMax="2" hdrgm:HDRCapacityMax="nan"', "headrooms"),
            ('hdrgm:GainMapMax="2"', "no hdrgm:HDRCapacityMax"),
            ('hdrgm:GainMapMax="two" hdrgm:HDRCapacityMax="2"', "no number"),
        ],
        ids=["NaN", "missing", "text"],
    )
    def test_when_numbers_of_xmp_mean_nothing_then_they_are_named(
        self, text, words, write_map_file, assert_faulty
    ):
        assert_faulty(write_map_file(xmp_segment(hdrgm(text))), words)

    def test_when_apple_states_no_headroom_then_it_is_named(
        self, write_map_file, assert_faulty
    ):
        packet = xmp.packet(f"{APPLE_XMP}/>")

        assert_faulty(write_map_file(xmp_segment(packet)), "states its headroom")

    def test_when_iso_metadata_are_cut_then_they_are_named(
        self, write_map_file, assert_faulty
    ):
        whole = iso_segment(formula())
        short = whole[:-20]
        short = short[:2] + (len(short) - 2).to_bytes(2, "big") + short[4:]

        assert_faulty(write_map_file(short), "cut short")
