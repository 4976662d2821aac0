"""What can be set, as frozen dataclasses: the presets and the inference options."""

from dataclasses import dataclass
from typing import Literal

from hdr_core.checks import require_within
from hdr_core.errors import OptionError


@dataclass(frozen=True)
class UNetConfig:
    """A U-Net: two convolutions a level, skips, bilinear up steps.

    Attributes:
        channels: Channels of each level, finest first.
        kernels: Kernel size of each level of the encoder; the decoder uses 3.
        unshuffle: Factor by which pixels are folded into channels first; 1: none.
        is_smooth: Give one sample for so many pixels squared, and what lies between.
        legacy_resize: Up steps as TF 1's ``resize_bilinear`` (source = target / 2).
    """

    channels: tuple[int, ...]
    kernels: tuple[int, ...]
    unshuffle: int = 1
    is_smooth: bool = False
    legacy_resize: bool = False


@dataclass(frozen=True)
class ResNetConfig:
    """The backbone of the Linearization-Net.

    Attributes:
        block: "bottleneck" (1x1, 3x3, 1x1) or "basic" (3x3, 3x3).
        stem_channels: Channels of the first convolution (stride 2).
        stem_kernel: Its kernel size.
        stages: (width, blocks, stride) of each stage.
        same_padding: TF 1's SAME padding; False: torch's symmetric one.
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
    """Statistics of a plate for each value bin, and the networks that read them.

    Attributes:
        bins: Value bins a channel.
        embedding: Width in which a channel is read.
        hidden: Widths of the hidden layers.
        dropout: Share of hidden units dropped in training.
        members: Networks whose coefficients are averaged.
    """

    bins: int
    embedding: int
    hidden: tuple[int, ...]
    dropout: float
    members: int = 1


@dataclass(frozen=True)
class EdgeLikelihoodConfig:
    """What edges say of likely curves (evidence.py).

    Attributes:
        edge_hidden: Widths of the network that sees an edge.
        plate_hidden: Width of the one that sees what the plate is like.
        most_edges: Edges of a plate that are used.
    """

    edge_hidden: tuple[int, ...]
    plate_hidden: int
    most_edges: int


@dataclass(frozen=True)
class DequantizeConfig:
    """Stage 1.

    Attributes:
        unet: The U-Net.
        most_change: m, how much a value may change; 1: by all of the range.
        sees_codes: Show U how far each value lies from its surroundings, in codes.
    """

    unet: UNetConfig
    most_change: float = 1.0
    sees_codes: bool = False


@dataclass(frozen=True)
class LinearizeConfig:
    """Stage 2.

    Attributes:
        histogram_bins: B of each soft histogram.
        histogram_centres: "edges": i / B, i = 0..B; "middles": (2b - 1) / 2B.
        backbone: The residual network.
        statistics: Statistics beside the backbone; None: backbone alone.
        n_prior_curves: Likely curves to which an estimate is drawn; 0: none.
        prior_error: Usual error of an estimate, RMS over the curve, and
        prior_error_stops: of its mid-tones; they decide how far it is drawn.
        evidence: What edges say of the likely curves; None: nothing.
        n_components: K, principal components of the curve basis.
        samples: Samples of a curve on [0, 1].
        backbone_area_px: Area of the plate that the backbone sees, reduced; None:
            all of it.
        monotone: Which way curves are made to rise (crf.make_monotone).
        fixed_area_px: Larger plates are reduced to this area for the estimate;
            None: never reduced.
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
        """Refuse edges that have no curve to weigh."""
        if self.evidence and not self.n_prior_curves:
            raise OptionError("linearize: evidence of 0 likely curves. Ask for some.")


@dataclass(frozen=True)
class HdrcnnConfig:
    """HDRCNN's encoder-decoder (Eilertsen et al. 2017) on a VGG-16 encoder.

    Attributes:
        encoder: Channels of the encoder's convolutions for each of five scales.
        decoder: Channels of the five up steps.
        norm_eps: Epsilon of batch normalisation.
    """

    encoder: tuple[tuple[int, ...], ...]
    decoder: tuple[int, ...]
    norm_eps: float = 1e-5


@dataclass(frozen=True)
class GainNetworkConfig:
    """A U-Net that sees the whole plate, reduced to a fixed scale.

    Attributes:
        area_px: Area of the reduced plate.
        channels: Channels of each level, finest first.
        unshuffle: Factor by which pixels are folded into channels first.
    """

    area_px: int
    channels: tuple[int, ...]
    unshuffle: int = 2


