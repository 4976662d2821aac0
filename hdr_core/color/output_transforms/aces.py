"""The output transforms of ACES for SDR, with sRGB.

``aces-1.3`` is the output transform of ACES 1.0 to 1.3, ``aces-2.0`` that of ACES 2.0,
both for a display of 100 cd/m2 limited to Rec.709. OpenColorIO computes them from its
own formulas, whatever the config of the artist is.

Grey reaches code 1 at a light of 16.29 by ACES 1.3, and of 128 by ACES 2.0.

Source: Academy, S-2014-003 and ACES 2.0 Output Transforms; OpenColorIO's built-in
transforms. Differs: nothing.
"""

from functools import lru_cache

import numpy as np
import PyOpenColorIO

from hdr_core.color.ocio import Conversion
from hdr_core.color.output_transforms import steps
from hdr_core.color.output_transforms.arrays import Values
from hdr_core.color.output_transforms.transform import OutputTransform
from hdr_core.primaries import PRIMARIES, to_rec709

_STYLES = {
    "aces-1.3": "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO_1.0",
    "aces-2.0": "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-REC709_2.0",
}
_DISPLAY = "DISPLAY - CIE-XYZ-D65_to_sRGB"
_TO_AP0 = np.linalg.inv(to_rec709(PRIMARIES["ap0"]))


@lru_cache(maxsize=4)
def _conversion(name: str, *, is_inverse: bool) -> Conversion:
    group = PyOpenColorIO.GroupTransform(
        [
            steps.matrix(_TO_AP0),
            PyOpenColorIO.BuiltinTransform(_STYLES[name]),
            PyOpenColorIO.BuiltinTransform(_DISPLAY),
        ]
    )
    if is_inverse:
        group.setDirection(PyOpenColorIO.TRANSFORM_DIR_INVERSE)
    return steps.conversion([group])


def _transform(name: str, title: str, white: float) -> OutputTransform:
    def to_codes(light: Values) -> Values:
        return _conversion(name, is_inverse=False)(light)

    def to_light(codes: Values) -> Values:
        return _conversion(name, is_inverse=True)(codes)

    return OutputTransform(name, title, False, to_codes, to_light, white)


TRANSFORMS = (
    _transform("aces-1.3", "ACES 1.3 SDR (Rec.709), sRGB", 16.29),
    _transform("aces-2.0", "ACES 2.0 SDR (Rec.709), sRGB", 128.0),
)
