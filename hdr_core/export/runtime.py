"""Write the graphs of ``--backend onnxruntime`` to a folder, already optimized.

They are captured from the code that ``convert`` runs in torch, at the places where the
line hands arrays to the networks (backends/backend.py). onnxruntime optimizes each once
and stores it, because that takes ten times as long as to load the result. The level is
the one whose result does not depend on the processor.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from hdr_core.backends.method import method_digest
from hdr_core.backends.onnx_model import INSTALL, MANIFEST, has_onnxruntime
from hdr_core.checkpoint import load_model
from hdr_core.config import GainNetworkConfig
from hdr_core.errors import BackendError
from hdr_core.execution.reduce import reduce_to_area
from hdr_core.export import pieces
from hdr_core.export.capture import capture, script
from hdr_core.export.compose import Curve
from hdr_core.export.graphs import (
    MEANS,
    PLATE,
    TILE,
    Graph,
    noise,
    require_gain_maps,
)
from hdr_core.export.onnx_file import require_onnx, to_onnx
from hdr_core.export.write import Exported, describe
from hdr_core.highlights.corner_views import fine_area
from hdr_core.io.atomic import require_free, whole_file
from hdr_core.model import HdrModel
from hdr_core.recognize.classifier import load_classifier
from hdr_core.version import __version__
from hdr_core.weights_file import weights_hash, weights_path

ABOUT = "For hdr-core convert --backend onnxruntime."
# Sizes of reduced plates for the capture: no side is a multiple of a network's stride.
REDUCED, SMALL, SAMPLES = (333, 477), (123, 197), (401, 611)


def export_runtime(
    weights: str,
    folder: Path,
    *,
    overwrite: bool = False,
    on_progress: Callable[[str], None] | None = None,
) -> Exported:
    """Write the graphs of ``--backend onnxruntime``, and what they were made of.

    Args:
        weights: Name of a preset with shipped weights, or a weights file.
        folder: Where the files go.
        overwrite: Replace existing files.
        on_progress: Called with what is done next.

    Raises:
        OptionError: The preset cannot be exported, or a package is missing.
        OutputError: A file exists already or cannot be written.
        WeightsError: The weights file is missing, damaged, or of another network.
    """
    require_onnx()
    if not has_onnxruntime():
        raise BackendError(f"export onnxruntime: the package is missing. {INSTALL}")
    manifest = folder / MANIFEST
    require_free(manifest, overwrite=overwrite)
    # Graphs without it count as none: a folder is complete or refused.
    manifest.unlink(missing_ok=True)
    model = load_model(weights)
    require_gain_maps(model)
    metadata = describe(weights)
    paths = []
    for graph in _build(model, on_progress or (lambda _: None)):
        path = folder / f"{graph.name}.onnx"
        with whole_file(path, overwrite=True) as unfinished:
            unfinished.write_bytes(
                _optimize(to_onnx(graph, {**metadata, "about": graph.about}))
            )
        paths.append(path)
    made_of = _manifest(model, weights_hash(weights_path(weights)))
    with whole_file(manifest, overwrite=True) as unfinished:
        unfinished.write_text(json.dumps(made_of, indent=1) + "\n", encoding="utf-8")
    return Exported((*paths, manifest), metadata)


def _manifest(model: HdrModel, weights_sha256: str) -> dict[str, object]:
    """Return what graphs are made of, and what a program needs to know of them."""
    import onnxruntime  # noqa: PLC0415 - an extra

    stages = model.dequantize, model.refine
    network = model.config.hallucinate.network
    assert isinstance(network, GainNetworkConfig)
    return {
        "hdr_core_version": __version__,
        "method_sha256": method_digest(),
        "weights_sha256": weights_sha256,
        "onnxruntime": onnxruntime.__version__,
        "preset": model.config.name,
        "stage_1_reach": [stages[0].reach_px, stages[0].unet.stride],
        "stage_4_reach": [stages[1].unet.reach_px, stages[1].unet.stride],
        "means_area_px": fine_area(network.area_px),
    }


def _build(model: HdrModel, on_progress: Callable[[str], None]) -> Iterator[Graph]:
    """Yield the graphs, one after the other: captures take most of the time."""

    def graph(
        name: str,
        function: Callable[..., Tensor],
        inputs: Mapping[str, Tensor],
        output: str,
    ) -> Graph:
        on_progress(name)
        module = capture(function, list(inputs.values()))
        return _describe(name, module, inputs, output)

    tile, plate = noise(3, TILE), noise(3, PLATE)
    n_facts = len(load_classifier().mean)
    facts = torch.linspace(-1.0, 1.0, n_facts)[None]
    yield graph("recognize", pieces.recognize, {"facts": facts}, "shares")
    yield graph("recognize_edges", pieces.recognize_edges, {"tile": tile}, "edges")
    encoded = {"encoded": tile}
    yield graph("dequantize", partial(pieces.dequantize, model), encoded, "fine")
    yield graph("masks", partial(pieces.masks, model), {"linear": plate}, "masks")
    on_progress("camera")
    yield _camera(model)
    on_progress("gain")
    means = noise(7, MEANS)
    network = capture(partial(pieces.network, model), [means])
    gain = capture(partial(pieces.gain, model), [means], leaves={"network": network})
    yield _describe("gain", gain, {"means": means}, "maps")
    controls = list(pieces.CONTROLS.values())[1:]
    inputs = {
        "developed": noise(6, TILE),
        "maps": means,
        "region": torch.tensor([0.0, 0.0, *map(float, PLATE)]),
        "sure": torch.tensor(0.99, dtype=torch.float64),
        "controls": torch.tensor(controls),
    }
    for name, is_lossy in (("light", False), ("light_lossy", True)):
        yield graph(
            name, partial(pieces.light, model, is_lossy=is_lossy), inputs, "hdr"
        )


def _camera(model: HdrModel) -> Graph:
    """Return the graph of stage 2, for a plate that is reduced already."""
    area_px = model.config.linearize.backbone_area_px
    reduced, small, samples = (noise(3, size) for size in (REDUCED, SMALL, SAMPLES))
    distance = torch.tensor(2.0)
    module = script(
        Curve(
            capture(partial(reduce_to_area, area_px=area_px), [reduced]),
            capture(
                partial(pieces.curve_and_spread, model),
                [reduced, small, samples, distance],
            ),
        )
    )
    inputs = {"reduced": reduced, "samples": samples, "distance": distance}
    return _describe("camera", module, inputs, "curve")


def _describe(
    name: str,
    module: torch.jit.ScriptModule,
    inputs: Mapping[str, Tensor],
    output: str,
) -> Graph:
    """Return a graph; height and width of its inputs are free."""
    axes = {
        key: {2: f"{key}_height", 3: f"{key}_width"}
        for key, value in inputs.items()
        if value.ndim == 4
    }
    return Graph(name, ABOUT, module, inputs, output, axes)


def _optimize(model: bytes) -> bytes:
    """Return an ONNX model as onnxruntime optimizes it for any processor."""
    import onnxruntime  # noqa: PLC0415 - an extra

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.graph_optimization_level = level
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "optimized.onnx"
        options.optimized_model_filepath = str(path)
        providers = ["CPUExecutionProvider"]
        onnxruntime.InferenceSession(model, options, providers=providers)
        return path.read_bytes()
