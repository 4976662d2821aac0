"""The straight line, with random weights: what holds for any networks."""

from dataclasses import replace

import numpy as np
import pytest

from hdr_core.camera.capture import reshoot
from hdr_core.errors import OptionError, PlateError, ShapeError
from hdr_core.execution.run import Run
from hdr_core.options import Options, TileConfig
from hdr_core.plate import Plate, Window
from hdr_core.reconstruction import reconstruct

FREE = Options(fidelity="free", precision="float32")
NO_NETWORK = ("dequantize", "hallucinate", "refine")


def codes_of(plate):
    return np.rint(plate.pixels * plate.max_code).astype(int)


class TestTiles:
    @pytest.mark.parametrize("precision", ["float32", "bfloat16"])
    @pytest.mark.parametrize("kind", ["a_small_model", "a_paper_like_model"])
    @pytest.mark.parametrize("size", [(16, 360), (300, 16)], ids=["wide", "high"])
    def test_when_tiled_then_the_result_is_that_of_the_whole_plate(
        self, request, photograph, kind, precision, size
    ):
        model = request.getfixturevalue(kind)
        plate = photograph(height=size[0], width=size[1])
        whole = replace(FREE, precision=precision)

        untiled = reconstruct(plate, model, options=whole).hdr.pixels
        tiled = reconstruct(
            plate, model, options=replace(whole, tiles=TileConfig(64))
        ).hdr.pixels

        np.testing.assert_allclose(tiled, untiled, rtol=1e-3, atol=1e-6)

    def test_when_in_bfloat16_then_the_result_is_that_of_float32_within_a_percent(
        self, a_small_model, a_plate
    ):
        exact = reconstruct(
            a_plate, a_small_model, options=Options(precision="float32")
        )
        fast = reconstruct(
            a_plate, a_small_model, options=Options(precision="bfloat16")
        )

        change = np.abs(exact.dequantized - a_plate.pixels).max()
        assert 0.2 / 255 < change < 0.501 / 255
        assert not np.array_equal(exact.dequantized, fast.dequantized)
        np.testing.assert_allclose(fast.hdr.pixels, exact.hdr.pixels, rtol=1e-2)

    def test_when_nothing_clips_then_stage_3_is_not_run(
        self, a_small_model, a_plate, monkeypatch
    ):
        monkeypatch.setattr(a_small_model.hallucinate, "forward", None)
        dark = replace(a_plate, pixels=a_plate.pixels * np.float32(0.5))

        result = reconstruct(dark, a_small_model, options=FREE)

        np.testing.assert_array_equal(result.hdr.pixels, result.linear)
        assert not result.gain.any()


class TestSkip:
    def test_when_no_network_runs_then_the_result_is_the_linearized_plate(
        self, a_small_model, a_plate
    ):
        result = reconstruct(a_plate, a_small_model, options=Options(skip=NO_NETWORK))

        grid = np.linspace(0.0, 1.0, len(result.inverse_crf))
        expected = np.interp(a_plate.pixels, grid, result.inverse_crf)
        np.testing.assert_allclose(result.hdr.pixels, expected, rtol=1e-5, atol=1e-7)
        np.testing.assert_array_equal(result.hdr.pixels, result.linear)

    @pytest.mark.parametrize("stage", NO_NETWORK)
    def test_when_a_stage_is_skipped_then_its_work_is_missing(
        self, a_small_model, a_plate, stage
    ):
        full = reconstruct(a_plate, a_small_model, options=FREE)
        less = reconstruct(a_plate, a_small_model, options=replace(FREE, skip=(stage,)))

        assert not np.array_equal(full.hdr.pixels, less.hdr.pixels)


