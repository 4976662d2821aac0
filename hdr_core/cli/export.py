"""``hdr-core export``: the networks as graphs for other programs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hdr_core.cli import options, output_options, report
from hdr_core.errors import OptionError

if TYPE_CHECKING:
    from hdr_core.export.write import Exported


def export(
    kind: Annotated[
        Literal["onnx", "torchscript", "onnxruntime"],
        typer.Argument(
            metavar="FORMAT",
            help="onnx (opset 18, needs the extra onnx), torchscript (torch 2.1), or "
            "onnxruntime: the graphs of --backend onnxruntime.",
        ),
    ],
    output: Annotated[
        Path | None,
        options.output(
            "FOLDER",
            "Where NAME.onnx or NAME.pt goes. For onnxruntime, the default is the "
            "installed hdr_core, where convert finds the graphs.",
        ),
    ] = None,
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

    def on_progress(name: str) -> None:
        if not (json or quiet):
            report.line(f"... {name}")

    if kind == "onnxruntime":
        found = _export_runtime(weights, output, graph, overwrite, on_progress)
    else:
        found = _export_graphs(weights, output, kind, graph, overwrite, on_progress)
    for path in found.paths:
        if json:
            report.json_line({"event": "exported", "file": str(path), **found.metadata})
        elif not quiet:
            report.line(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")


def _export_runtime(
    weights: str,
    output: Path | None,
    graph: str,
    overwrite: bool,
    on_progress: Callable[[str], None],
) -> "Exported":
    """Write the graphs of ``--backend onnxruntime``."""
    from hdr_core.backends.onnx_model import INSTALLED
    from hdr_core.export.runtime import export_runtime

    if graph:
        raise OptionError("--graph: onnxruntime needs all of its graphs. Leave it out.")
    return export_runtime(
        weights, output or INSTALLED, overwrite=overwrite, on_progress=on_progress
    )


def _export_graphs(
    weights: str,
    output: Path | None,
    kind: Literal["onnx", "torchscript"],
    graph: str,
    overwrite: bool,
    on_progress: Callable[[str], None],
) -> "Exported":
    """Write graphs for other programs."""
    from hdr_core.cli.convert import split_names
    from hdr_core.export.write import NAMES
    from hdr_core.export.write import export as write_graphs

    if output is None:
        raise OptionError("-o: missing. Name the folder where the graphs go.")
    return write_graphs(
        weights,
        output,
        kind=kind,
        names=split_names(graph) or NAMES,
        overwrite=overwrite,
        on_progress=on_progress,
    )
