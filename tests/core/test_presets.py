"""The presets: what they are called, and how large their networks are."""

import pytest
import torch
from torch import nn

from hdr_core.config import HdrcnnConfig, ModelConfig
from hdr_core.errors import OptionError
from hdr_core.presets import COMPACT, PAPER, PRESETS, RELEASED, preset
from hdr_core.stages.dequantize import Dequantize
from hdr_core.stages.hallucinate.hdrcnn import Hdrcnn
from hdr_core.stages.layers.resnet import ResNet
from hdr_core.stages.refine import Refine


def dequantize(config: ModelConfig) -> nn.Module:
    return Dequantize(config.dequantize)


def backbone_and_weights(config: ModelConfig) -> nn.Module:
    """RGB, Sobel and histograms in, PCA weights out."""
    n_centres = sum(bins + 1 for bins in config.linearize.histogram_bins)
    backbone = ResNet(config.linearize.backbone, in_channels=3 + 6 + 3 * n_centres)
    head = nn.Linear(backbone.out_channels, config.linearize.n_components)
    return nn.ModuleList((backbone, head))


def backbone_of_rgb(config: ModelConfig) -> nn.Module:
    return ResNet(config.linearize.backbone, in_channels=3)


def light(config: ModelConfig) -> nn.Module:
    assert isinstance(config.hallucinate.network, HdrcnnConfig)
    return Hdrcnn(config.hallucinate.network)


def refine(config: ModelConfig) -> nn.Module:
    return Refine(config.refine)


# Facts of others: what the authors' checkpoints hold; ResNet-18 is known to have
# 11,689,512 parameters, 513,000 of them in its classifier of 1000 classes.
PARAMETERS = [
    pytest.param(RELEASED, dequantize, 1_999_779, id="released dequantize"),
    pytest.param(RELEASED, backbone_and_weights, 1_200_971, id="released linearize"),
    pytest.param(RELEASED, light, 24_569_118, id="released hallucinate"),
    pytest.param(RELEASED, refine, 1_266_947, id="released refine"),
    pytest.param(PAPER, backbone_of_rgb, 11_176_512, id="paper backbone"),
    pytest.param(PAPER, light, 24_569_118, id="paper hallucinate"),
]


class TestPreset:
    @pytest.mark.parametrize("name", PRESETS)
    def test_when_a_preset_is_asked_for_then_it_bears_that_name(self, name):
        assert preset(name).name == name

    def test_when_a_preset_is_unknown_then_the_error_names_the_known(self):
        with pytest.raises(OptionError, match=r"'huge'.*compact, paper, released"):
            preset("huge")


class TestParameters:
    @pytest.mark.parametrize(("config", "build", "expected"), PARAMETERS)
    def test_when_a_network_is_built_then_it_counts_what_it_should(
        self, config, build, expected
    ):
        with torch.device("meta"):
            network = build(config)

        assert sum(weights.numel() for weights in network.parameters()) == expected

    @pytest.mark.parametrize("build", [dequantize, refine])
    def test_when_the_paper_prints_six_levels_then_cells_are_32_pixels(self, build):
        with torch.device("meta"):
            network = build(PAPER)

        assert network.unet.stride == 32

    @pytest.mark.parametrize("build", [dequantize, refine])
    def test_when_compact_runs_at_full_resolution_then_it_is_light(self, build):
        """Both must suit a CPU at 4K: under a quarter of the released ones."""
        with torch.device("meta"):
            compact, released = build(COMPACT), build(RELEASED)

        n_compact, n_released = (
            sum(weights.numel() for weights in network.parameters())
            for network in (compact, released)
        )
        assert 4 * n_compact < n_released
