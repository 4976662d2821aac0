"""Write the parts of an EXR, and verify them, band by band."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

from hdr_core.errors import OutputError, PlateError
from hdr_core.execution.scratch import bands
from hdr_core.headers.text import error_line
from hdr_core.io.atomic import advice
from hdr_core.io.readback import holds_bands, read_parts
from hdr_core.plate import HALF_MAX, Depth, Pixels

# Files with more values than this (4 bytes each) are verified band by band.
LARGE_VALUES = 2**26


class Channel(NamedTuple):
    """One channel of a part.

    Attributes:
        name: Name of the channel.
        image: Image (H, W) or (H, W, 3) with its values.
        place: Place of the channel in ``image``; None if it is (H, W).
    """

    name: str
    image: Pixels
    place: int | None = None

    def rows(self, band: slice) -> Pixels:
        """Return some rows, (n, W)."""
        held = self.image[band]
        return held if self.place is None else held[..., self.place]


@dataclass
class Part:
    """One part of an EXR.

    Attributes:
        spec: Header of the part.
        channels: Channels of the part.
        depth: Number format of the channels.
        clamped_values: Values that half floats cannot hold, counted by ``check``.
    """

    spec: oiio.ImageSpec
    channels: Sequence[Channel]
    depth: Depth
    clamped_values: int = 0

    def rows(self, band: slice) -> NDArray[Any]:
        """Return samples of some rows as they are stored, (n, W, C)."""
        kind = np.float16 if self.depth == "half" else np.float32
        size = band.stop - band.start, self.spec.width, len(self.channels)
        samples = np.empty(size, kind)
        for place, channel in enumerate(self.channels):
            values = channel.rows(band)
            if self.depth == "half":
                values = np.clip(values, -HALF_MAX, HALF_MAX)
            samples[..., place] = values
        return samples

    def check(self) -> None:
        """Count the values that half floats cannot hold.

        Raises:
            PlateError: A channel has NaN or infinite values.
        """
        for channel in self.channels:
            n_bad = 0
            for band in bands(channel.image):
                values = channel.rows(band)
                n_bad += values.size - int(np.isfinite(values).sum())
                if self.depth == "half":
                    self.clamped_values += int((np.abs(values) > HALF_MAX).sum())
            if n_bad:
                raise PlateError(
                    f"channel {channel.name}: {n_bad} values are NaN or infinite."
                )


def write_parts(path: Path, hidden: Path, parts: Sequence[Part]) -> None:
    """Write all parts of an EXR.

    Args:
        path: Path of the result, for error messages.
        hidden: Path of the file to write.
        parts: Parts of the EXR.

    Raises:
        OutputError: The file cannot be written.
    """
    target = oiio.ImageOutput.create(str(hidden))
    if target is None:
        raise OutputError(f"{path}: {error_line(oiio)}")
    is_good = target.open(str(hidden), tuple(part.spec for part in parts))
    for place, part in enumerate(parts):
        if place:
            is_good = is_good and target.open(str(hidden), part.spec, "AppendSubimage")
        is_good = is_good and _write_bands(target, part)
    is_good = target.close() and is_good
    if not is_good:
        reason = error_line(target) or "no reason given"
        raise OutputError(f"{path}: cannot be written ({reason}). {advice(hidden)}")


def _write_bands(target: oiio.ImageOutput, part: Part) -> bool:
    """Write a part band by band; return whether this succeeded."""
    top = part.spec.y
    return all(
        target.write_scanlines(band.start + top, band.stop + top, 0, part.rows(band))
        for band in bands(part.channels[0].image)
    )


def verify_parts(
    path: Path, hidden: Path, parts: Sequence[Part], *, is_lossy: bool
) -> None:
    """Read an EXR back and raise unless it has the right values.

    OpenEXR, which did not write the file, reads it back. It loads a whole file into
    memory, so of large files it reads only the headers; OpenImageIO reads the samples.

    Args:
        path: Path of the result, for error messages.
        hidden: Path of the file that was written.
        parts: Parts of the EXR.
        is_lossy: Whether part 1 has a lossy compression, so that values may differ.

    Raises:
        OutputError: The file is damaged or has other values.
    """
    n_values = sum(p.spec.width * p.spec.height * len(p.channels) for p in parts)
    is_large = n_values > LARGE_VALUES
    try:
        found = read_parts(hidden, is_header_only=is_large)
    except PlateError as error:
        raise OutputError(f"{path}: reads back damaged. {advice(hidden)}") from error
    is_same = len(found) == len(parts)
    for place, (part, (header, channels)) in enumerate(zip(parts, found, strict=False)):
        is_exact = place > 0 or not is_lossy
        is_same = is_same and _is_part(part, header)
        if is_large:
            is_same = is_same and holds_bands(
                hidden,
                place,
                [channel.name for channel in part.channels],
                part.rows,
                is_exact=is_exact,
            )
        else:
            is_same = is_same and _holds(part, channels, is_exact=is_exact)
    if not is_same:
        raise OutputError(f"{path}: reads back with other values. Not kept.")


def _is_part(part: Part, header: Mapping[str, Any]) -> bool:
    """Return whether a header has the window and the channels of a part."""
    start = tuple(int(edge) for edge in header["dataWindow"][0])
    names = sorted(channel.name for channel in part.channels)
    found = sorted(str(channel.name) for channel in header["channels"])
    return start == (part.spec.x, part.spec.y) and names == found


def _holds(part: Part, channels: Mapping[str, NDArray[Any]], *, is_exact: bool) -> bool:
    """Return whether channels are those of a part: bit for bit, or finite if lossy."""
    size = part.spec.height, part.spec.width
    if any(held.shape != size for held in channels.values()):
        return False
    return all(
        _is_held(meant[..., place], channels[channel.name][band], is_exact=is_exact)
        for band in bands(part.channels[0].image)
        for meant in [part.rows(band)]
        for place, channel in enumerate(part.channels)
    )


def _is_held(meant: NDArray[Any], found: NDArray[Any], *, is_exact: bool) -> bool:
    """Return whether values are equal bit for bit, or finite if lossy."""
    if is_exact:
        return meant.dtype == found.dtype and bool(np.array_equal(meant, found))
    return meant.shape == found.shape and bool(np.isfinite(found).all())
