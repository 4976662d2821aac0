import importlib
import math

import numpy as np
import pytest
import torch

from hdr_core.errors import ShapeError
from hdr_core.metrics import plate_metrics as metrics
from hdr_core.metrics.jod import borrowed_imports, is_available

needs_cvvdp = pytest.mark.skipif(not is_available(), reason="cvvdp is not installed")


def grey(*rows):
    """Return an image whose pixels are grey."""
    values = np.array(rows, dtype=np.float32)
    return np.repeat(values[:, :, None], 3, axis=2)


def everywhere(image):
    return np.ones(image.shape[:2], dtype=bool)


class TestMasks:
    def test_when_one_channel_is_too_dark_then_the_pixel_is_not_well_exposed(self):
        plate = grey([0.5, 0.05, 0.9, 0.95])
        plate[0, 0, 2] = 0.01

        mask = metrics.well_exposed(plate)

        assert mask.tolist() == [[False, True, True, False]]

    def test_when_only_one_channel_clips_then_the_pixel_is_clipped(self):
        plate = grey([0.5, 0.5, 0.98])
        plate[0, 1, 0] = 0.99

        mask = metrics.clipped(plate)

        assert mask.tolist() == [[False, True, False]]


class TestScaleToTruth:
    def test_when_the_result_is_darker_then_the_median_ratio_is_the_gain(self):
        truth = grey([0.2, 0.4, 0.6])
        hdr = grey([0.1, 0.2, 60.0])

        gain = metrics.scale_to_truth(hdr, truth, everywhere(truth))

        assert gain == pytest.approx(2.0)

    def test_when_a_clipped_pixel_differs_then_it_does_not_count(self):
        truth = grey([0.2, 50.0])
        hdr = grey([0.1, 1.0])

        gain = metrics.scale_to_truth(hdr, truth, np.array([[True, False]]))

        assert gain == pytest.approx(2.0)

    def test_when_nothing_is_well_exposed_then_the_gain_is_one(self):
        truth = grey([0.2, 0.4])

        gain = metrics.scale_to_truth(2 * truth, truth, np.zeros((1, 2), dtype=bool))

        assert gain == 1.0

    def test_when_the_result_is_black_then_the_gain_is_finite(self):
        truth = grey([0.2, 0.4])

        gain = metrics.scale_to_truth(0 * truth, truth, everywhere(truth))

        assert math.isfinite(gain)


class TestPu21Encode:
    def test_when_the_luminance_is_100_then_it_is_the_published_peak(self):
        assert metrics.pu21_encode(np.array(100.0)) == pytest.approx(256.4, abs=0.05)
        assert pytest.approx(256.4, abs=0.05) == metrics.PU21_PEAK

    def test_when_it_is_as_dark_as_the_curve_goes_then_it_is_zero(self):
        assert metrics.pu21_encode(np.array(0.005)) == pytest.approx(0.0, abs=1e-3)

    def test_when_luminance_leaves_the_range_then_its_end_counts(self):
        inside = metrics.pu21_encode(np.array([0.005, 10_000.0]))

        outside = metrics.pu21_encode(np.array([0.0, 1e9]))

        np.testing.assert_array_equal(outside, inside)

    def test_when_luminance_grows_then_the_value_grows(self):
        values = metrics.pu21_encode(np.geomspace(0.005, 10_000.0, 500))

        assert (np.diff(values) > 0).all()

    @needs_cvvdp
    def test_when_cvvdp_encodes_the_same_then_it_agrees(self):
        luminance = np.geomspace(0.001, 20_000.0, 300)
        with borrowed_imports():
            their_utils = importlib.import_module("pycvvdp.utils")

        theirs = their_utils.PU(type="banding_glare").encode(torch.tensor(luminance))

        np.testing.assert_allclose(
            metrics.pu21_encode(luminance), theirs.numpy(), rtol=1e-12, atol=1e-9
        )


class TestPu21Psnr:
    def test_when_nothing_differs_then_it_is_infinite(self, a_smooth_scene):
        assert metrics.pu21_psnr(a_smooth_scene, a_smooth_scene) == math.inf

    def test_when_the_picture_is_black_then_the_peak_over_its_value_is_the_answer(self):
        # 0.5 clips are 100 cd/m2, the peak itself: 20 log10(peak / peak) = 0 dB.
        psnr = metrics.pu21_psnr(grey([0.0]), grey([0.5]))

        assert psnr == pytest.approx(0.0, abs=1e-4)

    def test_when_light_differs_above_50_clips_then_it_does_not_count(self):
        assert metrics.pu21_psnr(grey([50.0]), grey([900.0])) == math.inf


class TestLog2Rmse:
    def test_when_all_is_twice_as_bright_then_it_is_one_stop(self):
        truth = grey([0.2, 3.0])

        assert metrics.log2_rmse(2 * truth, truth, everywhere(truth)) == pytest.approx(
            1.0
        )

    def test_when_errors_differ_then_they_are_squared(self):
        truth = grey([1.0, 1.0])
        hdr = grey([1.0, 4.0])

        error = metrics.log2_rmse(hdr, truth, everywhere(truth))

        assert error == pytest.approx(math.sqrt(2.0))

    def test_when_nothing_is_masked_then_it_is_nan(self):
        truth = grey([1.0])

        assert math.isnan(metrics.log2_rmse(truth, truth, ~everywhere(truth)))

    def test_when_the_result_is_black_then_it_is_finite(self):
        truth = grey([1.0])

        assert math.isfinite(metrics.log2_rmse(0 * truth, truth, everywhere(truth)))


