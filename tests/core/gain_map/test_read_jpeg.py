"""Light that photographs state: formats, formulas, other encoders."""

import shutil

import numpy as np
import OpenImageIO as oiio
import pytest

from hdr_core.gain_map import xmp
from hdr_core.gain_map.apple import stops_of
from hdr_core.gain_map.profile import make_profile
from hdr_core.gain_map.segments import read_segments
from hdr_core.io.read import read_plate
from hdr_core.known_light import GainMap
from hdr_core.options import Options
from hdr_core.plate import LOCAL_TONES
from hdr_core.primaries import PRIMARIES
from hdr_core.reconstruction import reconstruct
from tests.core.gain_map.conftest import (
    APPLE_XMP,
    CASES,
    formula,
    iso_segment,
    jpeg,
    map_jpeg,
    segment,
    triple,
    xmp_segment,
)

PATCHES = np.array([0.18, 0.5, 1.0, 2.0, 4.0, 8.0])
CENTERS = np.arange(8, 96, 16)
SPACES = {"rec709": "lin_rec709_scene", "p3d65": "lin_p3d65_scene"}
SPACES["rec2020"] = "lin_rec2020_scene"


def half_code(found):
    """Half a code of a map, as a share of the light."""
    range_ = found.formula.most[0] - found.formula.least[0]
    return 2.0 ** (range_ / 2 / found.max_code) - 1.0


def relabeled(path, profile):
    """Return a JPEG with another ICC profile."""
    data = path.read_bytes()
    old = next(s for s in read_segments(data) if s.body.startswith(b"ICC_PROFILE"))
    kept = [s for s in read_segments(data) if s.at != old.at and s.marker == 0xE2]
    assert all(s.at < old.at for s in kept)
    new = segment(0xE2, b"ICC_PROFILE\0\1\1" + profile)
    size = len(new) - (old.end - old.at)
    data = bytearray(data[: old.at] + new + data[old.end :])
    # The index counts the place of the map from its own header.
    at = data.index(b"MPF\0") + 4
    entry = data.index(b"\xb0\x02", at)
    records = at + int.from_bytes(data[entry + 8 : entry + 12], "big") + 16
    place = int.from_bytes(data[records + 8 : records + 12], "big") + size
    data[records + 8 : records + 12] = place.to_bytes(4, "big")
    return bytes(data)


class TestOtherEncoders:
    @pytest.mark.parametrize("name", ["rec709", "p3d65", "rec2020"])
    def test_when_libultrahdr_wrote_patches_then_they_come_back_in_their_primaries(
        self, name, tmp_path, a_small_model
    ):
        path = tmp_path / "a.jpg"
        profile = make_profile(PRIMARIES[name])
        path.write_bytes(relabeled(CASES / "libultrahdr_iso.jpg", profile))
        plate = read_plate(path)

        options = Options(gain_map="only", working_space=SPACES[name])
        result = reconstruct(plate, a_small_model, options)

        allowed = 0.01 + half_code(plate.gain_map)
        grey, color = result.hdr.pixels[[12, 36]][:, CENTERS]
        np.testing.assert_allclose(grey, PATCHES[:, None].repeat(3, 1), rtol=allowed)
        # Of dark red, half a code of the base is more than a percent.
        np.testing.assert_allclose(color[2:, 0], PATCHES[2:], rtol=allowed + 0.005)
        np.testing.assert_allclose(color[2:, 1], PATCHES[2:] / 2, rtol=allowed + 0.01)
        assert result.violations == 0

    @pytest.mark.parametrize("name", ["libultrahdr_quarter", "pyultrahdr_xmp"])
    def test_when_the_map_is_reduced_or_in_xmp_then_patches_come_back(
        self, name, stated_light
    ):
        plate = read_plate(CASES / f"{name}.jpg")

        grey = stated_light(CASES / f"{name}.jpg")[12, CENTERS]

        meant = PATCHES if "lib" in name else [0.0273, 0.2159, 0.7146, 2.0, 4.0, 8.0]
        allowed = 0.01 + half_code(plate.gain_map)
        np.testing.assert_allclose(grey[:, 1], meant, rtol=allowed)

    @pytest.mark.parametrize("name", ["libultrahdr_iso", "pyultrahdr_xmp"])
    def test_when_openimageio_decodes_the_file_then_it_finds_the_same_light(
        self, name, stated_light
    ):
        theirs = oiio.ImageBuf(str(CASES / f"{name}.jpg")).get_pixels(oiio.FLOAT)

        ours = stated_light(CASES / f"{name}.jpg")

        # libuhdr looks its gains up in a table of 1024 entries.
        np.testing.assert_allclose(ours, theirs[..., :3], rtol=0.015, atol=1e-3)


