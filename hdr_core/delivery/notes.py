"""Notes on a result: what was assumed or lost on the way, as text."""

from typing import Literal

from hdr_core.interop_ids import UNKNOWN_SPACE
from hdr_core.io.compression import LOSSY
from hdr_core.plate import NOTES, Plate
from hdr_core.reconstruction import Reconstruction


def alpha_kind(plate: Plate) -> Literal["none", "straight", "premultiplied"]:
    """Return how the color of a plate, and of its result, is multiplied by alpha."""
    if plate.alpha is None:
        return "none"
    return "premultiplied" if plate.is_premultiplied else "straight"


def make_notes(
    plate: Plate, result: Reconstruction, compression: str, n_clamped: int
) -> tuple[str, ...]:
    """Return what was assumed or lost; no loss is silent.

    Args:
        plate: The plate.
        result: Its reconstruction.
        compression: Compression of the EXR, by OpenEXR's name.
        n_clamped: Number of values that half floats cannot hold.
    """
    notes = [result.colors.note]
    notes += [note for note in str(plate.metadata.get(NOTES, "")).split("; ") if note]
    if result.colors.interop_id == UNKNOWN_SPACE:
        space = result.colors.working_space
        notes.append(f"{space!r} has no Color Interop ID: the EXR is tagged unknown")
    if result.crf_move is not None:
        notes += result.crf_move.notes
    if result.n_undershoots:
        count = result.n_undershoots
        notes.append(f"{count} values in lamps are taken for codec noise and clipped")
    if alpha_kind(plate) == "straight":
        notes.append("alpha is straight, in the EXR too: premultiply in the comp")
    if compression in LOSSY:
        notes.append(f"{compression} is lossy: codes are not promised")
    if n_clamped:
        notes.append(f"{n_clamped} values clamped to 65504, the most that half holds")
    return tuple(notes)
