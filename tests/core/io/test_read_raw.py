"""Raw files of cameras as plates (the extra "raw"): the light of the sensor."""

import sys

import numpy as np
import pytest
from PIL import Image

from hdr_core.color.spaces import choose_colors
from hdr_core.io.folder import list_folder
from hdr_core.io.read import read_plate
from hdr_core.options import Options
from hdr_core.plate import COLOR_SOURCE, CURVE, NOTES
from tests.core.io.raw_files import TO_CAMERA, mosaic_of, write_dng

rawpy = pytest.importorskip("rawpy")
BLACK, WHITE = 512, 15872
NEUTRAL = (0.5, 1.0, 0.625)
# Three parts of one color, 32 columns each; green clips in the last one.
GREY, COLOR, GREEN = (0.2, 0.2, 0.2), (0.5, 0.25, 0.1), (0.3, 3.0, 0.5)
ONE_CODE = 1.0 / 15360


@pytest.fixture
def some_light():
    return np.repeat(np.array([[GREY, COLOR, GREEN]]), 32, axis=1).repeat(48, axis=0)


@pytest.fixture
def a_raw(tmp_path, some_light):
    def write(**options):
        codes = mosaic_of(some_light, NEUTRAL, black=BLACK, white=WHITE)
        levels = {"black": BLACK, "white": WHITE, "neutral": NEUTRAL}
        return write_dng(tmp_path / "a.dng", codes, **{**levels, **options})

    return write


class TestDevelop:
    def test_when_it_is_developed_then_the_plate_is_the_light_of_the_sensor(
        self, a_raw
    ):
        plate = read_plate(a_raw())

        assert plate.bits == 16
        assert plate.pixels[24, 10] == pytest.approx(GREY, abs=2 * ONE_CODE)
        assert plate.pixels[24, 48] == pytest.approx(COLOR, abs=2 * ONE_CODE)
        assert plate.pixels[24, 80] == pytest.approx((0.3, 1.0, 0.5), abs=2 * ONE_CODE)
        assert plate.pixels[24, 80, 1] == 1.0

    def test_when_it_is_developed_then_its_curve_is_known_and_noted(self, a_raw):
        metadata = read_plate(a_raw()).metadata

        assert metadata[CURVE] == "linear"
        assert metadata[COLOR_SOURCE] == "the matrix of Maker Model 1"
        assert "developed to the light of the sensor" in metadata[NOTES]

    def test_when_colors_are_chosen_then_they_are_those_of_libraw_s_own_matrix(
        self, a_raw
    ):
        path = a_raw()
        with rawpy.imread(str(path)) as held:
            right = held.postprocess(
                gamma=(1, 1), output_bps=16, no_auto_bright=True, use_camera_wb=True
            )

        colors = choose_colors(read_plate(path), Options())

        curve = colors.encoding.curve
        assert curve == pytest.approx(np.linspace(0.0, 1.0, len(curve)))
        light = read_plate(path).pixels[24, 48] @ colors.camera_to_network
        assert light == pytest.approx(right[24, 48] / 65535.0, abs=1e-4)
        assert "linear by the matrix of Maker Model 1" in colors.note

    def test_when_the_matrix_is_worked_out_by_hand_then_it_is_the_same(self, a_raw):
        to_xyz = np.array(
            [
                [0.4123908, 0.3575843, 0.1804808],
                [0.2126390, 0.7151687, 0.0721923],
                [0.0193308, 0.1191948, 0.9505322],
            ]
        )
        to_camera = np.array(TO_CAMERA) @ to_xyz
        to_camera /= to_camera.sum(axis=1, keepdims=True)

        found = choose_colors(read_plate(a_raw()), Options()).camera_to_network

        assert pytest.approx(np.linalg.inv(to_camera), abs=2e-3) == found.T

    def test_when_the_camera_was_turned_then_the_plate_is_upright(self, a_raw):
        plate = read_plate(a_raw(orientation=6))

        assert plate.pixels.shape == (96, 48, 3)
        with rawpy.imread(str(plate.path)) as held:
            right = held.postprocess(use_camera_wb=True)
        assert right.shape == plate.pixels.shape
        assert plate.pixels[10, 24] == pytest.approx(GREY, abs=2 * ONE_CODE)
        assert plate.pixels[80, 24, 1] == 1.0

    def test_when_the_sensor_clips_below_its_level_then_this_is_the_clip(
        self, tmp_path
    ):
        light = np.random.default_rng(3).random((64, 96)) * 1.6
        sites = np.rint(BLACK + np.minimum(light, 0.7) * (WHITE - BLACK))
        path = write_dng(
            tmp_path / "a.dng",
            sites.astype(np.uint16),
            black=BLACK,
            white=WHITE,
            neutral=NEUTRAL,
        )

        plate = read_plate(path)

        assert (plate.pixels == 1.0).mean() > 0.3
        assert "clips at 11264, below its level 15872" in plate.metadata[NOTES]

    def test_when_nothing_clips_then_nothing_is_taken_as_clipped(self, tmp_path):
        light = np.random.default_rng(3).random((64, 96)) * 0.7
        sites = np.rint(BLACK + light * (WHITE - BLACK)).astype(np.uint16)
        path = write_dng(
            tmp_path / "a.dng", sites, black=BLACK, white=WHITE, neutral=(1, 1, 1)
        )

        # The interpolation overshoots in noise, but no site clips.
        assert read_plate(path).pixels.max() < 1.0


class TestRefused:
    def test_when_rawpy_is_missing_then_it_is_named(
        self, a_raw, assert_refused, monkeypatch
    ):
        path = a_raw()
        monkeypatch.setitem(sys.modules, "rawpy", None)

        assert_refused(path, "raw file", "16-bit TIFF", "pip install hdr-core[raw]")

    def test_when_it_is_cut_short_then_one_line_says_so(self, a_raw, assert_refused):
        path = a_raw()
        path.write_bytes(path.read_bytes()[:400])

        assert_refused(path, "cannot be developed")


class TestFolder:
    def test_when_a_jpeg_lies_beside_a_raw_file_then_the_raw_file_is_the_plate(
        self, a_raw
    ):
        path = a_raw()
        Image.new("RGB", (8, 8)).save(path.with_suffix(".JPG"))

        listing = list_folder(path.parent, {".dng", ".jpg"})

        assert listing.plates == [path]
        assert "the camera's picture of a.dng" in listing.left_out[0][1]
