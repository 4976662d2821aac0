"""Color is measured where no channel of the plate tells it, brightness apart."""

import math

import numpy as np
import pytest

from hdr_core.metrics import plate_metrics as metrics


def grey(*values):
    """Return a row of grey pixels, (1, W, 3)."""
    return np.repeat(np.array([values], dtype=np.float32)[..., None], 3, axis=2)


def everywhere(image):
    return np.ones(image.shape[:2], dtype=bool)


class TestAllClipped:
    def test_when_one_channel_does_not_clip_then_not_all_do(self):
        plate = grey(0.99, 0.99, 0.5)
        plate[0, 1, 2] = 0.9

        assert metrics.all_clipped(plate).tolist() == [[True, False, False]]


class TestHueError:
    def test_when_only_brightness_differs_then_it_is_zero(self):
        truth = np.array([[[4.0, 2.0, 1.0]]], dtype=np.float32)

        error = metrics.hue_error(8 * truth, truth, everywhere(truth))

        assert error == pytest.approx(0.0, abs=1e-6)

    def test_when_red_is_doubled_at_the_same_luminance_then_half_a_stop(self):
        truth = grey(3.0)
        hdr = truth * np.array([2.0, 1.0 - 0.2126 / 0.7152, 1.0], dtype=np.float32)

        error = metrics.hue_error(hdr, truth, everywhere(truth))

        assert error == pytest.approx(0.5, abs=1e-3)

    def test_when_nothing_is_masked_then_it_is_nan(self):
        truth = grey(1.0)

        assert math.isnan(metrics.hue_error(truth, truth, ~everywhere(truth)))
