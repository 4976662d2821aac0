"""Output transforms with a name, as encodings of a plate.

A transform with one curve for each channel takes the primaries that the plate's file
names, like every curve. The others end in Rec.709: they mix channels, so they would
give other colors from other primaries. Primaries that their file names do not count,
and the note says so.
"""

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curves import curve_grid
from hdr_core.color.encoding import SAME_PRIMARIES, Encoding, Matrix
from hdr_core.color.matrices import apply_matrix
from hdr_core.color.output_transforms import OutputTransform, find_output_transform
from hdr_core.color.own_primaries import own_primaries
from hdr_core.plate import Plate

Values = NDArray[np.floating]


def output_encoding(
    plate: Plate, name: str, network_to_working: Matrix
) -> tuple[Encoding, str]:
    """Return an output transform as the encoding of a plate, and what it is in words.

    Args:
        plate: The plate; its codes and primaries count.
        name: One of ``output_transforms.NAMES``.
        network_to_working: Matrix from the networks' primaries to the working space.

    Raises:
        ColorError: There is no such transform.
    """
    transform = find_output_transform(name)
    label, primaries = own_primaries(plate) or ("Rec.709", np.eye(3))
    is_other = bool(np.abs(primaries - np.eye(3)).max() >= SAME_PRIMARIES)
    note = transform.title
    if is_other and transform.is_curve:
        note += f", primaries of {label}"
    elif is_other:
        note += f", in Rec.709: the primaries of {label} do not count"
    if not transform.is_curve:
        primaries = np.eye(3)
    return _encoding(transform, primaries, network_to_working, plate.max_code), note


def _encoding(
    transform: OutputTransform, primaries: Matrix, to_working: Matrix, max_code: int
) -> Encoding:
    def to_light(pixels: Values) -> NDArray[np.float32]:
        light = transform.decode(pixels, max_code=max_code)
        return np.asarray(light, np.float32)

    def to_codes(light: Values) -> NDArray[np.float32]:
        return np.asarray(transform.encode(light), np.float32)

    codes = curve_grid(2 * max_code + 1)
    greys = transform.decode(np.repeat(codes[:, None], 3, axis=1), max_code=max_code)
    curve = np.maximum.accumulate(greys[:, 1])
    return Encoding(
        space=transform.name,
        decode=lambda pixels: apply_matrix(to_light(pixels), primaries),
        to_working=lambda pixels: apply_matrix(
            to_light(pixels), primaries @ to_working
        ),
        curve=curve / curve[-1],
        clip_level=float(curve[-1]),
        to_network=primaries,
        encode=None if transform.is_curve else to_codes,
    )
