"""The three presets: sizes and variants of the four networks.

``compact`` has weights, and is small enough for a CPU and 4K plates. ``paper`` is the
network of the paper. ``released`` is the graph of the authors' code.

Source: Liu et al. 2020, "Single-Image HDR Reconstruction by Learning to Reverse the
Camera Pipeline".
"""

from hdr_core.config import (
    DequantizeConfig,
    EdgeLikelihoodConfig,
    GainNetworkConfig,
    HallucinateConfig,
    HdrcnnConfig,
    LinearizeConfig,
    ModelConfig,
    RefineConfig,
    ResNetConfig,
    StatisticsConfig,
    UNetConfig,
)
from hdr_core.errors import OptionError

_VGG16 = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)

RELEASED = ModelConfig(
    name="released",
    dequantize=DequantizeConfig(
        UNetConfig((16, 32, 64, 128, 256), (7, 5, 3, 3, 3), legacy_resize=True)
    ),
    linearize=LinearizeConfig(
        histogram_bins=(4, 8, 16),
        histogram_centres="edges",
        backbone=ResNetConfig(
            block="bottleneck",
            stem_channels=64,
            stem_kernel=7,
            stages=((64, 3, 1), (128, 2, 2)),
            same_padding=True,
            norm_eps=1e-3,
        ),
    ),
    hallucinate=HallucinateConfig(0.88, HdrcnnConfig(_VGG16, (512, 512, 256, 128, 64))),
    refine=RefineConfig(
        UNetConfig((16, 32, 64, 128, 128), (7, 5, 3, 3, 3), legacy_resize=True)
    ),
)

PAPER = ModelConfig(
    name="paper",
    dequantize=DequantizeConfig(
        UNetConfig((16, 32, 64, 128, 256, 512), (7, 5, 3, 3, 3, 3))
    ),
    linearize=LinearizeConfig(
        histogram_bins=(4, 8, 16),
        histogram_centres="middles",
        backbone=ResNetConfig(
            block="basic",
            stem_channels=64,
            stem_kernel=7,
            stages=((64, 2, 1), (128, 2, 2), (256, 2, 2), (512, 2, 2)),
        ),
    ),
    hallucinate=HallucinateConfig(0.95, HdrcnnConfig(_VGG16, (512, 512, 256, 128, 64))),
    refine=RefineConfig(UNetConfig((16, 32, 64, 128, 256, 512), (7, 5, 3, 3, 3, 3))),
)

COMPACT = ModelConfig(
    name="compact",
    dequantize=DequantizeConfig(
        UNetConfig((16, 24, 32), (3, 3, 3), unshuffle=2),
        most_change=8 / 255,
        sees_codes=True,
    ),
    linearize=LinearizeConfig(
        histogram_bins=(4, 8, 16),
        histogram_centres="edges",
        backbone=ResNetConfig(
            block="basic",
            stem_channels=32,
            stem_kernel=3,
            stages=((32, 1, 1), (64, 1, 2), (128, 1, 2)),
        ),
        statistics=StatisticsConfig(
            bins=64,
            embedding=256,
            hidden=(384, 256),
            dropout=0.2,
            members=3,
        ),
        backbone_area_px=96 * 144,
        n_prior_curves=1000,
        evidence=EdgeLikelihoodConfig((24, 24), 16, most_edges=750),
        monotone="clamp",
        fixed_area_px=320 * 480,
    ),
    hallucinate=HallucinateConfig(
        0.9, GainNetworkConfig(area_px=128 * 192, channels=(32, 64, 96, 144, 192))
    ),
    refine=RefineConfig(
        UNetConfig((32, 48, 64), (3, 3, 3), unshuffle=4, is_smooth=True), is_gain=True
    ),
    curve_from="plate",
)

PRESETS = {config.name: config for config in (COMPACT, PAPER, RELEASED)}


def preset(name: str) -> ModelConfig:
    """Return the preset ``name``.

    Raises:
        OptionError: There is no such preset.
    """
    if name not in PRESETS:
        raise OptionError(
            f"preset: unknown {name!r}. Choose one of {', '.join(PRESETS)}."
        )
    return PRESETS[name]
