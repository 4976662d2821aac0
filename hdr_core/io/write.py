"""Write a result: a scene-linear EXR, whole or not at all.

Part 1 ``rgba`` holds the light, tagged by ``colorInteropID`` and by no
chromaticities (OpenEXR's color interop recommendation allows one of the two); part 2
``hdr_core``, tagged ``data``, holds the AOVs. Nothing in the file tells time or
host, so equal input gives equal bytes. OpenImageIO writes it, OpenEXR checks it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from hdr_core.errors import OptionError, OutputError, PlateError, ShapeError
from hdr_core.io.atomic import require_free, whole_file
from hdr_core.io.carried import put_metadata, put_timing
from hdr_core.io.decode import one_line
from hdr_core.io.readback import read_parts
from hdr_core.plate import Pixels, Plate

Depth = Literal["half", "float"]
HeaderValue = str | int | float

HALF_MAX = 65504.0
# Scene-linear color spaces that the Color Interop Forum names.
INTEROP_IDS = (
    "lin_rec709_scene",
    "lin_ap1_scene",
    "lin_ap0_scene",
    "lin_rec2020_scene",
    "lin_p3d65_scene",
    "lin_adobergb_scene",
    "lin_ciexyzd65_scene",
)
UNKNOWN_SPACE = "unknown"
LOSSLESS = ("zip", "zips", "piz", "rle", "none")
LOSSY = ("dwaa", "dwab")
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


class _Part(NamedTuple):
    """One part of an EXR: its header and its samples (H, W, C)."""

    spec: oiio.ImageSpec
    samples: NDArray[Any]


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
    color = {name: plate.pixels[..., place] for place, name in enumerate("RGB")}
    if plate.alpha is not None:
        color["A"] = plate.alpha
    layers = _name_channels(aovs or {}, plate)
    main, n_color = _stack(color, depth)
    parts = [_Part(_main_spec(plate, list(color), depth, header or {}), main)]
    n_clamped = n_color
    if layers:
        data, n_data = _stack(layers, depth)
        spec = _spec(plate, list(layers), depth, part="hdr_core", interop_id="data")
        parts.append(_Part(spec, data))
        n_clamped += n_data
    parts[0].spec.attribute("compression", compression)
    with whole_file(path, overwrite=overwrite) as hidden:
        _write_parts(path, hidden, parts)
        _verify(path, hidden, parts, is_lossy=compression in LOSSY)
    return WriteReport(path, n_clamped, depth)


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


def _name_channels(aovs: Mapping[str, Pixels], plate: Plate) -> dict[str, Pixels]:
    """Return the AOVs channel by channel."""
    size = (plate.height, plate.width)
    channels: dict[str, Pixels] = {}
    for name, values in aovs.items():
        if values.shape == size:
            named = {name: values}
        elif values.shape == (*size, 3):
            named = {f"{name}.{c}": values[..., i] for i, c in enumerate("RGB")}
        else:
            raise ShapeError(f"AOV {name}: needs {size}, found {values.shape}.")
        if not name or channels.keys() & named.keys():
            raise OptionError(f"AOV {name!r}: empty or given twice. Rename it.")
        channels |= named
    return channels


def _stack(channels: Mapping[str, Pixels], depth: Depth) -> tuple[NDArray[Any], int]:
    """Return (H, W, C) samples in ``depth``, and how many values were clamped."""
    first = next(iter(channels.values()))
    kind = np.float16 if depth == "half" else np.float32
    samples = np.empty((*first.shape, len(channels)), kind)
    n_clamped = 0
    for place, (name, values) in enumerate(channels.items()):
        n_bad = values.size - int(np.isfinite(values).sum())
        if n_bad:
            raise PlateError(f"channel {name}: {n_bad} values are NaN or infinite.")
        if depth == "half":
            n_clamped += int((np.abs(values) > HALF_MAX).sum())
            values = np.clip(values, -HALF_MAX, HALF_MAX)  # noqa: PLW2901
        samples[..., place] = values
    return samples, n_clamped


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
    spec.attribute("compression", "zip")
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


def _write_parts(path: Path, hidden: Path, parts: Sequence[_Part]) -> None:
    """Write all parts under the hidden name."""
    target = oiio.ImageOutput.create(str(hidden))
    if target is None:
        raise OutputError(f"{path}: {oiio.geterror()}")
    is_good = target.open(str(hidden), tuple(part.spec for part in parts))
    for place, part in enumerate(parts):
        if place:
            is_good = is_good and target.open(str(hidden), part.spec, "AppendSubimage")
        is_good = is_good and target.write_image(part.samples)
    is_good = target.close() and is_good
    if not is_good:
        reason = one_line(target.geterror())
        raise OutputError(f"{path}: cannot be written ({reason}). Is the disk full?")


def _verify(
    path: Path, hidden: Path, parts: Sequence[_Part], *, is_lossy: bool
) -> None:
    """Raise OutputError unless a second decoder finds what was meant."""
    try:
        found = read_parts(hidden)
    except PlateError as error:
        raise OutputError(f"{path}: reads back damaged. Is the disk full?") from error
    is_same = len(found) == len(parts)
    for place, (part, (header, channels)) in enumerate(zip(parts, found, strict=False)):
        names = list(part.spec.channelnames)
        start = tuple(int(edge) for edge in header["dataWindow"][0])
        is_same = is_same and start == (part.spec.x, part.spec.y)
        is_same = is_same and sorted(names) == sorted(channels)
        is_exact = place > 0 or not is_lossy
        is_same = is_same and all(
            _is_held(part.samples[..., i], channels[name], is_exact=is_exact)
            for i, name in enumerate(names)
        )
    if not is_same:
        raise OutputError(f"{path}: reads back otherwise than written; not kept.")


def _is_held(meant: NDArray[Any], found: NDArray[Any], *, is_exact: bool) -> bool:
    """Tell whether a channel came back: bit for bit, or finite if lossy."""
    if is_exact:
        return meant.dtype == found.dtype and bool(np.array_equal(meant, found))
    return meant.shape == found.shape and bool(np.isfinite(found).all())
