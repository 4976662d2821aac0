"""Write PNGs of a result at several exposures, beside the EXR."""

from pathlib import Path

from hdr_core.color.matrices import apply_matrix, inverse
from hdr_core.interop_ids import NETWORK_SPACE
from hdr_core.io.preview import write_contact_sheet, write_exposures
from hdr_core.plate import Plate
from hdr_core.reconstruction import Reconstruction

PREVIEW_STOPS = (0.0, -3.0, -6.0)


def write_previews(target: Path, plate: Plate, result: Reconstruction) -> list[Path]:
    """Write PNGs of a result at several exposures, and all on one sheet.

    Returns:
        Paths of the files.

    Raises:
        OutputError: A file cannot be written.
    """
    shown, stem = result.hdr.pixels, target.with_suffix("")
    if result.colors.interop_id != NETWORK_SPACE:
        shown = apply_matrix(shown, inverse(result.colors.network_to_working))
    exposures = write_exposures(stem, shown, stops=PREVIEW_STOPS, overwrite=True)
    sheet = stem.with_name(f"{stem.name}_sheet.png")
    write_contact_sheet(sheet, plate.pixels, shown, stops=PREVIEW_STOPS, overwrite=True)
    return [*exposures, sheet]
