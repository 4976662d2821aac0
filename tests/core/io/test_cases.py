"""Files that artists brought: what is right for each, or the line that refuses it.

Most of them hold the same picture of 96 x 64 pixels, whose mean codes are ``MEAN``.
"""

from pathlib import Path

import numpy as np
import pytest

from hdr_core.color.spaces import choose_colors
from hdr_core.delivery.header import clipped_percent
from hdr_core.errors import PlateError
from hdr_core.io.movie import read_movie_frame
from hdr_core.io.read import read_plate
from hdr_core.options import Options
from hdr_core.panorama.detect import find_panorama
from hdr_core.panorama.irradiance import measure_light
from hdr_core.plate import Plate

CASES = Path(__file__).parent / "cases"
MEAN = (106.3, 91.3, 57.5)

# Pictures, and what the report says of their colors.
SRGB, ADOBE = "primaries of 'sRGB Encoded Rec.709", "AdobeRGB'; g22_adobergb_scene by "
LINEAR = "taken as 'linear light, primaries of Rec.709', linear by "
PICTURES = {
    "bmp32_bitfields_rgbx.bmp": SRGB,
    "bmp32_unused_byte.bmp": SRGB,
    "bmp32_v4_rgba.bmp": SRGB,
    "chroma_ap1.exr": "primaries of 'AP1'; by chromaticities",
    "dpx_element_offset_0.dpx": LINEAR,
    "dpx_element_offset_undefined.dpx": LINEAR,
    "exif_adobergb_r03.jpg": ADOBE + "Exif R03",
    "exif_exposure_0_0.jpg": SRGB,
    "exif_latin1_copyright.jpg": SRGB,
    "exif_latin1_make.jpg": SRGB,
    "exif_lens_nonutf.jpg": SRGB,
    "exif_sjis_desc.jpg": SRGB,
    "jpg_com_latin1.jpg": SRGB,
    "jpg_xmp_latin1.jpg": SRGB,
    "jxl_straight_alpha.jxl": SRGB,
    "lin.jxl": LINEAR + "cICP",
    "png_chrm_adobe.png": ADOBE + "cHRM",
    "png_cicp_2020.png": "primaries of 'Rec.2020'; by cICP",
    "png_cicp_linear.png": LINEAR + "cICP",
    "png_cicp_srgb_over_iccp_p3.png": SRGB,
    "png_gama1.png": LINEAR + "gAMA",
}
REFUSED = {
    "exr_attr_not_utf8.exr": "not a readable picture",
    "hlg.jxl": "already HDR (HLG by cICP",
    "j12.jpg": "a variant that is not read here",
    "png_cicp_pq.png": "already HDR (PQ by cICP",
    "tif_zstd.tif": "ZSTD compression support is not configured",
}
# Rows, columns, percent of clipped pixels, and what the report says of the colors.
REC709, REC2020 = "Rec.1886 Rec.709", "primaries of 'Rec.2020'; by the stream's"
MOVIES = {
    "inter.mp4": (64, 96, 8.1055, REC709),
    "mov10_lamp.mkv": (64, 96, 6.8685, REC709),
    "mov8_lamp_reference.mkv": (64, 96, 6.8685, REC709),
    "mov10_ramp422.mkv": (16, 64, 1.5625, REC709),
    "mov10_ramp444.mkv": (16, 64, 1.5625, REC709),
    "mov_alpha_png.mov": (64, 96, 7.487, REC709),
    "rot180.mp4": (64, 96, 7.8125, REC709),
    "rot90.mp4": (96, 64, 7.8125, REC709),
    "sar.mp4": (64, 96, 7.8125, REC709),
    "sdr2020.mp4": (64, 96, 7.8125, REC2020),
}
REFUSED_MOVIES = {
    "bt2020c.mp4": "matrix BT.2020 constant luminance",
    "pq.mp4": "already HDR (PQ video)",
    "ycgco.mp4": "matrix YCgCo",
}
# Lux on the ground.
PANORAMAS = {
    "light_ap1_chromaticities.exr": 11.10,
    "light_crop.exr": 10.34,
    "light_exposure.hdr": 2.775,
    "light_plusY.hdr": 0.628,
    "light_tiled.exr": 11.10,
}


