"""Curves as samples: apply, undo, keep rising, and tell in a few numbers."""

import numpy as np
import pytest
import torch

from hdr_core.camera.curves import curve_edges, lift_black
from hdr_core.camera.response import (
    LEAST_STEP,
    apply_curve,
    build_basis,
    invert_samples,
    make_monotone,
)
from hdr_core.camera.responses import (
    filmic,
    grid,
    picture_profile,
    rec709,
    s_shaped,
    srgb,
    todays_curve,
)
from hdr_core.develop.choose_camera import checked_curve
from hdr_core.errors import ShapeError

RULES = ["shift", "clamp"]
CAMERAS = [
    pytest.param(srgb(grid()), id="sRGB"),
    pytest.param(rec709(grid()), id="Rec.709"),
    pytest.param(grid() ** (1 / 2.4), id="gamma 2.4"),
    pytest.param(s_shaped(grid(), contrast=0.3), id="soft S"),
    pytest.param(s_shaped(grid(), contrast=0.9), id="hard S"),
    pytest.param(filmic(grid(), white=8.0, toe=1.25), id="film"),
    pytest.param(picture_profile(grid(), knee=0.7, slope=0.2), id="knee"),
]


@pytest.fixture
def a_bent_curve():
    """Half as steep in its first half as a straight line, three times in its second."""
    return torch.tensor([[0.0, 0.25, 1.0]])


@pytest.fixture
def a_curve_that_falls_once():
    return torch.tensor([[0.0, 0.5, 0.4, 1.0]])


@pytest.fixture
def a_dented_curve():
    """Gamma 2.2, but for a dent of a hundredth in the lights."""
    curve = torch.linspace(0.0, 1.0, 1024) ** 2.2
    curve[900] -= 0.01
    return curve[None]


