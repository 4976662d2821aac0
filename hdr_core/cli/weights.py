"""``hdr-core weights``: inspect, average, join, import and convert weights files."""

from pathlib import Path
from typing import Annotated

import typer

from hdr_core.cli import options, output_options, report

weights = typer.Typer(
    help="Inspect, average, join, import and convert weights files.",
    no_args_is_help=False,
)

Source = Annotated[Path, typer.Argument(metavar="FILE", help="A weights file.")]
Output = Annotated[Path, options.output("FILE", "The new weights file.")]


@weights.command("info")
def info(source: Source, *, json: options.Json = False) -> None:
    """Report the preset, recipe, size and digest of a weights file."""
    from hdr_core.checkpoint import load_model, read_metadata
    from hdr_core.weights_file import weights_hash

    model = load_model(source)
    metadata = read_metadata(source)
    parameters = {
        name: sum(weight.numel() for weight in stage.parameters())
        for name, stage in model.named_children()
    }
    found = {
        "file": str(source),
        "preset": model.config.name,
        "recipe": metadata.get("recipe", ""),
        "trains": metadata.get("trains", ""),
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
    """Average the weights of two runs: only what the second one's recipe trained."""
    from hdr_core.training.start import average_files

    average_files(first, second, output, share=share)
    report.line(f"wrote {output}")


@weights.command("join")
def join(
    sources: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Weights of runs.")
    ],
    output: Output,
) -> None:
    """Join weights: from each file after the first, take what its recipe trained."""
    from hdr_core.checkpoint import read_metadata, save_model, trained_modules
    from hdr_core.training.start import join_models

    model = join_models(sources)
    trained = [module for path in sources for module in trained_modules(path)]
    recipes = [read_metadata(path).get("recipe", "") for path in sources]
    metadata = {"recipe": _join(recipes), "trains": _join(trained)}
    save_model(model, output, metadata=metadata)
    report.line(f"wrote {output}")


@weights.command("import")
def import_released(
    checkpoints: Annotated[
        list[Path],
        typer.Argument(
            metavar="CHECKPOINT...",
            help="TensorFlow checkpoints, as far as .index: stages 1, 2 and 3, or all.",
        ),
    ],
    output: Output,
    *,
    basis: Annotated[
        Path,
        typer.Option(
            "--basis", metavar="FILE", help="The authors' curve basis, invemor.txt."
        ),
    ],
    half: Annotated[
        bool,
        typer.Option(
            "--half",
            help="Store half floats, not float32: half the size, but the result is off "
            "by 7e-3 RMS and 2.9e-2 of its maximum.",
        ),
    ] = False,
    overwrite: output_options.Overwrite = False,
) -> None:
    """Make weights of preset 'released' from the checkpoints of Liu et al. 2020."""
    from hdr_core.checkpoint import save_model
    from hdr_core.interop.emor import read_basis
    from hdr_core.interop.singlehdr import import_singlehdr
    from hdr_core.io.atomic import require_free
    from hdr_core.presets import RELEASED

    require_free(output, overwrite=overwrite)
    config = RELEASED.linearize
    curves = read_basis(basis, n_components=config.n_components, samples=config.samples)
    imported = import_singlehdr(checkpoints, basis=curves, is_half=half)
    stages = [name for name, _ in imported.model.named_children()]
    metadata = {"recipe": "import", "trains": _join(stages)}
    save_model(imported.model, output, metadata=metadata, is_half=half)
    report.line(f"wrote {output}")
    report.line(f"left out {imported.n_of_optimizer} variables of training")
    for name in imported.unknown:
        report.line(f"left out {name}, which is of no network")
    if not imported.has_refinement:
        report.line("no stage 4 in them: it passes on what stage 3 gives")


@weights.command("features")
def features(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="VGG_STATE_DICT",
            help="State dict of VGG-16 with torchvision's names (.pth).",
        ),
    ],
    output: Output,
    *,
    overwrite: output_options.Overwrite = False,
) -> None:
    """Make the file for `train --features` from a state dict of VGG-16."""
    from hdr_core.training.feature_file import convert_state_dict

    convert_state_dict(source, output, overwrite=overwrite)
    report.line(f"wrote {output}")


def _join(names: list[str]) -> str:
    """Return the distinct names that are not empty, in order, as one text."""
    return " ".join(dict.fromkeys(name for name in names if name))
