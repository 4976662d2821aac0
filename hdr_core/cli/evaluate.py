"""``hdr-core evaluate``: measure the networks on the val plates."""

from pathlib import Path
from typing import Annotated

import typer

from hdr_core.cli import options, report
from hdr_core.cli.progress import progress_bar


def evaluate(
    *,
    corpus: options.Corpus,
    crf: options.ResponseCurves,
    views: Annotated[
        int, typer.Option(help="Number of views; whole panoramas are added to them.")
    ] = 60,
    seed: Annotated[
        int | None, typer.Option(help="Random seed of the val plates.")
    ] = None,
    preset: options.Preset = None,
    weights: options.WeightsFile = None,
    no_jod: Annotated[
        bool, typer.Option("--no-jod", help="Leave ColorVideoVDP out.")
    ] = False,
    report_path: Annotated[
        Path | None,
        typer.Option("--report", help="Markdown file to write the section into."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Measure the networks on the val plates of a corpus."""
    from hdr_core.checkpoint import load_model, weights_hash, weights_path
    from hdr_core.evaluation.evaluate import evaluate_set, reconstructor
    from hdr_core.evaluation.protocol import SEED, load_val_set, shippable
    from hdr_core.evaluation.report import report_lines, require_place, write_report

    if report_path is not None:
        require_place(report_path)
    chosen = weights_path(weights or preset or options.PRESET)
    model = load_model(chosen)
    run = reconstructor(model)
    val_set = load_val_set(
        corpus, crf, n_views=views, seed=SEED if seed is None else seed
    )
    with progress_bar(len(val_set.plans), is_shown=not json) as bar:
        result = evaluate_set(
            val_set,
            run,
            model=f"{model.config.name}, SHA-256 {weights_hash(chosen)[:12]}",
            with_jod=not no_jod,
            on_progress=lambda share: bar.update(share * len(val_set.plans)),
        )
    written = []
    if report_path is not None:
        written = write_report(
            report_path, result, val_set=val_set, run=run, licences=shippable(corpus)
        )
    if json:
        report.json_line({**result.as_json(), "files": [str(path) for path in written]})
        return
    for text in report_lines(result):
        report.line(text)
    for path in written:
        report.line(f"wrote {path}")
