"""Run all methods on rendered plates and measure them.

hdr_core                      the whole pipeline: it decides what the plate is
hdr_core, camera prior        the curve is estimated as if a camera had taken it
hdr_core, true transform      the output transform is given by its name
sRGB-linear                   no network: the usual practice today
true transform, left clipped  no network: the inverse of the output transform alone
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict

import numpy as np

from hdr_core.camera.response import Curve
from hdr_core.camera.responses import grid, inverse_srgb
from hdr_core.evaluation.causes import Reconstructor
from hdr_core.evaluation.measure import measure
from hdr_core.evaluation.render_result import CAMERA, RenderResult, RenderRow
from hdr_core.evaluation.renders import RenderCase, RenderSet
from hdr_core.evaluation.rows import Method
from hdr_core.metrics.plate_metrics import WELL_EXPOSED, Image
from hdr_core.reconstruction import Reconstruction

OnProgress = Callable[[float], None]
# Greys darker than this are black: it keeps their log finite.
LEAST_GREY = 1e-6


def evaluate_renders(
    render_set: RenderSet,
    run: Reconstructor,
    *,
    model: str,
    on_progress: OnProgress | None = None,
) -> RenderResult:
    """Evaluate ``run`` on rendered plates. JOD is not measured.

    Args:
        render_set: Rendered scenes and output transforms.
        run: Pipeline to evaluate.
        model: Name of the model, for the report.
        on_progress: Called with the share of plates done.

    Raises:
        HdrError: A scene cannot be read.
    """
    rows: list[RenderRow] = []
    for n_done, plan in enumerate(render_set.plans, start=1):
        rows += _measure_methods(render_set.case(plan), run)
        if on_progress is not None:
            on_progress(n_done / len(render_set.plans))
    return RenderResult(
        model=model, metric=None, rows=tuple(rows), n_plates=render_set.n_plates
    )


def name_of(result: Reconstruction) -> str:
    """Return the output transform that a plate was taken for, or "camera".

    An encoding that is not an output transform keeps its own name.
    """
    colors = result.colors
    return CAMERA if colors.encoding is None else colors.assumed


def curve_error(inverse_crf: Curve, true_inverse_crf: Curve) -> float:
    """Return the error of a curve of greys at the best exposure, RMS, in stops.

    Args:
        inverse_crf: Curve (N,) from codes to light, at even steps, of any scale.
        true_inverse_crf: The true curve (M,).

    Returns:
        Deviation of log2 of their ratio over codes 0.05-0.9. The light of code 1 does
        not count: some output transforms never reach it.
    """
    codes = np.linspace(*WELL_EXPOSED, 200)
    found, true = (
        np.interp(codes, np.linspace(0.0, 1.0, len(curve)), curve)
        for curve in (inverse_crf, true_inverse_crf)
    )
    least = LEAST_GREY * true[-1]
    stops = np.log2(np.maximum(found / found[-1] * true[-1], least))
    return float(np.std(stops - np.log2(np.maximum(true, least))))


def _measure_methods(case: RenderCase, run: Reconstructor) -> Iterator[RenderRow]:
    ours = run(case.plate, None)
    results: dict[Method, Reconstruction] = {
        "hdr_core": ours,
        "hdr_core, camera prior": _again(ours, case, run, CAMERA),
        "hdr_core, true transform": _again(ours, case, run, case.plan.transform),
    }
    for method, result in results.items():
        yield _row(
            case,
            method,
            result.hdr.pixels,
            taken_as=name_of(result),
            curve=result.inverse_crf,
        )
    srgb = inverse_srgb(case.plate.pixels.astype(np.float64)).astype(np.float32)
    yield _row(case, "sRGB-linear", srgb, taken_as="srgb", curve=inverse_srgb(grid()))
    true = case.transform.decode(case.plate.pixels, max_code=case.plate.max_code)
    yield _row(
        case,
        "true transform, left clipped",
        true.astype(np.float32),
        taken_as=case.plan.transform,
        curve=case.inverse_crf,
    )


def _again(
    ours: Reconstruction, case: RenderCase, run: Reconstructor, name: str
) -> Reconstruction:
    """Return the result for a given encoding; ours, if that is what was decided."""
    if name_of(ours) == name:
        return ours
    return run(case.plate, None, linearize="network" if name == CAMERA else name)


def _row(
    case: RenderCase, method: Method, hdr: Image, *, taken_as: str, curve: Curve
) -> RenderRow:
    return RenderRow(
        **asdict(measure(case, method, hdr, with_jod=False)),
        scene=case.plan.scene,
        transform=case.plan.transform,
        taken_as=taken_as,
        curve_stops=curve_error(curve, case.inverse_crf),
    )
