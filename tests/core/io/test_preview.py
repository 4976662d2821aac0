"""Results shown plainly: expose, clip, encode."""

import tracemalloc

import numpy as np
import OpenImageIO as oiio
import pytest

from hdr_core.camera.responses import srgb
from hdr_core.errors import OutputError, PlateError, ShapeError
from hdr_core.io.preview import expose, write_contact_sheet, write_exposures


def read_codes(path):
    source = oiio.ImageInput.open(str(path))
    assert source.format_name() == "png"
    return source.read_image(oiio.UINT8)


def peak_bytes(make):
    tracemalloc.start()
    make()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.fixture
def a_noisy_picture():
    """More rows than a band has, light from below black to far above clip."""
    noise = np.random.default_rng(8).normal(size=(101, 517, 3)) * 4
    return np.exp2(noise).astype(np.float32) - np.float32(0.05)


@pytest.fixture
def a_large_picture():
    return np.full((540, 1920, 3), 0.3, np.float32)


@pytest.fixture
def a_lamp():
    hdr = np.full((6, 10, 3), 0.18, np.float32)
    hdr[2:4, 4:6] = 8.0
    return hdr


class TestExpose:
    @pytest.mark.parametrize(
        ("light", "stops", "code"),
        [
            pytest.param(1.0, 0, 255, id="display white"),
            pytest.param(0.18, 0, 118, id="mid grey"),
            pytest.param(8.0, -3, 255, id="three stops above white"),
            pytest.param(4.0, -3, 188, id="half of display white"),
            pytest.param(1e9, 0, 255, id="far above clip"),
            pytest.param(-0.5, 0, 0, id="negative light"),
            pytest.param(0.002, 0, 7, id="on the straight foot of sRGB"),
        ],
    )
    def test_when_light_is_exposed_then_the_code_is_the_hand_worked_one(
        self, light, stops, code
    ):
        assert (expose(np.full((1, 1, 3), light, np.float32), stops) == code).all()


class TestWriteExposures:
    def test_when_stops_are_given_then_each_has_its_png(self, tmp_path, a_lamp):
        paths = write_exposures(tmp_path / "new" / "lamp.v1", a_lamp, stops=(0, -3.5))

        names = [path.name for path in paths]
        assert names == ["lamp.v1_ev+0.png", "lamp.v1_ev-3.5.png"]
        assert sorted(p.name for p in (tmp_path / "new").iterdir()) == sorted(names)
        for path, stops in zip(paths, (0, -3.5), strict=True):
            assert np.array_equal(read_codes(path), expose(a_lamp, stops))

    @pytest.mark.parametrize("stops", [0.0, -3.0, 1.3])
    def test_when_written_in_bands_then_the_bytes_are_those_of_the_whole(
        self, tmp_path, a_noisy_picture, stops
    ):
        light = np.clip(a_noisy_picture.astype(np.float64) * 2.0**stops, 0.0, 1.0)
        codes = np.rint(srgb(light) * 255.0).astype(np.uint8)
        spec = oiio.ImageSpec(517, 101, 3, "uint8")
        spec.attribute("oiio:ColorSpace", "srgb_rec709_scene")
        whole = oiio.ImageOutput.create("whole.png")
        assert whole.open(str(tmp_path / "whole.png"), spec)
        assert whole.write_image(codes)
        assert whole.close()

        (path,) = write_exposures(tmp_path / "a", a_noisy_picture, stops=(stops,))

        assert np.array_equal(expose(a_noisy_picture, stops), codes)
        assert path.read_bytes() == (tmp_path / "whole.png").read_bytes()

    def test_when_a_picture_is_large_then_little_memory_is_added(
        self, tmp_path, a_large_picture
    ):
        added = peak_bytes(
            lambda: write_exposures(tmp_path / "a", a_large_picture, stops=(0,))
        )

        assert added < a_large_picture.nbytes / 4

    def test_when_one_file_exists_then_none_is_written(self, tmp_path, a_lamp):
        (tmp_path / "a_ev-6.png").write_text("mine")

        with pytest.raises(OutputError, match="exists already"):
            write_exposures(tmp_path / "a", a_lamp)

        assert [path.name for path in tmp_path.iterdir()] == ["a_ev-6.png"]

    def test_when_it_is_written_twice_then_the_bytes_are_equal(self, tmp_path, a_lamp):
        (first,) = write_exposures(tmp_path / "a", a_lamp, stops=(0,))
        before = first.read_bytes()

        write_exposures(tmp_path / "a", a_lamp, stops=(0,), overwrite=True)

        assert first.read_bytes() == before

    def test_when_it_is_interrupted_then_nothing_is_left(
        self, tmp_path, monkeypatch, a_lamp
    ):
        def interrupt(_):
            assert list(tmp_path.iterdir())
            raise KeyboardInterrupt

        monkeypatch.setattr("hdr_core.io.atomic._flush", interrupt)

        with pytest.raises(KeyboardInterrupt):
            write_exposures(tmp_path / "a", a_lamp)

        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_when_a_value_is_not_finite_then_it_is_refused(self, tmp_path, a_lamp, bad):
        a_lamp[0, 0, 0] = bad

        with pytest.raises(PlateError, match="NaN or infinite"):
            write_exposures(tmp_path / "a", a_lamp)

    def test_when_it_is_not_rgb_then_it_is_refused(self, tmp_path):
        with pytest.raises(ShapeError, match="hdr"):
            write_exposures(tmp_path / "a", np.zeros((4, 4, 4), np.float32))

    def test_when_the_folder_is_a_file_then_it_is_told(self, tmp_path, a_lamp):
        (tmp_path / "file").touch()

        with pytest.raises(OutputError, match="cannot be written"):
            write_exposures(tmp_path / "file" / "a", a_lamp)


