"""A scene-linear picture of the same view: its light pins the curve.

    log2 g(e) = log2 R + G_c        c = red, green, blue

e  code of the plate    R  median light of the reference where the plate has this code
G  free gain of a channel: exposure and white balance of the reference are its own

The reference may be a developed raw file, a linear grade or an HDR picture, of any size
with the shape of the plate. It is laid over the plate first. Medians do not mind what
moved, and the heavy tails of the weights do not mind that its primaries differ.
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from hdr_core.anchors.align import LEAST_LIKENESS, lay_over
from hdr_core.anchors.common_codes import (
    MOST_PIXELS,
    binned_medians,
    range_of_codes,
)
from hdr_core.anchors.statement import Statement, Values, join, make_statement
from hdr_core.errors import PlateError
from hdr_core.io.corpus import read_light
from hdr_core.plate import Pixels

# Usual errors of a line: in stops, as primaries differ, and in codes.
LINE_ERROR, CODE_ERROR = 0.1, 0.4 / 255
# Few bins: what is wrong with a reference is wrong with all of its light, so that a
# curve which follows it closely is further off. Below ``DARKEST`` black levels differ.
N_BINS, DARKEST = 9, 12.0 / 255
# Most difference of the shapes of both pictures, as a share.
MOST_STRETCH = 0.02
# A reference with more than this share of its pixels near its largest light is clipped.
REFERENCE_CLIP, REFERENCE_SHARE = 0.98, 0.003
# A curve needs lines over a range of codes.
LEAST_LINES = 8


def state_match(
    path: Path, encoded: Pixels, *, max_code: int, tolerance_codes: float
) -> tuple[Statement, tuple[str, ...]]:
    """Return what a scene-linear picture of the same view says, and notes on it.

    Args:
        path: File of the reference: EXR or Radiance HDR.
        encoded: The plate, (H, W, 3), in [0, 1].
        max_code: Its largest code.
        tolerance_codes: Its tolerance.

    Raises:
        PlateError: The reference cannot be read, or shows another view.
    """
    light = _fitted(read_light(path), encoded, path)
    found = lay_over(encoded, light)
    if found.likeness < LEAST_LIKENESS:
        raise PlateError(
            f"--match {path}: cannot be laid over the plate (likeness "
            f"{found.likeness:.2f} of 1). Give a picture of the same view."
        )
    low, high = range_of_codes(max_code, tolerance_codes)
    step = max(1, int(np.sqrt(encoded.shape[0] * encoded.shape[1] / MOST_PIXELS)))
    codes, lights = encoded[::step, ::step], found.pixels[::step, ::step]
    known = join(
        [
            _state_channel(codes[..., c], lights[..., c], max(low, DARKEST), high)
            for c in range(3)
        ]
    )
    if len(known.stops) < LEAST_LINES:
        raise PlateError(
            f"--match {path}: shows too few of the plate's codes. Give a picture of "
            "the same view with light and shadow."
        )
    moved = f"{path.name} was moved by {found.moved_px:.1f} px"
    return known, (moved,) if found.moved_px else ()


def _state_channel(
    encoded: Pixels, light: Pixels, low: float, high: float
) -> Statement:
    """Return what one channel of the reference says, for codes from low to high."""
    codes, lights = (one.ravel().astype(np.float64) for one in (encoded, light))
    # Where the reference is clipped itself, it says nothing.
    is_inside = np.isfinite(lights) & (lights < _clip_of(lights))
    pairs = binned_medians(
        codes[is_inside], lights[is_inside], low, high, n_bins=N_BINS
    )
    pairs = pairs[pairs[:, 1] > 0.0]
    return make_statement(
        pairs[:, :1],
        np.log2(pairs[:, 1]),
        errors=LINE_ERROR,
        code_error=CODE_ERROR,
        groups=0,
        is_doubtful=True,
    )


def _clip_of(lights: Values) -> float:
    """Return the light from which a reference is clipped; inf if it is not."""
    most = np.nanmax(lights)
    share = np.mean(lights[np.isfinite(lights)] >= REFERENCE_CLIP * most)
    return float(REFERENCE_CLIP * most) if share > REFERENCE_SHARE else np.inf


def _fitted(light: Pixels, encoded: Pixels, path: Path) -> Pixels:
    """Return the reference in the size of the plate.

    Raises:
        PlateError: Its shape is another one.
    """
    height, width, _ = encoded.shape
    rows, columns, _ = light.shape
    if (rows, columns) == (height, width):
        return light
    stretch = abs(np.log((columns / rows) / (width / height)))
    if stretch > MOST_STRETCH:
        raise PlateError(
            f"--match {path}: has {columns}x{rows} pixels, and the plate "
            f"{width}x{height}: not the same shape. Crop it as the plate is."
        )
    maps = torch.from_numpy(np.ascontiguousarray(light.transpose(2, 0, 1)))[None]
    resized = functional.interpolate(
        maps, (height, width), mode="bilinear", antialias=True, align_corners=False
    )
    return np.ascontiguousarray(resized[0].numpy().transpose(1, 2, 0))
