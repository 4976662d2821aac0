"""Everything that is asked of OpenColorIO; the only file that imports it.

The built-in config is named in full: "default" and "latest" differ between the
OpenColorIO of different packages in one process.
"""

import numpy as np
import PyOpenColorIO
from numpy.typing import NDArray

from hdr_core.errors import OptionError

CONFIG = "ocio://cg-config-v4.0.0_aces-v2.0_ocio-v2.5"
DISPLAY = "sRGB - Display"
VIEWS = ("ACES 2.0 - SDR 100 nits (Rec.709)", "Un-tone-mapped")


def builtin_config() -> PyOpenColorIO.Config:
    """Return the pinned built-in config."""
    return PyOpenColorIO.Config.CreateFromFile(CONFIG)


def convert(
    pixels: NDArray[np.float32], *, source: str, target: str
) -> NDArray[np.float32]:
    """Return ``pixels`` (H, W, 3) taken from one color space to another.

    Args:
        pixels: float32.
        source: Name, alias or role in the built-in config.
        target: The same.

    Raises:
        OptionError: The config has no such color space.
    """
    config = builtin_config()
    for name in (source, target):
        if config.getColorSpace(name) is None:
            raise OptionError(f"color space: no {name!r} in {CONFIG}.")
    processor = config.getProcessor(source, target)
    # Without optimisation: its lookup tables would cost 2e-5.
    cpu = processor.getOptimizedCPUProcessor(PyOpenColorIO.OPTIMIZATION_NONE)
    result = np.ascontiguousarray(pixels, dtype=np.float32).copy()
    cpu.applyRGB(result)
    return result


def display_curve(clip_level: float, *, samples: int) -> NDArray[np.float64]:
    """Return ACES 2.0's SDR display transform on greys as a camera response.

    Args:
        clip_level: Scene-linear value (0.18 = mid grey) which the camera clips at.
        samples: Number of samples.

    Returns:
        (samples,) encoded for scene-linear 0 to ``clip_level``, scaled to end at 1.
    """
    config = builtin_config()
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
