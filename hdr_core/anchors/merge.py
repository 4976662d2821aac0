"""Merge exposures into light.

    M = sum_k w_k g(e_k) / t_k  /  sum_k w_k        w_k = r(e_k) / v_k
    v_k = [(s g'(e_k))^2 + (u g(e_k))^2] / t_k^2

g  inverse CRF        e_k  codes of frame k        t_k  its exposure; the plate's is 1
r  0 where a code is clipped or black, and a ramp below the clip
v  squared error: s of the codes, u of curve and exposure as a share

Frames that contradict the reference do not count, as there something moved. The
reference is the plate where it is exposed, else the longest exposure that is.

Source: Robertson, Borman & Stevenson 2003, "Estimation-theoretic approach to dynamic
range enhancement using multiple exposures".
"""

import numpy as np

from hdr_core.anchors.bracket import Bracket
from hdr_core.anchors.common_codes import Frame
from hdr_core.anchors.statement import Flags, Values
from hdr_core.camera.curves import Curve, curve_grid
from hdr_core.execution.scratch import Scratch, bands
from hdr_core.fidelity.bracket_camera import Merge
from hdr_core.plate import Pixels

# s in codes of 255, and u.
CODE_ERROR, SHARE_ERROR = 1.0, 0.02
# Width of the ramp r below the clip, and the darkest code that counts, of 255.
RAMP, DARKEST = 12.0, 1.5
# A frame contradicts the reference from this many stops on, beside its noise.
MOST_STOPS, MOST_ERRORS = 0.4, 4.0
# Light at a clipped value of the plate, as a share of the clip, below which the other
# frames show that something moved.
LEAST_ABOVE = 0.75


def merge_bracket(
    bracket: Bracket, curve: Curve, stops: Values, scratch: Scratch | None = None
) -> Merge:
    """Return the light of all frames.

    Args:
        bracket: The plate and its other exposures.
        curve: g, (N,).
        stops: Exposure of each frame above the plate.
        scratch: Memory of the result.
    """
    size = bracket.frames[0].codes.shape
    light: Pixels = (scratch or Scratch()).zeros(size)
    is_known, is_open = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    for band in bands(light):
        codes = [frame.codes[band].astype(np.float64) for frame in bracket.frames]
        merged, known = _merge(bracket.frames, codes, curve, stops)
        light[band], is_known[band] = merged, known
        shortest = int(np.argmin(stops))
        is_open[band] = ~known & (codes[shortest] > _clip(bracket.frames[shortest]))
    ceiling = float(2.0 ** max(0.0, -stops.min()))
    return Merge(light, is_known, is_open, ceiling, tuple(map(float, stops)))


def _merge(
    frames: tuple[Frame, ...], codes: list[Values], curve: Curve, stops: Values
) -> tuple[Values, Flags]:
    """Return M of some rows, and whether it is known."""
    grid = curve_grid(len(curve))
    slope = np.gradient(curve, grid)
    lights, errors, ramps = [], [], []
    for frame, values, x in zip(frames, codes, stops, strict=True):
        inside = np.nan_to_num(values, nan=1.0)
        light = np.interp(inside, grid, curve)
        noise = CODE_ERROR + frame.tolerance_codes * 255 / frame.max_code / 3.0
        error = np.hypot(
            noise / 255 * np.interp(inside, grid, slope), SHARE_ERROR * light
        )
        lights.append(light * 2.0**-x)
        errors.append(error * 2.0**-x)
        ramps.append(_ramp(values, frame))
    light, error, ramp = (np.stack(each) for each in (lights, errors, ramps))
    ramp = ramp * _agrees(light, error, ramp, stops)
    weights = ramp / error**2
    total = weights.sum(axis=0)
    is_known = total > 0.0
    merged = (weights * light).sum(axis=0) / np.where(is_known, total, 1.0)
    # Where the plate is clipped, its light is at least the clip.
    is_clipped = codes[0] > _clip(frames[0])
    return merged, is_known & ~(is_clipped & (merged < LEAST_ABOVE))


def _clip(frame: Frame) -> float:
    """Return the encoded value above which a code may be clipped."""
    return 1.0 - max(2.0 * frame.tolerance_codes, 0.5) / frame.max_code


def _ramp(values: Values, frame: Frame) -> Values:
    """Return r: how much codes count, in [0, 1]; NaN does not."""
    inside = np.nan_to_num(values, nan=1.0)
    falling = (_clip(frame) - inside) / (RAMP / 255)
    # The lowest share keeps a code that no other frame holds.
    ramp = np.where(falling > 0.0, np.clip(falling, 0.05, 1.0), 0.0)
    return np.asarray(ramp * (inside >= DARKEST / 255))


def _agrees(light: Values, error: Values, ramp: Values, stops: Values) -> Flags:
    """Return which frames, (k, ...), agree with the reference of each value."""
    # The plate first, then from the longest exposure to the shortest; those that are
    # close to their clip come last.
    order = [0, *(at for at in np.argsort(-stops) if at != 0)]
    reference, doubt = np.zeros_like(light[0]), np.zeros_like(light[0])
    is_open = np.ones(light[0].shape, np.bool_)
    for at, least in (*((at, 0.5) for at in order), *((at, 0.0) for at in order)):
        takes = is_open & (ramp[at] > least)
        reference[takes], doubt[takes] = light[at][takes], error[at][takes]
        is_open &= ~takes
    allowed = MOST_ERRORS * np.hypot(error, doubt) + (2.0**MOST_STOPS - 1.0) * reference
    return np.asarray(np.abs(light - reference) <= allowed)
