"""Write a result: a scene-linear EXR, whole or not at all.

Part 1 ``rgba`` holds the light, tagged by ``colorInteropID`` and by no
chromaticities (OpenEXR's color interop recommendation allows one of the two); part 2
``hdr_core``, tagged ``data``, holds the AOVs. Nothing in the file tells time or
host, so equal input gives equal bytes. OpenImageIO writes it, OpenEXR checks it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import OpenImageIO as oiio

from hdr_core.errors import OptionError, OutputError, PlateError, ShapeError
from hdr_core.io.atomic import require_free, whole_file
from hdr_core.io.carried import put_metadata, put_timing
from hdr_core.io.compression import LOSSLESS, LOSSY
from hdr_core.io.parts import Channel, Part, verify_parts, write_parts
from hdr_core.plate import INTEROP_IDS, UNKNOWN_SPACE, Depth, Pixels, Plate

HeaderValue = str | int | float

# Of zip's levels the first: the float samples of a photograph take 1 % more room than
# by the usual one, in three quarters of the time.
FAST = {"zip": "zip:1", "zips": "zips:1"}
_EPOCH = "1970:01:01 00:00:00"


@dataclass(frozen=True)
class WriteReport:
    """What became of a result on its way into the file.

    Attributes:
        path: The file written.
        clamped_values: Values beyond half's 65504 that were clamped to it.
        depth: Number format of all channels.
    """

    path: Path
    clamped_values: int
    depth: Depth


def write_hdr(
    path: Path,
    plate: Plate,
    *,
    aovs: Mapping[str, Pixels] | None = None,
    header: Mapping[str, HeaderValue] | None = None,
    depth: Depth = "half",
    compression: str = "zip",
    overwrite: bool = False,
) -> WriteReport:
    """Write ``plate`` and its AOVs as one EXR.

    Args:
        path: The file; its folder is made if it is missing.
        plate: A linear or hdr plate, its space one of ``INTEROP_IDS`` or "unknown".
            Alpha is written as it is, and color is not multiplied by it:
            "hdr_core/alpha" says which.
        aovs: (H, W) as channel ``name``, (H, W, 3) as ``name.R``, ``.G``, ``.B``.
        header: Attributes of part 1, "hdr_core/" is put before their names.
            Integers beyond 32 bits become text.
        depth: half clamps to +-65504 and keeps 8- and 10-bit codes; float keeps all.
        compression: One of ``LOSSLESS``; or of ``LOSSY``, which breaks the promise
            on unclipped pixels (AOVs stay lossless).
        overwrite: Replace an existing file.

    Raises:
        OptionError: Unknown depth, compression, space, or header value.
        OutputError: The file exists, cannot be written, or reads back otherwise.
        PlateError: The plate is encoded, or has NaN or infinite values.
        ShapeError: An AOV does not fit the plate.
    """
    _require_options(path, plate, depth, compression)
    require_free(path, overwrite=overwrite)
    color = [Channel(name, plate.pixels, place) for place, name in enumerate("RGB")]
    if plate.alpha is not None:
        color.append(Channel("A", plate.alpha))
    layers = _name_channels(aovs or {}, plate)
    names = [channel.name for channel in color]
    parts = [Part(_main_spec(plate, names, depth, header or {}), color, depth)]
    if layers:
        names = [channel.name for channel in layers]
        spec = _spec(plate, names, depth, part="hdr_core", interop_id="data")
        parts.append(Part(spec, layers, depth))
    parts[0].spec.attribute("compression", FAST.get(compression, compression))
    for part in parts:
        part.check()
    with whole_file(path, overwrite=overwrite) as hidden:
        write_parts(path, hidden, parts)
        verify_parts(path, hidden, parts, is_lossy=compression in LOSSY)
    return WriteReport(path, sum(part.clamped_values for part in parts), depth)


def _require_options(path: Path, plate: Plate, depth: str, compression: str) -> None:
    """Refuse values that OpenImageIO would replace in silence."""
    if compression not in LOSSLESS + LOSSY:
        known = ", ".join(LOSSLESS + LOSSY)
        raise OptionError(
            f"compression: unknown {compression!r}. Choose one of {known}."
        )
    if depth not in get_args(Depth):
        raise OptionError(f"depth: unknown {depth!r}. Choose half or float.")
    if plate.state == "encoded":
        raise PlateError(f"{path}: pixels are encoded. Reconstruct the plate first.")
    if plate.space not in (spaces := (*INTEROP_IDS, UNKNOWN_SPACE)):
        raise OptionError(
            f"working space: cannot tag {plate.space!r}. Choose {', '.join(spaces)}."
        )
    if path.suffix.lower() != ".exr":
        raise OutputError(f"{path}: results are EXR files. End the name in .exr.")


def _name_channels(aovs: Mapping[str, Pixels], plate: Plate) -> list[Channel]:
    """Return the AOVs channel by channel."""
    size = (plate.height, plate.width)
    channels: dict[str, Channel] = {}
    for name, values in aovs.items():
        if values.shape == size:
            named = [Channel(name, values)]
        elif values.shape == (*size, 3):
            named = [Channel(f"{name}.{c}", values, i) for i, c in enumerate("RGB")]
        else:
            raise ShapeError(f"AOV {name}: needs {size}, found {values.shape}.")
        found = {channel.name: channel for channel in named}
        if not name or channels.keys() & found.keys():
            raise OptionError(f"AOV {name!r}: empty or given twice. Rename it.")
        channels |= found
    return list(channels.values())


def _spec(
    plate: Plate, names: Sequence[str], depth: Depth, *, part: str, interop_id: str
) -> oiio.ImageSpec:
    """Return the header which every part has."""
    spec = oiio.ImageSpec(plate.width, plate.height, len(names), depth)
    spec.channelnames = tuple(names)
    if (window := plate.window) is not None:
        spec.x, spec.y = window.x, window.y
        spec.full_x, spec.full_y = window.full_x, window.full_y
        spec.full_width, spec.full_height = window.full_width, window.full_height
    spec.attribute("oiio:subimagename", part)
    spec.attribute("colorInteropID", interop_id)
    spec.attribute("compression", FAST["zip"])
    spec.attribute("DateTime", _EPOCH)
    spec.attribute("Software", "hdr_core")
    put_timing(spec, plate.metadata)
    return spec


def _main_spec(
    plate: Plate, names: Sequence[str], depth: Depth, header: Mapping[str, HeaderValue]
) -> oiio.ImageSpec:
    """Return the header of part 1."""
    spec = _spec(plate, names, depth, part="rgba", interop_id=plate.space)
    put_metadata(spec, plate.metadata)
    if plate.alpha is not None:
        kind = "premultiplied" if plate.is_premultiplied else "straight"
        spec.attribute("hdr_core/alpha", kind)
    for name, value in header.items():
        if not isinstance(value, str | int | float):
            raise OptionError(f"header {name}: {type(value).__name__} is not allowed.")
        is_long = isinstance(value, int) and not -(2**31) <= value < 2**31
        key = f"hdr_core/{name.removeprefix('hdr_core/')}"
        spec.attribute(key, str(value) if is_long else value)
    return spec
