"""Curves of displays and cameras: the last step of every output transform.

    sRGB      e = 12.92 H                  H <= 0.0031308
              e = 1.055 H^(1/2.4) - 0.055  otherwise
    gamma     e = H^(1/gamma)
    Rec.709   e = 4.5 H                    H < 0.018
              e = 1.099 H^0.45 - 0.099     otherwise

H  light of the display, 1 = white    e  code, 1 = largest

The two parts of Rec.709 meet exactly with the unrounded constants of BT.2020, which are
used here: 1.0993 for 1.099, and 0.01805 for 0.018.

Source: IEC 61966-2-1 (sRGB); ITU-R BT.709-6, item 1.2; ITU-R BT.2020-2, table 4.
"""

import numpy as np

from hdr_core.color.output_transforms.arrays import Function, Values
from hdr_core.color.output_transforms.transform import OutputTransform

_ALPHA, _BETA = 1.09929682680944, 0.018053968510807


def to_srgb(light: Values) -> Values:
    """Return sRGB codes of display light; negative light counts as 0."""
    light = np.maximum(light, 0.0)
    power = 1.055 * light ** (1.0 / 2.4) - 0.055
    return np.asarray(np.where(light <= 0.0031308, 12.92 * light, power))


def from_srgb(codes: Values) -> Values:
    """Return the display light of sRGB codes in [0, 1]."""
    power = ((codes + 0.055) / 1.055) ** 2.4
    return np.asarray(np.where(codes <= 0.04045, codes / 12.92, power))


def to_rec709(light: Values) -> Values:
    """Return the codes of a Rec.709 camera; negative light counts as 0."""
    light = np.maximum(light, 0.0)
    power = _ALPHA * light**0.45 - (_ALPHA - 1.0)
    return np.asarray(np.where(light < _BETA, 4.5 * light, power))


def from_rec709(codes: Values) -> Values:
    """Return the light of the codes of a Rec.709 camera, in [0, 1]."""
    power = ((codes + (_ALPHA - 1.0)) / _ALPHA) ** (1.0 / 0.45)
    return np.asarray(np.where(codes < 4.5 * _BETA, codes / 4.5, power))


def gamma(exponent: float) -> tuple[Function, Function]:
    """Return a power curve, light to codes, and its inverse."""
    return (
        lambda light: np.maximum(light, 0.0) ** (1.0 / exponent),
        lambda codes: codes**exponent,
    )


TRANSFORMS = (
    OutputTransform("srgb", "sRGB, clipped", True, to_srgb, from_srgb, 1.0),
    OutputTransform("gamma-2.2", "Gamma 2.2, clipped", True, *gamma(2.2), 1.0),
    OutputTransform("gamma-2.4", "Gamma 2.4, clipped", True, *gamma(2.4), 1.0),
    OutputTransform(
        "rec709", "Camera curve of Rec.709, clipped", True, to_rec709, from_rec709, 1.0
    ),
)
