"""hdr-core evaluate: measure the networks on val, real or rendered plates."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from hdr_core.cli import options, report
from hdr_core.cli.progress import progress_bar
from hdr_core.delivery.outputs import PICTURES
from hdr_core.errors import OptionError, PlateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hdr_core.evaluation.causes import Reconstructor
    from hdr_core.evaluation.results import Result

N_VIEWS = 60
# Of the pictures that plates may be, those which are scene-linear already.
SCENE_LINEAR = {".exr", ".hdr"}


class _Found(NamedTuple):
    """What an evaluation found, as it is printed.

    Attributes:
        result: For --json.
        lines: For people.
        files: What was written.
    """

    result: "Result"
    lines: list[str]
    files: list[Path]


class _Job(NamedTuple):
    """What every evaluation needs.

    Attributes:
        run: The pipeline.
        model: What it is, for people.
        with_jod: Measure JOD too.
        report_path: Markdown file to write into.
        shows_progress: Show a bar.
    """

    run: "Reconstructor"
    model: str
    with_jod: bool
    report_path: Path | None
    shows_progress: bool


def evaluate(
    *,
    corpus: Annotated[
        Path | None, typer.Option(help="Folder of HDR scenes and their manifest.jsonl.")
    ] = None,
    crf: Annotated[
        Path | None, typer.Option(help="Measured camera curves (.npz).")
    ] = None,
    real: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Plates of real cameras and their truth (views.json), "
            "instead of --corpus and --crf.",
        ),
    ] = None,
    renders: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Rendered scenes (renders.json), each through every output "
            "transform, instead of --corpus and --crf. JOD is not measured.",
        ),
    ] = None,
    sparkle: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE|FOLDER",
            help="With --real: further pictures, without truth, of which only "
            "sparkle is measured; may be given several times.",
        ),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="With --real: write a sheet of the worst plates."
        ),
    ] = None,
    views: Annotated[
        int | None,
        typer.Option(
            help="Views; whole panoramas come on top. With --renders: the number of "
            "plates, a fair choice of all.",
            show_default=f"{N_VIEWS}; all plates with --renders",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the val plates.")] = None,
    preset: options.Preset = None,
    weights: options.WeightsFile = None,
    no_jod: Annotated[
        bool, typer.Option("--no-jod", help="Leave ColorVideoVDP out.")
    ] = False,
    report_path: Annotated[
        Path | None,
        typer.Option(
            "--report",
            help="Markdown file to write the section into; its tables are also "
            "written as JSON, into figures/ beside it.",
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Measure the networks on val plates, on real cameras' plates, or on renders."""
    sources = {"--real": real, "--renders": renders}
    val_options: dict[str, object] = {"--corpus": corpus, "--crf": crf, "--seed": seed}
    real_options: dict[str, object] = {"--sparkle": sparkle, "--pictures": pictures}
    source = next((name for name, folder in sources.items() if folder), None)
    useless: dict[str | None, dict[str, object]] = {
        None: real_options,
        "--real": {"--renders": renders, "--views": views, **val_options},
        "--renders": {**val_options, **real_options},
    }
    _refuse_mixture(source, useless[source])
    chosen = weights or preset or options.PRESET
    job = _start(chosen, report_path, with_jod=not no_jod, as_json=json)
    if real is not None:
        found = _evaluate_real(real, job, sparkle=sparkle or [], pictures=pictures)
    elif renders is not None:
        found = _evaluate_renders(renders, job, views=views)
    elif corpus is not None and crf is not None:
        found = _evaluate_val(corpus, crf, job, views=views, seed=seed)
    else:
        raise OptionError("evaluate: give --corpus and --crf, or --real, or --renders.")
    if json:
        files = [str(path) for path in found.files]
        report.json_line({**found.result.as_json(), "files": files})
        return
    for text in (*found.lines, *(f"wrote {path}" for path in found.files)):
        report.line(text)


def _refuse_mixture(source: str | None, useless: "Mapping[str, object]") -> None:
    """Raise OptionError for options that would be ignored."""
    given = [name for name, value in useless.items() if value is not None]
    if given:
        kind = f"with {source}" if source else "without --real"
        raise OptionError(f"evaluate: {', '.join(given)} cannot be used {kind}.")


