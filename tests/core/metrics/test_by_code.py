import numpy as np
import pytest

from hdr_core.metrics.by_code import MOST_DB, PARTS, gains_by_code, parts_of
from hdr_core.metrics.plate_metrics import pu21_psnr


def plate_of(*codes):
    """Return a plate of one row, a pixel of three codes each."""
    return np.array([codes], dtype=np.float32) / 255.0


class TestParts:
    def test_when_pixels_are_sorted_then_each_is_in_one_part(self):
        codes = np.random.default_rng(1).integers(0, 256, (32, 32, 3))
        codes[:4] = 255
        codes[4:8] = 0

        parts = parts_of(codes.astype(np.float32) / np.float32(255.0))

        assert len(parts) == len(PARTS)
        assert (np.sum(parts, axis=0) == 1).all()

    @pytest.mark.parametrize(
        ("pixel", "part"),
        [
            ((255, 250, 252), "clipped in all channels"),
            ((255, 249, 3), "clipped in some"),
            ((249, 10, 0), "codes 230 and above"),
            ((0, 230, 0), "codes 230 and above"),
            ((229, 1, 1), "128 to 229"),
            ((128, 128, 0), "128 to 229"),
            ((127, 0, 0), "26 to 127"),
            ((25, 25, 25), "1 to 25"),
            ((0, 1, 0), "1 to 25"),
            ((0, 0, 0), "0"),
        ],
    )
    def test_when_a_channel_is_brightest_then_it_says_where(self, pixel, part):
        parts = parts_of(plate_of(pixel))

        assert [PARTS[i] for i in range(len(PARTS)) if parts[i].any()] == [part]


class TestGains:
    encoded = plate_of((255, 255, 255), (255, 90, 90), (120, 120, 120), (9, 9, 9))
    truth = np.array([[[4.0] * 3, [1.5, 0.1, 0.1], [0.2] * 3, [0.01] * 3]])

    def test_when_one_part_is_made_true_then_the_psnr_rises_by_its_gain(self):
        hdr = self.truth * [[[0.5], [0.9], [1.1], [1.3]]]
        mended = hdr.copy()
        mended[:, 0] = self.truth[:, 0]

        gains = gains_by_code(hdr, self.truth, self.encoded)

        rise = pu21_psnr(mended, self.truth) - pu21_psnr(hdr, self.truth)
        assert gains[0] == pytest.approx(rise)
        assert gains[0] > max(gains[1:]) > 0.0

    def test_when_a_part_is_empty_or_true_then_nothing_is_to_gain(self):
        hdr = self.truth * [[[0.5], [1.0], [1.1], [1.0]]]

        gains = dict(
            zip(PARTS, gains_by_code(hdr, self.truth, self.encoded), strict=True)
        )

        assert gains["0"] == gains["1 to 25"] == gains["clipped in some"] == 0.0
        assert gains["26 to 127"] > 0.0

    def test_when_nothing_else_errs_then_the_gain_ends(self):
        hdr = self.truth * [[[0.5], [1.0], [1.0], [1.0]]]

        assert gains_by_code(hdr, self.truth, self.encoded)[0] == MOST_DB

    def test_when_the_result_is_the_truth_then_nothing_is_to_gain(self):
        assert not any(gains_by_code(self.truth, self.truth, self.encoded))
