"""What the line needs of a backend. Everything else on the line is NumPy.

A backend computes what the networks compute, from arrays to arrays. There are two:
``TorchBackend`` runs the code of the stages; ``OnnxBackend`` runs graphs that were
captured from the same code (export/runtime.py). So the method is written once.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hdr_core.decisions import Decisions
from hdr_core.develop.choose_camera import CameraEstimator
from hdr_core.develop.dequantize import Dequantizer
from hdr_core.execution.sizes import Size
from hdr_core.highlights.add_light import Lighter, Maps
from hdr_core.plate import Pixels
from hdr_core.recognize.recognizer import Recognizer


class Backend(Recognizer, Dequantizer, CameraEstimator, Lighter, Protocol):
    """A prepared model, and what runs it."""

    @property
    def name(self) -> str:
        """Return "torch" or "onnxruntime"."""

    def for_plate(
        self, decisions: Decisions, size: Size, *, has_shot: bool
    ) -> "Backend":
        """Return the backend that can reconstruct a plate: this one, or torch.

        Args:
            decisions: Decisions for the plate.
            size: Rows and columns of the plate.
            has_shot: Whether the plate belongs to a shot.

        Raises:
            BackendError: Only torch can, and torch is not installed.
        """

    def predict_light(
        self,
        linear: Pixels,
        decisions: Decisions,
        shot_stops: NDArray[np.float32] | None,
    ) -> Maps:
        """Return the corrected gain maps of a plate.

        Args:
            linear: Scene-linear, (H, W, 3), 1 = clip, in the networks' primaries.
            decisions: Decisions for the plate.
            shot_stops: Stops that the shot plan adds to this frame, (3, h, w); None
                means that the plate belongs to no shot.

        Raises:
            PlateError: ``shot_stops`` were made for a plate of another shape.
        """
