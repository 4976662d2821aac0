"""The promise of a result whose light a gain map states: the file comes back from it.

Base and map, written again from the result, are those of the file, within half a code
of the map (map_camera.py).
"""

import numpy as np

from hdr_core.execution.scratch import bands
from hdr_core.fidelity.map_camera import MapCamera
from hdr_core.fidelity.promise import Promise, as_stored
from hdr_core.plate import Depth, Plate


class MapPromise(Promise):
    """The promise of a plate with a gain map. Its camera is a ``MapCamera``."""

    def count_violations(self, hdr: Plate, *, depth: Depth) -> int:
        """Return how many values are off by over half a code, stored at ``depth``."""
        if not isinstance(self.camera, MapCamera):
            return super().count_violations(hdr, depth=depth)
        total = 0
        for band in bands(hdr.pixels):
            light = self.light_of(as_stored(hdr.pixels[band], depth), band)
            size = hdr.pixels.shape[:2]
            is_off = self.camera.is_off(light, self.encoded[band], band, size)
            total += int(np.count_nonzero(is_off))
        return total

    def repair(self, hdr: Plate) -> int:
        """Return how many values are off; float32 moves none, so none is changed."""
        return self.count_violations(hdr, depth="float")