class TestPictures:
    @pytest.mark.parametrize("name", PICTURES)
    def test_when_it_is_read_then_pixels_and_colors_are_right(self, name):
        plate = read_plate(CASES / name)

        codes = plate.pixels.reshape(-1, 3).mean(axis=0) * 255
        assert codes == pytest.approx(MEAN, abs=0.4)
        assert PICTURES[name] in choose_colors(plate, Options()).note

    @pytest.mark.parametrize("name", REFUSED)
    def test_when_it_is_refused_then_one_line_says_why(self, name):
        with pytest.raises(PlateError) as refusal:
            read_plate(CASES / name)

        assert REFUSED[name] in str(refusal.value)
        assert "\n" not in str(refusal.value)

    @pytest.mark.parametrize(
        ("name", "least"),
        [
            pytest.param("bmp32_unused_byte.bmp", None, id="the byte is not used"),
            pytest.param("bmp32_v4_rgba.bmp", 5 / 255, id="BMP"),
            pytest.param("jxl_straight_alpha.jxl", 8 / 255, id="JPEG XL"),
        ],
    )
    def test_when_it_has_a_fourth_channel_then_alpha_is_what_it_means(
        self, name, least
    ):
        alpha = read_plate(CASES / name).alpha

        found = None if alpha is None else float(alpha.min())
        assert found == (None if least is None else pytest.approx(least, abs=1e-3))

    def test_when_alpha_hides_color_then_it_does_not_count_as_clipped(self):
        shares = [
            clipped_percent(read_plate(CASES / name))
            for name in ("hid_black.png", "hid_white.png")
        ]

        assert shares == pytest.approx([4.6672, 4.6672])

    def test_when_ffmpeg_leaves_the_aspect_out_then_it_is_unknown(self):
        metadata = read_plate(CASES / "dpx_by_ffmpeg.dpx").metadata

        assert "PixelAspectRatio" not in metadata

    def test_when_exif_has_0_over_0_then_the_number_is_left_out(self):
        metadata = read_plate(CASES / "exif_exposure_0_0.jpg").metadata

        numbers = [value for value in metadata.values() if isinstance(value, float)]
        assert "ExposureTime" not in metadata
        assert np.isfinite(numbers).all()

    def test_when_a_name_has_360_but_edges_do_not_join_then_it_is_no_panorama(self):
        for name in ("sc.1359.png", "sc.1360.png"):
            assert not find_panorama(read_plate(CASES / name), "auto").is_panorama

    def test_when_a_dng_holds_a_thumbnail_first_then_its_sensor_is_developed(self):
        plate = read_plate(CASES / "raw_like.dng")

        assert plate.pixels.shape == (64, 96, 3)


class TestMovies:
    @pytest.mark.parametrize("name", MOVIES)
    def test_when_it_is_read_then_size_clip_and_colors_are_right(self, name):
        plate = read_movie_frame(CASES / name, 1)

        rows, columns, clipped, colors = MOVIES[name]
        assert plate.pixels.shape == (rows, columns, 3)
        assert clipped_percent(plate) == pytest.approx(clipped, abs=0.01)
        assert colors in choose_colors(plate, Options()).note

    @pytest.mark.parametrize("name", REFUSED_MOVIES)
    def test_when_it_is_refused_then_one_line_says_why(self, name):
        with pytest.raises(PlateError) as refusal:
            read_movie_frame(CASES / name, 1)

        assert REFUSED_MOVIES[name] in str(refusal.value)

    def test_when_pixels_are_twice_as_wide_then_the_aspect_is_2(self):
        metadata = read_movie_frame(CASES / "sar.mp4", 1).metadata

        assert metadata["PixelAspectRatio"] == 2.0

    def test_when_it_is_interlaced_then_the_report_says_so(self):
        metadata = read_movie_frame(CASES / "inter.mp4", 1).metadata

        assert "interlaced" in metadata["hdr_core:notes"]

    def test_when_it_has_alpha_then_alpha_is_a_ramp(self):
        alpha = read_movie_frame(CASES / "mov_alpha_png.mov", 1).alpha

        assert alpha[0, 0] == 0.0
        assert alpha[0, -1] == 1.0


class TestPanoramas:
    @pytest.mark.parametrize("name", PANORAMAS)
    def test_when_its_light_is_measured_then_the_ground_is_right(self, name):
        ground = measure_light(CASES / name).ground

        assert ground == pytest.approx(PANORAMAS[name], rel=5e-3)


class TestConfigs:
    @pytest.mark.parametrize("name", ["aces_v1.ocio", "v2.ocio"])
    def test_when_roles_or_tables_are_missing_then_the_config_works(self, name):
        options = Options(color_config=str(CASES / name), working_space="scene_linear")
        grey = Plate(np.full((1, 1, 3), 0.5, np.float32), "encoded")

        assert choose_colors(grey, options).config == name
