"""The options of a reconstruction."""

from dataclasses import dataclass
from typing import Literal

from hdr_core.anchor_options import NO_ANCHORS, Anchors
from hdr_core.checks import require_within
from hdr_core.errors import OptionError
from hdr_core.interop_ids import NETWORK_SPACE


@dataclass(frozen=True)
class TileConfig:
    """How a plate is cut into tiles for the networks. Results do not depend on it.

    Attributes:
        size_px: Side of a tile in pixels, without its overlap.
    """

    size_px: int = 1024


# Largest memory of a conversion in GiB, if the artist does not allow more.
MOST_GIB = 4.0
Stage = Literal["dequantize", "hallucinate", "refine"]
SKIPPABLE: tuple[Stage, ...] = ("dequantize", "hallucinate", "refine")
GainMapUse = Literal["auto", "ignore", "only"]
ESTIMATE = ("auto", "network")
"""Values of ``Options.linearize`` that name no encoding."""


@dataclass(frozen=True)
class Options:
    """What the artist can choose for a reconstruction.

    Attributes:
        working_space: Color space of the result, as a name, alias or role. The default
            is the space of the networks and needs no conversion.
        fidelity: "plate" keeps the re-shoot promise; "free" takes the light of the
            networks as it is.
        tolerance_codes: Codes by which the bin of a code is widened on each side. None
            means 0 for a lossless plate, and a value by JPEG quality for a lossy one.
        skip: Stages that do not run.
        strength: Share of the added light in stops, from 0 (none) to 1 (all).
        boldness: Quantile of the predicted light, from 0 to 1; 0.5 is the median.
        ceiling_stops: Largest light above the clip, in stops; None means no limit.
        exposure_stops: Gain on the whole result, in stops.
        device: Device on which the networks run.
        precision: Number format of stage 1.
        tiles: How the plate is cut into tiles.
        panorama: Whether the plate is a panorama, which has no border. "auto" decides
            it from the plate.
        memory_gib: Largest memory for large plates, in GiB. None means a quarter of
            the free memory, and 4 GiB at most. Results do not depend on it.
        linearize: "network" lets stage 2 estimate the camera. "auto" does too, but for
            photographs of phones, which keep their own encoding. Any other value is the
            plate's encoding: a color space's name, alias or role, or "DISPLAY/VIEW".
        color_config: Path or ``ocio://`` name of the OpenColorIO config. None means
            $OCIO if it is set, else the config that the library pins.
        clip_code: Code of the plate that is white, if it is not the largest one
            (``Plate.clipped_at``); it applies when a file is read.
        gain_map: "auto" takes the light that a file states by a gain map, and adds
            light only above it; "ignore" takes the base as any other plate; "only"
            adds no light, and needs a file with a gain map.
        anchors: What the artist knows about this plate: each anchor pins its curve.

    Raises:
        OptionError: A value is out of its range, a stage in ``skip`` is unknown, or
            there are anchors of a curve that ``linearize`` names.
    """

    working_space: str = NETWORK_SPACE
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
    gain_map: GainMapUse = "auto"
    clip_code: int | None = None
    anchors: Anchors = NO_ANCHORS

    def __post_init__(self) -> None:
        """Raise OptionError for values out of their range."""
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
        if self.anchors and self.linearize not in ESTIMATE:
            raise OptionError(
                f"--linearize {self.linearize} names the curve of the plate, and "
                f"{self.anchors.flags} pins an estimated one. Leave one of them out."
            )
