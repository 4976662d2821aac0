"""PQ and HLG as encodings of known light, where the artist asks for them by name.

    PQ      L = 10000 inverse_pq(e)                                (pq.py)
    HLG     E = e^2 / 3  for e <= 1/2,  (exp((e - c) / a) + b) / 12  otherwise
            L = 1000 Y^(1/5) E                                     Y = luminance of E

e  codes in [0, 1]    E  light of the scene, 1 = most    L  light of a display, cd/m2

Results are scaled so that HDR reference white is 1: 203 cd/m2 on a display, which is
58 % of PQ and 75 % of HLG.

Source: ITU-R BT.2100-2, tables 4 and 5; ITU-R BT.2408-7 (reference white).
"""

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curves import curve_grid
from hdr_core.color.encoding import Encoding, Matrix
from hdr_core.color.matrices import apply_matrix, inverse
from hdr_core.color.own_primaries import own_primaries
from hdr_core.color.pq import PQ_PEAK_NITS, inverse_pq, pq
from hdr_core.plate import Plate
from hdr_core.primaries import PRIMARIES, to_rec709

Values = NDArray[np.floating]
PQ, HLG, HLG_SCENE = "bt2100-pq", "bt2100-hlg", "bt2100-hlg-scene"
NAMES = (PQ, HLG, HLG_SCENE)
"""Names for ``--linearize``: light of a display, and for HLG also of the scene."""
TITLES = {
    PQ: "PQ, light of the display",
    HLG: "HLG, light of a display of 1000 cd/m2",
    HLG_SCENE: "HLG, light of the scene",
}
"""The same names in words."""

_A = 0.17883277
_B, _C = 1.0 - 4.0 * _A, 0.5 - _A * np.log(4.0 * _A)
_HLG_PEAK, _WHITE = 1000.0, 203.0
_SYSTEM_GAMMA = 1.2
_WHITE_CODE = 0.75
_LUMINANCE = np.array([0.2627, 0.6780, 0.0593])


def bt2100_encoding(plate: Plate, name: str, network_to_working: Matrix) -> Encoding:
    """Return one of ``NAMES`` as an encoding of a plate.

    Args:
        plate: The plate; its own primaries count, or else those of Rec.2020.
        name: One of ``NAMES``.
        network_to_working: Matrix from the networks' primaries to the working space.
    """
    found = own_primaries(plate)
    primaries = to_rec709(PRIMARIES["rec2020"]) if found is None else found[1]
    decode, encode = {
        PQ: (_from_pq, _to_pq),
        HLG: (_from_hlg, _to_hlg),
        HLG_SCENE: (_from_hlg_scene, _to_hlg_scene),
    }[name]
    codes = curve_grid(2 * plate.max_code + 1)
    greys = decode(np.repeat(codes[:, None], 3, axis=1))[:, 1]
    back = inverse(primaries)

    def to_network(pixels: Values) -> NDArray[np.float32]:
        return _converted(decode(np.asarray(pixels, np.float64)), primaries)

    def to_codes(light: Values) -> NDArray[np.float32]:
        own = _converted(light, back).astype(np.float64)
        return encode(np.maximum(own, 0.0)).astype(np.float32)

    to_working = primaries @ network_to_working
    has_curve = name != HLG
    return Encoding(
        space=name,
        decode=to_network,
        to_working=lambda pixels: _converted(
            decode(np.asarray(pixels, np.float64)), to_working
        ),
        curve=greys / greys[-1],
        clip_level=float(greys[-1]),
        to_network=primaries if has_curve else np.eye(3),
        encode=None if has_curve else to_codes,
    )


def _converted(light: Values, matrix: Matrix) -> NDArray[np.float32]:
    return apply_matrix(np.asarray(light, np.float32), matrix)


def _from_pq(codes: Values) -> Values:
    return np.asarray(PQ_PEAK_NITS / _WHITE * inverse_pq(codes))


def _to_pq(light: Values) -> Values:
    return pq(light * (_WHITE / PQ_PEAK_NITS))


def _inverse_oetf(codes: Values) -> Values:
    """Return E by the codes of HLG."""
    high = (np.exp((np.maximum(codes, 0.5) - _C) / _A) + _B) / 12.0
    return np.asarray(np.where(codes <= 0.5, codes**2 / 3.0, high))


def _oetf(light: Values) -> Values:
    """Return the codes of HLG by E."""
    high = _A * np.log(np.maximum(12.0 * light - _B, 1e-9)) + _C
    return np.asarray(np.where(light <= 1.0 / 12.0, np.sqrt(3.0 * light), high))


def _from_hlg_scene(codes: Values) -> Values:
    return _inverse_oetf(codes) / _inverse_oetf(np.array(_WHITE_CODE))


def _to_hlg_scene(light: Values) -> Values:
    return _oetf(light * _inverse_oetf(np.array(_WHITE_CODE)))


def _from_hlg(codes: Values) -> Values:
    scene = _inverse_oetf(codes)
    luminance = (scene @ _LUMINANCE)[..., None]
    return np.asarray(_HLG_PEAK / _WHITE * luminance ** (_SYSTEM_GAMMA - 1.0) * scene)


def _to_hlg(light: Values) -> Values:
    shown = light * (_WHITE / _HLG_PEAK)
    luminance = (shown @ _LUMINANCE)[..., None]
    power = (1.0 - _SYSTEM_GAMMA) / _SYSTEM_GAMMA
    factor = np.where(luminance > 0.0, np.maximum(luminance, 1e-30) ** power, 0.0)
    return _oetf(factor * shown)
