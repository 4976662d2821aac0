"""AgX as Blender ships it: inset, sigmoid in stops, mixed hue, outset.

    x = (log2(I H / 0.18) + 10) / 16.5       S = s(x)^2.4
    D = O hsv(0.6 hue(I H) + 0.4 hue(S), sat(S), val(S))
    s(x) = p + c k(2.4 (x - q) / c)          k(u) = u / (1 + u^1.5)^(2/3)
    p = 0.18^(1/2.4)    q = 10 / 16.5        c  so that s(0) = 0 and s(1) = 1

H  light in Rec.2020, not negative           D  light of the display, then sRGB
I  inset, O  outset of the primaries         s  sigmoid with slope 2.4 at middle grey

Blender holds this as a table of 57 values a side over the logarithm of light in
FilmLight E-Gamut, from -10 to 15 stops about 0.18. So does this file, since Blender's
pictures have the table: saturated colors between its values differ from the formula.

Grey reaches code 1 at 16.5, the table's first value above the 6.5 stops of the formula.
``agx-punchy`` has Blender's look of this name before it: shadows, then a power of
1.0912, on the logarithm of I H. Its grey reaches code 1 at 24.7.

Source: Sobotka, AgX (https://github.com/sobotka/AgX); Zhou, AgX for Blender and its
generator (https://github.com/EaryChow/AgX_LUT_Gen) with formula and constants; the
look: the color config of Blender 5.0.
Differs: nothing. 99 % of the table's values are within 0.02 codes of 8 bits.
"""

from functools import lru_cache

import numpy as np
import PyOpenColorIO

from hdr_core.color.ocio import Conversion
from hdr_core.color.output_transforms import steps
from hdr_core.color.output_transforms.arrays import Values, largest, least
from hdr_core.color.output_transforms.displays import from_srgb
from hdr_core.color.output_transforms.guard_rail import raise_negative
from hdr_core.color.output_transforms.transform import OutputTransform
from hdr_core.primaries import PRIMARIES, REC709_TO_XYZ, to_rec709

_LOW, _HIGH, _TABLE_HIGH = -10.0, 6.5, 15.0
_GREY = 0.18
_RANGE = (float(np.log2(_GREY)) + _LOW, float(np.log2(_GREY)) + _TABLE_HIGH)
_SIZE, _GUARD_SIZE = 57, 37
_SLOPE, _POWER, _DISPLAY = 2.4, 1.5, 2.4
_PIVOT_X, _PIVOT_Y = -_LOW / (_HIGH - _LOW), _GREY ** (1.0 / _DISPLAY)
_KEPT_HUE = 0.6
# Red, green, blue, master; below which place the look darkens, and how wide.
_SHADOWS, _PUNCH = (0.2, 0.2, 0.2, 0.35, 0.4, 0.1), 1.0912
_PUNCHY_SAMPLES = 2048
# The first node of the table that is white, and the grey that the look takes there.
_FIRST_WHITE, _PUNCHY_WHITE = 37, 24.69

# All matrices are for rows.
_INSET = np.array(
    [
        [0.856627153315983, 0.0951212405381588, 0.0482516061458583],
        [0.137318972929847, 0.761241990602591, 0.101439036467562],
        [0.11189821299995, 0.0767994186031903, 0.811302368396859],
    ]
).T
_OUTSET = np.linalg.inv(
    [
        [0.899796955911611, 0.0871996192028351, 0.013003424885555],
        [0.11142098895748, 0.875575586156966, 0.0130034248855548],
        [0.11142098895748, 0.0871996192028349, 0.801379391839686],
    ]
).T
_XYZ_TO_E = np.array(
    [
        [1.5250528, -0.3159135, -0.1226583],
        [-0.5091526, 1.3333274, 0.1382844],
        [0.0957153, 0.0508974, 0.7879558],
    ]
).T
_REC709_TO_E = REC709_TO_XYZ @ _XYZ_TO_E
_REC2020_TO_REC709 = to_rec709(PRIMARIES["rec2020"])
_REC709_TO_REC2020 = np.linalg.inv(_REC2020_TO_REC709)
_E_TO_REC2020 = np.linalg.inv(_REC709_TO_E) @ _REC709_TO_REC2020


