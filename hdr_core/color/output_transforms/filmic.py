"""Filmic as Blender ships it: stops of light, bright colors to white, a film curve.

    v = log2(H / 0.18) + 10                       stops, 0 to 25
    H' = H + k (max(H) - H)                       k = ((max(H) - m) / (M - m))^1.1 > 0
    e = (F(H') - F(H0)) / (F(H1) - F(H0))         F(x) = x^a / (b x^(a d) + 1)

H  light of the scene, in Rec.709    e  code of sRGB          H0  0.18, 10 stops below
m  11.52, 6 stops above 0.18         M  5898, 15 stops above  H1  16.29, 6.5 stops above

a = 0.7, d = 1.03 and b = 2.656 are the look *Medium Contrast*, which is Blender's
default. Blender holds H' as a table of 33 values a side over v, so that bright colors
begin to fade from 8.88 on. So does this file. Code 1 is reached at 16.29.

Source: Sobotka, Filmic Blender (https://github.com/sobotka/filmic-blender); Lottes
2016, "Advanced Techniques and Optimization of HDR Color Pipelines", for F. Sobotka
names a and d in the file of the curve, ``filmic_to_0-70_1-03``.
Differs: k, m, M and b were fitted to what Blender 5.0 shows; k has an error of 2e-5 of
itself, e of at most 0.24 codes of 8 bits.
"""

from functools import lru_cache

import numpy as np

from hdr_core.color.ocio import Conversion
from hdr_core.color.output_transforms import steps
from hdr_core.color.output_transforms.arrays import Values
from hdr_core.color.output_transforms.transform import OutputTransform

_GREY = 0.18
_LOW, _HIGH, _TABLE_HIGH = -10.0, 6.5, 15.0
_START, _RANGE = float(np.log2(_GREY)) + _LOW, _TABLE_HIGH - _LOW
_SIZE, _CURVE_SIZE = 33, 4096
_FADE_FROM, _FADE_TO, _FADE_POWER = 11.52, _GREY * 2.0**_TABLE_HIGH, 1.1
_CONTRAST, _SHOULDER, _B = 0.7, 1.03, 2.65576312


def make_table() -> Values:
    """Return the table, (33, 33, 33, 3): places of faded light by places of light."""
    light = _light_at(steps.cube_nodes(_SIZE))
    brightest = light.max(axis=-1, keepdims=True)
    share = (brightest - _FADE_FROM) / (_FADE_TO - _FADE_FROM)
    faded = light + np.maximum(share, 0.0) ** _FADE_POWER * (brightest - light)
    return np.asarray((np.log2(faded) - _START) / _RANGE)


def make_curve() -> Values:
    """Return the codes of light from 10 stops below 0.18 to 6.5 above, (4096,)."""
    return _film(_light_at(np.linspace(0.0, _used(), _CURVE_SIZE)))


def _used() -> float:
    """Return the place of the light that code 1 has."""
    return (_HIGH - _LOW) / _RANGE


def _light_at(places: Values) -> Values:
    return np.asarray(2.0 ** (_START + places * _RANGE))


def _film(light: Values) -> Values:
    low, high = _ratio(_light_at(np.array([0.0, _used()])))
    return np.asarray((_ratio(light) - low) / (high - low))


def _ratio(light: Values) -> Values:
    power = light**_CONTRAST
    return np.asarray(power / (_B * power**_SHOULDER + 1.0))


@lru_cache(maxsize=1)
def _forward() -> Conversion:
    return steps.conversion(
        [
            steps.log2(_START, _START + _RANGE),
            steps.cube(make_table()),
            steps.scale(_used()),
            steps.curve(make_curve()),
        ]
    )


def _to_light(codes: Values) -> Values:
    """Return light without the fade of bright colors, which is near."""
    places = np.linspace(0.0, _used(), _CURVE_SIZE)
    return _light_at(np.interp(codes, make_curve(), places))


def _to_codes(light: Values) -> Values:
    return _forward()(light)


TRANSFORMS = (
    OutputTransform(
        "filmic",
        "Filmic of Blender, Medium Contrast, sRGB",
        False,
        _to_codes,
        _to_light,
        float(_light_at(np.array(_used()))),
    ),
)
