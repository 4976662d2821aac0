"""Run all methods on the val plates and measure them.

hdr_core                   the whole pipeline with the default options
hdr_core, true curve       the same with the camera's true curve: the cost of stage 2
sRGB-linear                no network: the usual practice today
true curve, left clipped   no network, the true curve: shows the value of stage 3

The causes of hdr_core's errors are measured too, see ``causes``.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from hdr_core.camera.curves import Curve
from hdr_core.camera.responses import grid, inverse_srgb
from hdr_core.evaluation import causes
from hdr_core.evaluation.causes import Reconstructor
from hdr_core.evaluation.measure import measure, measure_curve, measure_result
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
from hdr_core.evaluation.results import EvaluationResult
from hdr_core.evaluation.rows import Method, QualityRow, ResolutionRow, Row
from hdr_core.fidelity.camera import plate_codes
from hdr_core.metrics import plate_metrics
from hdr_core.metrics.jod import metric_version
from hdr_core.metrics.plate_metrics import Image
from hdr_core.model import HdrModel
from hdr_core.options import Options, Stage
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
        model: Model to evaluate.
        corpus: Folder of the HDR scenes and their manifest.
        crf: File of the measured curves (.npz).
        n_views: Number of views; whole panoramas are added to them.
        seed: Random seed of the val plates.
        with_jod: Measure JOD too; needs ``cvvdp``.
        on_progress: Called with the share of plates done.

    Raises:
        HdrError: The scenes, the curves or ``cvvdp`` are missing.
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
        plate: Plate,
        inverse_crf: Curve | None,
        *,
        skip: tuple[Stage, ...] = (),
        linearize: str = "auto",
    ) -> Reconstruction:
        config = Options(skip=skip, linearize=linearize)
        return reconstruct(plate, model, options=config, inverse_crf=inverse_crf)

    return run


def evaluate_set(
    val_set: ValSet,
    run: Reconstructor,
    *,
    model: str,
    with_jod: bool = True,
    on_progress: OnProgress | None = None,
) -> EvaluationResult:
    """Evaluate a pipeline on the plates of a val set.

    Args:
        val_set: Val plates.
        run: Pipeline to evaluate.
        model: Name of the model, for the report.
        with_jod: Measure JOD too; needs ``cvvdp``.
        on_progress: Called with the share of plates done.
    """
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
    pixels, true_inverse = case.plate.pixels, case.inverse_crf
    ours, with_curve = run(case.plate, None), run(case.plate, true_inverse)
    yield replace(
        measure_result(case, "hdr_core", ours, with_jod=with_jod),
        dequantization=plate_metrics.dequantization_gain(
            ours.dequantized, pixels, case.clean
        ),
        banding=_banding(case, run),
    )
    yield replace(
        measure_result(case, "hdr_core, true curve", with_curve, with_jod=with_jod),
        crf_rmse=math.nan,
        coverage=math.nan,
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
    yield measure_curve(case, "sRGB-linear", inverse_srgb(grid()), with_jod=with_jod)
    yield measure_curve(
        case, "true curve, left clipped", true_inverse, with_jod=with_jod
    )


def _banding(case: ValCase, run: Reconstructor) -> float:
    """Return the gain of stage 1, in dB, on the plate without noise and JPEG.

    NaN if that plate has no banding.
    """
    plate = case.without_noise()
    codes = plate_codes(plate.pixels, plate.max_code)
    if plate_metrics.band_share(codes) < plate_metrics.BANDED_SHARE:
        return math.nan
    return gain_alone(case, plate, run)


def _enlarged(val_set: ValSet, run: Reconstructor) -> Iterator[ResolutionRow]:
    views = [plan for plan in val_set.plans if plan.kind == "view"]
    for plan in spread_evenly(views, N_PLATES):
        case = val_set.case(plan)
        plain = run(case.plate, None).hdr.pixels
        for factor in FACTORS:
            large = run(enlarge(case.plate, factor), None).hdr.pixels
            yield compare_light(case.name, case.plate, plain, large, factor=factor)
