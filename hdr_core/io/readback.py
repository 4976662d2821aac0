"""Read a written EXR with OpenEXR, a decoder other than the one that wrote it."""

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
    """What ``write_hdr`` put into a file.

    Attributes:
        pixels: Scene-linear (H, W, 3) float32.
        alpha: (H, W) float32, or None.
        aovs: By name, (H, W) or (H, W, 3) float32.
        header: The header of part 1, as OpenEXR names it.
    """

    pixels: Pixels
    alpha: Pixels | None
    aovs: dict[str, Pixels]
    header: dict[str, Any]


def read_hdr(path: Path) -> HdrFile:
    """Read a result of ``write_hdr``: part 1 RGB and alpha, part 2 AOVs.

    Raises:
        PlateError: The file is missing, damaged, or has no R, G, B in part 1.
    """
    parts = read_parts(path)
    if not parts:  # of a file cut short, OpenEXR reads none, and says nothing
        raise PlateError(f"{path}: not a whole EXR (it holds no part).")
    header, main = parts[0]
    if not {"R", "G", "B"} <= main.keys():
        raise PlateError(f"{path}: no channels R, G, B, found {', '.join(main)}.")
    aovs: dict[str, Pixels] = {}
    for _, channels in parts[1:]:
        aovs |= _gather(channels)
    alpha = main["A"].astype(np.float32) if "A" in main else None
    return HdrFile(_stack(main, ""), alpha, aovs, header)


def read_parts(
    path: Path, *, is_header_only: bool = False
) -> list[tuple[dict[str, Any], dict[str, NDArray[Any]]]]:
    """Return header and channels, (H, W) as stored, of every part of an EXR.

    Args:
        path: The file.
        is_header_only: Channels have no samples.

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
        raise PlateError(f"{path}: not a whole EXR ({error}).") from error


def _stack(channels: dict[str, NDArray[Any]], prefix: str) -> Pixels:
    """Return R, G and B of one layer as (H, W, 3)."""
    planes = [channels[f"{prefix}{letter}"] for letter in "RGB"]
    return np.stack(planes, axis=-1).astype(np.float32)


def _gather(channels: dict[str, NDArray[Any]]) -> dict[str, Pixels]:
    """Return channels by AOV: name.R, name.G, name.B become one image ``name``."""
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
    """Tell whether a part of an EXR holds what was meant, read band by band.

    Args:
        path: The file.
        part: Its place.
        names: Of the channels, in the order of ``meant``: a file sorts them.
        meant: Returns rows as they were meant, (n, W, C).
        is_exact: Bit for bit; else only finite.
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