@lru_cache(maxsize=1)
def make_table() -> Values:
    """Return the table, (57, 57, 57, 3): codes of power 2.4 by places in E-Gamut."""
    light = raise_negative(_light_of_nodes(_SIZE) @ _E_TO_REC2020)
    formed = _form(light) @ _REC2020_TO_REC709
    shown = raise_negative(formed, to_rec2020=_REC709_TO_REC2020)
    return np.asarray(np.clip(shown, 0.0, 1.0) ** (1.0 / _DISPLAY))


def make_guard_table() -> Values:
    """Return the table (37, 37, 37, 3) that takes E-Gamut into Rec.2020, for looks."""
    light = raise_negative(_light_of_nodes(_GUARD_SIZE) @ _E_TO_REC2020)
    light = light @ np.linalg.inv(_E_TO_REC2020)
    low, high = _RANGE
    return np.asarray((np.log2(np.maximum(light, 2.0**low)) - low) / (high - low))


def _light_of_nodes(size: int) -> Values:
    low, high = _RANGE
    return np.asarray(2.0 ** (low + steps.cube_nodes(size) * (high - low)))


def _form(light: Values) -> Values:
    """Return D in Rec.2020 of light in Rec.2020."""
    inset = light @ _INSET
    x = (np.log2(np.maximum(inset, 1e-30) / _GREY) - _LOW) / (_HIGH - _LOW)
    shown = np.maximum(_sigmoid(x), 0.0) ** _DISPLAY
    hue = _KEPT_HUE * _hue(inset) + (1.0 - _KEPT_HUE) * _hue(shown)
    return np.asarray(_with_hue(shown, hue) @ _OUTSET)


def _sigmoid(x: Values) -> Values:
    size = np.where(
        x < _PIVOT_X,
        -_sigmoid_size(_PIVOT_X, _PIVOT_Y),
        _sigmoid_size(1.0 - _PIVOT_X, 1.0 - _PIVOT_Y),
    )
    u = _SLOPE * (x - _PIVOT_X) / size
    return np.asarray(_PIVOT_Y + size * u / (1.0 + u**_POWER) ** (1.0 / _POWER))


def _from_sigmoid(code: Values) -> Values:
    size = np.where(
        code < _PIVOT_Y,
        -_sigmoid_size(_PIVOT_X, _PIVOT_Y),
        _sigmoid_size(1.0 - _PIVOT_X, 1.0 - _PIVOT_Y),
    )
    k = (code - _PIVOT_Y) / size
    u = k / np.maximum(1.0 - k**_POWER, 1e-9) ** (1.0 / _POWER)
    return np.asarray(_PIVOT_X + size * u / _SLOPE)


def _sigmoid_size(reach_x: float, reach_y: float) -> float:
    """Return c: where the sigmoid's line is bent so that it ends at its corner."""
    full = _SLOPE * reach_x
    return float(full * ((full / reach_y) ** _POWER - 1.0) ** (-1.0 / _POWER))


def _hue(rgb: Values) -> Values:
    """Return the hue of HSV, 0 to 6; greys have 0."""
    red, green, blue = np.moveaxis(rgb, -1, 0)
    top, low = largest(rgb), least(rgb)
    span = np.where(top > low, top - low, 1.0)
    hue = np.where(
        red == top,
        (green - blue) / span % 6.0,
        np.where(green == top, (blue - red) / span + 2.0, (red - green) / span + 4.0),
    )
    return np.asarray(np.where(top > low, hue, 0.0))


