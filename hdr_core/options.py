"""What an artist may choose for a reconstruction."""

from dataclasses import dataclass
from typing import Literal

from hdr_core.checks import require_within
from hdr_core.errors import OptionError
from hdr_core.interop_ids import NETWORK_SPACE


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