class TestFormula:
    def test_when_one_channel_is_stated_then_the_gain_is_that_of_the_standard(
        self, write_map_file, stated_light
    ):
        path = write_map_file(iso_segment(formula()))

        found = stated_light(path)[16, [8, 24, 40, 56]]

        base = np.array([0.0513, 0.5029, 1.0, 1.0])
        meant = base * 2.0 ** np.array([0.0, 1.0, 2.0, 3.0])
        np.testing.assert_allclose(found[:, 0], meant, rtol=0.01)

    def test_when_gamma_and_offsets_are_stated_then_they_count(
        self, write_map_file, stated_light
    ):
        numbers = formula(
            gamma=triple(2.0), base_offset=triple(0.1), alternate_offset=triple(0.2)
        )
        path = write_map_file(iso_segment(numbers))

        found = stated_light(path)[16, [24, 40], 0]

        stops = 3.0 * np.sqrt([1 / 3, 2 / 3])
        meant = (np.array([0.5029, 1.0]) + 0.1) * 2.0**stops - 0.2
        np.testing.assert_allclose(found, meant, rtol=0.01)

    def test_when_three_channels_are_stated_then_each_has_its_own_gain(
        self, write_map_file, stated_light, a_map
    ):
        codes = np.stack([a_map, a_map // 2, a_map * 0], axis=2)
        numbers = formula(most=(3.0, 2.0, 1.0), least=(0.0, 0.0, -1.0))

        found = stated_light(write_map_file(iso_segment(numbers, 3), codes=codes))

        np.testing.assert_allclose(found[16, 56], [8.0, 2.0, 0.5], rtol=0.02)

    def test_when_xmp_states_a_sequence_then_it_is_that_of_the_channels(
        self, write_map_file
    ):
        numbers = formula(most=(3.0, 2.0, 1.0))

        plate = read_plate(write_map_file(xmp_segment(xmp.map_packet(numbers))))

        assert plate.gain_map.kind.startswith("Ultra HDR")
        assert plate.gain_map.formula.most == (3.0, 2.0, 1.0)
        assert plate.metadata[LOCAL_TONES] == "it has a gain map"

    def test_when_gains_count_in_other_primaries_then_the_light_is_converted(
        self, tmp_path, stated_light, a_map
    ):
        red = np.zeros((32, 64, 3), np.uint8)
        red[..., 0] = 255
        body = bytearray(iso_segment(formula(most=(2.0, 0.0, 0.0)), 3))
        body[body.index(b"21496:-1\0") + 9 + 4] &= ~0x40
        codes = np.full((32, 64, 3), 255, np.uint8)
        profile = segment(
            0xE2, b"ICC_PROFILE\0\1\1" + make_profile(PRIMARIES["rec2020"])
        )
        from hdr_core.gain_map.write_jpeg import join

        path = tmp_path / "a.jpg"
        path.write_bytes(join(jpeg(red), map_jpeg(codes, bytes(body), profile)))

        found = stated_light(path)[16, 32]

        # Rec.709 red is (0.6274, 0.0691, 0.0164) in Rec.2020; its red gets 4 times.
        wide = np.array([4 * 0.6274, 0.0691, 0.0164])
        back = np.array([1.6605, -0.1246, -0.0182]) * wide[0]
        back += np.array([-0.5876, 1.1329, -0.1006]) * wide[1]
        back += np.array([-0.0728, -0.0083, 1.1187]) * wide[2]
        np.testing.assert_allclose(found, back, rtol=0.015, atol=0.01)


class TestApple:
    @pytest.mark.parametrize(
        ("m33", "m48", "stops"),
        [(0.5, 0.005, 1.7), (0.5, 1.0, 1.5), (1.2, 0.005, 2.65), (1.2, 1.0, 2.0)],
    )
    def test_when_the_maker_note_is_read_then_the_headroom_is_by_apples_table(
        self, m33, m48, stops
    ):
        assert stops_of(m33, m48) == pytest.approx(stops)

    def test_when_xmp_states_the_headroom_then_the_map_is_applied_by_apples_formula(
        self, write_map_file, stated_light
    ):
        packet = xmp.packet(f'{APPLE_XMP} HDRGainMap:HDRGainMapHeadroom="4.0"/>')

        path = write_map_file(xmp_segment(packet))

        found = stated_light(path)[16, [8, 24, 56], 0]
        third = ((85 / 255 + 0.099) / 1.099) ** (1 / 0.45)
        meant = np.array([0.0513, 0.5029 * (1 + 3 * third), 4.0])
        np.testing.assert_allclose(found, meant, rtol=0.01)
        assert read_plate(path).gain_map.kind == "Apple HDRGainMap"

    def test_when_only_the_maker_note_states_it_then_that_counts(
        self, tmp_path, a_base, write_map_file
    ):
        note = b"Apple iOS\0\0\1MM" + (2).to_bytes(2, "big")
        for tag, place in ((33, 14 + 2 + 24 + 4), (48, 14 + 2 + 24 + 12)):
            note += tag.to_bytes(2, "big") + b"\0\n" + (1).to_bytes(4, "big")
            note += place.to_bytes(4, "big")
        note += bytes(4) + (12).to_bytes(4, "big") + (10).to_bytes(4, "big")
        note += (1).to_bytes(4, "big") + (1).to_bytes(4, "big")
        from PIL import Image

        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x927C] = note
        packet = xmp.packet(f"{APPLE_XMP}/>")

        path = write_map_file(
            xmp_segment(packet), base=jpeg(a_base, exif=exif.tobytes())
        )

        assert read_plate(path).gain_map.headroom_stops == pytest.approx(2.0)


class TestFiles:
    def test_when_there_is_no_gain_map_then_none_is_found(self, tmp_path, a_base):
        path = tmp_path / "a.jpg"
        preview = jpeg(a_base // 2)
        path.write_bytes(jpeg(a_base) + preview)

        assert read_plate(path).gain_map is None

    def test_when_it_is_ignored_then_the_base_is_read_as_a_phones(
        self, write_map_file, a_base
    ):
        plate = read_plate(write_map_file(iso_segment(formula())), gain_map="ignore")

        assert plate.gain_map is None
        assert np.abs(np.rint(plate.pixels * 255) - a_base).max() <= 1
        assert plate.metadata[LOCAL_TONES] == "it has a gain map"

    def test_when_the_index_is_stale_then_the_directory_of_xmp_finds_the_map(
        self, write_map_file
    ):
        path = write_map_file(iso_segment(formula()))
        data = bytearray(path.read_bytes())
        at = data.index(b"MPF\0") + 4 + 8 + 2 + 36 + 4 + 16 + 8
        data[at : at + 4] = (40).to_bytes(4, "big")
        path.write_bytes(data)

        assert read_plate(path).gain_map.headroom_stops == 3.0

    def test_when_the_base_is_turned_then_its_map_is_turned_too(
        self, write_map_file, a_base
    ):
        from PIL import Image

        exif = Image.Exif()
        exif[0x0112] = 6
        base = jpeg(a_base, exif=exif.tobytes())

        plate = read_plate(write_map_file(iso_segment(formula()), base=base))

        assert plate.pixels.shape == (64, 32, 3)
        assert plate.gain_map.codes.shape == (64, 32, 1)
        assert plate.gain_map.codes[56, 16] == 255

    def test_when_a_trailer_follows_then_the_map_is_still_found(self, write_map_file):
        path = write_map_file(iso_segment(formula()))
        path.write_bytes(path.read_bytes() + b"SEFH" + bytes(60) + b"SEFT")

        assert isinstance(read_plate(path).gain_map, GainMap)

    def test_when_it_is_read_twice_then_no_file_is_left(self, tmp_path, monkeypatch):
        folder = tmp_path / "scratch"
        folder.mkdir()
        monkeypatch.setenv("TMPDIR", str(folder))
        path = shutil.copy(CASES / "pyultrahdr_xmp.jpg", tmp_path / "a.jpg")

        read_plate(path)

        assert list(folder.iterdir()) == []
