"""What an output transform is: light of a scene to codes of a display, and back.

Light is scene-linear Rec.709. 1 is the light at which plain sRGB clips.

Code 1 is the clip. Some transforms reach it at a finite light, their white. Others
reach it nowhere, such as plain Reinhard: code n of a plate then only says that the
light is at least that of n - 1/2. Their code n is decoded to the least light that
surely gives it, that of n - ``OPEN_CODES``.
"""

from dataclasses import dataclass

import numpy as np

from hdr_core.color.output_transforms.arrays import Function, Values
from hdr_core.color.output_transforms.distinct import find_distinct
from hdr_core.color.output_transforms.refine import refine

OPEN_CODES = 0.45
"""How far below code n the light is taken that no finite light reaches. Half a code is
the least light of code n; a little less keeps rounding from moving it to n - 1."""
_MOST_LIGHT = 1e6


@dataclass(frozen=True)
class OutputTransform:
    """An output transform.

    Attributes:
        name: Name for ``--linearize``.
        title: Name for people.
        is_curve: Whether it is one increasing curve for each channel.
        to_codes: Light (..., 3) to codes, before they are clipped to [0, 1]. Negative
            light is light outside of Rec.709; each function states what becomes of it.
        to_light: The inverse, for codes in [0, 1]. If it is not a curve, it need only
            be near: ``decode`` refines it.
        white: The grey light that gives code 1; inf if no light does.
    """

    name: str
    title: str
    is_curve: bool
    to_codes: Function
    to_light: Function
    white: float

    def encode(self, light: Values) -> Values:
        """Return the codes of light.

        Args:
            light: Scene-linear Rec.709, (..., 3), 1 = the light at which plain sRGB
                clips. Light beyond a million counts as a million. NaN stays NaN.

        Returns:
            Codes in [0, 1], (..., 3), float64.
        """
        given = np.asarray(light, np.float64)
        bounded = np.clip(np.nan_to_num(given, nan=0.0), -_MOST_LIGHT, _MOST_LIGHT)
        codes = np.clip(self.to_codes(bounded), 0.0, 1.0)
        return np.where(np.isnan(given), np.nan, codes)

    def decode(self, codes: Values, *, max_code: int = 255) -> Values:
        """Return the light of codes.

        Black, which is 0 in all channels, decodes to no light, also where the transform
        gives black to a little light.

        Args:
            codes: (..., 3). Codes are clipped to [0, 1]; NaN stays NaN.
            max_code: Largest code n of the plate: how exact the light has to be, and
                where it ends if no light gives code 1 (``white`` is inf).

        Returns:
            Scene-linear Rec.709, (..., 3), float64, 1 = the light at which plain sRGB
            clips. Colors that are outside of Rec.709 have negative light.
        """
        given = np.asarray(codes, np.float64)
        clipped = np.clip(np.nan_to_num(given, nan=0.0), 0.0, 1.0)
        distinct = None if self.is_curve else find_distinct(clipped, max_code)
        if distinct is None:
            light = self._decode(clipped, max_code)
        else:
            colors, places = distinct
            light = self._decode(colors, max_code)[places].reshape(clipped.shape)
        return np.where(np.isnan(given), np.nan, light)

    def _decode(self, codes: Values, max_code: int) -> Values:
        """Return the light of codes in [0, 1]."""
        most = 1.0 if np.isfinite(self.white) else 1.0 - OPEN_CODES / max_code
        reached = np.minimum(codes, most)
        light: Values = np.asarray(self.to_light(reached), np.float64)
        if not self.is_curve:
            light = refine(self.encode, reached, light, max_code)
            light = self._keep_neutral(reached, light)
        is_black = (reached == 0.0).all(axis=-1, keepdims=True)
        return np.where(is_black, 0.0, light)

    def _keep_neutral(self, codes: Values, light: Values) -> Values:
        """Return light whose greys are neutral, and whose white is ``white``.

        Near white a tenth of a code is some percent of light, which would tint it.
        """
        is_grey = (codes[..., :1] == codes).all(axis=-1, keepdims=True)
        grey = light.mean(axis=-1, keepdims=True)
        if np.isfinite(self.white):
            grey = np.where(codes[..., :1] == 1.0, self.white, grey)
        return np.asarray(np.where(is_grey, grey, light))
