"""Plates of known encoding, from file to file: OpenColorIO's numbers, bit for bit."""

import itertools
from functools import cache

import numpy as np
import OpenImageIO as oiio
import PyOpenColorIO
import pytest

from hdr_core.camera.capture import reshoot
from hdr_core.camera.curve_text import unpack_curve
from hdr_core.io.readback import read_hdr
from hdr_core.options import Options
from hdr_core.panorama.irradiance import to_rec709
from hdr_core.reconstruction import reconstruct

CONFIG = "ocio://cg-config-v4.0.0_aces-v2.0_ocio-v2.5"
STUDIO = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
ACES_2 = "sRGB - Display/ACES 2.0 - SDR 100 nits (Rec.709)"
WORKING_SPACES = ("ACEScg", "ACES2065-1", "Linear Rec.709 (sRGB)", "Linear Rec.2020")
# Everything that an encoded picture may be in: all that are neither linear nor data.
ENCODED = (
    "sRGB - Display",
    "Gamma 2.2 Rec.709 - Display",
    "Display P3 - Display",
    "Display P3 HDR - Display",
    "P3-D65 - Display",
    "Rec.1886 Rec.709 - Display",
    "Rec.2100-PQ - Display",
    "ST2084-P3-D65 - Display",
    "ACEScc",
    "ACEScct",
    "sRGB Encoded Rec.709 (sRGB)",
    "Gamma 1.8 Encoded Rec.709",
    "Gamma 2.2 Encoded Rec.709",
    "Gamma 2.4 Encoded Rec.709",
    "sRGB Encoded P3-D65",
    "Gamma 2.2 Encoded AdobeRGB",
    "sRGB Encoded AP1",
    "Gamma 2.2 Encoded AP1",
)
PLAIN = ("--skip", "dequantize,refine", "--depth", "float", "--aov", "none")


@cache
def opened(config):
    return PyOpenColorIO.Config.CreateFromFile(config)


def by_ocio(encoded, transform_or_space, target, *, config=CONFIG):
    """OpenColorIO's own result, unoptimised."""
    if isinstance(transform_or_space, str):
        processor = opened(config).getProcessor(transform_or_space, target)
    else:
        way = PyOpenColorIO.TRANSFORM_DIR_INVERSE
        processor = opened(config).getProcessor(transform_or_space, way)
    cpu = processor.getOptimizedCPUProcessor(PyOpenColorIO.OPTIMIZATION_NONE)
    light = encoded.copy()
    cpu.applyRGB(light)
    return light


def write_codes(path, bits):
    """A ramp of codes that clips in one channel first, in a file of so many bits."""
    rows, columns = np.mgrid[0:24, 0:40]
    ramp = (rows / 24 + columns / 40)[..., None] * np.array([0.9, 0.75, 0.6])
    codes = np.rint(np.clip(ramp, 0, 1) * (2**bits - 1)).astype(np.uint16)
    spec = oiio.ImageSpec(40, 24, 3, "uint8" if bits == 8 else "uint16")
    spec.attribute("oiio:BitsPerSample", bits)
    target = oiio.ImageOutput.create(str(path))
    assert target.open(str(path), spec)
    spread = np.rint(codes * (65535 / (2**bits - 1))).astype(np.uint16)
    samples = codes.astype(np.uint8) if bits == 8 else spread
    assert target.write_image(samples)
    assert target.close()
    return codes


@pytest.fixture
def a_chart():
    """A grey ramp of all codes, 64 colors, and 64 patches with clipped channels."""
    rng = np.random.default_rng(11)
    ramp = np.repeat(np.arange(256)[:, None], 3, axis=1)
    colors = rng.integers(0, 255, (64, 3))
    clipped = rng.integers(0, 255, (64, 3))
    clipped[np.arange(64), rng.integers(0, 3, 64)] = 255
    codes = np.concatenate([ramp, colors, clipped])
    return codes.reshape(16, 24, 3).astype(np.uint8)


@pytest.fixture
def a_chart_file(a_chart, write_picture, tmp_path):
    return write_picture(tmp_path / "chart.png", a_chart)


class TestTable:
    def test_when_the_config_is_listed_then_no_encoded_space_is_left_out(self):
        config = opened(CONFIG)
        listed = config.getColorSpaces(
            PyOpenColorIO.SEARCH_REFERENCE_SPACE_ALL, PyOpenColorIO.COLORSPACE_ALL
        )

        encoded = [
            space.getName()
            for space in listed
            if space.getEncoding() not in {"scene-linear", "display-linear", "data"}
        ]

        assert sorted(encoded) == sorted(ENCODED)

    @pytest.mark.parametrize("working", WORKING_SPACES)
    @pytest.mark.parametrize("space", [*ENCODED, "Linear P3-D65"])
    def test_when_nothing_is_clipped_then_the_file_holds_ocios_own_floats(
        self, convert, a_chart, a_chart_file, tmp_path, space, working
    ):
        names = ("--linearize", space, "--working-space", working)

        code = convert(a_chart_file, "-o", tmp_path / "a.exr", *names, *PLAIN)

        found = read_hdr(tmp_path / "a.exr").pixels
        expected = by_ocio(a_chart.astype(np.float32) / np.float32(255), space, working)
        is_plain = (a_chart < 255).all(axis=-1)
        assert code == 0
        assert is_plain.sum() >= 255 + 64
        np.testing.assert_array_equal(found[is_plain], expected[is_plain])

    @pytest.mark.parametrize("working", WORKING_SPACES)
    def test_when_it_is_an_inverse_output_transform_then_the_same_holds(
        self, convert, a_chart, a_chart_file, tmp_path, working
    ):
        names = ("--linearize", ACES_2, "--working-space", working)

        code = convert(a_chart_file, "-o", tmp_path / "a.exr", *names, *PLAIN)

        found = read_hdr(tmp_path / "a.exr").pixels
        view = PyOpenColorIO.DisplayViewTransform(working, *ACES_2.split("/", 1))
        encoded = a_chart.astype(np.float32) / np.float32(255)
        is_plain = (a_chart < 255).all(axis=-1)
        assert code == 0
        np.testing.assert_array_equal(
            found[is_plain], by_ocio(encoded, view, "")[is_plain]
        )


