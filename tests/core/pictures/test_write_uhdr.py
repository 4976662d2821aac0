"""Ultra HDR files of ours: base, light, privacy, and what other decoders read."""

import io
from dataclasses import replace

import numpy as np
import OpenImageIO as oiio
import pytest
from PIL import Image

from hdr_core.errors import OptionError, OutputError, ShapeError
from hdr_core.gain_map import iso
from hdr_core.gain_map.segments import read_index, read_segments
from hdr_core.gain_map.write_jpeg import picture_data
from hdr_core.io.read import read_plate
from hdr_core.pictures.display_light import LightOptions
from hdr_core.pictures.write_uhdr import write_uhdr
from hdr_core.plate import Plate
from tests.core.gain_map.conftest import (
    formula,
    iso_segment,
    jpeg,
    with_segments,
    xmp_segment,
)

OTHER_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    b'"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    b' exif:GPSLatitude="48,8.5N" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>'
)


@pytest.fixture
def a_photograph(tmp_path, a_base):
    """A JPEG with camera, time, place, and a color profile."""
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8769)[0x9003] = "2026:01:02 03:04:05"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 30.0)
    from hdr_core.gain_map.profile import make_profile
    from hdr_core.primaries import PRIMARIES

    profile = make_profile(PRIMARIES["p3d65"])
    data = jpeg(a_base, exif=exif.tobytes(), icc_profile=profile)
    path = tmp_path / "photo.jpg"
    path.write_bytes(with_segments(data, xmp_segment(OTHER_XMP)))
    return path


@pytest.fixture
def a_result():
    """Make the result of a plate: its sRGB light, times 1, 2, 4 and 8 by columns."""

    def make(plate, space="lin_p3d65_scene"):
        from hdr_core.gain_map.base import base_light

        gain = np.repeat([1.0, 2.0, 4.0, 8.0], 16)[None, :, None]
        light = (base_light(plate.pixels, plate) * gain).astype(np.float32)
        return Plate(light, "hdr", space=space, bits=None)

    return make


@pytest.fixture
def a_picture(tmp_path, a_photograph, a_result):
    plate = read_plate(a_photograph)
    path = tmp_path / "out" / "photo_uhdr.jpg"
    write_uhdr(path, plate, a_result(plate))
    return path


class TestBase:
    def test_when_the_plate_is_a_jpeg_then_its_picture_is_kept_byte_for_byte(
        self, a_picture, a_photograph
    ):
        assert picture_data(a_picture.read_bytes()) == picture_data(
            a_photograph.read_bytes()
        )

    def test_when_an_old_viewer_opens_it_then_it_shows_the_plate(
        self, a_picture, a_photograph
    ):
        with Image.open(a_picture) as ours, Image.open(a_photograph) as plate:
            assert np.array_equal(np.asarray(ours), np.asarray(plate))
            assert ours.info["icc_profile"] == plate.info["icc_profile"]

    def test_when_the_plate_is_a_png_then_the_base_has_its_primaries_and_time(
        self, tmp_path, a_base, a_result
    ):
        plate = Plate(
            (a_base / np.float32(255)).astype(np.float32),
            "encoded",
            metadata={
                "hdr_core:tag": "srgb_p3d65_scene",
                "Exif:DateTimeOriginal": "2026:01:02 03:04:05",
                "Make": "Maker",
                "ExposureTime": 0.01,
            },
        )

        write_uhdr(tmp_path / "a.jpg", plate, a_result(plate))

        found = read_plate(tmp_path / "a.jpg")
        assert found.metadata["hdr_core:tag"] == "srgb_p3d65_scene"
        assert found.metadata["Exif:DateTimeOriginal"] == "2026:01:02 03:04:05"
        assert found.metadata["Make"] == "Maker"
        assert np.abs(found.pixels * 255 - a_base).max() <= 1.01


class TestLight:
    def test_when_our_file_is_read_again_then_its_light_is_the_results(
        self, a_picture, stated_light
    ):
        found = stated_light(a_picture)[16, [8, 24, 40, 56], 0]

        np.testing.assert_allclose(found, [0.0513, 1.0059, 4.0, 8.0], rtol=0.02)

    def test_when_openimageio_reads_it_then_it_finds_the_same_light(
        self, a_picture, stated_light
    ):
        theirs = oiio.ImageBuf(str(a_picture)).get_pixels(oiio.FLOAT)[..., :3]

        ours = stated_light(a_picture)

        np.testing.assert_allclose(ours, theirs, rtol=0.02, atol=2e-3)

    def test_when_light_is_above_the_peak_then_it_is_clipped_there(
        self, tmp_path, a_photograph, a_result, stated_light
    ):
        plate = read_plate(a_photograph)
        light = LightOptions(white_nits=200.0, peak_nits=800.0)

        most = write_uhdr(tmp_path / "a.jpg", plate, a_result(plate), light=light)

        assert most == pytest.approx(4.0)
        assert stated_light(tmp_path / "a.jpg").max() == pytest.approx(4.0, rel=0.02)

    def test_when_the_result_has_other_primaries_then_it_is_converted(
        self, tmp_path, a_photograph, a_result, stated_light
    ):
        from hdr_core.pictures.display_light import to_primaries
        from hdr_core.primaries import PRIMARIES

        plate = read_plate(a_photograph)
        hdr = a_result(plate)
        matrix = to_primaries(hdr, PRIMARIES["ap1"])
        wide = replace(
            hdr, pixels=(hdr.pixels @ matrix).astype(np.float32), space="lin_ap1_scene"
        )

        write_uhdr(tmp_path / "a.jpg", plate, wide)

        found = stated_light(tmp_path / "a.jpg")[16, 56]
        np.testing.assert_allclose(found, [8.0, 8.0, 8.0], rtol=0.02)


