"""A scene-linear picture of the same view: its light pins the curve."""

import numpy as np
import pytest

from hdr_core.anchors.match import state_match
from hdr_core.anchors.move import move
from hdr_core.anchors.weigh import weigh
from hdr_core.errors import PlateError
from hdr_core.io.write import write_hdr
from hdr_core.plate import Plate
from tests.core.anchors.conftest import photographed


@pytest.fixture
def write_light(tmp_path):
    def write(light):
        plate = Plate(np.asarray(light, np.float32), "hdr", space="lin_rec709_scene")
        write_hdr(tmp_path / "ref.exr", plate, depth="float")
        return tmp_path / "ref.exr"

    return write


@pytest.fixture
def a_view():
    """Light of 96 x 128 pixels, with detail that shows where it lies."""
    random = np.random.default_rng(3)
    coarse = np.kron(random.normal(0.0, 1.0, (12, 16)), np.ones((8, 8)))
    ramp = np.linspace(-5.0, 1.0, 128)[None]
    return np.exp2(coarse + ramp)[..., None] * np.array([1.0, 0.9, 0.8])


def state(path, view, curve):
    encoded = photographed(view, curve, noise=0.002)
    return state_match(path, encoded, max_code=255, tolerance_codes=0.0)


class TestStateMatch:
    @pytest.mark.parametrize("gain", [1.0, 0.1])
    def test_when_light_is_known_then_the_curve_is_that_of_the_camera(
        self, write_light, a_view, a_curve, likely_curves, gain
    ):
        known, notes = state(write_light(gain * a_view), a_view, a_curve)

        found = weigh(known, likely_curves)
        weights = np.exp(found - found.max())
        weights /= weights.sum()
        moved = move(weights @ likely_curves, known, likely_curves, weights)
        assert np.sqrt(np.mean((moved - a_curve) ** 2)) < 0.01
        assert notes == ()

    def test_when_it_is_moved_and_larger_then_it_is_laid_over(
        self, write_light, a_view, a_curve
    ):
        shifted = np.roll(a_view, 3, axis=1)
        large = np.kron(shifted, np.ones((2, 2, 1)))

        known, notes = state(write_light(large), a_view, a_curve)

        (note,) = notes
        assert note.startswith("ref.exr was moved by 3.")
        away = known.residuals(a_curve[None])[0]
        assert np.median(np.abs(away)) < 0.1

    def test_when_it_shows_another_view_then_it_is_an_error(
        self, write_light, a_view, a_curve
    ):
        other = np.random.default_rng(0).random(a_view.shape)

        with pytest.raises(PlateError, match="cannot be laid over the plate"):
            state(write_light(other), a_view, a_curve)

    def test_when_its_shape_differs_then_it_is_an_error(
        self, write_light, a_view, a_curve
    ):
        with pytest.raises(PlateError, match="not the same shape"):
            state(write_light(a_view[:60]), a_view, a_curve)

    def test_when_it_is_no_picture_then_it_is_an_error(self, tmp_path, a_view, a_curve):
        (tmp_path / "ref.exr").write_text("no picture")

        with pytest.raises(PlateError, match="not a readable RGB image"):
            state(tmp_path / "ref.exr", a_view, a_curve)
