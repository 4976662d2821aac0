"""``hdr-core weights``: what is in a weights file, and one file made of several."""

from pathlib import Path
from typing import Annotated

import typer

from hdr_core.cli import report

weights = typer.Typer(
    help="Look into weights files, and make one of several.", no_args_is_help=False
)

Source = Annotated[Path, typer.Argument(metavar="FILE", help="A weights file.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="The new weights file.")]
JsonObject = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@weights.command("info")
def info(source: Source, *, json: JsonObject = False) -> None:
    """Tell the preset, recipe, size and digest of a weights file."""
    from hdr_core.checkpoint import load_model, told_of, weights_hash

    model = load_model(source)
    told = told_of(source)
    parameters = {
        name: sum(weight.numel() for weight in stage.parameters())
        for name, stage in model.named_children()
    }
    found = {
        "file": str(source),
        "preset": model.config.name,
        "recipe": told.get("recipe", ""),
        "trains": told.get("trains", ""),
        "sha256": weights_hash(source),
    }
    if json:
        report.json_line({**found, "parameters": parameters})
        return
    sizes = ", ".join(f"{stage} {count:,}" for stage, count in parameters.items())
    for name, value in {**found, "parameters": sizes}.items():
        report.line(f"{name:10} {value}")


@weights.command("average")
def average(
    first: Source,
    second: Source,
    output: Output,
    *,
    share: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the second.")
    ] = 0.5,
) -> None:
    """Average two runs' weights: what the second's recipe trained, the rest stays."""
    from hdr_core.checkpoint import load_model, save_model, trained_modules
    from hdr_core.training.start import average_into

    model, trained = load_model(first), trained_modules(second)
    average_into(model, load_model(second), trained, share=share)
    save_model(model, output, metadata={"recipe": "average", "trains": _join(trained)})
    report.line(f"wrote {output}")


@weights.command("join")
def join(
    sources: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Weights of runs.")
    ],
    output: Output,
) -> None:
    """Take from each file but the first what its recipe trained."""
    from hdr_core.checkpoint import save_model, told_of, trained_modules
    from hdr_core.training.start import join_models

    model = join_models(sources)
    trained = [module for path in sources for module in trained_modules(path)]
    recipes = [told_of(path).get("recipe", "") for path in sources]
    told = {"recipe": _join(recipes), "trains": _join(trained)}
    save_model(model, output, metadata=told)
    report.line(f"wrote {output}")


def _join(names: list[str]) -> str:
    return " ".join(dict.fromkeys(name for name in names if name))
