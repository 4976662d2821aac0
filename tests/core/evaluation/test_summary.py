import json
import math
from dataclasses import replace

import numpy as np
import pytest

from hdr_core.evaluation.resolution import (
    compare_light,
    enlarge,
    reduce,
    spread_evenly,
)
from hdr_core.evaluation.summary import summarize
from hdr_core.plate import Plate


class TestSummarize:
    def test_when_energies_differ_then_size_and_sign_are_kept_apart(self, make_row):
        rows = [make_row(energy=energy) for energy in (-3.0, 1.0, -0.5)]

        summary = summarize("hdr_core", rows)

        assert summary.energy_median == pytest.approx(1.0)
        assert summary.energy_p90 == pytest.approx(2.6)
        assert summary.energy_bias == pytest.approx(-2.5 / 3)

    def test_when_a_plate_cannot_be_measured_then_it_is_left_out(self, make_row):
        rows = [make_row(sat=math.nan), make_row(sat=2.0)]

        summary = summarize("hdr_core", rows)

        assert summary.sat == 2.0
        assert math.isnan(summary.jod)
        assert summary.violations is None

    def test_when_there_are_jpegs_then_their_gain_is_apart(self, make_row):
        rows = [
            make_row(dequantization=1.0),
            make_row(dequantization=3.0, jpeg_quality=90),
        ]

        summary = summarize("hdr_core", rows)

        assert (summary.dequantization_png, summary.dequantization_jpeg) == (1.0, 3.0)
        assert summary.dequantization_worst == 3.0

    def test_when_methods_are_compared_then_plate_by_plate(self, make_row, a_result):
        rows = (
            make_row(pu21_psnr=25.0),
            make_row(pu21_psnr=23.0, method="sRGB-linear"),
            make_row(pu21_psnr=20.0, case="yard/view0"),
        )

        assert replace(a_result, rows=rows).gains() == {"hall/view0": 2.0}

    def test_when_it_becomes_json_then_nothing_is_nan(self, a_result):
        text = json.dumps(a_result.as_json(), allow_nan=False)

        assert json.loads(text)["rows"][0]["jod"] is None

    def test_when_codes_were_not_measured_then_they_are_null(self, a_result, make_row):
        alone = replace(a_result, rows=(make_row(),))

        said = json.loads(json.dumps(alone.as_json(), allow_nan=False))

        assert set(said["rows"][0]["by_code"]) == {None}
        assert set(said["summary"][-1]["by_code"]) == {None}


class TestResolution:
    @staticmethod
    def plate(pixels):
        return Plate(pixels.astype(np.float32), state="encoded")

    def test_when_a_plate_is_enlarged_then_it_holds_whole_codes(self):
        codes = np.random.default_rng(0).integers(0, 256, (6, 9, 3))

        large = enlarge(self.plate(codes / 255), 4)

        assert large.pixels.shape == (24, 36, 3)
        np.testing.assert_allclose(
            large.pixels * 255, np.rint(large.pixels * 255), atol=1e-4
        )

    def test_when_a_flat_plate_is_enlarged_then_it_is_the_same_color(self):
        large = enlarge(self.plate(np.full((4, 4, 3), 17 / 255)), 2)

        np.testing.assert_array_equal(large.pixels, np.float32(17 / 255))

    def test_when_a_result_is_reduced_then_blocks_are_averaged(self):
        hdr = np.zeros((2, 4, 3), dtype=np.float32)
        hdr[0, 0] = 8.0

        small = reduce(hdr, 2)

        np.testing.assert_array_equal(small[..., 0], [[2.0, 0.0]])

    def test_when_the_enlarged_light_is_double_then_it_is_one_stop(self):
        plate = self.plate(np.ones((2, 2, 3)))
        plain = np.full((2, 2, 3), 3.0, dtype=np.float32)
        large = np.full((4, 4, 3), 6.0, dtype=np.float32)

        row = compare_light("hall/view0", plate, plain, large, factor=2)

        assert row.energy == pytest.approx(1.0)

    def test_when_few_are_there_then_all_are_taken(self, a_val_set):
        plans = a_val_set.plans

        assert spread_evenly(plans, 3) == [plans[0], plans[2], plans[5]]
        assert spread_evenly(plans, 99) == list(plans)