class TestControls:
    def test_when_strength_is_0_then_no_light_is_added(self, a_small_model, a_plate):
        result = reconstruct(
            a_plate, a_small_model, options=replace(FREE, strength=0.0)
        )

        np.testing.assert_allclose(result.hdr.pixels, result.linear, rtol=1e-5)
        assert not result.uncertainty.any()

    def test_when_strength_is_half_then_the_gain_in_stops_is_halved(
        self, a_small_model, a_plate
    ):
        full = reconstruct(a_plate, a_small_model, options=FREE)
        half = reconstruct(a_plate, a_small_model, options=replace(FREE, strength=0.5))

        assert np.abs(full.gain).max() > 0.5
        np.testing.assert_allclose(half.gain, full.gain / 2, atol=1e-2)

    def test_when_bolder_then_there_is_more_light(self, a_small_model, a_plate):
        sums = [
            reconstruct(
                a_plate, a_small_model, options=replace(FREE, boldness=share)
            ).hdr.pixels.sum()
            for share in (0.0, 0.3, 0.5, 0.7, 1.0)
        ]

        assert sums == sorted(sums)
        assert sums[0] < sums[2] < sums[4]

    def test_when_there_is_a_ceiling_then_no_light_is_above_it(
        self, a_small_model, a_plate
    ):
        bold = replace(FREE, boldness=0.9)
        free = reconstruct(a_plate, a_small_model, options=bold).hdr.pixels
        held = reconstruct(
            a_plate, a_small_model, options=replace(bold, ceiling_stops=0.5)
        ).hdr.pixels

        assert free.max() > 2.0**0.6
        assert held.max() == pytest.approx(2.0**0.5, rel=1e-5)
        is_below = free.max(axis=2) < 2.0**0.5
        np.testing.assert_array_equal(held[is_below], free[is_below])

    def test_when_exposed_then_all_light_has_that_gain(self, a_small_model, a_plate):
        plain = reconstruct(a_plate, a_small_model, options=FREE)
        up = reconstruct(
            a_plate, a_small_model, options=replace(FREE, exposure_stops=2.0)
        )

        np.testing.assert_allclose(up.hdr.pixels, plain.hdr.pixels * 4, rtol=1e-6)
        np.testing.assert_array_equal(up.gain, plain.gain)

    def test_when_in_acescg_then_greys_stay_and_red_moves_as_aces_says(
        self, a_small_model
    ):
        pixels = np.ones((1, 2, 3), np.float32) * 0.5
        pixels[0, 1, 1:] = 0.0
        config = Options("acescg", fidelity="free", skip=NO_NETWORK)

        result = reconstruct(
            Plate(pixels, "encoded"),
            a_small_model,
            options=config,
            inverse_crf=np.linspace(0.0, 1.0, 1024),
        )

        assert result.hdr.space == "lin_ap1_scene"
        np.testing.assert_allclose(result.hdr.pixels[0, 0], 0.5, rtol=1e-6)
        # Rec.709's red in AP1, from the primaries with Bradford adaptation.
        expected = np.array([0.613097, 0.070194, 0.020616]) * 0.5
        np.testing.assert_allclose(result.hdr.pixels[0, 1], expected, atol=1e-6)


class TestWhatRidesAlong:
    def test_when_there_is_alpha_then_it_comes_out_untouched(
        self, a_small_model, a_plate
    ):
        alpha = np.random.default_rng(1).random((72, 88), dtype=np.float32)
        window = Window(3, 4, 0, 0, 100, 90)
        plate = replace(a_plate, alpha=alpha, window=window, metadata={"Make": "maker"})

        result = reconstruct(plate, a_small_model, options=Options())

        assert result.hdr.alpha is alpha
        assert result.hdr.window == window
        assert result.hdr.metadata == {"Make": "maker"}
        assert result.hdr.state == "hdr"

    def test_when_premultiplied_then_light_is_found_beneath_the_coverage(
        self, a_small_model, a_plate
    ):
        alpha = np.full((72, 88), 0.5, np.float32)
        alpha[:10] = 0.0
        coverage = np.where(alpha > 0, alpha, 1)[..., None]
        covered = replace(
            a_plate,
            pixels=a_plate.pixels * coverage,
            alpha=alpha,
            is_premultiplied=True,
        )

        result = reconstruct(covered, a_small_model, options=Options())
        plain = reconstruct(a_plate, a_small_model, options=Options())

        expected = plain.hdr.pixels * coverage
        np.testing.assert_allclose(result.hdr.pixels, expected, rtol=1e-5)
        assert result.hdr.is_premultiplied
        assert result.violations == 0


