"""Output transforms with a name: how renders and games turn light into codes.

    codes = encode(light)        light = decode(codes)

Each transform has a file with its formula and its source. ``find_output_transform``
finds it by its name, which is also a name for ``--linearize``.
"""

from hdr_core.color.output_transforms.named import NAMES, family, find_output_transform
from hdr_core.color.output_transforms.transform import OutputTransform

__all__ = ["NAMES", "OutputTransform", "family", "find_output_transform"]
