"""The curve basis: what responses have in common, and which of them are likely."""

import numpy as np

from hdr_core.camera.responses import SAMPLES
from hdr_core.training.basis import training_basis


class TestTrainingBasis:
    def test_when_the_basis_is_built_then_a_gamma_to_train_on_lies_in_it(
        self, a_curve_file
    ):
        basis = training_basis(a_curve_file, n_components=8)

        samples = np.linspace(0.0, 1.0, SAMPLES)
        wanted = samples**2.2 - basis.mean
        weights, *_ = np.linalg.lstsq(basis.components.T, wanted, rcond=None)
        assert basis.components.shape == (8, SAMPLES)
        assert np.abs(basis.components.T @ weights - wanted).max() < 0.01

    def test_when_it_is_built_again_then_it_is_the_same(self, a_curve_file):
        ours, theirs = (training_basis(a_curve_file, n_components=3) for _ in range(2))

        assert np.array_equal(ours.components, theirs.components)

    def test_when_likely_curves_are_asked_for_then_the_basis_comes_with_them(
        self, a_curve_file
    ):
        basis = training_basis(a_curve_file, n_components=8, n_library=50)

        curves = basis.mean + basis.library @ basis.components
        assert basis.library.shape == (50, 8)
        assert np.abs(curves[:, 0]).max() < 0.01
        assert np.abs(curves[:, -1] - 1.0).max() < 0.01