def _start(
    weights: str | Path, report_path: Path | None, *, with_jod: bool, as_json: bool
) -> _Job:
    from hdr_core.checkpoint import load_model
    from hdr_core.evaluation.evaluate import reconstructor
    from hdr_core.evaluation.sections import require_place
    from hdr_core.weights_file import weights_hash, weights_path

    if report_path is not None:
        require_place(report_path)
    chosen = weights_path(weights)
    model = load_model(chosen)
    return _Job(
        run=reconstructor(model),
        model=f"{model.config.name}, SHA-256 {weights_hash(chosen)[:12]}",
        with_jod=with_jod,
        report_path=report_path,
        shows_progress=not as_json,
    )


def _evaluate_val(
    corpus: Path, crf: Path, job: _Job, *, views: int | None, seed: int | None
) -> _Found:
    from hdr_core.evaluation.evaluate import evaluate_set
    from hdr_core.evaluation.protocol import SEED, load_val_set, shippable
    from hdr_core.evaluation.report import val_section, write_report

    val_set = load_val_set(
        corpus,
        crf,
        n_views=N_VIEWS if views is None else views,
        seed=SEED if seed is None else seed,
    )
    with progress_bar(len(val_set.plans), is_shown=job.shows_progress) as bar:
        result = evaluate_set(
            val_set,
            job.run,
            model=job.model,
            with_jod=job.with_jod,
            on_progress=lambda share: bar.update(share * len(val_set.plans)),
        )
    written = []
    if job.report_path is not None:
        written = write_report(
            job.report_path,
            result,
            val_set=val_set,
            run=job.run,
            licences=shippable(corpus),
        )
    return _Found(result, val_section(result).lines(), written)


def _evaluate_real(
    folder: Path, job: _Job, *, sparkle: "Sequence[Path]", pictures: Path | None
) -> _Found:
    from hdr_core.evaluation.evaluate_real import evaluate_real
    from hdr_core.evaluation.real import load_real_set
    from hdr_core.evaluation.real_report import real_section, write_worst
    from hdr_core.evaluation.sections import write_section

    real_set = load_real_set(folder)
    files = [file for path in sparkle for file in _pictures_in(path)]
    n_steps = len(real_set.views) + len(real_set.jpegs) + len(files)
    with progress_bar(n_steps, is_shown=job.shows_progress) as bar:
        result = evaluate_real(
            real_set,
            job.run,
            model=job.model,
            with_jod=job.with_jod,
            pictures=files,
            on_progress=lambda share: bar.update(share * n_steps),
        )
    section = real_section(result)
    written = write_section(job.report_path, section) if job.report_path else []
    if pictures is not None:
        written.append(write_worst(pictures, result, real_set=real_set, run=job.run))
    return _Found(result, section.lines(), written)


def _evaluate_renders(folder: Path, job: _Job, *, views: int | None) -> _Found:
    from hdr_core.checks import require_within
    from hdr_core.evaluation.evaluate_renders import evaluate_renders
    from hdr_core.evaluation.render_report import render_section
    from hdr_core.evaluation.renders import load_render_set
    from hdr_core.evaluation.sections import write_section

    if views is not None:
        require_within(views, 1, 10_000, name="views")
    render_set = load_render_set(folder, n_plates=views)
    n_steps = len(render_set.plans)
    with progress_bar(n_steps, is_shown=job.shows_progress) as bar:
        result = evaluate_renders(
            render_set,
            job.run,
            model=job.model,
            on_progress=lambda share: bar.update(share * n_steps),
        )
    section = render_section(result)
    written = write_section(job.report_path, section) if job.report_path else []
    return _Found(result, section.lines(), written)


def _pictures_in(path: Path) -> list[Path]:
    """Return a file, or the pictures of a folder, by name."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise PlateError(f"--sparkle {path}: no such file or folder.")
    found = sorted(
        file
        for file in path.iterdir()
        if file.suffix.lower() in PICTURES - SCENE_LINEAR
    )
    if not found:
        raise PlateError(f"--sparkle {path}: no picture in this folder.")
    return found
