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

from hdr_core.camera.response import Curve
from hdr_core.camera.responses import grid, inverse_srgb
from hdr_core.evaluation import causes, metrics
from hdr_core.evaluation.causes import Reconstructor
from hdr_core.evaluation.jod import metric_version
from hdr_core.evaluation.measure import measure, measure_curve, measure_result
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
from hdr_core.evaluation.results import EvaluationResult
from hdr_core.evaluation.rows import Method, QualityRow, ResolutionRow, Row
from hdr_core.fidelity.camera import plate_codes
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
    pixels, true_inverse = case.plate.pixels, case.inverse_crf
    ours, told = run(case.plate, None), run(case.plate, true_inverse)
    yield replace(
        measure_result(case, "hdr_core", ours, with_jod=with_jod),
        dequantization=metrics.dequantization_gain(
            ours.dequantized, pixels, case.clean
        ),
        banding=_banding(case, run),
    )
    yield replace(
        measure_result(case, "hdr_core, true curve", told, with_jod=with_jod),
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
    """Return what stage 1 gains where nothing but codes stands in its way.

    NaN where the plate has no bands.
    """
    plate = case.without_noise()
    codes = plate_codes(plate.pixels, plate.max_code)
    if metrics.band_share(codes) < metrics.BANDED_SHARE:
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
