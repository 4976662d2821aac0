"""The curve basis of Grossberg & Nayar as a text file."""

import numpy as np
import pytest

from hdr_core.errors import WeightsError
from hdr_core.interop.emor import read_basis

WANTED = {"n_components": 11, "samples": 1024}


class TestReadBasis:
    def test_when_it_is_read_then_curves_are_those_of_the_file(self, a_basis_file):
        x = np.linspace(0.0, 1.0, 1024)

        basis = read_basis(a_basis_file, **WANTED)

        np.testing.assert_allclose(basis.mean, x**2, atol=1e-6)
        assert basis.components.shape == (11, 1024)
        expected = np.sin(np.pi * 11 * x) * 0.04
        np.testing.assert_allclose(basis.components[10], expected, atol=1e-6)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            pytest.param(lambda it: it[: len(it) // 4], r"hinv\(5\) has", id="cut"),
            pytest.param(lambda _: "", "g0 has 0 numbers, needs 1024", id="empty"),
            pytest.param(lambda it: it + "nan", "not finite", id="NaN"),
            pytest.param(lambda it: it + "curve", "not an EMoR basis", id="text"),
        ],
    )
    def test_when_the_file_is_another_then_one_line_says_so(
        self, a_basis_file, change, reason
    ):
        a_basis_file.write_text(change(a_basis_file.read_text("utf-8")), "utf-8")

        with pytest.raises(WeightsError, match=reason) as error:
            read_basis(a_basis_file, **WANTED)
        assert "\n" not in str(error.value)

    def test_when_there_is_no_file_then_it_is_named(self, tmp_path):
        with pytest.raises(WeightsError, match=r"none\.txt: cannot be read"):
            read_basis(tmp_path / "none.txt", **WANTED)