class TestWriteContactSheet:
    def test_when_pictures_are_small_then_they_stand_in_a_grid_as_they_are(
        self, tmp_path, a_lamp
    ):
        plate = np.full((6, 10, 3), 0.5, np.float32)

        path = write_contact_sheet(tmp_path / "s.png", plate, a_lamp, stops=(0, -3))

        sheet = read_codes(path)
        gap, label = 8, 28
        top, left, right = gap + label, gap, gap + 10 + gap
        below = top + 6 + gap + label
        assert sheet.shape == (below + 6 + gap, right + 10 + gap, 3)
        assert (sheet[top : top + 6, left : left + 10] == 128).all()
        assert np.array_equal(
            sheet[top : top + 6, right : right + 10], expose(a_lamp, 0)
        )
        assert np.array_equal(
            sheet[below : below + 6, left : left + 10], expose(a_lamp, -3)
        )

    def test_when_pictures_are_wide_then_the_light_of_an_area_is_averaged(
        self, tmp_path
    ):
        checks = np.zeros((8, 16, 3), np.float32)
        checks[:, ::2] = 1.0

        path = write_contact_sheet(
            tmp_path / "s.png", checks, checks * 9, stops=(0,), cell_width_px=8
        )

        sheet = read_codes(path)
        half_the_light = 188
        assert sheet.shape == (8 + 28 + 4 + 8, 8 + 8 + 8 + 8 + 8, 3)
        assert (sheet[36:40, 8:16] == half_the_light).all()
        # Lamps far above white light up no more of the display than white does.
        assert (sheet[36:40, 24:32] == half_the_light).all()

    def test_when_an_area_ends_inside_a_pixel_then_it_takes_a_share_of_it(
        self, tmp_path
    ):
        hdr = np.zeros((3, 3, 3), np.float32)
        hdr[1, 1] = 1.0

        path = write_contact_sheet(
            tmp_path / "s.png", hdr, hdr, stops=(0,), columns=1, cell_width_px=2
        )

        # Each of the 4 areas, 1.5 x 1.5 pixels, has a quarter of the lamp: 1 / 9.
        code = int(expose(np.full((1, 1, 3), 1 / 9, np.float32), 0)[0, 0, 0])
        sheet = read_codes(path)
        assert (sheet[36:38, 8:10] == code).all()
        assert (sheet[74:76, 8:10] == code).all()

    def test_when_pictures_are_large_then_little_memory_is_added(
        self, tmp_path, a_large_picture
    ):
        plate = hdr = a_large_picture

        added = peak_bytes(
            lambda: write_contact_sheet(tmp_path / "s.png", plate, hdr, stops=(0,))
        )

        assert added < hdr.nbytes / 4

    def test_when_cells_are_wide_enough_then_they_carry_labels(self, tmp_path):
        grey = np.full((20, 120, 3), 0.2, np.float32)

        sheet = read_codes(write_contact_sheet(tmp_path / "s.png", grey, grey))

        assert sheet[8:36].max() > 200

    def test_when_plate_and_result_differ_in_size_then_it_is_refused(
        self, tmp_path, a_lamp
    ):
        with pytest.raises(ShapeError, match="needs"):
            write_contact_sheet(tmp_path / "s.png", a_lamp[:4], a_lamp)

    def test_when_the_sheet_exists_then_it_stays(self, tmp_path, a_lamp):
        (tmp_path / "s.png").write_text("mine")

        with pytest.raises(OutputError, match="exists already"):
            write_contact_sheet(tmp_path / "s.png", a_lamp, a_lamp)

        assert (tmp_path / "s.png").read_text() == "mine"
