"""The camera of a plate: the one that is known, or else the estimate of stage 2."""

from dataclasses import replace
from typing import Protocol

import numpy as np

from hdr_core.camera.curves import Curve
from hdr_core.config import ModelConfig
from hdr_core.decisions import Decisions
from hdr_core.errors import OptionError, ShapeError
from hdr_core.fidelity.bracket_camera import BracketCamera
from hdr_core.fidelity.camera import Camera, CodeValues, CurveCamera
from hdr_core.plate import Pixels


class CameraEstimator(Protocol):
    """Stage 2 of a prepared model."""

    @property
    def config(self) -> ModelConfig:
        """Return the configuration of the model."""

    def estimate_camera(
        self, mended: Pixels, fine: Pixels, decisions: Decisions
    ) -> CurveCamera:
        """Return the camera that stage 2 estimates.

        Args:
            mended: The plate with its clip undershoot filled, (H, W, 3), in [0, 1].
            fine: The plate after stage 1, same shape.
            decisions: Decisions for this plate.

        Raises:
            PlateError: An anchor cannot be used.
        """


def choose_camera(
    values: CodeValues,
    inverse_crf: Curve | None,
    networks: CameraEstimator,
    decisions: Decisions,
) -> tuple[Camera, Decisions]:
    """Return the known camera of a plate, or else the estimate of stage 2.

    It comes with the decisions for its clip: other exposures may have raised it.

    With the paper's networks and fidelity "free", code 0 is 0, as in the paper.

    Args:
        values: Encoded values of the plate.
        inverse_crf: Known inverse CRF g, (N,); None means that there is none.
        networks: The prepared model.
        decisions: Decisions for this plate.

    Raises:
        ShapeError: ``inverse_crf`` is not an increasing curve from 0 to 1.
    """
    camera = known_camera(decisions, inverse_crf) or networks.estimate_camera(
        values.mended, values.fine, decisions
    )
    is_literal = networks.config.is_of_paper and not decisions.is_promised
    if is_literal and isinstance(camera, CurveCamera):
        camera = replace(camera, lifts_black=False)
    return camera, decisions.with_clip_of(camera)


def inverse_crf_of(camera: Camera) -> Curve:
    """Return g of a camera, (N,), with the clip of the plate at 1."""
    if isinstance(camera, BracketCamera):
        return camera.inverse_crf * camera.merge.ceiling
    return camera.inverse_crf


def known_camera(decisions: Decisions, inverse_crf: Curve | None) -> Camera | None:
    """Return the camera of a plate if it is known; None means that it is not.

    Args:
        decisions: Decisions for this plate. If they hold a camera, it is returned.
        inverse_crf: Else, the known inverse CRF g, (N,); None means that there is none.

    Raises:
        OptionError: Anchors would pin a curve that is known.
        ShapeError: ``inverse_crf`` is not an increasing curve from 0 to 1.
    """
    if decisions.camera is not None or inverse_crf is None:
        return decisions.camera
    if decisions.options.anchors:
        raise OptionError(
            f"{decisions.options.anchors.flags}: the curve of this plate is known "
            "already, by its shot's plan or by inverse_crf. Leave one of them out."
        )
    return decisions.curve_camera(checked_curve(inverse_crf))


def checked_curve(inverse_crf: Curve) -> Curve:
    """Return a known curve, rounded to float32 as the result file stores it.

    Args:
        inverse_crf: Inverse CRF g, (N,), increasing from 0 to 1.

    Raises:
        ShapeError: The curve is not (N,), or does not increase from 0 to 1.
    """
    curve = np.asarray(inverse_crf, dtype=np.float32).astype(np.float64)
    if curve.ndim != 1 or len(curve) < 2:
        raise ShapeError(
            f"inverse_crf: needs one curve (N,) of two samples or more, found shape "
            f"{curve.shape}. Pass samples of g at even steps from code 0 to the clip."
        )
    if curve[0] != 0.0 or curve[-1] != 1.0 or not (np.diff(curve) > 0.0).all():
        raise ShapeError(
            "inverse_crf: must increase from 0 to 1 at every sample in float32, found "
            f"{curve[0]:g} to {curve[-1]:g}, smallest step {np.diff(curve).min():g}. "
            "Scale the curve to 0 to 1, and make it strictly increasing."
        )
    return curve
