"""Write a result as a scene-linear EXR, completely or not at all.

Part 1 ``rgba`` has the light. It is tagged by ``colorInteropID`` and has no
chromaticities, because OpenEXR's color interop recommendation allows only one of the
two. Part 2 ``hdr_core``, tagged ``data``, has the AOVs. The file has no time and no
host, so equal input gives equal bytes. OpenImageIO writes it, OpenEXR verifies it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import OpenImageIO as oiio

from hdr_core.errors import OptionError, OutputError, PlateError, ShapeError
from hdr_core.interop_ids import INTEROP_IDS, UNKNOWN_SPACE
from hdr_core.io.atomic import require_free, whole_file
from hdr_core.io.compression import LOSSLESS, LOSSY
from hdr_core.io.metadata import put_metadata, put_timing
from hdr_core.io.parts import Channel, Part, verify_parts, write_parts
from hdr_core.plate import Depth, Pixels, Plate

HeaderValue = str | int | float

# The fastest level of zip, which hardly makes files larger.
FAST = {"zip": "zip:1", "zips": "zips:1"}
# The date of every file, because OpenImageIO writes that of the run otherwise.
EPOCH = "1970:01:01 00:00:00"


@dataclass(frozen=True)
class WriteReport:
    """Report on a file that was written.

    Attributes:
        path: Path of the file.
        clamped_values: Values that were clamped to the limit of half floats, 65504.
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
        path: Path of the file; a missing folder is created.
        plate: A linear or hdr plate in a space of ``INTEROP_IDS`` or "unknown". Color
            and alpha are written without change; "hdr_core/alpha" says whether color
            is premultiplied.
        aovs: AOVs by name: (H, W) as channel ``name``, (H, W, 3) as ``name.R``,
            ``name.G`` and ``name.B``.
        header: Attributes of part 1; "hdr_core/" is added before their names.
            Integers of more than 32 bits become text.
        depth: "half" clamps to +-65504 and keeps 8- and 10-bit codes; "float" keeps
            all values.
        compression: One of ``LOSSLESS`` or ``LOSSY``. Lossy compression breaks the
            re-shoot promise on unclipped pixels; AOVs stay lossless.
        overwrite: Replace an existing file.

    Raises:
        OptionError: Depth, compression, space or a header value is not known.
        OutputError: The file exists, cannot be written, or reads back damaged.
        PlateError: The plate is encoded, or has NaN or infinite values.
        ShapeError: An AOV does not have the size of the plate.
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
    """Raise for values that OpenImageIO would silently replace."""
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
    """Return the channels of the AOVs."""
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
    """Return the header that every part has."""
    spec = oiio.ImageSpec(plate.width, plate.height, len(names), depth)
    spec.channelnames = tuple(names)
    if (window := plate.window) is not None:
        spec.x, spec.y = window.x, window.y
        spec.full_x, spec.full_y = window.full_x, window.full_y
        spec.full_width, spec.full_height = window.full_width, window.full_height
    spec.attribute("oiio:subimagename", part)
    spec.attribute("colorInteropID", interop_id)
    spec.attribute("compression", FAST["zip"])
    spec.attribute("DateTime", EPOCH)
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