def _with_hue(rgb: Values, hue: Values) -> Values:
    """Return colors with another hue, of the same largest and least channel."""
    top, low = largest(rgb)[..., None], least(rgb)[..., None]
    around = (hue[..., None] + np.array([0.0, 4.0, 2.0])) % 6.0
    share = np.clip(np.abs(around - 3.0) - 1.0, 0.0, 1.0)
    return np.asarray(low + (top - low) * share)


@lru_cache(maxsize=2)
def _forward(*, is_punchy: bool) -> Conversion:
    formed = [
        steps.matrix(_REC709_TO_E),
        steps.log2(*_RANGE),
        steps.cube(make_table()),
        steps.power(_DISPLAY),
        steps.srgb(),
    ]
    return steps.conversion([*_punchy(), *formed] if is_punchy else formed)


def _darken() -> list[PyOpenColorIO.Transform]:
    """Return the look, on the logarithm of I H."""
    style = PyOpenColorIO.GRADING_LOG
    tone = PyOpenColorIO.GradingTone(style)
    tone.shadows = PyOpenColorIO.GradingRGBMSW(*_SHADOWS)
    return [
        PyOpenColorIO.GradingToneTransform(values=tone, style=style, dynamic=False),
        PyOpenColorIO.CDLTransform(power=[_PUNCH] * 3),
    ]


def _punchy() -> list[PyOpenColorIO.Transform]:
    """Return the steps of the look, from light to light."""
    return [
        steps.matrix(_REC709_TO_E),
        steps.log2(*_RANGE),
        steps.cube(make_guard_table()),
        steps.exp2(*_RANGE),
        steps.matrix(_E_TO_REC2020 @ _INSET),
        steps.log2(*_RANGE),
        *_darken(),
        steps.exp2(*_RANGE),
        steps.matrix(np.linalg.inv(_INSET) @ _REC2020_TO_REC709),
    ]


def _to_light(codes: Values) -> Values:
    """Return light by the formula without the mix of hues, which is near."""
    return np.asarray(_to_inset(codes) @ np.linalg.inv(_INSET) @ _REC2020_TO_REC709)


def _to_inset(codes: Values) -> Values:
    """Return the light I H of codes."""
    shown = from_srgb(codes) @ _REC709_TO_REC2020 @ np.linalg.inv(_OUTSET)
    x = np.clip(_from_sigmoid(np.clip(shown, 0.0, 1.0) ** (1.0 / _DISPLAY)), 0.0, 1.0)
    return np.asarray(_GREY * 2.0 ** (_LOW + x * (_HIGH - _LOW)))


def _from_punchy_codes(codes: Values) -> Values:
    """Return light by the formula without the mix of hues, and without the look."""
    places = np.linspace(0.0, 1.0, _PUNCHY_SAMPLES)
    darkened = steps.conversion(_darken())(np.repeat(places[:, None], 3, axis=1))[:, 1]
    low, high = _RANGE
    x = np.interp((np.log2(_to_inset(codes)) - low) / (high - low), darkened, places)
    light = 2.0 ** (low + x * (high - low))
    return np.asarray(light @ np.linalg.inv(_INSET) @ _REC2020_TO_REC709)


def _to_codes(light: Values) -> Values:
    return _forward(is_punchy=False)(light)


def _to_punchy_codes(light: Values) -> Values:
    return _forward(is_punchy=True)(light)


TRANSFORMS = (
    OutputTransform(
        "agx",
        "AgX of Blender, sRGB",
        False,
        _to_codes,
        _to_light,
        _GREY * 2.0 ** (_LOW + _FIRST_WHITE * (_TABLE_HIGH - _LOW) / (_SIZE - 1)),
    ),
    OutputTransform(
        "agx-punchy",
        "AgX of Blender with the look Punchy, sRGB",
        False,
        _to_punchy_codes,
        _from_punchy_codes,
        _PUNCHY_WHITE,
    ),
)
