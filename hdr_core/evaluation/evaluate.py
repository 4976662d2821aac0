"""Run the methods over the val plates and measure them.

hdr_core                   the whole pipeline, as an artist gets it
hdr_core, true curve       the same, told the camera: what stage 2 costs
sRGB-linear                no network: what everybody does today
true curve, left clipped   no network, told the camera: what stage 3 is worth

Beside them the causes of hdr_core's errors, see ``causes``.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from hdr_core.camera.response import Curve, curve_grid
from hdr_core.camera.responses import SAMPLES, inverse_srgb
from hdr_core.config import Options, Stage
from hdr_core.evaluation import causes, metrics
from hdr_core.evaluation.by_code import gains_by_code
from hdr_core.evaluation.causes import Reconstructor
from hdr_core.evaluation.jod import jod, metric_version
from hdr_core.evaluation.metrics import Image
from hdr_core.evaluation.protocol import (
    N_VIEWS,
    SEED,
    ValCase,
    ValSet,
    load_val_set,
)
from hdr_core.evaluation.qualities import gain_alone, quality_rows
from hdr_core.evaluation.resolution import (
    FACTORS,
    N_PLATES,
    compare_light,
    enlarge,
    spread_evenly,
)
from hdr_core.evaluation.results import (
    EvaluationResult,
    Method,
    QualityRow,
    ResolutionRow,
    Row,
)
from hdr_core.fidelity.bins import count_violations
from hdr_core.fidelity.promise import as_stored, choose_depth, plate_codes
from hdr_core.model import HdrModel
from hdr_core.plate import Plate
from hdr_core.reconstruction import Reconstruction, reconstruct

OnProgress = Callable[[float], None]


def evaluate(
    model: HdrModel,
    corpus: Path,
    crf: Path,
    *,
    n_views: int = N_VIEWS,
    seed: int = SEED,
    with_jod: bool = True,
    on_progress: OnProgress | None = None,
) -> EvaluationResult:
    """Evaluate ``model`` on the val plates.

    Args:
        model: The four stages.
        corpus: Folder of the HDR scenes and their manifest.
        crf: The measured curves (.npz).
        n_views: Number of views; whole panoramas come on top.
        seed: Of the val plates.
        with_jod: Measure JOD too; needs ``cvvdp``.
        on_progress: Told the share of plates done.

    Raises:
        HdrError: No scenes, no curves, or no ``cvvdp``.
    """
    return evaluate_set(
        load_val_set(corpus, crf, n_views=n_views, seed=seed),
        reconstructor(model),
        model=model.config.name,
        with_jod=with_jod,
        on_progress=on_progress,
    )


def reconstructor(model: HdrModel) -> Reconstructor:
    """Return the whole pipeline of ``model`` with the default options."""

    def run(
        plate: Plate, inverse_crf: Curve | None, *, skip: tuple[Stage, ...] = ()
    ) -> Reconstruction:
        config = Options(skip=skip)
        return reconstruct(plate, model, config=config, inverse_crf=inverse_crf)

    return run


def evaluate_set(
    val_set: ValSet,
    run: Reconstructor,
    *,
    model: str,
    with_jod: bool = True,
    on_progress: OnProgress | None = None,
) -> EvaluationResult:
    """Evaluate ``run`` on the plates of ``val_set``; see ``evaluate``."""
    rows: list[Row] = []
    qualities: list[QualityRow] = []
    for n_done, case in enumerate(val_set.cases(), start=1):
        rows += _measure_methods(case, run, with_jod=with_jod)
        if case.kind == "view":
            qualities += quality_rows(case, run)
        if on_progress is not None:
            on_progress(n_done / len(val_set.plans))
    return EvaluationResult(
        model=model,
        n_views=val_set.n_views,
        seed=val_set.seed,
        metric=metric_version() if with_jod else None,
        rows=tuple(rows),
        resolution=tuple(_enlarged(val_set, run)),
        qualities=tuple(qualities),
    )


def _measure_methods(
    case: ValCase, run: Reconstructor, *, with_jod: bool
) -> Iterator[Row]:
    pixels, true_inverse = case.plate.pixels, case.camera.inverse_crf
    grid = curve_grid(SAMPLES)
    ours, told = run(case.plate, None), run(case.plate, true_inverse)
    yield replace(
        measure(case, "hdr_core", ours.hdr.pixels, with_jod=with_jod),
        crf_rmse=metrics.crf_rmse(ours.inverse_crf, true_inverse),
        dequantization=metrics.dequantization_gain(
            ours.dequantized, pixels, case.clean
        ),
        banding=_banding(case, run),
        coverage=metrics.coverage(
            case.exposed(ours.hdr.pixels),
            case.truth,
            ours.uncertainty,
            case.clipped,
        ),
        violations=_violations(case, ours),
    )
    yield replace(
        measure(case, "hdr_core, true curve", told.hdr.pixels, with_jod=with_jod),
        violations=_violations(case, told),
    )
    others: dict[Method, Image] = {
        "hdr_core, true light": causes.with_true_light(ours.hdr.pixels, case),
        "hdr_core, true values": causes.with_true_values(case, ours.inverse_crf, run),
        "hdr_core, no refinement": causes.without_refinement(
            case, ours.inverse_crf, run
        ),
    }
    for method, hdr in others.items():
        yield measure(case, method, hdr, with_jod=with_jod)
    srgb = inverse_srgb(pixels.astype(np.float64)).astype(np.float32)
    yield replace(
        measure(case, "sRGB-linear", srgb, with_jod=with_jod),
        crf_rmse=metrics.crf_rmse(inverse_srgb(grid), true_inverse),
    )
    yield measure(
        case,
        "true curve, left clipped",
        np.interp(pixels, grid, true_inverse).astype(np.float32),
        with_jod=with_jod,
    )


def measure(case: ValCase, method: Method, hdr: Image, *, with_jod: bool) -> Row:
    """Measure one result against the truth of its plate.

    What only some methods have (see ``Row``: the curve, stage 1, the interval, the
    promise) is left as not measured.

    Args:
        case: The plate and its truth.
        method: What made the result.
        hdr: The result (H, W, 3), at any exposure.
        with_jod: Measure JOD too.
    """
    truth = case.truth
    scaled = case.exposed(hdr)
    is_panorama = case.kind == "panorama"
    return Row(
        case=case.name,
        kind=case.kind,
        scene_kind=case.scene_kind,
        curve_kind=case.curve_kind,
        jpeg_quality=case.camera.jpeg_quality,
        method=method,
        pu21_psnr=metrics.pu21_psnr(scaled, truth),
        by_code=gains_by_code(scaled, truth, case.plate.pixels),
        jod=jod(scaled, truth) if with_jod else math.nan,
        well=metrics.log2_rmse(scaled, truth, case.well_exposed),
        sat=metrics.log2_rmse(scaled, truth, case.clipped),
        hue=metrics.hue_error(scaled, truth, case.all_clipped),
        energy=metrics.energy_error(scaled, truth, case.clipped),
        peak=metrics.peak_error(scaled, truth),
        ground=metrics.ground_error(scaled, truth) if is_panorama else math.nan,
        crf_rmse=math.nan,
        dequantization=math.nan,
        banding=math.nan,
        coverage=math.nan,
        violations=None,
    )


def _banding(case: ValCase, run: Reconstructor) -> float:
    """Return what stage 1 gains where nothing but codes stands in its way.

    NaN where the plate has no bands.
    """
    plate = case.without_noise()
    codes = plate_codes(plate.pixels, plate.max_code)
    if metrics.band_share(codes) < metrics.BANDED_SHARE:
        return math.nan
    return gain_alone(case, plate, run)


def _violations(case: ValCase, result: Reconstruction) -> int | None:
    """Count as the EXR stores the result; JPEGs promise nothing code for code."""
    if not case.is_lossless:
        return None
    depth = choose_depth(result.hdr, result.promise).depth
    return count_violations(
        as_stored(result.hdr.pixels, depth),
        case.codes,
        result.inverse_crf,
        max_code=case.plate.max_code,
    )


def _enlarged(val_set: ValSet, run: Reconstructor) -> Iterator[ResolutionRow]:
    views = [plan for plan in val_set.plans if plan.kind == "view"]
    for plan in spread_evenly(views, N_PLATES):
        case = val_set.case(plan)
        plain = run(case.plate, None).hdr.pixels
        for factor in FACTORS:
            large = run(enlarge(case.plate, factor), None).hdr.pixels
            yield compare_light(case.name, case.plate, plain, large, factor=factor)
