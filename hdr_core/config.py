"""Sizes and variants of the networks, as frozen dataclasses: the parts of a preset.

The names of the fields are stored in weights files, so they cannot change.
"""

from dataclasses import dataclass
from typing import Literal

from hdr_core.errors import OptionError


@dataclass(frozen=True)
class UNetConfig:
    """A U-Net: two convolutions in each level, skips, bilinear up steps.

    Attributes:
        channels: Channels of each level, finest first.
        kernels: Kernel size of each level of the encoder. The decoder uses 3.
        unshuffle: n, so that n x n pixels are folded into channels first. 1 means none.
        is_smooth: Whether the result has one sample for n x n pixels, interpolated
            linearly, instead of unfolded pixels.
        legacy_resize: Whether up steps are TF 1's ``resize_bilinear``, with
            source = target / 2.
    """

    channels: tuple[int, ...]
    kernels: tuple[int, ...]
    unshuffle: int = 1
    is_smooth: bool = False
    legacy_resize: bool = False


@dataclass(frozen=True)
class ResNetConfig:
    """The residual network of stage 2.

    Attributes:
        block: "bottleneck" (1x1, 3x3, 1x1) or "basic" (3x3, 3x3).
        stem_channels: Channels of the first convolution, which has stride 2.
        stem_kernel: Kernel size of the first convolution.
        stages: (width, number of blocks, stride) of each stage.
        same_padding: Whether padding is TF 1's SAME. False means symmetric.
        norm_eps: Epsilon of batch normalisation.
    """

    block: Literal["bottleneck", "basic"]
    stem_channels: int
    stem_kernel: int
    stages: tuple[tuple[int, int, int], ...]
    same_padding: bool = False
    norm_eps: float = 1e-5


@dataclass(frozen=True)
class StatisticsConfig:
    """Statistics of a plate for each value bin, and the regressors on them.

    Attributes:
        bins: Number of value bins of a channel.
        embedding: Width of the layer that each channel goes through.
        hidden: Widths of the hidden layers.
        dropout: Share of hidden units that are dropped in training.
        members: Number of regressors whose coefficients are averaged.
    """

    bins: int
    embedding: int
    hidden: tuple[int, ...]
    dropout: float
    members: int = 1


@dataclass(frozen=True)
class EdgeLikelihoodConfig:
    """The likelihood of edges, given a likely curve (stages/linearize/likelihood.py).

    Attributes:
        edge_hidden: Widths of the hidden layers of the network for each edge.
        plate_hidden: Width of the hidden layer of the network for the whole plate.
        most_edges: Largest number of edges of a plate.
    """

    edge_hidden: tuple[int, ...]
    plate_hidden: int
    most_edges: int


@dataclass(frozen=True)
class DequantizeConfig:
    """Stage 1.

    Attributes:
        unet: Sizes of the U-Net.
        most_change: m, the largest change of a value. 1 is the whole range.
        sees_codes: Whether the U-Net also gets the difference of each value from the
            mean around it, in codes.
    """

    unet: UNetConfig
    most_change: float = 1.0
    sees_codes: bool = False


@dataclass(frozen=True)
class LinearizeConfig:
    """Stage 2.

    Attributes:
        histogram_bins: B of each soft histogram.
        histogram_centres: "edges" for i / B, i = 0..B; "middles" for (2b - 1) / 2B.
        backbone: Sizes of the residual network.
        statistics: Statistics in addition to the backbone. None means none.
        n_prior_curves: Number of likely curves. 0 means that the estimate of the
            networks is the result.
        prior_error: e, usual error of this estimate, RMS over the curve.
        prior_error_stops: f, usual error of its mid-tones, RMS, in stops.
        evidence: Likelihood of edges for each likely curve. None means none.
        n_components: K, number of principal components of the curve basis.
        samples: N, number of samples of a curve on [0, 1].
        backbone_area_px: Area to which the backbone's input is reduced. None means
            that it is not reduced.
        monotone: Rule of ``make_monotone`` (camera/response.py).
        fixed_area_px: Area to which larger plates are reduced for the estimate. None
            means that they are not reduced.
    """

    histogram_bins: tuple[int, ...]
    histogram_centres: Literal["edges", "middles"]
    backbone: ResNetConfig
    statistics: StatisticsConfig | None = None
    n_prior_curves: int = 0
    prior_error: float = 0.05
    prior_error_stops: float = 0.15
    evidence: EdgeLikelihoodConfig | None = None
    n_components: int = 11
    samples: int = 1024
    backbone_area_px: int | None = None
    monotone: Literal["shift", "clamp"] = "shift"
    fixed_area_px: int | None = None

    def __post_init__(self) -> None:
        """Raise OptionError if there are no likely curves for the likelihood."""
        if self.evidence and not self.n_prior_curves:
            raise OptionError(
                "linearize: evidence needs likely curves, found 0. "
                "Set n_prior_curves above 0."
            )


@dataclass(frozen=True)
class HdrcnnConfig:
    """HDRCNN's encoder-decoder (Eilertsen et al. 2017) on a VGG-16 encoder.

    Attributes:
        encoder: Channels of the encoder's convolutions, for each of five scales.
        decoder: Channels of the five up steps.
        norm_eps: Epsilon of batch normalisation.
    """

    encoder: tuple[tuple[int, ...], ...]
    decoder: tuple[int, ...]
    norm_eps: float = 1e-5


@dataclass(frozen=True)
class GainNetworkConfig:
    """The U-Net of stage 3 for whole plates that are reduced to a fixed area.

    Attributes:
        area_px: Area of the reduced plate.
        channels: Channels of each level, finest first.
        unshuffle: n, so that n x n pixels are folded into channels first.
    """

    area_px: int
    channels: tuple[int, ...]
    unshuffle: int = 2


@dataclass(frozen=True)
class HallucinateConfig:
    """Stage 3.

    Attributes:
        threshold: Level at which the clip mask leaves 0.
        network: Sizes of the network C that predicts the light above clip.
    """

    threshold: float
    network: HdrcnnConfig | GainNetworkConfig


@dataclass(frozen=True)
class RefineConfig:
    """Stage 4.

    Attributes:
        unet: Sizes of the U-Net.
        is_gain: Whether the U-Net predicts a gain within the clip mask. False means the
            paper's sum.
    """

    unet: UNetConfig
    is_gain: bool = False


@dataclass(frozen=True)
class ModelConfig:
    """All four stages.

    Attributes:
        name: Name of the preset, as for --preset.
        dequantize: Stage 1.
        linearize: Stage 2.
        hallucinate: Stage 3.
        refine: Stage 4.
        curve_from: Input of stage 2: "dequantized" as in the paper, or "plate" as
            photographed, whose noise and codes carry information about the curve.
    """

    name: str
    dequantize: DequantizeConfig
    linearize: LinearizeConfig
    hallucinate: HallucinateConfig
    refine: RefineConfig
    curve_from: Literal["dequantized", "plate"] = "dequantized"

    @property
    def is_of_paper(self) -> bool:
        """Whether the networks are the paper's, as in ``paper`` and ``released``."""
        return isinstance(self.hallucinate.network, HdrcnnConfig)
