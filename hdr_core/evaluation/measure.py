"""Measure one result against the truth of its plate."""

import math
from dataclasses import replace

import numpy as np

from hdr_core.camera.curves import Curve, curve_grid
from hdr_core.camera.responses import grid
from hdr_core.evaluation.case import Case
from hdr_core.evaluation.rows import Method, Row
from hdr_core.fidelity.bins import count_violations
from hdr_core.fidelity.depth import choose_depth
from hdr_core.fidelity.promise import as_stored
from hdr_core.metrics import plate_metrics
from hdr_core.metrics.by_code import gains_by_code
from hdr_core.metrics.jod import jod
from hdr_core.metrics.plate_metrics import Image
from hdr_core.metrics.sparkle import sparkle
from hdr_core.reconstruction import Reconstruction


def measure(case: Case, method: Method, hdr: Image, *, with_jod: bool) -> Row:
    """Measure one result against the truth of its plate.

    Fields that only some methods have (see ``Row``: curve, stage 1, interval, promise)
    are left as not measured.

    Args:
        case: Plate and truth.
        method: Method that made the result.
        hdr: Result (H, W, 3), scene-linear, at any exposure.
        with_jod: Measure JOD too.
    """
    truth = case.truth
    scaled = case.exposed(hdr)
    is_panorama = case.kind == "panorama"
    shine = sparkle(scaled, case.clipped)
    return Row(
        case=case.name,
        kind=case.kind,
        scene_kind=case.scene_kind,
        curve_kind=case.curve_kind,
        camera=case.camera_name,
        camera_class=case.camera_class,
        jpeg_quality=case.plate.lossy_quality,
        method=method,
        pu21_psnr=plate_metrics.pu21_psnr(scaled, truth),
        by_code=gains_by_code(scaled, truth, case.plate.pixels),
        jod=jod(scaled, truth) if with_jod else math.nan,
        well=plate_metrics.log2_rmse(scaled, truth, case.well_exposed),
        sat=plate_metrics.log2_rmse(scaled, truth, case.clipped),
        hue=plate_metrics.hue_error(scaled, truth, case.all_clipped),
        sparkle=shine,
        sparkle_excess=shine - case.true_sparkle,
        energy=plate_metrics.energy_error(scaled, truth, case.clipped),
        peak=plate_metrics.peak_error(scaled, truth),
        ground=plate_metrics.ground_error(scaled, truth) if is_panorama else math.nan,
        crf_rmse=math.nan,
        dequantization=math.nan,
        banding=math.nan,
        coverage=math.nan,
        violations=None,
    )


def measure_result(
    case: Case, method: Method, result: Reconstruction, *, with_jod: bool
) -> Row:
    """Measure a reconstruction, also its curve, its interval and the promise.

    Args:
        case: Plate and truth.
        method: Method that made the result.
        result: Reconstruction of the plate.
        with_jod: Measure JOD too.
    """
    return replace(
        measure(case, method, result.hdr.pixels, with_jod=with_jod),
        # A known encoding has samples of its own.
        crf_rmse=plate_metrics.crf_rmse(
            np.interp(grid(), curve_grid(len(result.inverse_crf)), result.inverse_crf),
            case.inverse_crf,
        ),
        coverage=plate_metrics.coverage(
            case.exposed(result.hdr.pixels),
            case.truth,
            result.uncertainty,
            case.clipped,
        ),
        violations=_violations(case, result),
    )


def measure_curve(
    case: Case, method: Method, inverse_crf: Curve, *, with_jod: bool
) -> Row:
    """Measure the plate linearized by an inverse CRF (1024,), with no light added."""
    hdr = np.interp(case.plate.pixels, grid(), inverse_crf).astype(np.float32)
    return replace(
        measure(case, method, hdr, with_jod=with_jod),
        crf_rmse=plate_metrics.crf_rmse(inverse_crf, case.inverse_crf),
    )


def _violations(case: Case, result: Reconstruction) -> int | None:
    """Count violations in the result as an EXR stores it; None for JPEGs."""
    if not case.is_lossless:
        return None
    depth = choose_depth(result.hdr, result.promise).depth
    return count_violations(
        as_stored(result.hdr.pixels, depth),
        case.codes,
        result.inverse_crf,
        max_code=case.plate.max_code,
    )
