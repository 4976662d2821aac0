"""The classes that recognition tells apart."""

from hdr_core.color.output_transforms import NAMES

CAMERA = "camera"
"""Name of the last class: a camera, or a transform that is not in the list."""
CLASSES = (*NAMES, CAMERA)