class TestEnergyError:
    def test_when_half_the_light_is_missing_then_it_is_minus_one(self):
        truth = grey([1.0, 7.0])
        hdr = grey([3.0, 1.0])

        error = metrics.energy_error(hdr, truth, everywhere(truth))

        assert error == pytest.approx(-1.0)

    def test_when_light_outside_the_mask_differs_then_it_does_not_count(self):
        truth = grey([1.0, 7.0])
        hdr = grey([90.0, 7.0])

        error = metrics.energy_error(hdr, truth, np.array([[False, True]]))

        assert error == pytest.approx(0.0)

    def test_when_nothing_clips_then_it_is_nan(self):
        truth = grey([1.0])

        assert math.isnan(metrics.energy_error(truth, truth, ~everywhere(truth)))


class TestPeakError:
    def test_when_the_brightest_pixel_is_moved_then_only_its_level_counts(self):
        error = metrics.peak_error(grey([16.0, 1.0]), grey([1.0, 64.0]))

        assert error == pytest.approx(-2.0)

    def test_when_the_truth_is_black_then_it_is_nan(self):
        assert math.isnan(metrics.peak_error(grey([1.0]), grey([0.0])))


class TestGroundIrradiance:
    @pytest.mark.parametrize(
        "rows", [pytest.param(16, id="even"), pytest.param(15, id="odd")]
    )
    def test_when_the_sky_is_uniform_then_it_is_pi_times_its_luminance(self, rows):
        sky = np.full((rows, 32, 3), 2.0, dtype=np.float32)

        assert metrics.ground_irradiance(sky) == pytest.approx(2 * math.pi)

    def test_when_only_the_floor_is_bright_then_nothing_arrives(self):
        panorama = np.zeros((16, 32, 3), dtype=np.float32)
        panorama[8:] = 5.0

        assert metrics.ground_irradiance(panorama) == pytest.approx(0.0, abs=1e-12)

    def test_when_a_lamp_sinks_then_it_lights_by_angle_and_solid_angle(self):
        rows = 180
        edges = np.radians([30, 31])
        panorama = np.zeros((rows, 360, 3), dtype=np.float32)
        panorama[30, 7] = 100.0

        light = metrics.ground_irradiance(panorama)

        solid = np.sin(edges[1]) ** 2 / 2 - np.sin(edges[0]) ** 2 / 2
        assert light == pytest.approx(100.0 * solid * 2 * np.pi / 360, rel=1e-6)

    def test_when_the_sky_is_a_quarter_then_the_error_is_minus_two(self):
        sky = np.ones((8, 16, 3), dtype=np.float32)

        assert metrics.ground_error(sky / 4, sky) == pytest.approx(-2.0)


class TestCrfRmse:
    def test_when_a_curve_is_off_by_a_tenth_then_that_is_the_rmse(self):
        line = np.linspace(0.0, 1.0, 1024)

        assert metrics.crf_rmse(line + 0.1, line) == pytest.approx(0.1)

    def test_when_samples_differ_in_number_then_it_is_refused(self):
        with pytest.raises(ShapeError, match="samples"):
            metrics.crf_rmse(np.zeros(3), np.zeros(4))


class TestDequantizationGain:
    def test_when_the_error_is_halved_then_it_is_six_decibels(self):
        truth = grey([0.5, 0.25])

        gain = metrics.dequantization_gain(truth + 0.01, truth - 0.02, truth)

        assert gain == pytest.approx(20 * math.log10(2), abs=1e-4)

    def test_when_the_result_is_the_plate_then_it_is_zero(self):
        truth, plate = grey([0.5, 0.25]), grey([0.502, 0.251])

        assert metrics.dequantization_gain(plate, plate, truth) == 0.0


class TestBandShare:
    def test_when_a_ramp_has_few_codes_then_all_of_it_is_bands(self):
        ramp = np.arange(40)[None, :, None] // 5 * np.ones((10, 1, 3), dtype=np.int64)

        assert metrics.band_share(ramp) == 1.0

    def test_when_values_jump_then_there_are_none(self):
        codes = np.random.default_rng(0).integers(0, 256, (20, 30, 3))

        assert metrics.band_share(codes) < 0.01


class TestLuminance:
    def test_when_the_image_is_grey_then_luminance_is_its_value(self):
        np.testing.assert_allclose(metrics.luminance(grey([0.25, 3.0])), [[0.25, 3.0]])

    def test_when_it_is_no_image_then_it_is_refused(self):
        with pytest.raises(ShapeError, match=r"\(H, W, 3\)"):
            metrics.luminance(np.zeros((2, 3), dtype=np.float32))


class TestCoverage:
    def test_when_errors_follow_the_predicted_law_then_four_of_five_are_within(self):
        rng = np.random.default_rng(0)
        stops = rng.laplace(scale=0.7, size=(100, 200, 1)).astype(np.float32)
        truth = np.ones((100, 200, 3), np.float32)
        spread = np.full((100, 200), 0.7, np.float32)

        found = metrics.coverage(truth * 2.0**stops, truth, spread, everywhere(truth))

        assert found == pytest.approx(0.8, abs=0.01)

    def test_when_nothing_is_clipped_then_there_is_none(self):
        image = grey([1.0])

        assert math.isnan(
            metrics.coverage(image, image, image[..., 0], ~everywhere(image))
        )
