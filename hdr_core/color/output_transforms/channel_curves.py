"""Tone curves of games and renderers that work on each channel alone.

    Reinhard            D = H / (1 + H)
    Reinhard, extended  D = H (1 + H / W^2) / (1 + H)                       W = 4
    Hable               D = f(2 H) / f(W)                                   W = 11.2
                        f(x) = (x (A x + C B) + D E) / (x (A x + B) + D F) - E / F
    Narkowicz           D = H (2.51 H + 0.03) / (H (2.43 H + 0.59) + 0.14)

H  light of the scene    D  light of the display    W  white

All four end with sRGB. Each is a ratio of two squares in H, so its inverse is the
positive root of a quadratic. Extended Reinhard reaches code 1 at its white of 4, Hable
at 11.2 / 2 = 5.6 and Narkowicz at 7.24; plain Reinhard does nowhere.

Source: Reinhard et al. 2002, "Photographic Tone Reproduction for Digital Images",
equations 3 and 4, on channels instead of luminance; Hable 2010, "Filmic Tonemapping
Operators" (http://filmicworlds.com/blog/filmic-tonemapping-operators/), with its
exposure bias of 2; Narkowicz 2015, "ACES Filmic Tone Mapping Curve"
(https://knarkowicz.wordpress.com/2016/01/06/aces-filmic-tone-mapping-curve/).
Differs: Hable's text ends with a power of 1/2.2; games write to sRGB surfaces. The
white of extended Reinhard is a choice of the artist; 4 is a usual one.
"""

import numpy as np

from hdr_core.color.output_transforms.arrays import Function, Values
from hdr_core.color.output_transforms.displays import from_srgb, to_srgb
from hdr_core.color.output_transforms.transform import OutputTransform

_WHITE = 4.0
_HABLE_WHITE, _BIAS = 11.2, 2.0
_A, _B, _C, _D, _E, _F = 0.15, 0.50, 0.10, 0.20, 0.02, 0.30


def positive_root(square: Values, linear: Values, constant: Values) -> Values:
    """Return the root x >= 0 of ``square x^2 + linear x - constant``.

    Args:
        square: Above 0.
        linear: Of any sign.
        constant: At least 0.
    """
    root = np.sqrt(linear**2 + 4.0 * square * constant)
    # Of two forms of the same root, the one without a difference of near numbers.
    low = 2.0 * constant / np.maximum(linear + root, 1e-300)
    high = (root - linear) / (2.0 * square)
    return np.asarray(np.where(linear >= 0.0, low, high))


def _reinhard(light: Values) -> Values:
    return np.asarray(light / (1.0 + light))


def _from_reinhard(shown: Values) -> Values:
    return np.asarray(shown / (1.0 - shown))


def _extended(light: Values) -> Values:
    return np.asarray(light * (1.0 + light / _WHITE**2) / (1.0 + light))


def _from_extended(shown: Values) -> Values:
    return positive_root(np.full_like(shown, _WHITE**-2), 1.0 - shown, shown)


def _hable_curve(x: Values) -> Values:
    ratio = (x * (_A * x + _C * _B) + _D * _E) / (x * (_A * x + _B) + _D * _F)
    return np.asarray(ratio - _E / _F)


_HABLE_SCALE = float(_hable_curve(np.array(_HABLE_WHITE)))


def _hable(light: Values) -> Values:
    return np.asarray(_hable_curve(_BIAS * light) / _HABLE_SCALE)


def _from_hable(shown: Values) -> Values:
    ratio = shown * _HABLE_SCALE + _E / _F
    root = positive_root(
        _A * (1.0 - ratio),
        _B * (_C - ratio),
        np.maximum(_D * (ratio * _F - _E), 0.0),
    )
    return root / _BIAS


def _narkowicz(light: Values) -> Values:
    top = light * (2.51 * light + 0.03)
    return np.asarray(top / (light * (2.43 * light + 0.59) + 0.14))


def _from_narkowicz(shown: Values) -> Values:
    return positive_root(2.51 - 2.43 * shown, 0.03 - 0.59 * shown, 0.14 * shown)


def _on_srgb(forward: Function, inverse: Function) -> tuple[Function, Function]:
    """Return a tone curve that ends with sRGB, and its inverse."""
    return (
        lambda light: to_srgb(forward(np.maximum(light, 0.0))),
        lambda codes: inverse(from_srgb(codes)),
    )


TRANSFORMS = (
    OutputTransform(
        "reinhard",
        "Reinhard by channel, sRGB",
        True,
        *_on_srgb(_reinhard, _from_reinhard),
        np.inf,
    ),
    OutputTransform(
        "reinhard-extended",
        "Reinhard by channel, white 4, sRGB",
        True,
        *_on_srgb(_extended, _from_extended),
        _WHITE,
    ),
    OutputTransform(
        "hable",
        "Hable's Uncharted 2, white 11.2, exposure bias 2, sRGB",
        True,
        *_on_srgb(_hable, _from_hable),
        _HABLE_WHITE / _BIAS,
    ),
    OutputTransform(
        "aces-narkowicz",
        "ACES curve by Narkowicz, sRGB",
        True,
        *_on_srgb(_narkowicz, _from_narkowicz),
        float(_from_narkowicz(np.array(1.0))),
    ),
)