class TestDoors:
    @pytest.mark.parametrize(
        "size", [(1, 1), (1, 40), (33, 2)], ids=["a pixel", "a row", "narrow"]
    )
    def test_when_the_plate_is_tiny_then_it_is_reconstructed(self, a_small_model, size):
        pixels = np.ones((*size, 3), np.float32)

        result = reconstruct(Plate(pixels, "encoded"), a_small_model, options=Options())

        assert result.hdr.pixels.shape == (*size, 3)
        assert result.violations == 0

    def test_when_the_camera_is_known_then_its_curve_is_used(
        self, a_small_model, a_plate
    ):
        curve = np.linspace(0.0, 1.0, 256) ** 3

        result = reconstruct(
            a_plate, a_small_model, options=Options(), inverse_crf=curve
        )

        np.testing.assert_allclose(result.inverse_crf, curve, atol=1e-7)
        shot = reshoot(result.hdr.pixels, result.inverse_crf, max_code=255)
        np.testing.assert_array_equal(shot, codes_of(a_plate))

    def test_when_the_camera_crushed_blacks_then_code_0_is_some_of_what_it_lost(
        self, a_small_model, a_plate
    ):
        pixels = (a_plate.pixels >= 0.4).astype(np.float32)
        # Up to half a code it is all black: light below 0.01.
        curve = np.interp(np.linspace(0, 1, 1024), [0.0, 0.5 / 255, 1.0], [0, 0.01, 1])
        black = pixels == 0.0
        assert black.any()

        results = [
            reconstruct(
                replace(a_plate, pixels=pixels),
                a_small_model,
                options=Options(skip=skip),
                inverse_crf=curve,
            )
            for skip in ((), ("dequantize",))
        ]

        lost, plain = (result.hdr.pixels[black] for result in results)
        assert lost.min() > 0.005
        assert lost.max() < 0.01
        assert not plain.any()
        assert [result.violations for result in results] == [0, 0]

    @pytest.mark.parametrize(
        "curve",
        [
            pytest.param(np.ones((2, 9)), id="two curves"),
            pytest.param(np.linspace(0.1, 1.0, 9), id="not from 0"),
            pytest.param(np.array([0.0, 0.6, 0.5, 1.0]), id="falling"),
            pytest.param(np.array([0.0, np.nan, 1.0]), id="NaN"),
        ],
    )
    def test_when_a_curve_does_not_increase_from_0_to_1_then_it_is_refused(
        self, a_small_model, a_plate, curve
    ):
        with pytest.raises(ShapeError, match="inverse_crf"):
            reconstruct(a_plate, a_small_model, options=FREE, inverse_crf=curve)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_when_a_pixel_is_not_finite_then_the_plate_is_refused(
        self, a_small_model, a_plate, value
    ):
        a_plate.pixels[3, 4, 1] = value

        with pytest.raises(PlateError, match="NaN or infinite"):
            reconstruct(a_plate, a_small_model, options=FREE)

    def test_when_the_plate_is_hdr_then_it_is_told_so(self, a_small_model, a_plate):
        with pytest.raises(PlateError, match="is hdr already"):
            reconstruct(replace(a_plate, state="hdr"), a_small_model, options=FREE)

    def test_when_the_working_space_is_unknown_then_the_names_are_told(
        self, a_small_model, a_plate
    ):
        with pytest.raises(OptionError, match=r"Did you mean .*Linear Rec.2020"):
            reconstruct(a_plate, a_small_model, options=Options("Rec.2020"))

    def test_when_told_of_progress_then_it_rises_to_one_and_may_stop_all(
        self, a_small_model, a_plate
    ):
        shares = []

        reconstruct(
            a_plate, a_small_model, options=FREE, run=Run(on_progress=shares.append)
        )

        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(1.0)

        def stop(share):
            raise InterruptedError

        with pytest.raises(InterruptedError):
            reconstruct(a_plate, a_small_model, options=FREE, run=Run(on_progress=stop))
