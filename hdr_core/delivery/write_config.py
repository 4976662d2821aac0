"""How results are written; without imports of torch, so that help starts fast."""

from dataclasses import dataclass
from typing import Literal

from hdr_core.errors import OptionError
from hdr_core.io.compression import LOSSLESS, LOSSY

Aov = Literal["mask", "gain", "uncertainty", "linear", "dequantized", "light_source"]
AOVS: tuple[Aov, ...] = (
    "mask",
    "gain",
    "uncertainty",
    "linear",
    "dequantized",
    "light_source",
)

Picture = Literal["uhdr", "png", "avif"]
PICTURES: tuple[Picture, ...] = ("uhdr", "png", "avif")


@dataclass(frozen=True)
class WriteConfig:
    """How results are written.

    Attributes:
        aovs: Layers of the second part.
        depth: "auto": half floats where they keep the promise.
        compression: Compression of the EXR, by OpenEXR's name.
        has_preview: Write PNGs at several exposures beside the EXR.
        has_layer_files: Write each layer to a file of its own, not to a second part.
        has_rig: Split panoramas into a dome and lights, in a folder beside the EXR.
        is_forced: Take a plate that is already HDR as a clipped one.
        has_report: Write a report beside the EXR, as JSON.
        has_authors_padding: Resize and pad the plate as the authors' script does.
        pictures: Pictures for HDR displays that are written beside the EXR.
        white_nits: Their light of scene-linear 1, in cd/m2 (ITU-R BT.2408).
        peak_nits: Their largest light, in cd/m2; more is clipped.
        keeps_place: Keep where a photograph was taken in its Ultra HDR picture.
        names_backend: Say in the notes what ran the networks.
    """

    aovs: tuple[Aov, ...] = ("mask", "gain", "uncertainty")
    depth: Literal["auto", "half", "float"] = "auto"
    compression: str = "zip"
    has_preview: bool = False
    has_layer_files: bool = False
    has_report: bool = False
    has_rig: bool = False
    is_forced: bool = False
    has_authors_padding: bool = False
    pictures: tuple[Picture, ...] = ()
    white_nits: float = 203.0
    peak_nits: float = 10000.0
    keeps_place: bool = False
    names_backend: bool = False

    def __post_init__(self) -> None:
        """Refuse unknown layers and compressions."""
        if unknown := set(self.aovs) - set(AOVS):
            raise OptionError(
                f"aov: unknown {', '.join(sorted(unknown))}. "
                f"Choose from {', '.join(AOVS)}."
            )
        if strange := set(self.pictures) - set(PICTURES):
            raise OptionError(
                f"deliver: unknown {', '.join(sorted(strange))}. "
                f"Choose from {', '.join(PICTURES)}."
            )
        if self.compression not in (known := LOSSLESS + LOSSY):
            raise OptionError(
                f"compression: unknown {self.compression!r}. "
                f"Choose one of {', '.join(known)}."
            )
