"""ACES by Stephen Hill: a fit of the RRT and the ODT between two matrices.

    D = O f(I H)        f(v) = (v (v + 0.0245786) - 0.000090537)
                               / (v (0.983729 v + 0.4329510) + 0.238081)

H  light of the scene                  D  light of the display, then sRGB
I  from sRGB to the RRT's primaries, with its desaturation    O  the way back

Grey reaches code 1 at a light of 25.67. Black reaches up to 0.0034. No exposure is
part of it; some renderers multiply light by 1/0.6 before it.

Source: Hill, ``ACES.hlsl`` of BakingLab (https://github.com/TheRealMJP/BakingLab).
"""

import numpy as np

from hdr_core.color.output_transforms.arrays import Values
from hdr_core.color.output_transforms.channel_curves import positive_root
from hdr_core.color.output_transforms.displays import from_srgb, to_srgb
from hdr_core.color.output_transforms.transform import OutputTransform

# For rows: ``light @ matrix``.
_INPUT = np.array(
    [
        [0.59719, 0.35458, 0.04823],
        [0.07600, 0.90834, 0.01566],
        [0.02840, 0.13383, 0.83777],
    ]
).T
_OUTPUT = np.array(
    [
        [1.60475, -0.53108, -0.07367],
        [-0.10208, 1.10813, -0.00605],
        [-0.00327, -0.07276, 1.07602],
    ]
).T
_N1, _N0 = 0.0245786, 0.000090537
_D2, _D1, _D0 = 0.983729, 0.4329510, 0.238081


def _fit(v: Values) -> Values:
    """Return f; light outside of the RRT's primaries counts as 0."""
    v = np.maximum(v, 0.0)
    return np.asarray((v * (v + _N1) - _N0) / (v * (_D2 * v + _D1) + _D0))


def _from_fit(shown: Values) -> Values:
    return positive_root(
        1.0 - _D2 * shown, _N1 - _D1 * shown, np.maximum(_N0 + _D0 * shown, 0.0)
    )


def _to_codes(light: Values) -> Values:
    return to_srgb(_fit(light @ _INPUT) @ _OUTPUT)


def _to_light(codes: Values) -> Values:
    shown = from_srgb(codes) @ np.linalg.inv(_OUTPUT)
    return np.asarray(_from_fit(shown) @ np.linalg.inv(_INPUT))


TRANSFORMS = (
    OutputTransform(
        "aces-hill",
        "ACES fit by Hill, sRGB",
        False,
        _to_codes,
        _to_light,
        float(_to_light(np.ones(3))[1]),
    ),
)
