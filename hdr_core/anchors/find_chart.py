"""Find a ColorChecker in a plate, by OpenCV's detector (the extra "chart").

The detector works on the plate reduced to ``MOST_PX``. What it finds is checked by its
patches, like a chart that an artist names.
"""

import os

import numpy as np

from hdr_core.anchor_options import Corners
from hdr_core.errors import OptionError, PlateError
from hdr_core.plate import Pixels

INSTALL = "Install it with `pip install hdr-core[chart]`, or name its four corners"
# Longer side of the picture that is searched, in pixels.
MOST_PX = 1500
# Other things have edges like a chart: the best of some is taken.
MOST_CHARTS = 4


def find_charts(encoded: Pixels) -> tuple[Corners, ...]:
    """Return where charts may be in a plate, each as x0, y0, ..., x3, y3.

    Args:
        encoded: The plate, (H, W, 3), in [0, 1].

    Raises:
        OptionError: OpenCV is not installed.
        PlateError: No chart is found.
    """
    # Its log would tell of every codec that it has not.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    try:
        import cv2  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise OptionError(f"--chart auto: needs OpenCV. {INSTALL}.") from error
    if (mcc := getattr(cv2, "mcc", None)) is None:
        raise OptionError(
            f"--chart auto: this OpenCV ({cv2.__version__}) cannot find charts. "
            f"{INSTALL}."
        )
    step = max(1, -(-max(encoded.shape[:2]) // MOST_PX))
    reduced = np.rint(np.asarray(encoded[::step, ::step, ::-1]) * 255)
    picture = np.ascontiguousarray(reduced.astype(np.uint8))
    detector = mcc.CCheckerDetector_create()
    detector.setColorChartType(mcc.MCC24)
    if not detector.process(picture, MOST_CHARTS):
        raise PlateError(
            "--chart auto: no ColorChecker of 24 patches is found. Name its corners: "
            "--chart X0,Y0,X1,Y1,X2,Y2,X3,Y3."
        )
    height, width, _ = encoded.shape
    boxes = [np.asarray(found.getBox()) for found in detector.getListColorChecker()]
    inside = [(box * step).clip((0, 0), (width, height)).ravel() for box in boxes]
    return tuple(tuple(float(value) for value in box) for box in inside)