class TestPromiseInTheFile:
    @pytest.mark.parametrize(
        ("name", "bits"),
        [
            *itertools.product(["a.png"], [8, 16]),
            *itertools.product(["a.tif", "a.dpx"], [8, 10, 12, 16]),
        ],
    )
    def test_when_the_written_file_is_re_shot_then_it_gives_the_plates_file(
        self, convert, tmp_path, name, bits
    ):
        codes = write_codes(tmp_path / name, bits)

        done = convert(tmp_path / name, "-o", tmp_path / "a.exr", "--json")

        found = read_hdr(tmp_path / "a.exr")
        curve = unpack_curve(found.header["hdr_core/inverse_crf"])
        light = to_rec709(found.pixels, found.header["colorInteropID"])
        assert done == 0
        assert found.header["hdr_core/bits"] == bits
        np.testing.assert_array_equal(
            reshoot(light, curve, max_code=2**bits - 1), codes
        )


class TestPromise:
    @pytest.mark.parametrize("working", WORKING_SPACES)
    @pytest.mark.parametrize("bits", [8, 10, 12, 16])
    @pytest.mark.parametrize(
        "space", ["auto", "srgb_tx", "ACEScct", "Gamma 2.2 Encoded AdobeRGB"]
    )
    def test_when_re_shot_from_any_working_space_then_no_code_is_lost(
        self, a_small_model, photograph, space, bits, working
    ):
        config = Options(
            working, linearize=space, color_config=CONFIG, exposure_stops=0.7
        )
        plate = photograph(bits=bits)

        result = reconstruct(plate, a_small_model, options=config)

        assert result.violations == 0
        light = result.hdr.pixels.astype(float) * 2.0**-0.7
        light = light @ np.linalg.inv(result.colors.camera_to_working)
        shot = reshoot(light, result.inverse_crf, max_code=plate.max_code)
        np.testing.assert_array_equal(shot, np.rint(plate.pixels * plate.max_code))
        assert result.hdr.pixels.max() > plate.pixels.max()

    @pytest.mark.parametrize("space", [ACES_2, "Rec.2100-HLG - Display"])
    def test_when_the_camera_is_no_curve_then_the_config_encodes_it_back(
        self, a_small_model, photograph, space
    ):
        config = Options("ACEScg", linearize=space, color_config=STUDIO)
        plate = photograph()

        result = reconstruct(plate, a_small_model, options=config)

        light = result.hdr.pixels @ np.linalg.inv(result.colors.network_to_working)
        shot = result.colors.encoding.encode(light)
        assert result.violations == 0
        np.testing.assert_array_equal(
            np.rint(np.clip(shot, 0, 1) * 255), np.rint(plate.pixels * 255)
        )

    def test_when_the_configs_own_inverse_fails_then_the_broken_codes_are_counted(
        self, a_small_model, photograph
    ):
        config = Options("ACEScg", linearize=ACES_2, color_config=CONFIG)
        plate = photograph(bits=12)

        result = reconstruct(plate, a_small_model, options=config)

        encoding = result.colors.encoding
        back = encoding.encode(encoding.decode(plate.pixels))
        own = np.rint(np.clip(back, 0, 1) * 4095) != np.rint(plate.pixels * 4095)
        assert 0 < result.violations <= own.sum() + 2

    def test_when_a_lamp_shares_digits_with_dark_codes_then_it_gives_way_a_little(
        self, a_small_model, photograph
    ):
        plate = photograph(bits=16)
        plate.pixels[:, :, 0] = 1.0
        config = Options("ACEScg", linearize="srgb_tx", boldness=0.99)

        result = reconstruct(plate, a_small_model, options=config)

        assert result.violations == 0

    def test_when_networks_see_out_of_gamut_light_then_unclipped_codes_stay(
        self, a_small_model, photograph
    ):
        plate = photograph()
        config = Options(
            "ACEScg",
            linearize="S-Log3 S-Gamut3.Cine",
            color_config=STUDIO,
            fidelity="free",
            skip=("dequantize", "refine"),
            boldness=0.6,
        )

        result = reconstruct(plate, a_small_model, options=config)

        light = result.hdr.pixels @ np.linalg.inv(result.colors.camera_to_working)
        plain = result.colors.encoding.decode(plate.pixels)
        is_dark = plate.pixels.max(axis=-1) < 0.8
        shot = reshoot(light, result.inverse_crf, max_code=255)
        codes = np.rint(plate.pixels * 255)
        assert plain.min() < 0.0
        assert result.linear.min() < 0.0
        np.testing.assert_array_equal(shot[is_dark], codes[is_dark])
