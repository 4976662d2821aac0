"""Write the graphs of a model to files, with what they are inside."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from hdr_core.checkpoint import load_model
from hdr_core.errors import OptionError
from hdr_core.export.capture import quiet
from hdr_core.export.graphs import Graph, build_graphs
from hdr_core.export.onnx_file import require_onnx, to_onnx
from hdr_core.interop_ids import NETWORK_SPACE
from hdr_core.io.atomic import require_free, whole_file
from hdr_core.version import __version__
from hdr_core.weights_file import weights_hash, weights_path

Kind = Literal["onnx", "torchscript"]
SUFFIX = {"onnx": ".onnx", "torchscript": ".pt"}
NAMES = ("camera", "develop", "means", "gain", "pixels", "plate")
# Entry of a TorchScript file that holds the metadata.
METADATA = "metadata.json"
LICENCE = "Apache-2.0"


@dataclass(frozen=True)
class Exported:
    """Files of an export.

    Attributes:
        paths: The files, in the order of ``NAMES``.
        metadata: What is stored in all of them.
    """

    paths: tuple[Path, ...]
    metadata: dict[str, str]


def export(
    weights: str,
    folder: Path,
    *,
    kind: Kind,
    names: tuple[str, ...] = NAMES,
    overwrite: bool = False,
    on_progress: Callable[[str], None] | None = None,
) -> Exported:
    """Write graphs of a model into a folder, each file completely or not at all.

    Args:
        weights: Name of a preset with shipped weights, or a weights file.
        folder: Where the files go: ``NAME.onnx`` or ``NAME.pt``.
        kind: Format of the files.
        names: Graphs to write, out of ``NAMES``.
        overwrite: Replace existing files.
        on_progress: Called with what is done next.

    Raises:
        OptionError: A graph is unknown, the preset cannot be exported, or the package
            onnx is missing.
        OutputError: A file exists already or cannot be written.
        WeightsError: The weights file is missing, damaged, or of another network.
    """
    if unknown := set(names) - set(NAMES):
        raise OptionError(
            f"export: unknown graph {', '.join(sorted(unknown))}. "
            f"Choose from {', '.join(NAMES)}."
        )
    if kind == "onnx":
        require_onnx()
    paths = {name: folder / f"{name}{SUFFIX[kind]}" for name in names}
    for path in paths.values():
        require_free(path, overwrite=overwrite)
    model = load_model(weights)
    metadata = describe(weights)
    for graph in build_graphs(model, on_progress=on_progress):
        if graph.name not in paths:
            continue
        if on_progress is not None:
            on_progress(paths[graph.name].name)
        with whole_file(paths[graph.name], overwrite=overwrite) as path:
            _write(graph, path, kind, {**metadata, "about": graph.about})
    return Exported(tuple(paths[name] for name in NAMES if name in paths), metadata)


def describe(weights: str) -> dict[str, str]:
    """Return what is stored in each file: version, weights, color and licence."""
    return {
        "hdr_core_version": __version__,
        "weights_sha256": weights_hash(weights_path(weights)),
        "input": "encoded plate of 8 bits, RGB in [0, 1], alpha not premultiplied",
        "output": "scene-linear, 1 = sensor clip",
        "output_color_space": NETWORK_SPACE,
        "license": LICENCE,
    }


def _write(graph: Graph, path: Path, kind: Kind, metadata: dict[str, str]) -> None:
    if kind == "onnx":
        path.write_bytes(to_onnx(graph, metadata))
        return
    text = json.dumps(metadata, sort_keys=True, indent=1)
    with quiet():
        torch.jit.save(graph.module, str(path), _extra_files={METADATA: text})
