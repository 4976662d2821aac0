"""Write a result as pictures for HDR displays, beside the EXR."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from hdr_core.delivery.write_config import Picture, WriteConfig
from hdr_core.execution.scratch import bands
from hdr_core.pictures.display_light import LightOptions
from hdr_core.pictures.write_avif import write_pq_avif
from hdr_core.pictures.write_png import write_pq_png
from hdr_core.pictures.write_uhdr import write_uhdr
from hdr_core.plate import Plate
from hdr_core.reconstruction import Reconstruction

ENDS: dict[Picture, str] = {"uhdr": "_uhdr.jpg", "png": "_pq.png", "avif": "_pq.avif"}
"""What follows the stem of the EXR in the names of the pictures."""


class Pictures(NamedTuple):
    """Paths of the pictures by their kind, and notes on them."""

    paths: dict[str, Path]
    notes: tuple[str, ...]


def write_pictures(
    target: Path, plate: Plate, result: Reconstruction, writing: WriteConfig
) -> Pictures:
    """Write the pictures that were asked for; existing files are replaced.

    Args:
        target: Path of the EXR.
        plate: The plate.
        result: Its reconstruction.
        writing: Kinds of pictures, reference white and peak.

    Raises:
        OutputError: A file cannot be written.
        OptionError: The working space has no known primaries, or a library is missing.
    """
    light = LightOptions(writing.white_nits, writing.peak_nits)
    paths: dict[str, Path] = {}
    for kind in writing.pictures:
        path = target.with_name(f"{target.stem}{ENDS[kind]}")
        if kind == "uhdr":
            write_uhdr(
                path,
                plate,
                result.hdr,
                light=light,
                keeps_place=writing.keeps_place,
                overwrite=True,
            )
        else:
            write = write_pq_png if kind == "png" else write_pq_avif
            write(path, result.hdr, light=light, overwrite=True)
        paths[kind] = path
    return Pictures(paths, _notes(plate, result.hdr, light) if paths else ())


def _notes(plate: Plate, hdr: Plate, light: LightOptions) -> tuple[str, ...]:
    """Return what the pictures do not hold."""
    most = light.peak_nits / light.white_nits
    n_clipped = sum(int((hdr.pixels[band] > most).sum()) for band in bands(hdr.pixels))
    notes = []
    if n_clipped:
        brightest = float(np.max(hdr.pixels))
        notes.append(
            f"pictures for displays end at {light.peak_nits:g} cd/m2: {n_clipped} "
            f"values up to {brightest * light.white_nits:.0f} are clipped there"
        )
    if plate.alpha is not None:
        notes.append("pictures for displays have no alpha")
    return tuple(notes)
