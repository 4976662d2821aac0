"""The re-shoot promise, kept in the file: depth, tolerance, header."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hdr_core.camera.capture import reshoot
from hdr_core.camera.curve_text import pack_curve, unpack_curve
from hdr_core.camera.jpeg import jpeg
from hdr_core.color.encoding import from_network, matrix_of
from hdr_core.color.ocio import CONFIG, open_config
from hdr_core.delivery.header import make_header
from hdr_core.errors import PlateError
from hdr_core.fidelity.camera import CurveCamera
from hdr_core.fidelity.depth import choose_depth
from hdr_core.fidelity.promise import Promise, as_stored
from hdr_core.fidelity.tolerance import (
    TOLERANCE_BY_QUALITY,
    choose_tolerance,
    tolerance_for_quality,
)
from hdr_core.options import Options
from hdr_core.panorama.irradiance import to_rec709
from hdr_core.plate import Plate
from hdr_core.reconstruction import reconstruct

FREE = Options(fidelity="free", precision="float32")


def codes_of(plate):
    return np.rint(plate.pixels * plate.max_code).astype(int)


class TestPromise:
    @pytest.mark.parametrize("bits", [8, 10, 12, 16, None])
    def test_when_re_shot_then_the_result_gives_the_plate_code_for_code(
        self, a_small_model, photograph, bits
    ):
        plate = photograph(bits=bits)

        result = reconstruct(plate, a_small_model, options=Options())

        shot = reshoot(result.hdr.pixels, result.inverse_crf, max_code=plate.max_code)
        np.testing.assert_array_equal(shot, codes_of(plate))
        assert result.violations == 0

    def test_when_in_acescg_and_exposed_then_the_promise_holds_still(
        self, a_small_model, a_plate
    ):
        config = Options(working_space="ACEScg", exposure_stops=-1.3)

        result = reconstruct(a_plate, a_small_model, options=config)

        light = result.hdr.pixels.astype(float) * 2.0**1.3
        shot = reshoot(
            to_rec709(light, "lin_ap1_scene"), result.inverse_crf, max_code=255
        )
        np.testing.assert_array_equal(shot, codes_of(a_plate))
        assert result.violations == 0

    def test_when_fidelity_is_free_then_these_networks_break_codes(
        self, a_small_model, a_plate
    ):
        result = reconstruct(a_plate, a_small_model, options=FREE)

        assert result.violations > 0
        assert result.promise is None

    def test_when_the_plate_is_a_jpeg_then_codes_stay_within_the_tolerance(
        self, a_small_model, a_plate
    ):
        encoded = torch.from_numpy(a_plate.pixels.transpose(2, 0, 1).copy())
        decoded = jpeg(encoded, quality=85, subsampling="4:4:4").numpy()
        lossy = replace(
            a_plate,
            pixels=np.ascontiguousarray(decoded.transpose(1, 2, 0)),
            lossy_quality=85,
        )

        result = reconstruct(lossy, a_small_model, options=Options())

        shot = reshoot(result.hdr.pixels, result.inverse_crf, max_code=255)
        assert result.tolerance_codes > 0
        assert np.abs(shot - codes_of(lossy)).max() <= result.tolerance_codes + 1
        assert result.violations == 0


class TestChooseDepth:
    def test_when_the_plate_has_8_bits_then_half_floats_do(
        self, a_small_model, a_plate
    ):
        result = reconstruct(a_plate, a_small_model, options=Options())

        depth, reason, _ = choose_depth(result.hdr, result.promise)

        assert (depth, reason) == ("half", "half floats keep every code")
        stored = as_stored(result.hdr.pixels, "half")
        assert not np.array_equal(stored, result.hdr.pixels)
        shot = reshoot(stored, result.inverse_crf, max_code=255)
        np.testing.assert_array_equal(shot, codes_of(a_plate))

    def test_when_the_plate_has_12_bits_then_floats_are_needed(
        self, a_small_model, photograph
    ):
        result = reconstruct(photograph(bits=12), a_small_model, options=Options())

        depth, reason, _ = choose_depth(result.hdr, result.promise)

        assert (depth, reason) == ("float", "half floats do not hold more than 10 bits")

    def test_when_half_floats_would_break_a_code_then_floats_are_chosen(self):
        # A red lamp of 500: in AP1, its rounding alone is more than a code of green.
        lamp = np.array([[[500.0, 0.2, 0.2]]], np.float32)
        straight = np.linspace(0.0, 1.0, 1024)
        encoded = np.array([[[1.0, 51 / 255, 51 / 255]]], np.float32)
        to_ap1 = matrix_of(from_network(open_config(CONFIG), "lin_ap1_scene"))
        in_ap1 = (lamp @ to_ap1).astype(np.float32)
        hdr = Plate(in_ap1, "hdr", space="lin_ap1_scene", bits=None)
        camera = CurveCamera(straight, max_code=255)
        promise = Promise(encoded, camera, 0.0, camera_to_stored=to_ap1)

        depth, reason, _ = choose_depth(hdr, promise)

        assert promise.count_violations(hdr, depth="float") == 0
        assert promise.count_violations(hdr, depth="half") > 0
        assert depth == "float"
        assert "to another code" in reason

    def test_when_light_exceeds_half_floats_then_floats_are_chosen(self):
        sun = Plate(np.full((1, 1, 3), 70000.0, np.float32), "hdr", bits=None)

        depth, reason, _ = choose_depth(sun, None)

        assert depth == "float"
        assert "70000" in reason

    @pytest.mark.parametrize(
        ("is_panorama", "depth"), [(True, "float"), (False, "half")]
    )
    def test_when_a_panorama_has_a_sun_then_floats_are_chosen(self, is_panorama, depth):
        sun = Plate(np.full((1, 2, 3), 2000.0, np.float32), "hdr", bits=None)

        chosen, reason, _ = choose_depth(sun, None, is_panorama=is_panorama)

        assert chosen == depth
        assert ("panorama" in reason) == is_panorama


class TestAsStored:
    def test_when_stored_as_half_then_light_is_clamped_to_what_half_holds(self):
        stored = as_stored(np.array([1e6, 1.0], np.float32), "half")

        np.testing.assert_array_equal(stored, [65504.0, 1.0])


class TestTolerance:
    def test_when_quality_falls_then_the_tolerance_rises(self):
        codes = [tolerance_for_quality(quality) for quality in range(100, 0, -1)]

        assert codes == sorted(codes)
        assert 0.0 < codes[0] < 5.0 < codes[-1] < 32.0

    @pytest.mark.parametrize(("quality", "codes"), TOLERANCE_BY_QUALITY)
    def test_when_a_quality_was_measured_then_its_tolerance_is_taken(
        self, quality, codes
    ):
        assert tolerance_for_quality(quality) == codes

    def test_when_a_tolerance_is_asked_for_then_it_is_taken(self, a_plate):
        lossy = replace(a_plate, lossy_quality=80)

        assert choose_tolerance(lossy, 0.25) == 0.25
        assert choose_tolerance(lossy, None) == tolerance_for_quality(80)
        assert choose_tolerance(a_plate, None) == 0.0

    def test_when_a_lossy_plate_has_more_bits_then_it_is_the_same_share_of_them(
        self, photograph
    ):
        movie = replace(photograph(bits=10), lossy_quality=80)

        tolerance = choose_tolerance(movie, None)

        assert tolerance == pytest.approx(tolerance_for_quality(80) * 1023 / 255)


class TestHeader:
    @pytest.fixture
    def a_header(self, a_small_model, a_plate, tmp_path):
        path = tmp_path / "plate.png"
        path.write_bytes(b"abc")
        plate = replace(a_plate, path=path)
        result = reconstruct(plate, a_small_model, options=Options())
        header = make_header(
            plate, result, config=Options(), weights_sha256="5a", violations=0
        )
        return header, result

    def test_when_packed_then_the_curve_comes_back_exactly(self, a_header):
        header, result = a_header

        curve = unpack_curve(str(header["hdr_core/inverse_crf"]))

        np.testing.assert_array_equal(curve, result.inverse_crf)

    def test_when_made_then_it_says_what_the_result_was_made_of(self, a_header):
        header, _ = a_header

        assert header["hdr_core/input"] == "plate.png"
        # SHA-256 of "abc", as FIPS 180 prints it.
        assert str(header["hdr_core/input_sha256"]).startswith("ba7816bf8f01cfea")
        assert header["hdr_core/weights_sha256"] == "5a"
        assert header["hdr_core/violations"] == 0
        assert '"boldness": 0.5' in str(header["hdr_core/parameters"])
        assert "tiles" not in str(header["hdr_core/parameters"])

    @pytest.mark.parametrize(
        "text", ["0 0.5 1", "float32le:base64:AAA", "float32le:base64:!!!!"]
    )
    def test_when_a_curve_is_damaged_then_it_is_told_so(self, text):
        with pytest.raises(PlateError, match="curve"):
            unpack_curve(text)

    def test_when_packed_then_it_is_plain_text(self):
        assert pack_curve(np.array([0.0, 1.0])) == "float32le:base64:AAAAAAAAgD8="
