"""The losses of the paper: each of a plate that was worked out by hand."""

import math

import pytest
import torch
from safetensors.torch import save_file

from hdr_core.errors import TrainingError
from hdr_core.training import paper_losses as losses
from hdr_core.training.vgg_features import DEVIATION, MEAN, VggFeatures


def tone(light):
    return math.log(1.0 + 10.0 * light) / math.log(11.0)


def a_plate_of(value, *, height=4, width=6):
    return torch.full((1, 3, height, width), value)


class TestErrors:
    def test_when_plates_differ_by_a_quarter_then_the_square_is_a_sixteenth(self):
        ours = torch.cat([a_plate_of(0.5), a_plate_of(0.25)])

        error = losses.squared_error(ours, a_plate_of(0.25).expand_as(ours))

        torch.testing.assert_close(error, torch.tensor([0.0625, 0.0]))

    @pytest.mark.parametrize(("light", "truth"), [(0.0, 1.0), (2.0, 3.0), (0.1, 0.0)])
    def test_when_light_is_wrong_then_the_tone_mapped_difference_counts(
        self, light, truth
    ):
        error = losses.tone_error(a_plate_of(light), a_plate_of(truth))

        assert error.item() == pytest.approx(abs(tone(light) - tone(truth)), abs=1e-6)

    def test_when_features_differ_then_their_layers_are_summed(self):
        error = losses.feature_error(
            a_plate_of(1.0), a_plate_of(0.0), lambda image: [image, 2.0 * image]
        )

        assert error.item() == pytest.approx(3.0)

    def test_when_only_the_exposure_differs_then_the_normalized_error_is_zero(self):
        light = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))

        error = losses.normalized_error(7.0 * light, light)

        torch.testing.assert_close(error, torch.zeros(2), atol=1e-5, rtol=0)

    def test_when_normalized_then_the_mean_of_both_is_a_half(self):
        halves = torch.tensor([0.0, 1.0]).view(1, 1, 1, 2).expand(1, 3, 1, 2)

        # The plate of 3 becomes one of 0.5, and the halves stay.
        error = losses.normalized_error(a_plate_of(3.0, height=1, width=2), halves)

        expected = (tone(0.5) + 1.0 - tone(0.5)) / 2
        assert error.item() == pytest.approx(expected, abs=1e-5)


class TestToneVariation:
    def test_when_one_edge_crosses_the_plate_then_its_steps_are_shared_by_all_pixels(
        self,
    ):
        edge = torch.tensor([0.0, 0.0, 1.0, 1.0]).expand(1, 3, 5, 4)

        assert losses.tone_variation(edge).item() == pytest.approx(1.0 / 4.0)
        assert losses.tone_variation(edge.mT).item() == pytest.approx(1.0 / 4.0)

    def test_when_the_plate_is_flat_then_it_is_zero(self):
        assert losses.tone_variation(a_plate_of(5.0)).item() == 0.0


class TestIsWellExposed:
    @pytest.mark.parametrize(
        ("code", "n_columns", "expected"),
        [
            pytest.param(255, 3, 1.0, id="half white"),
            pytest.param(249, 4, 0.0, id="mostly white"),
            pytest.param(248, 6, 1.0, id="nearly white"),
            pytest.param(0, 3, 1.0, id="half black"),
            pytest.param(6, 4, 0.0, id="mostly black"),
            pytest.param(7, 6, 1.0, id="nearly black"),
        ],
    )
    def test_when_a_plate_has_extreme_pixels_then_half_of_them_are_allowed(
        self, code, n_columns, expected
    ):
        plate = a_plate_of(0.5).double()
        plate[..., :n_columns] = code / 255

        assert losses.is_well_exposed(plate).item() == expected


class TestVggFeatures:
    def test_when_kernels_pass_their_middle_on_then_features_are_the_summed_color(
        self, a_feature_file
    ):
        image = torch.tensor(MEAN).view(1, 3, 1, 1).expand(1, 3, 16, 24)
        image = image + 0.1 * torch.tensor(DEVIATION).view(1, 3, 1, 1)

        found = VggFeatures(a_feature_file)(image)

        assert [tuple(one.shape) for one in found] == [
            (1, 1, 8, 12),
            (1, 1, 4, 6),
            (1, 1, 2, 3),
        ]
        for one in found:
            torch.testing.assert_close(one, torch.full_like(one, 0.3))

    def test_when_a_layer_is_missing_then_it_is_named(self, tmp_path):
        path = tmp_path / "some.safetensors"
        save_file({"features.0.weight": torch.zeros(1, 3, 3, 3)}, path)

        with pytest.raises(TrainingError, match=r"has no features\.0\.bias"):
            VggFeatures(path)

    def test_when_there_is_no_file_then_the_error_is_one_line(self, tmp_path):
        with pytest.raises(TrainingError, match="cannot be read") as error:
            VggFeatures(tmp_path / "none.safetensors")
        assert "\n" not in str(error.value)
