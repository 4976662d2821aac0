"""A color space of known encoding, as a camera.

    H = s A g(e)        g = h / h(1),  s = h(1)

e  codes in [0, 1]    h  curve of the color space, the same for each channel
A  its primaries to those of the networks    s  light at code 1, the clip
H  scene-linear in the primaries of the networks

Some spaces, such as inverse output transforms and HLG, are not a curve and a matrix.
For them the camera is the conversion itself, and g is its curve for greys.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curves import Curve, curve_grid
from hdr_core.color.ocio import CONFIG, ColorConfig, Conversion, open_config
from hdr_core.errors import ColorError
from hdr_core.interop_ids import NETWORK_SPACE

Matrix = NDArray[np.float64]
Converter = Callable[[NDArray[np.floating]], NDArray[np.float32]]
"""A conversion of pixels (..., 3); those of OpenColorIO are ``Conversion``."""
# Most difference between matrices of the same primaries in different configs.
SAME_PRIMARIES = 2e-5
# Most difference between a conversion and its curve and matrix, as a share of the light
# at code 1.
_SAME = 2e-5
_N_COLORS = 256


@dataclass(frozen=True)
class Encoding:
    """A color space of known encoding.

    Attributes:
        space: Name in the config, or "DISPLAY/VIEW".
        decode: Conversion from codes to scene-linear in the networks' primaries.
        to_working: Conversion from codes to the working space.
        curve: Curve g at every half code, (2 n + 1,), increasing, 1 at code n. Log
            curves start below 0.
        clip_level: Light s at code 1, in the scene-linear units of the config.
        to_network: Matrix A, for rows: ``light @ to_network``; rows sum to white.
        encode: Conversion from scene-linear in the networks' primaries to codes; None
            if the inverse of curve and matrix is exact.
    """

    space: str
    decode: Converter
    to_working: Converter
    curve: Curve
    clip_level: float
    to_network: Matrix
    encode: Converter | None = None


def find_encoding(
    config: ColorConfig, name: str, *, working_space: str, max_code: int
) -> Encoding:
    """Return the encoding called ``name``.

    Args:
        config: Config with the color space.
        name: Name, alias or role of a color space; or "DISPLAY/VIEW", the inverse of
            this output transform.
        working_space: Name of a scene-linear color space.
        max_code: Largest code n of the plate.

    Raises:
        ColorError: There is no such color space, it is data, or its curve decreases.
    """
    if config.find(name) is None and (view := config.view(name)) is not None:
        return _view_encoding(config, view, working_space, max_code)
    space = config.resolve(name, option="--linearize")
    if config.is_data(space):
        raise ColorError(
            f"--linearize: {space!r} is data, not color. Choose the plate's encoding, "
            "or network to estimate it."
        )
    decode = to_network(config, space)
    return _described(
        space,
        decode,
        config.conversion(space, working_space),
        max_code,
        lambda: from_network(config, space),
    )


@lru_cache(maxsize=64)
def find_linear(config: ColorConfig, interop_id: str) -> str | None:
    """Return the config's name of a scene-linear space; None if it has no such space.

    Args:
        config: Config with the color space.
        interop_id: Name of a space with the same primaries in the pinned config.

    Raises:
        ColorError: The config has neither this name nor interchange roles.
    """
    if (own := config.find(interop_id)) is not None:
        return own
    pinned = open_config(CONFIG)
    for space in filter(config.is_linear, config.names()):
        matrix = matrix_of(config.conversion_to(space, pinned, interop_id))
        if np.abs(matrix - np.eye(3)).max() < SAME_PRIMARIES:
            return space
    return None


def to_network(config: ColorConfig, space: str) -> Conversion:
    """Return the conversion from a color space to the networks' primaries.

    Args:
        config: Config with the color space.
        space: Name of the color space.

    Raises:
        ColorError: The config has neither Linear Rec.709 nor interchange roles.
    """
    if (own := find_linear(config, NETWORK_SPACE)) is not None:
        return config.conversion(space, own)
    return config.conversion_to(space, open_config(CONFIG), NETWORK_SPACE)


def from_network(config: ColorConfig, space: str) -> Conversion:
    """Return the conversion from the networks' primaries to a color space.

    Args:
        config: Config with the color space.
        space: Name of the color space.

    Raises:
        ColorError: The config has neither Linear Rec.709 nor interchange roles.
    """
    if (own := find_linear(config, NETWORK_SPACE)) is not None:
        return config.conversion(own, space)
    return open_config(CONFIG).conversion_to(NETWORK_SPACE, config, space)


def matrix_of(conversion: Conversion) -> Matrix:
    """Return the matrix M of a linear conversion, for rows: ``pixels @ M``."""
    return conversion(np.eye(3)).astype(np.float64)


def _view_encoding(
    config: ColorConfig, view: tuple[str, str], working_space: str, max_code: int
) -> Encoding:
    """Return the inverse of an output transform."""
    own = find_linear(config, NETWORK_SPACE)
    if own is None:
        raise ColorError(
            f"--linearize: {config.label} has no Linear Rec.709, which the inverse of "
            "a view needs. Choose another --config."
        )
    decode = config.view_conversion(own, *view, is_inverse=True)
    return _described(
        "/".join(view),
        decode,
        config.view_conversion(working_space, *view, is_inverse=True),
        max_code,
        lambda: config.view_conversion(own, *view, is_inverse=False),
    )


def _described(
    space: str,
    decode: Conversion,
    to_working: Conversion,
    max_code: int,
    encoder: Callable[[], Conversion],
) -> Encoding:
    """Return an encoding with its curve and matrix, if these are all of it."""
    codes = curve_grid(2 * max_code + 1)
    greys = decode(np.repeat(codes[:, None], 3, axis=1))[:, 1].astype(np.float64)
    clip_level = float(greys[-1])
    if not np.isfinite(greys).all() or clip_level <= 0.0 or (np.diff(greys) < 0).any():
        raise ColorError(
            f"--linearize: the curve of {space!r} does not increase. "
            "Choose the plate's encoding, or network to estimate it."
        )
    primaries = _primaries(decode, greys)
    places = np.random.default_rng(0).integers(0, len(codes), (_N_COLORS, 3))
    difference = np.abs(decode(codes[places]) - greys[places] @ primaries).max()
    is_matrix = difference <= _SAME * max(clip_level, 1.0)
    return Encoding(
        space=space,
        decode=decode,
        to_working=to_working,
        curve=greys / clip_level,
        clip_level=clip_level,
        to_network=primaries if is_matrix else np.eye(3),
        encode=None if is_matrix else encoder(),
    )


def _primaries(decode: Conversion, greys: Curve) -> Matrix:
    """Return A, from the light of a full code in each channel alone."""
    black = decode(np.zeros((1, 3))).astype(np.float64)
    one_by_one = decode(np.eye(3)).astype(np.float64) - black
    return np.asarray(one_by_one / (greys[-1] - greys[0]))
