"""The SDR display transform of ACES 2.0 as a camera response."""

import numpy as np
import PyOpenColorIO
from numpy.typing import NDArray

from hdr_core.color.ocio import CONFIG, DISPLAY, VIEWS, open_config


def display_curve(clip_level: float, *, samples: int) -> NDArray[np.float64]:
    """Return the SDR display transform of ACES 2.0 on greys as a camera response.

    Args:
        clip_level: Scene-linear value at which the camera clips, 0.18 = mid grey.
        samples: Number of samples.

    Returns:
        Encoded values for scene-linear 0 to ``clip_level``, (samples,), scaled to end
        at 1.
    """
    config = open_config(CONFIG).ocio
    view = PyOpenColorIO.DisplayViewTransform(
        src="lin_rec709_scene", display=DISPLAY, view=VIEWS[0]
    )
    cpu = config.getProcessor(view).getDefaultCPUProcessor()
    ramp = np.linspace(0.0, clip_level, samples, dtype=np.float32)
    greys = np.repeat(ramp[:, None], 3, axis=1)[None].copy()
    cpu.applyRGB(greys)
    curve = greys[0, :, 1].astype(np.float64)
    curve = np.maximum.accumulate(np.clip(curve - curve[0], 0.0, None))
    return np.asarray(curve / curve[-1])
