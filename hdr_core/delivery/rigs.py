"""Write the light rig of a reconstructed panorama beside it."""

from pathlib import Path

import numpy as np

from hdr_core.interop_ids import UNKNOWN_SPACE
from hdr_core.panorama.interval import CURVE_STOPS
from hdr_core.panorama.invented import InventedArrays
from hdr_core.plate import Depth
from hdr_core.reconstruction import Reconstruction
from hdr_core.rig.panorama import make_panorama
from hdr_core.rig.split import SplitOptions, split
from hdr_core.rig.write import RigFiles, write_rig

FOLDER_END = "_rig"


def write_rig_beside(
    target: Path, result: Reconstruction, depth: Depth, *, boldness: float
) -> tuple[Path | None, tuple[str, ...]]:
    """Write the rig of a panorama to the folder ``{stem}_rig`` beside its EXR.

    Args:
        target: Path of the result's EXR.
        result: The reconstruction.
        depth: Number format of the dome.
        boldness: Quantile of the added light that was chosen.

    Returns:
        The folder, and notes; None and the reason if there is no rig.

    Raises:
        OutputError: The folder cannot be written.
    """
    if not result.is_panorama:
        return None, ("no light rig: the plate is no panorama",)
    if result.hdr.space == UNKNOWN_SPACE:
        return None, ("no light rig: the color space of the result is unknown",)
    pixels = np.asarray(result.hdr.pixels)
    panorama = make_panorama(
        target, pixels, result.hdr.space, depth, invented=_invented(result, boldness)
    )
    rig = split(panorama, SplitOptions())
    folder = target.with_name(f"{target.stem}{FOLDER_END}")
    written = write_rig(rig, folder, RigFiles(), overwrite=True)
    return folder, (*rig.notes, *written.notes)


def _invented(result: Reconstruction, boldness: float) -> InventedArrays:
    """Return what says how much of the light was added."""
    is_estimated = result.colors.encoding is None
    return InventedArrays(
        boldness,
        CURVE_STOPS if is_estimated else 0.0,
        result.gain,
        result.uncertainty,
    )