class TestMakeMonotone:
    def test_when_shifted_then_all_steps_are_lifted_by_the_worst_fall(
        self, a_curve_that_falls_once
    ):
        curve = make_monotone(a_curve_that_falls_once, rule="shift")

        # Steps 0.5 -0.1 0.6 become 0.6 0 0.7, of 1.3. The step of 0 becomes 0.46 TIE.
        expected = torch.tensor([[0.0, 0.6 / 1.3, 0.6 / 1.3, 1.0]])
        torch.testing.assert_close(curve, expected, atol=5e-6, rtol=0)

    def test_when_shifted_then_no_straight_line_is_added_at_low_codes(self):
        """A least rise of 2e-7 a sample would be 3 % of the light of code 4."""
        power = torch.linspace(0.0, 1.0, 1024, dtype=torch.float64)[None] ** 2.2

        curve = make_monotone(power, rule="shift")

        torch.testing.assert_close(curve, power, rtol=1e-9, atol=1e-12)

    @pytest.mark.parametrize("bits", [8, 10, 12, 16])
    @pytest.mark.parametrize("place", [1, 5, 500, 1020])
    def test_when_a_shifted_curve_falls_once_then_every_code_has_its_light(
        self, place, bits
    ):
        fallen = torch.linspace(0.0, 1.0, 1024)[None] ** 2.2
        fallen[:, place:] -= 0.003 + fallen.diff(dim=1)[0, place - 1]

        curve = make_monotone(fallen, rule="shift")[0].double().numpy()

        np.testing.assert_array_equal(checked_curve(curve), curve)
        edges = curve_edges(curve, max_code=2**bits - 1).astype(np.float32)
        assert (np.diff(edges) > 0.0).all()

    def test_when_clamped_then_only_the_step_that_falls_is_lifted(
        self, a_curve_that_falls_once
    ):
        curve = make_monotone(a_curve_that_falls_once, rule="clamp")

        # Steps 0.5 -0.1 0.6 become 0.5 0 0.6, of 1.1.
        expected = torch.tensor([[0.0, 0.5 / 1.1, 0.5 / 1.1, 1.0]])
        torch.testing.assert_close(curve, expected, atol=1e-6, rtol=0)

    @pytest.mark.parametrize("rule", RULES)
    @pytest.mark.parametrize("spread", [0.01, 1.0, 1000.0])
    def test_when_samples_are_random_then_float32_sees_every_step(self, rule, spread):
        torch.manual_seed(0)

        curve = make_monotone(torch.randn(20, 1024) * spread, rule=rule)

        assert curve.dtype == torch.float32
        least = LEAST_STEP / 2 if rule == "clamp" else 0.0
        assert (curve.diff(dim=1) > least).all()
        assert (curve[:, 0] == 0.0).all()
        assert (curve[:, -1] == 1.0).all()

    @pytest.mark.parametrize("rule", RULES)
    @pytest.mark.parametrize("samples", CAMERAS)
    def test_when_a_curve_rises_then_it_stays(self, rule, samples):
        curve = torch.from_numpy(samples)[None]

        kept = make_monotone(curve, rule=rule)

        torch.testing.assert_close(kept, curve, atol=2e-4, rtol=0)

    @pytest.mark.parametrize("rule", RULES)
    @pytest.mark.parametrize("slope", [0.0, -1.0], ids=["flat", "falling"])
    def test_when_nothing_rises_then_the_curve_is_the_straight_line(self, rule, slope):
        line = torch.linspace(0.0, 1.0, 65)[None]

        curve = make_monotone(0.5 + slope * line, rule=rule)

        torch.testing.assert_close(curve, line, atol=1e-6, rtol=0)

    def test_when_clamped_then_a_dent_does_not_bend_the_whole_curve(
        self, a_dented_curve
    ):
        clamped, shifted = (
            (make_monotone(a_dented_curve, rule=rule) - a_dented_curve).abs()
            for rule in ("clamp", "shift")
        )

        assert clamped.max() < 0.02
        # Every step is lifted by ten times its size: next to the straight line.
        assert shifted.max() > 0.2

    @pytest.mark.parametrize("rule", RULES)
    def test_when_learning_then_every_sample_has_a_finite_gradient(self, rule):
        torch.manual_seed(0)
        curve = (torch.linspace(0, 1, 32) + 0.1 * torch.randn(1, 32)).requires_grad_()

        make_monotone(curve, rule=rule).square().sum().backward()

        assert curve.grad.isfinite().all()
        assert curve.grad.any()

    @pytest.mark.parametrize("place", [0, 5, -1], ids=["first", "middle", "last"])
    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
    def test_when_a_sample_is_no_number_then_it_is_refused(self, place, value):
        curve = torch.linspace(0.0, 1.0, 16)[None].clone()
        curve[0, place] = value

        with pytest.raises(ShapeError, match="NaN or infinite"):
            make_monotone(curve)

    def test_when_not_a_batch_then_the_error_says_what_is_needed(self):
        with pytest.raises(ShapeError, match=r"curve: needs \(B, N\), found \(16,\)"):
            make_monotone(torch.linspace(0.0, 1.0, 16))


class TestApplyCurve:
    def test_when_applied_then_values_lie_on_the_straight_pieces(self, a_bent_curve):
        values = torch.tensor([[0.0, 0.25, 0.5, 0.75, 1.0]])

        result = apply_curve(values, a_bent_curve)

        expected = torch.tensor([[0.0, 0.125, 0.25, 0.625, 1.0]])
        torch.testing.assert_close(result, expected)

    def test_when_outside_then_values_count_as_the_nearer_end(self, a_bent_curve):
        values = torch.tensor([[-3.0, 7.0, -torch.inf, torch.inf]])

        result = apply_curve(values, a_bent_curve)

        assert result.tolist() == [[0.0, 1.0, 0.0, 1.0]]

    def test_when_a_value_is_nan_then_it_stays_nan_alone(self, a_bent_curve):
        result = apply_curve(torch.tensor([[float("nan"), 1.0]]), a_bent_curve)

        assert result.isnan().tolist() == [[True, False]]

    def test_when_plates_have_their_own_curves_then_each_takes_its_own(
        self, a_bent_curve
    ):
        plates = torch.rand(2, 3, 4, 5)
        straight = torch.tensor([[0.0, 0.5, 1.0]])

        result = apply_curve(plates, torch.cat([straight, a_bent_curve]))

        assert result.shape == plates.shape
        torch.testing.assert_close(result[0], plates[0])
        torch.testing.assert_close(result[1:], apply_curve(plates[1:], a_bent_curve))

    def test_when_learning_then_slope_and_distance_are_the_gradients(
        self, a_bent_curve
    ):
        values = torch.tensor([[0.75]], requires_grad=True)
        curve = a_bent_curve.clone().requires_grad_()

        apply_curve(values, curve).sum().backward()

        assert values.grad.item() == pytest.approx(1.5)
        assert curve.grad.tolist() == [[0.0, 0.5, 0.5]]


