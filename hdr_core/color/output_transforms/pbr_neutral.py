"""PBR Neutral of Khronos: colors of products stay, highlights go to white.

    x = min(H)          o = x - 6.25 x^2   x < 0.08, else 0.04
    C = H - o           p = max(C)         d = 1 - s
    q = 1 - d^2 / (p + d - s)              g = 1 - 1 / (0.15 (p - q) + 1)
    D = (1 - g) C q / p + g q              if p >= s, else D = C

H  light of the scene    D  light of the display, then sRGB    s = 0.8 - 0.04

max(D) = q, so q, p, g, C, x and H follow from D one after the other. Code 1 is
reached by no light. Bright saturated colors, such as a full code of red alone, are
reached by no light either: C would have a channel below 0.

Source: Khronos PBR Neutral Tone Mapper specification
(https://github.com/KhronosGroup/ToneMapping/tree/main/PBR_Neutral).
Differs: nothing. Blender's view of this name is a table of 57 values a side. They are
those of the formula, but between them pictures lie up to 8 codes of 8 bits beside it.
"""

import numpy as np

from hdr_core.color.output_transforms.arrays import Values
from hdr_core.color.output_transforms.displays import from_srgb, to_srgb
from hdr_core.color.output_transforms.transform import OutputTransform

_F90 = 0.04
_START = 0.8 - _F90
_DESATURATION = 0.15
_D = 1.0 - _START


def _to_codes(light: Values) -> Values:
    """Return codes; negative light counts as 0."""
    light = np.maximum(light, 0.0)
    least = light.min(axis=-1, keepdims=True)
    color = light - np.where(least < 2.0 * _F90, least - least**2 / (4 * _F90), _F90)
    peak = color.max(axis=-1, keepdims=True)
    top = 1.0 - _D**2 / (np.maximum(peak, _START) + _D - _START)
    mix = _mix(peak, top)
    shown = (1.0 - mix) * color * (top / np.maximum(peak, _START)) + mix * top
    return to_srgb(np.where(peak < _START, color, shown))


def _to_light(codes: Values) -> Values:
    """Return light; of codes that no light reaches, the nearest that are reached."""
    shown = from_srgb(codes)
    top = shown.max(axis=-1, keepdims=True)
    rest = np.maximum(1.0 - np.maximum(top, _START), 1e-12)
    peak = _D**2 / rest - _D + _START
    mix = _mix(peak, top)
    color = (shown - mix * top) / (1.0 - mix) * (peak / np.maximum(top, _START))
    color = np.maximum(np.where(top < _START, shown, color), 0.0)
    least = color.min(axis=-1, keepdims=True)
    offset = np.where(least < _F90, np.sqrt(4 * _F90 * least) - least, _F90)
    return np.asarray(color + offset)


def _mix(peak: Values, top: Values) -> Values:
    """Return g: how far a color goes to white."""
    return np.asarray(1.0 - 1.0 / (_DESATURATION * np.maximum(peak - top, 0.0) + 1.0))


TRANSFORMS = (
    OutputTransform(
        "pbr-neutral", "Khronos PBR Neutral, sRGB", False, _to_codes, _to_light, np.inf
    ),
)
