"""Write Ultra HDR: the plate as a JPEG, and a gain map that leads to the result.

Old viewers show the plate. New ones multiply it by the map. If the plate is a JPEG, its
tables and picture data are copied byte for byte.
"""

from pathlib import Path

import numpy as np

from hdr_core.errors import OutputError, PlateError, ShapeError
from hdr_core.gain_map.base import base_light, make_base, primaries_of
from hdr_core.gain_map.encode import encode_gain_map, mean_error
from hdr_core.gain_map.read_jpeg import ISO, read_map_file
from hdr_core.gain_map.segments import read_exif, read_segments
from hdr_core.gain_map.tiff import ORIENTATION, first_directory
from hdr_core.gain_map.write_jpeg import join, picture_data, untilted, write_map_jpeg
from hdr_core.io.atomic import require_free, whole_file
from hdr_core.known_light import GainMap, light_of_codes
from hdr_core.pictures.display_light import LightOptions, to_primaries
from hdr_core.plate import Plate

# Areas of the map: of a large plate it has a quarter of the columns, as phones do.
_LARGE_PX, _AREA_PX = 2000, 4
_MIDDLE_PX, _MIDDLE_AREA_PX = 1000, 2
# Mean error in half codes beyond which a map that is read back is damaged.
_MOST_ERROR = 8.0


def write_uhdr(
    path: Path,
    plate: Plate,
    hdr: Plate,
    *,
    light: LightOptions = LightOptions(),  # noqa: B008 - frozen
    keeps_place: bool = False,
    overwrite: bool = False,
) -> float:
    """Write a plate and its result as one Ultra HDR JPEG (XMP and ISO 21496-1).

    Args:
        path: Path of the file, which ends in .jpg or .jpeg.
        plate: The plate, encoded. If its file is a JPEG, this is the base.
        hdr: Its result, in a space of ``INTEROP_IDS``; 1 is the white of the base.
        light: Reference white and peak. Light above the peak is clipped.
        keeps_place: Keep where the photograph was taken.
        overwrite: Replace an existing file.

    Returns:
        The largest light in the file, 1 = the white of the base.

    Raises:
        OutputError: The file exists, cannot be written, or reads back damaged.
        OptionError: The space of ``hdr`` has no known primaries.
        PlateError: The plate's file was changed or removed, or ``hdr`` is not finite.
        ShapeError: Plate and result differ in size.
    """
    if path.suffix.lower() not in {".jpg", ".jpeg"}:
        raise OutputError(f"{path}: Ultra HDR is JPEG. End the name in .jpg.")
    if plate.pixels.shape != hdr.pixels.shape:
        raise ShapeError(f"hdr: needs {plate.pixels.shape}, found {hdr.pixels.shape}.")
    require_free(path, overwrite=overwrite)
    base = _base_jpeg(plate)
    gain_map = _make_map(plate, hdr, light)
    stored = gain_map.turned(untilted(gain_map.codes, _orientation(base)))
    data = join(base, write_map_jpeg(stored), keeps_place=keeps_place)
    with whole_file(path, overwrite=overwrite) as hidden:
        hidden.write_bytes(data)
        _verify(path, hidden, base, stored)
    return float(2.0**gain_map.formula.alternate_headroom)


def _base_jpeg(plate: Plate) -> bytes:
    """Return the plate as a JPEG: its own file, or a new one."""
    if plate.path is None or plate.metadata.get("hdr_core:format") != "jpeg":
        return make_base(plate)
    try:
        return plate.path.read_bytes()
    except OSError as error:
        raise PlateError(
            f"{plate.path}: cannot be read again ({error.strerror}). It is the base of "
            "the Ultra HDR file: put it back."
        ) from error


def _orientation(base: bytes) -> int:
    """Return Exif's orientation of a JPEG, 1 to 8; 1 if it has none."""
    try:
        found = first_directory(read_exif(read_segments(base))).number(ORIENTATION)
    except ValueError:
        return 1
    return int(found) if found is not None and found in range(1, 9) else 1


def _make_map(plate: Plate, hdr: Plate, light: LightOptions) -> GainMap:
    """Return the map from the plate to its result, upright."""
    longest = max(plate.width, plate.height)
    area_px = _MIDDLE_AREA_PX if longest >= _MIDDLE_PX else 1

    # The light of each code: many times as fast as the curve at each pixel.
    codes = np.linspace(0.0, 1.0, plate.max_code + 1, dtype=np.float32)
    table = base_light(codes, plate)
    return encode_gain_map(
        lambda rows: light_of_codes(plate.visible(rows), table),
        lambda rows: hdr.pixels[rows],
        (plate.height, plate.width),
        to_base=to_primaries(hdr, primaries_of(plate)),
        area_px=_AREA_PX if longest >= _LARGE_PX else area_px,
        most_light=light.peak_nits / light.white_nits,
        kind=ISO,
    )


def _verify(path: Path, hidden: Path, base: bytes, wanted: GainMap) -> None:
    """Read the file back, and raise unless it holds base and map."""
    try:
        found = read_map_file(hidden)
        is_base = picture_data(hidden.read_bytes()) == picture_data(base)
    except (PlateError, ValueError) as error:
        raise OutputError(f"{path}: reads back damaged ({error}). Not kept.") from error
    if found is None or found.gain_map is None or not is_base:
        raise OutputError(f"{path}: reads back with another picture. Not kept.")
    if not _is_same_map(found.gain_map, wanted):
        raise OutputError(f"{path}: reads back with another gain map. Not kept.")


def _is_same_map(found: GainMap, wanted: GainMap) -> bool:
    """Return whether a map has its numbers, and codes but for those of its codec."""
    if found.codes.shape != wanted.codes.shape:
        return False
    numbers: list[tuple[float, ...]] = [
        (*one.least, *one.most, *one.gamma, *one.base_offset, one.alternate_headroom)
        for one in (found.formula, wanted.formula)
    ]
    if not np.allclose(numbers[0], numbers[1], rtol=1e-5, atol=1e-6):
        return False
    return mean_error(found, wanted) <= _MOST_ERROR