@dataclass(frozen=True)
class HallucinateConfig:
    """Stage 3.

    Attributes:
        threshold: Level of the brightest channel at which the clip mask leaves 0.
        network: C, which predicts the light above clip.
    """

    threshold: float
    network: HdrcnnConfig | GainNetworkConfig


@dataclass(frozen=True)
class RefineConfig:
    """Stage 4.

    Attributes:
        unet: The U-Net.
        is_gain: Predict a log2 gain gated by the clip mask; False: the paper's sum.
    """

    unet: UNetConfig
    is_gain: bool = False


@dataclass(frozen=True)
class ModelConfig:
    """All four stages.

    Attributes:
        name: What --preset calls it.
        dequantize: Stage 1.
        linearize: Stage 2.
        hallucinate: Stage 3.
        refine: Stage 4.
        curve_from: The curve is estimated from the "dequantized" plate, as in the
            paper, or from the "plate" as shot, whose noise and codes are evidence.
    """

    name: str
    dequantize: DequantizeConfig
    linearize: LinearizeConfig
    hallucinate: HallucinateConfig
    refine: RefineConfig
    curve_from: Literal["dequantized", "plate"] = "dequantized"


@dataclass(frozen=True)
class TileConfig:
    """How a plate is cut for the networks. Results do not depend on it.

    Attributes:
        size_px: Side of a tile, without what the networks see beyond it.
    """

    size_px: int = 1024


# Most memory that a conversion takes unless the artist allows more.
MOST_GIB = 4.0
Stage = Literal["dequantize", "hallucinate", "refine"]
SKIPPABLE: tuple[Stage, ...] = ("dequantize", "hallucinate", "refine")


@dataclass(frozen=True)
class Options:
    """What the artist can choose for a reconstruction.

    Attributes:
        working_space: Color space of the result: name, alias or role; the networks'
            own costs no conversion.
        fidelity: "plate": the re-shoot promise; "free": the networks' word.
        tolerance_codes: Codes by which a bin is widened on each side; None: 0 for a
            lossless plate, by the JPEG's quality for a lossy one.
        skip: Stages left out.
        strength: Share of the added light, in log2: 0 none, 1 all.
        boldness: Quantile of the predicted light, 0.5 = median.
        ceiling_stops: Most light above clip, in stops; None: no limit.
        exposure_stops: Gain on the whole result.
        device: Where the networks run.
        precision: Number format of the networks.
        tiles: How the plate is cut.
        panorama: Whether the plate is one, and so has no border; "auto": look.
        memory_gib: Most memory, where plates are large; None: a quarter of what is
            free, 4 GiB at most. Results do not depend on it.
        linearize: "auto" or "network": the networks estimate the camera; else a
            color space's name, alias or role, or "DISPLAY/VIEW".
        color_config: Path or ``ocio://`` name; None: $OCIO, else the pinned one.
    """

    working_space: str = "lin_rec709_scene"
    fidelity: Literal["plate", "free"] = "plate"
    tolerance_codes: float | None = None
    skip: tuple[Stage, ...] = ()
    strength: float = 1.0
    boldness: float = 0.5
    ceiling_stops: float | None = None
    exposure_stops: float = 0.0
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    tiles: TileConfig = TileConfig()
    panorama: Literal["auto", "on", "off"] = "auto"
    memory_gib: float | None = None
    linearize: str = "auto"
    color_config: str | None = None

    def __post_init__(self) -> None:
        """Refuse values that mean nothing."""
        require_within(self.strength, 0.0, 1.0, name="strength")
        require_within(self.boldness, 0.0, 1.0, name="boldness")
        require_within(self.exposure_stops, -30.0, 30.0, name="exposure")
        if self.ceiling_stops is not None:
            require_within(self.ceiling_stops, 0.0, 20.0, name="ceiling")
        if self.tolerance_codes is not None:
            require_within(self.tolerance_codes, 0.0, 64.0, name="tolerance-codes")
        if unknown := set(self.skip) - set(SKIPPABLE):
            raise OptionError(
                f"skip: unknown {', '.join(sorted(unknown))}. "
                f"Choose from {', '.join(SKIPPABLE)}."
            )