class TestInvertSamples:
    def test_when_inverted_then_a_root_becomes_a_square(self):
        inverse = invert_samples(np.sqrt(grid())[None])

        # The root's first piece is straight: a quarter of 1 / 1023 away from it.
        np.testing.assert_allclose(inverse[0], grid() ** 2, atol=0.25 / 1023 + 1e-6)

    @pytest.mark.parametrize("samples", CAMERAS)
    def test_when_inverted_then_the_curve_is_undone(self, samples):
        inverse = invert_samples(samples[None])[0]

        seen = np.interp(np.interp(grid(), grid(), samples), grid(), inverse)
        np.testing.assert_allclose(seen, grid(), atol=2e-3)
        assert inverse[0] == 0.0
        assert inverse[-1] == 1.0

    def test_when_a_curve_has_flat_pieces_then_its_inverse_still_rises(self):
        flat_above_half = np.minimum(2 * grid(), 1.0)

        inverse = invert_samples(flat_above_half[None])[0]

        assert (np.diff(inverse) > 0).all()
        assert inverse[512] == pytest.approx(0.25, abs=1e-3)


class TestBuildBasis:
    def test_when_curves_lie_in_a_plane_then_two_components_hold_them(self):
        rng = np.random.default_rng(0)
        two = np.stack([np.sin(np.pi * grid()), np.sin(2 * np.pi * grid())])
        curves = grid() + rng.normal(0.0, [[0.1, 0.02]], (40, 2)) @ two

        basis = build_basis(curves, n_components=2)

        np.testing.assert_allclose(basis.mean, curves.mean(axis=0))
        weights = (curves - basis.mean) @ np.linalg.pinv(basis.components)
        rebuilt = basis.mean + weights @ basis.components
        np.testing.assert_allclose(rebuilt, curves, atol=1e-12)
        # Coefficients count in standard deviations, and know nothing of each other.
        np.testing.assert_allclose(weights.T @ weights / 40, np.eye(2), atol=1e-9)

    def test_when_eleven_components_are_kept_then_unseen_cameras_are_told_by_them(
        self,
    ):
        rng = np.random.default_rng(0)
        display = filmic(grid(), white=4.0, toe=1.1)[None]
        seen, unseen = (
            invert_samples(np.stack([todays_curve(rng, display) for _ in range(n)]))
            for n in (160, 40)
        )

        basis = build_basis(seen, n_components=11)

        weights = (unseen - basis.mean) @ np.linalg.pinv(basis.components)
        error = basis.mean + weights @ basis.components - unseen
        assert np.sqrt(np.mean(error**2)) < 0.002
        assert np.sqrt(np.mean((basis.mean - unseen) ** 2)) > 0.02


class TestCurveEdges:
    def test_when_the_camera_is_linear_then_edges_lie_half_way_between_codes(self):
        edges = curve_edges(grid(), max_code=3)

        np.testing.assert_allclose(edges, [0.5 / 3, 1.5 / 3, 2.5 / 3])

    @pytest.mark.parametrize("bits", [8, 10, 12, 16])
    def test_when_the_camera_is_real_then_edges_rise(self, bits):
        inverse = invert_samples(srgb(grid())[None])[0]

        edges = curve_edges(inverse, max_code=2**bits - 1)

        assert len(edges) == 2**bits - 1
        assert (np.diff(edges) > 0).all()


class TestLiftBlack:
    @pytest.mark.parametrize("crf", CAMERAS)
    def test_when_lifted_then_code_0_alone_has_other_light_within_its_bin(self, crf):
        inverse = invert_samples(crf[None])[0]
        (end, *_) = curve_edges(inverse, max_code=255)

        lifted = lift_black(inverse, max_code=255)

        is_black = grid() < 0.5 / 255
        assert lifted[0] == pytest.approx(0.6 * end)
        assert lifted[is_black].max() < end
        assert (np.diff(lifted) > 0).all()
        np.testing.assert_array_equal(lifted[~is_black], inverse[~is_black])
