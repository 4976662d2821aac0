"""Where the light of each pixel of a result comes from."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hdr_core.execution.scratch import bands
from hdr_core.plate import Pixels
from hdr_core.reconstruction import Reconstruction

Flags = NDArray[np.bool_]
PLATE, GAIN_MAP, RECONSTRUCTED, EXPOSURES = 0.0, 1.0, 2.0, 3.0
"""Values of the layer ``light_source``."""


class Sources(NamedTuple):
    """Shares of the pixels by the source of their light, in percent.

    Attributes:
        plate: The codes of the plate, through its camera.
        gain_map: The gain map of the file.
        reconstructed: Stages 3 and 4: light above what plate or map hold.
        exposures: Other exposures: light above the clip of the plate.
    """

    plate: float
    gain_map: float
    reconstructed: float
    exposures: float = 0.0

    def describe(self) -> str:
        """Return the sources in words, without those that gave no pixel."""
        names = ("plate", "gain map", "reconstructed", "other exposures")
        named = zip(names, self, strict=True)
        return ", ".join(f"{name} {share:.2f} %" for name, share in named if share)


def light_source(result: Reconstruction) -> Pixels:
    """Return the source of each pixel, (H, W): one of the constants above."""
    measured = PLATE if result.gain_map is None else GAIN_MAP
    source = np.full(result.clip_mask.shape, measured, np.float32)
    for band in bands(source):
        source[band][_is_merged(result, band)] = EXPOSURES
        source[band][_is_added(result, band)] = RECONSTRUCTED
    return source


def share_sources(result: Reconstruction) -> Sources:
    """Return the shares of the pixels by the source of their light."""
    n_added = sum(int(_is_added(result, b).sum()) for b in bands(result.clip_mask))
    added = 100.0 * n_added / result.clip_mask.size
    rest = 100.0 - added
    if result.gain_map is None:
        n_merged = sum(
            int((_is_merged(result, b) & ~_is_added(result, b)).sum())
            for b in bands(result.clip_mask)
        )
        merged = 100.0 * n_merged / result.clip_mask.size
        return Sources(rest - merged, 0.0, added, merged)
    return Sources(0.0, rest, added)


def _is_added(result: Reconstruction, band: slice) -> Flags:
    """Return which pixels of some rows got light from the networks, as booleans."""
    added: Flags = (result.gain[band] != 0.0).any(axis=2) & (result.clip_mask[band] > 0)
    return added


def _is_merged(result: Reconstruction, band: slice) -> Flags:
    """Return which pixels of some rows have light above the plate's clip by a merge."""
    if (merge := result.merge) is None:
        shape = result.clip_mask[band].shape
        return np.zeros(shape, np.bool_)
    above = merge.is_known[band] & (merge.light[band] > 1.0)
    return np.asarray(above.any(axis=2))
