"""Read results back with OpenEXR, because OpenImageIO wrote them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import OpenEXR
import OpenImageIO as oiio
from numpy.typing import NDArray

from hdr_core.errors import PlateError
from hdr_core.execution.scratch import bands
from hdr_core.plate import Pixels


class HdrFile(NamedTuple):
    """The contents of a file that ``write_hdr`` wrote.

    Attributes:
        pixels: Scene-linear (H, W, 3) float32.
        alpha: Coverage (H, W) float32; None if there is no alpha.
        aovs: AOVs by name, (H, W) or (H, W, 3) float32.
        header: Header of part 1, with OpenEXR's names.
    """

    pixels: Pixels
    alpha: Pixels | None
    aovs: dict[str, Pixels]
    header: dict[str, Any]


def read_hdr(path: Path) -> HdrFile:
    """Read a result of ``write_hdr``: RGB and alpha of part 1, AOVs of part 2.

    Args:
        path: Path of the EXR.

    Raises:
        PlateError: The file is missing, damaged, or has no R, G, B in part 1.
    """
    parts = read_parts(path)
    if not parts:  # OpenEXR reads no part of an incomplete file, without an error
        raise PlateError(f"{path}: not a complete EXR (it has no part).")
    header, main = parts[0]
    if not {"R", "G", "B"} <= main.keys():
        raise PlateError(f"{path}: no channels R, G, B, found {', '.join(main)}.")
    aovs: dict[str, Pixels] = {}
    for _, channels in parts[1:]:
        aovs |= _group_channels(channels)
    alpha = main["A"].astype(np.float32) if "A" in main else None
    return HdrFile(_stack(main, ""), alpha, aovs, header)


def read_parts(
    path: Path, *, is_header_only: bool = False
) -> list[tuple[dict[str, Any], dict[str, NDArray[Any]]]]:
    """Return header and channels, (H, W) as stored, of every part of an EXR.

    Args:
        path: Path of the EXR.
        is_header_only: Return channels without samples.

    Raises:
        PlateError: The file is missing or damaged.
    """
    if not path.is_file():
        raise PlateError(f"{path}: no such file. Check the name.")
    try:
        with OpenEXR.File(
            str(path), separate_channels=True, header_only=is_header_only
        ) as file:
            return [
                (
                    dict(part.header),
                    {name: held.pixels for name, held in part.channels.items()},
                )
                for part in file.parts
            ]
    except (RuntimeError, ValueError, OSError) as error:
        raise PlateError(f"{path}: not a complete EXR ({error}).") from error


def _stack(channels: dict[str, NDArray[Any]], prefix: str) -> Pixels:
    """Return R, G and B of one layer as (H, W, 3)."""
    planes = [channels[f"{prefix}{letter}"] for letter in "RGB"]
    return np.stack(planes, axis=-1).astype(np.float32)


def _group_channels(channels: dict[str, NDArray[Any]]) -> dict[str, Pixels]:
    """Return AOVs by name; name.R, name.G and name.B are one image ``name``."""
    layers = {
        name[:-2]
        for name in channels
        if name.endswith(".R") and {f"{name[:-1]}G", f"{name[:-1]}B"} <= channels.keys()
    }
    colored = {f"{layer}.{letter}" for layer in layers for letter in "RGB"}
    aovs = {layer: _stack(channels, f"{layer}.") for layer in sorted(layers)}
    plain = {name: held for name, held in channels.items() if name not in colored}
    return aovs | {name: held.astype(np.float32) for name, held in plain.items()}


def holds_bands(
    path: Path,
    part: int,
    names: Sequence[str],
    meant: Callable[[slice], NDArray[Any]],
    *,
    is_exact: bool,
) -> bool:
    """Return whether a part of an EXR has the right values, read band by band.

    Args:
        path: Path of the EXR.
        part: Place of the part in the file.
        names: Names of the channels in the order of ``meant``; files sort them.
        meant: Returns rows of the right values, (n, W, C).
        is_exact: Compare bit for bit; otherwise values must only be finite.
    """
    source = oiio.ImageInput.open(str(path))
    if source is None or not source.seek_subimage(part, 0):
        return False
    spec = source.spec()
    if sorted(spec.channelnames) != sorted(names):
        return False
    order = [spec.channelnames.index(name) for name in names]
    try:
        for band in bands(np.empty((spec.height, spec.width, 0))):
            edges = spec.y + band.start, spec.y + band.stop
            held = source.read_scanlines(
                part, 0, *edges, 0, 0, spec.nchannels, oiio.UNKNOWN
            )
            if held is None:
                return False
            wanted = meant(band)
            found = np.asarray(held).reshape(wanted.shape)[..., order]
            is_same = np.array_equal(found, wanted)
            if not (is_same if is_exact else np.isfinite(found).all()):
                return False
    finally:
        source.geterror()
        source.close()
    return True
