"""Colors outside of a display's primaries, moved in without becoming brighter.

    R = D + max(-min(D), 0)        B(D) = max(M - D) - Y(M - D) + Y(D),  M = max(D)
    result = R min(B(D) / B(R), 1)

D  color of the display, with negative channels     R  raised: no channel is negative
Y  luminance     B  brightness that counts the opposed color M - D too

For Rec.709, B is mixed with Y by the share Y^0.08, so that green is not raised much.

Source: Kapanen and Zhou, "luminance compensation" in the generator of AgX for Blender
(https://github.com/EaryChow/AgX_LUT_Gen). The weights of Y are those of the tables in
Blender 5.0, from the cone responses of 2015; the generator has changed them since.
"""

import numpy as np

from hdr_core.color.output_transforms.arrays import Values, largest, least

_WEIGHTS = np.array([0.2658180370250449, 0.59846986045365, 0.1357121025213052])
_SHARE = 0.08


def raise_negative(color: Values, *, to_rec2020: Values | None = None) -> Values:
    """Return colors without negative channels.

    Args:
        color: Light, (..., 3).
        to_rec2020: Matrix from the color's primaries to Rec.2020, for rows; None means
            that they are Rec.2020.
    """
    raised = color + np.maximum(-least(color)[..., None], 0.0)
    before, after = _brightness(color, to_rec2020), _brightness(raised, to_rec2020)
    ratio = before / np.where(after > 0.0, after, 1.0)
    return np.asarray(raised * np.where(after > before, ratio, 1.0)[..., None])


def _brightness(color: Values, to_rec2020: Values | None) -> Values:
    """Return B."""
    opposed = largest(color)[..., None] - color
    weights = _WEIGHTS if to_rec2020 is None else to_rec2020 @ _WEIGHTS
    luminance = color @ weights
    brightness = largest(opposed) - opposed @ weights + luminance
    if to_rec2020 is None:
        return np.asarray(brightness)
    share = np.clip(np.maximum(luminance, 0.0) ** _SHARE, 0.0, 1.0)
    return np.asarray(brightness + share * (luminance - brightness))
