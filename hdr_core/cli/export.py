"""``hdr-core export``: the networks as graphs for other programs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from hdr_core.cli import options, output_options, report


def export(
    kind: Annotated[
        Literal["onnx", "torchscript"],
        typer.Argument(
            metavar="FORMAT",
            help="onnx (opset 18, needs the extra onnx), or torchscript (torch 2.1).",
        ),
    ],
    output: Annotated[
        Path, options.output("FOLDER", "Where NAME.onnx or NAME.pt goes.")
    ],
    *,
    weights: options.Networks = options.PRESET,
    graph: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="camera, develop, means, gain, pixels, plate: which of them.",
            show_default="all",
        ),
    ] = "",
    overwrite: output_options.Overwrite = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write the networks as ONNX or TorchScript; takes a few minutes."""
    from hdr_core.cli.convert import split_names
    from hdr_core.export.write import NAMES
    from hdr_core.export.write import export as write_graphs

    def on_progress(name: str) -> None:
        if not (json or quiet):
            report.line(f"... {name}")

    found = write_graphs(
        weights,
        output,
        kind=kind,
        names=split_names(graph) or NAMES,
        overwrite=overwrite,
        on_progress=on_progress,
    )
    for path in found.paths:
        if json:
            report.json_line({"event": "exported", "file": str(path), **found.metadata})
        elif not quiet:
            report.line(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")
