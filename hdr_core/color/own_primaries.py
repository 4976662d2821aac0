"""The primaries that a plate's file names, without any color config."""

from hdr_core.plate import PRIMARIES, TAG, Plate
from hdr_core.primaries import LABELS, Matrix, find_name, to_rec709
from hdr_core.primaries import PRIMARIES as KNOWN


def own_primaries(plate: Plate) -> tuple[str, Matrix] | None:
    """Return the primaries that the plate's file names itself, and their name.

    They are chromaticities, or a tag such as "g24_rec2020_display" that the config does
    not have, but that names known primaries.

    Args:
        plate: A plate with the metadata of its file.

    Returns:
        Name, and matrix to Linear Rec.709, for rows; None if the file names none.
    """
    text = str(plate.metadata.get(PRIMARIES, ""))
    if text:
        numbers = tuple(float(number) for number in text.split())
        name = find_name(numbers)
        label = LABELS[name] if name else _in_words(plate, text)
        return label, to_rec709(numbers)
    parts = str(plate.metadata.get(TAG, "")).split("_")
    if len(parts) == 3 and parts[1] in KNOWN:
        return LABELS[parts[1]], to_rec709(KNOWN[parts[1]])
    return None


def _in_words(plate: Plate, text: str) -> str:
    """Return a label of primaries that have no name; a sensor's need no numbers."""
    if plate.metadata.get("hdr_core:format") == "raw":
        return "the sensor"
    return f"xy {text}"
