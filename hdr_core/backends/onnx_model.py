"""The networks as graphs for onnxruntime, in a folder; they need no torch.

``hdr-core export onnxruntime`` writes the folder: one file a graph, already optimized,
and ``graphs.json``, which says what they were made of. Graphs of other code or other
weights would give other pixels, so they are refused.
"""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.backends.method import method_digest
from hdr_core.config import ModelConfig
from hdr_core.errors import BackendError
from hdr_core.execution.tiles import Reach
from hdr_core.presets import preset
from hdr_core.version import __version__

if TYPE_CHECKING:
    from hdr_core.backends.backend import Backend
    from hdr_core.options import Options

    LoadTorch = Callable[[Options], Backend]

MANIFEST = "graphs.json"
GRAPHS = (
    "recognize_edges",
    "recognize",
    "dequantize",
    "camera",
    "masks",
    "gain",
    "light",
    "light_lossy",
)
# Those that are loaded in the background. The largest comes early: it takes longest.
AHEAD = (
    "recognize_edges",
    "camera",
    "gain",
    "recognize",
    "dequantize",
    "masks",
    "light",
)
VARIABLE = "HDR_CORE_GRAPHS"
# Graphs that are installed with the package.
INSTALLED = Path(__file__).parent.parent / "graphs"
INSTALL = 'Install it: pip install "hdr-core[onnxruntime]".'
EXPORT = "Write them where torch is: hdr-core export onnxruntime"
# Level of onnxruntime's own messages: errors only.
_ERRORS = 3
Values = NDArray[Any]


@dataclass(frozen=True)
class OnnxModel:
    """Graphs of a model.

    Attributes:
        folder: Where the graphs lie.
        config: Configuration of the model.
        weights_sha256: SHA-256 of the weights file.
        stage_1_reach: How far stage 1 reads around a pixel.
        stage_4_reach: How far stage 4 reads around a pixel.
        means_area_px: Largest area to which a plate is reduced for stage 3.
        load_torch: Returns the same networks in torch, prepared, for plates that the
            graphs cannot reconstruct; None: torch is not installed.
    """

    folder: Path
    config: ModelConfig
    weights_sha256: str
    stage_1_reach: Reach
    stage_4_reach: Reach
    means_area_px: int
    load_torch: "LoadTorch | None" = None
    _sessions: dict[str, Any] = field(default_factory=dict)
    _locks: dict[str, Lock] = field(
        default_factory=lambda: {graph: Lock() for graph in GRAPHS}
    )

    def load_ahead(self) -> None:
        """Load the graphs in the background, in the order in which they are needed.

        Another core can do so while the plate is read and recognized. What is wrong
        with a graph is raised by ``run``.
        """

        def load() -> None:
            with suppress(BackendError):
                for graph in AHEAD:
                    self._load(graph)

        Thread(target=load, name="load graphs").start()

    def run(self, graph: str, **inputs: Values) -> Values:
        """Return the result of a graph for inputs by their names.

        Raises:
            BackendError: The file of the graph is missing or cannot be loaded.
        """
        session = self._sessions.get(graph) or self._load(graph)
        result: Values = session.run(None, inputs)[0]
        return result

    def _load(self, graph: str) -> Any:  # noqa: ANN401 - onnxruntime has no types
        """Return the session of a graph; it is loaded once."""
        import onnxruntime  # noqa: PLC0415 - an extra

        with self._locks[graph]:
            if graph not in self._sessions:
                options = onnxruntime.SessionOptions()
                options.log_severity_level = _ERRORS
                # Tiles run side by side, each on one thread.
                options.intra_op_num_threads = options.inter_op_num_threads = 1
                level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
                options.graph_optimization_level = level  # they are optimized
                path = self.folder / f"{graph}.onnx"
                try:
                    self._sessions[graph] = onnxruntime.InferenceSession(
                        str(path), options, providers=["CPUExecutionProvider"]
                    )
                except Exception as error:
                    raise BackendError(
                        f"{path}: onnxruntime {onnxruntime.__version__} cannot load it "
                        f"({str(error).splitlines()[0]}). {EXPORT}."
                    ) from error
        return self._sessions[graph]


def has_onnxruntime() -> bool:
    """Return whether onnxruntime is installed."""
    return find_spec("onnxruntime") is not None


def has_torch() -> bool:
    """Return whether torch is installed; it is not imported."""
    return find_spec("torch") is not None


def find_graphs(folder: Path | None = None) -> Path:
    """Return the folder of the graphs: as asked, by the environment, or installed."""
    named = os.environ.get(VARIABLE)
    return folder or (Path(named) if named else INSTALLED)


def load_graphs(
    weights_sha256: str,
    folder: Path | None = None,
    *,
    load_torch: "LoadTorch | None" = None,
) -> OnnxModel:
    """Return the graphs of some weights.

    Args:
        weights_sha256: SHA-256 of the weights file.
        folder: Folder of the graphs; None: ``find_graphs`` chooses it.
        load_torch: Returns the same networks in torch, prepared; None: there is no
            torch.

    Raises:
        BackendError: onnxruntime is missing, or there are no graphs of this version of
            hdr_core and of these weights.
    """
    if not has_onnxruntime():
        raise BackendError(f"onnxruntime: the package is not installed. {INSTALL}")
    folder = find_graphs(folder)
    try:
        made_of = dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise BackendError(
            f"{folder}: no graphs for onnxruntime, found no {MANIFEST}. {EXPORT}."
        ) from error
    except (OSError, TypeError, ValueError) as error:
        raise _damaged(folder, error) from error
    wanted = {
        "hdr_core_version": __version__,
        "method_sha256": method_digest(),
        "weights_sha256": weights_sha256,
    }
    for name, value in wanted.items():
        if made_of.get(name) != value:
            raise BackendError(
                f"{folder}: graphs of other code or weights ({name} is "
                f"{str(made_of.get(name))[:12]}, not {value[:12]}). {EXPORT}."
            )
    try:
        return OnnxModel(
            folder,
            preset(made_of["preset"]),
            weights_sha256,
            Reach(*made_of["stage_1_reach"]),
            Reach(*made_of["stage_4_reach"]),
            int(made_of["means_area_px"]),
            load_torch,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(folder, error) from error


def _damaged(folder: Path, error: Exception) -> BackendError:
    return BackendError(f"{folder / MANIFEST}: damaged ({error}). {EXPORT}.")


def as_planes(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an image (h, w, C) as graphs take it, (1, C, h, w)."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)


def as_image(planes: Values) -> NDArray[np.float32]:
    """Return planes (1, C, h, w) as an image (h, w, C)."""
    return np.asarray(planes[0].transpose(1, 2, 0), np.float32)
