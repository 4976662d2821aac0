"""``hdr-core export``: the networks as graphs for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from hdr_core.cli import options, output_options, report

export = typer.Typer(
    help="Write the networks as ONNX or TorchScript, for other programs.",
    no_args_is_help=False,
)

Output = Annotated[Path, options.output("FOLDER", "Where NAME.onnx or NAME.pt goes.")]
Graphs = Annotated[
    str,
    typer.Option(
        "--graph",
        metavar="NAMES",
        help="camera, develop, means, gain, pixels, plate: which of them.",
        show_default="all",
    ),
]


@export.command("onnx")
def onnx(
    output: Output,
    *,
    weights: options.Networks = options.PRESET,
    graph: Graphs = "",
    overwrite: output_options.Overwrite = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write ONNX files, opset 18. Needs the extra onnx; takes a few minutes."""
    _export("onnx", output, weights, graph, (overwrite, json, quiet))


@export.command("torchscript")
def torchscript(
    output: Output,
    *,
    weights: options.Networks = options.PRESET,
    graph: Graphs = "",
    overwrite: output_options.Overwrite = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write TorchScript files that torch 2.1 and newer load; takes a few minutes."""
    _export("torchscript", output, weights, graph, (overwrite, json, quiet))


def _export(
    kind: str, output: Path, weights: str, graph: str, flags: tuple[bool, bool, bool]
) -> None:
    from hdr_core.cli.convert import split_names
    from hdr_core.export.write import NAMES, SUFFIX, export

    overwrite, is_json, is_quiet = flags
    assert kind in SUFFIX

    def on_progress(name: str) -> None:
        if not (is_json or is_quiet):
            report.line(f"... {name}")

    found = export(
        weights,
        output,
        kind=kind,  # type: ignore[arg-type]
        names=split_names(graph) or NAMES,
        overwrite=overwrite,
        on_progress=on_progress,
    )
    for path in found.paths:
        if is_json:
            report.json_line({"event": "exported", "file": str(path), **found.metadata})
        elif not is_quiet:
            report.line(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")
