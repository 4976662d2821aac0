"""Stage 2 on a whole plate: estimate the camera's response, once, never by tiles."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from hdr_core.camera.curves import Curve
from hdr_core.color.plate_color import unpremultiply
from hdr_core.decisions import Decisions, decide
from hdr_core.develop.clip_undershoot import fill_clip_undershoot
from hdr_core.develop.dequantize import dequantize
from hdr_core.develop.pin_camera import pin_camera
from hdr_core.execution.device import each_on_one_thread, one_thread
from hdr_core.execution.reduce import (
    panorama_for_area,
    sample_places,
    shrink,
    size_for_area,
)
from hdr_core.execution.run import Run
from hdr_core.execution.scratch import Scratch
from hdr_core.execution.sizes import Size
from hdr_core.fidelity.camera import CurveCamera
from hdr_core.networks import Array, Networks
from hdr_core.options import Options
from hdr_core.plate import Plate
from hdr_core.stages.linearize.estimate import ResponseEvidence


def estimate_camera(
    mended: Array, fine: Array, networks: Networks, decisions: Decisions
) -> CurveCamera:
    """Return the camera that stage 2 estimates.

    Args:
        mended: The plate with its clip undershoot filled, (H, W, 3), in [0, 1].
        fine: The plate with the values between the codes, (H, W, 3), in [0, 1].
        networks: The prepared model.
        decisions: Decisions for this plate.

    Raises:
        PlateError: An anchor cannot be used.
    """
    evidence = response_evidence(
        mended, fine, networks, is_panorama=decisions.is_panorama
    )
    if decisions.options.anchors:
        return pin_camera(evidence, mended, networks, decisions)
    camera = decisions.curve_camera(likely_curve(evidence, networks))
    return replace(camera, spread=curve_spread(evidence, networks))


def likely_curve(evidence: ResponseEvidence, networks: Networks) -> Curve:
    """Return the likeliest inverse CRF g, (N,), for the evidence of one plate."""
    stage = networks.model.linearize
    with one_thread():
        return as_curve(stage.curve(stage.likely(evidence)))


def curve_spread(evidence: ResponseEvidence, networks: Networks) -> Curve | None:
    """Return the standard deviation of g, (N,), for the evidence of one plate.

    None means that the model has no likely curves, and so no opinion.
    """
    with one_thread():
        spread = networks.model.linearize.spread(evidence)
    return None if spread is None else as_curve(spread)


def response_evidence(
    mended: Array,
    fine: Array,
    networks: Networks,
    *,
    is_panorama: bool = False,
) -> ResponseEvidence:
    """Return the evidence of the whole plate on its camera, before the prior.

    A panorama has no first column. Its coefficients are the mean over four quarter
    turns, so that they do not depend on where the panorama was cut.

    Args:
        mended: The plate with its clip undershoot filled, (H, W, 3), in [0, 1].
        fine: The plate with the values between the codes, (H, W, 3), in [0, 1].
        networks: The prepared model.
        is_panorama: Whether the columns of the plate wrap.
    """
    model = networks.model
    stage = model.linearize
    source = mended if model.config.curve_from == "plate" else fine
    size = source.shape[0], source.shape[1]
    fit = panorama_for_area if is_panorama else size_for_area
    reduced = fit(size, stage.config.fixed_area_px)
    small = shrink(lambda rows: networks.to_tensor(source[rows]), size, reduced)
    width = small.shape[3]
    quarter, half = width // 4, width // 2
    turns = (0, quarter, half, half + quarter) if is_panorama else (0,)

    estimates: list[Callable[[], Tensor | None]] = [
        partial(_weigh_edges, source, reduced, networks, is_panorama=is_panorama),
        *(partial(stage.coefficients, small.roll(turn, dims=3)) for turn in turns),
    ]
    evidence, *each = each_on_one_thread(estimates, networks.device)
    coefficients = torch.cat([one for one in each if one is not None])
    mean = coefficients.double().mean(dim=0, keepdim=True).float()
    return ResponseEvidence(mean, evidence)


def _weigh_edges(
    source: Array, reduced: Size, networks: Networks, *, is_panorama: bool
) -> Tensor | None:
    """Return the evidence of the edges of a plate; None if the model uses none."""
    stage = networks.model.linearize
    if stage.evidence is None:
        return None
    size = source.shape[0], source.shape[1]
    rows, columns = (place.numpy() for place in sample_places(size, reduced))
    edges = stage.edges_of(
        networks.to_tensor(source[rows, columns]),
        scale=math.sqrt(size[0] * size[1] / (reduced[0] * reduced[1])),
        wraps=is_panorama,
    )
    return stage.weigh(edges)


def as_curve(curves: Tensor) -> Curve:
    """Return the only curve of a batch (1, N), as float64 (N,)."""
    return np.asarray(curves[0].cpu().double().numpy())


def evidence_of_plate(
    plate: Plate, networks: Networks, options: Options
) -> ResponseEvidence:
    """Return the evidence of a whole plate on its camera.

    Stage 1 runs only if the model takes the curve from its result. Stages 3 and 4 do
    not run.

    Args:
        plate: The plate, encoded.
        networks: The prepared model.
        options: The artist's choices.

    Raises:
        PlateError: The plate is not encoded, or holds NaN or infinite pixels.
        ColorError: The config, the encoding or the working space cannot be used.
    """
    encoded = unpremultiply(plate, Scratch(options.memory_gib))
    decisions = decide(plate, options)
    mended, fine = _values(encoded, networks, decisions)
    return response_evidence(mended, fine, networks, is_panorama=decisions.is_panorama)


def camera_of_plate(
    encoded: Array, networks: Networks, decisions: Decisions
) -> CurveCamera:
    """Return the camera of a whole plate, as ``reconstruct`` estimates it.

    Args:
        encoded: The plate, not premultiplied, (H, W, 3), in [0, 1].
        networks: The prepared model.
        decisions: Decisions for this plate.

    Raises:
        PlateError: An anchor cannot be used.
    """
    mended, fine = _values(encoded, networks, decisions)
    return estimate_camera(mended, fine, networks, decisions)


def _values(
    encoded: Array, networks: Networks, decisions: Decisions
) -> tuple[Array, Array]:
    """Return a plate with its clip undershoot filled, and after stage 1 if needed."""
    run = Run(Scratch(decisions.options.memory_gib))
    mended = fill_clip_undershoot(encoded, decisions, run)
    is_from_plate = networks.model.config.curve_from == "plate"
    fine = encoded if is_from_plate else dequantize(encoded, networks, decisions, run)
    return mended.encoded, fine