class TestFile:
    def test_when_the_file_is_written_then_iso_and_the_index_are_where_readers_want(
        self, a_picture
    ):
        data = a_picture.read_bytes()
        segments = read_segments(data)

        # Before the picture: XMP, ISO's version, the index; in the map: ISO's numbers.
        names = [s.body[:12] for s in segments]
        assert names.index(b"http://ns.ad") < names.index(iso.NAME[:12])
        assert next(s for s in segments if s.body.startswith(iso.NAME)).body == (
            iso.NAME + bytes(4)
        )
        ((start, size),) = read_index(segments)
        assert start + size == len(data)
        own = read_segments(data, start)
        assert any(s.body.startswith(iso.NAME) and len(s.body) > 60 for s in own)

    def test_when_a_place_is_stored_then_it_is_dropped_and_the_rest_stays(
        self, a_picture
    ):
        with Image.open(a_picture) as picture:
            exif = picture.getexif()

        assert exif[0x010F] == "Maker"
        assert exif.get_ifd(0x8769)[0x9003] == "2026:01:02 03:04:05"
        assert 0x8825 not in exif
        data = a_picture.read_bytes()
        assert b"GPSLatitude" not in data
        assert b'Rating="4"' in data

    def test_when_the_place_is_asked_for_then_it_is_kept(
        self, tmp_path, a_photograph, a_result
    ):
        plate = read_plate(a_photograph)

        write_uhdr(tmp_path / "a.jpg", plate, a_result(plate), keeps_place=True)

        with Image.open(tmp_path / "a.jpg") as picture:
            assert picture.getexif().get_ifd(0x8825)[2] == (48.0, 8.0, 30.0)
        assert b"GPSLatitude" in (tmp_path / "a.jpg").read_bytes()

    @pytest.mark.parametrize("orientation", [3, 6, 7, 8])
    def test_when_the_plate_is_turned_then_base_and_map_are_turned_alike(
        self, orientation, tmp_path, a_base
    ):
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = tmp_path / "turned.jpg"
        path.write_bytes(jpeg(a_base, exif=exif.tobytes()))
        plate = read_plate(path)
        light = np.full(plate.pixels.shape, 0.5, np.float32)
        light[:8, :8] = 6.0

        write_uhdr(tmp_path / "a.jpg", plate, Plate(light, "hdr", "lin_rec709_scene"))

        found = read_plate(tmp_path / "a.jpg")
        assert found.pixels.shape == plate.pixels.shape
        codes = found.gain_map.codes[..., 0]
        stops = codes.astype(float) - codes.min()
        assert codes.shape == plate.pixels.shape[:2]
        assert stops[2:6, 2:6].mean() > stops.mean() + 30

    def test_when_the_plate_has_a_gain_map_then_ours_takes_its_place(
        self, tmp_path, write_map_file, a_result, stated_light
    ):
        plate = read_plate(write_map_file(iso_segment(formula())))
        dim = a_result(plate, "lin_rec709_scene")
        dim.pixels[:] = np.minimum(dim.pixels, 2.0)

        write_uhdr(tmp_path / "a.jpg", plate, dim)

        assert stated_light(tmp_path / "a.jpg").max() == pytest.approx(2.0, rel=0.02)

    def test_when_it_exists_or_is_no_jpeg_then_nothing_is_written(
        self, a_picture, a_photograph, a_result, tmp_path
    ):
        plate = read_plate(a_photograph)
        before = a_picture.read_bytes()

        with pytest.raises(OutputError, match="exists already"):
            write_uhdr(a_picture, plate, a_result(plate))
        with pytest.raises(OutputError, match=r"End the name in \.jpg"):
            write_uhdr(tmp_path / "a.png", plate, a_result(plate))

        assert a_picture.read_bytes() == before
        assert [p.name for p in a_picture.parent.iterdir()] == [a_picture.name]

    def test_when_sizes_or_spaces_do_not_fit_then_one_line_says_so(
        self, tmp_path, a_photograph, a_result
    ):
        plate = read_plate(a_photograph)
        small = Plate(np.ones((4, 4, 3), np.float32), "hdr", "lin_rec709_scene")

        with pytest.raises(ShapeError, match="hdr: needs"):
            write_uhdr(tmp_path / "a.jpg", plate, small)
        with pytest.raises(OptionError, match="not known"):
            write_uhdr(tmp_path / "a.jpg", plate, a_result(plate, "unknown"))
        assert not (tmp_path / "a.jpg").exists()

    def test_when_the_written_map_is_damaged_then_it_does_not_take_its_name(
        self, tmp_path, a_photograph, a_result, monkeypatch
    ):
        from hdr_core.pictures import write_uhdr as module

        plate = read_plate(a_photograph)
        whole = module.join
        monkeypatch.setattr(module, "join", lambda *a, **k: whole(*a, **k)[:-40])

        with pytest.raises(OutputError, match="reads back damaged"):
            write_uhdr(tmp_path / "a.jpg", plate, a_result(plate))

        assert not (tmp_path / "a.jpg").exists()


class TestPicture:
    def test_when_pillow_opens_the_map_then_it_has_three_channels(self, a_picture):
        data = a_picture.read_bytes()
        ((start, size),) = read_index(read_segments(data))

        with Image.open(io.BytesIO(data[start : start + size])) as found:
            assert found.mode == "RGB"
            assert found.size == (64, 32)
