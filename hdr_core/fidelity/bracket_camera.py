"""The camera of a plate of which other exposures show the light it clipped.

    L = M / c  where it is known, else g(e) / c          N = min(L, q)  if not open
                                                         N = 1          if open

M  light merged from all exposures (anchors/merge.py), 1 = the clip of the plate
c  light at which the shortest exposure clips: the clip of this camera
g  inverse CRF of the plate        e  its encoded values
N  what stage 3 receives           q  ``CLOSED``

The light of clipped values is measured wherever a shorter exposure holds it. A channel
that even the shortest one clips is open: there, and only there, light is added.

The promise: values of the plate below its clip stay within their codes, so the merge
only chooses the light within a code. Known values above the clip are those of the
merge.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr_core.execution.scratch import Scratch, bands
from hdr_core.fidelity.bins import project
from hdr_core.fidelity.camera import CodeValues, CurveCamera, plate_codes
from hdr_core.fidelity.map_camera import CLOSED
from hdr_core.plate import Pixels

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Merge:
    """Light merged from several exposures.

    Attributes:
        light: M, (H, W, 3), 1 = the clip of the plate; only where it is known.
        is_known: Where the exposures agree on the light, (H, W, 3).
        is_open: Where even the shortest exposure is clipped, (H, W, 3).
        ceiling: c, at least 1.
        stops: Exposure of each frame above the plate, the plate's 0 first.
    """

    light: Pixels
    is_known: Flags
    is_open: Flags
    ceiling: float
    stops: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class BracketCamera(CurveCamera):
    """A camera with one curve, and known light above its clip.

    Its light is relative to c, and so is ``inverse_crf``: it ends at 1 / c.

    Attributes:
        merge: The known light.
    """

    merge: Merge

    def linearize(self, values: CodeValues, scratch: Scratch | None) -> Pixels:
        """Return L of a plate, (H, W, 3), 1 = c, in its own primaries."""
        light = super().linearize(values, scratch)
        scale = np.float32(1.0 / self.merge.ceiling)
        for band in bands(light):
            known = self.merge.is_known[band]
            light[band][known] = self.merge.light[band][known] * scale
            light[band][self.merge.is_open[band]] = 1.0
        return self._within_codes(light, values)

    def mark_open(self, linear: Pixels, scratch: Scratch | None) -> Pixels:
        """Return N, (H, W, 3), of light in the networks' primaries, in [0, 1]."""
        marked: Pixels = (scratch or Scratch()).zeros(linear.shape)
        for band in bands(marked):
            np.minimum(linear[band], np.float32(CLOSED), out=marked[band])
            marked[band][self.merge.is_open[band]] = 1.0
        return marked

    def project(self, hdr: Pixels, values: CodeValues, known: Pixels) -> Pixels:
        """Return ``hdr`` held to the plate's codes and to the merge, in place."""
        for band in bands(hdr):
            brighter = np.maximum(hdr[band], known[band])
            is_open = self.merge.is_open[band]
            hdr[band] = np.where(is_open, brighter, known[band])
        return self._within_codes(hdr, values)

    def _within_codes(self, light: Pixels, values: CodeValues) -> Pixels:
        """Return light held to the plate's codes, in place.

        The margin of a bin counts from the plate's own clip, so this is done in its
        units.
        """
        ceiling = np.float32(self.merge.ceiling)
        for band in bands(light):
            light[band] *= ceiling
            light[band] = project(
                light[band],
                plate_codes(values.mended[band], self.max_code),
                self.inverse_crf * self.merge.ceiling,
                max_code=self.max_code,
                tolerance_codes=self.tolerance_codes,
            )
            light[band] /= ceiling
        return light
