"""Run all methods on plates of real cameras and measure them.

hdr_core                      the whole pipeline with the default options
hdr_core, mean real curve     the same with the mean curve of the other real cameras:
                              compares stage 2 with a constant
hdr_core, true curve          the same with the camera's own curve
sRGB-linear                   no network: the usual practice today
mean real curve, left clipped no network, only the constant
true curve, left clipped      no network: shows the value of stage 3

The causes of hdr_core's errors are measured too, as far as they need no synthetic
plate, see ``causes``.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from hdr_core.camera.curves import Curve
from hdr_core.camera.responses import grid, inverse_srgb
from hdr_core.evaluation import causes
from hdr_core.evaluation.causes import Reconstructor
from hdr_core.evaluation.measure import measure, measure_curve, measure_result
from hdr_core.evaluation.real import RealCase, RealSet
from hdr_core.evaluation.results import RealResult
from hdr_core.evaluation.rows import Method, Row, SparkleRow
from hdr_core.io.read import read_plate
from hdr_core.metrics.jod import metric_version
from hdr_core.metrics.plate_metrics import Image, clipped
from hdr_core.metrics.sparkle import sparkle
from hdr_core.reconstruction import Reconstruction

OnProgress = Callable[[float], None]


def evaluate_real(
    real_set: RealSet,
    run: Reconstructor,
    *,
    model: str,
    with_jod: bool = True,
    pictures: Sequence[Path] = (),
    on_progress: OnProgress | None = None,
) -> RealResult:
    """Evaluate ``run`` on plates of real cameras.

    Args:
        real_set: Plates of real cameras.
        run: Pipeline to evaluate.
        model: Name of the model, for the report.
        with_jod: Measure JOD too; needs ``cvvdp``.
        pictures: Files without truth whose sparkle is measured, in addition to those
            of ``real_set``.
        on_progress: Called with the share of plates and pictures done.

    Raises:
        HdrError: A file cannot be read, or ``cvvdp`` is missing.
    """
    files = (*real_set.jpegs, *pictures)
    n_all, n_done = len(real_set.views) + len(files), 0

    def report_one_done() -> None:
        nonlocal n_done
        n_done += 1
        if on_progress is not None:
            on_progress(n_done / n_all)

    rows: list[Row] = []
    for case in real_set.cases():
        rows += _measure_methods(case, run, with_jod=with_jod)
        report_one_done()
    sparkles: list[SparkleRow] = []
    for file in files:
        sparkles.append(measure_sparkle(file, run))
        report_one_done()
    return RealResult(
        model=model,
        metric=metric_version() if with_jod else None,
        rows=tuple(rows),
        sparkles=tuple(sparkles),
    )


def measure_sparkle(file: Path, run: Reconstructor) -> SparkleRow:
    """Return the sparkle of the reconstruction of a picture without truth."""
    plate = read_plate(file)
    mask = clipped(plate.pixels)
    return SparkleRow(
        file=f"{file.absolute().parent.name}/{file.name}",
        clipped=float(mask.mean()),
        sparkle=sparkle(run(plate, None).hdr.pixels, mask),
    )


def _measure_methods(
    case: RealCase, run: Reconstructor, *, with_jod: bool
) -> Iterator[Row]:
    ours = run(case.plate, None)
    results: dict[Method, Reconstruction] = {
        "hdr_core": ours,
        "hdr_core, mean real curve": run(case.plate, case.mean_curve),
        "hdr_core, true curve": run(case.plate, case.inverse_crf),
    }
    others: dict[Method, Image] = {
        "hdr_core, true light": causes.with_true_light(ours.hdr.pixels, case),
        "hdr_core, no refinement": causes.without_refinement(
            case, ours.inverse_crf, run
        ),
    }
    curves: dict[Method, Curve] = {
        "sRGB-linear": inverse_srgb(grid()),
        "mean real curve, left clipped": case.mean_curve,
        "true curve, left clipped": case.inverse_crf,
    }
    for method, result in results.items():
        yield measure_result(case, method, result, with_jod=with_jod)
    for method, hdr in others.items():
        yield measure(case, method, hdr, with_jod=with_jod)
    for method, curve in curves.items():
        yield measure_curve(case, method, curve, with_jod=with_jod)
