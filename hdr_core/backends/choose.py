"""Choose what runs the networks of a batch: torch, or onnxruntime without torch.

torch takes two seconds to import. onnxruntime starts at once, but has no GPU here and
cannot reconstruct all plates (onnx_backend.py). So "auto" takes onnxruntime for a
single plate on a CPU, where graphs of these weights are installed, and torch for all
others.
"""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hdr_core.backends.onnx_model import OnnxModel, has_onnxruntime, has_torch
from hdr_core.backends.prepare import Model, prepare_torch
from hdr_core.errors import BackendError
from hdr_core.options import Options
from hdr_core.weights_file import weights_hash, weights_path

if TYPE_CHECKING:
    from hdr_core.backends.backend import Backend
    from hdr_core.backends.onnx_model import LoadTorch
    from hdr_core.model import HdrModel

BackendName = Literal["auto", "torch", "onnxruntime"]


@dataclass(frozen=True)
class BackendChoice:
    """The networks that a caller asks for.

    Attributes:
        weights: Name of a preset, or path of a weights file.
        backend: What runs the networks; "auto" chooses.
        graphs: Folder of the graphs for onnxruntime; None: that of ``find_graphs``.
        needs_torch: Why only torch can do this batch, such as "a shot"; "" if it is not
            known.
        prefers_torch: Whether torch is better where both can: with many plates, the
            time to start counts little.
    """

    weights: str
    backend: BackendName = "auto"
    graphs: Path | None = None
    needs_torch: str = ""
    prefers_torch: bool = False

    @cached_property
    def weights_sha256(self) -> str:
        """SHA-256 of the weights file."""
        return weights_hash(weights_path(self.weights))

    def load(self, options: Options, loaders: "Loaders") -> Model:
        """Return the networks.

        Args:
            options: The artist's choices.
            loaders: Load networks or graphs.

        Raises:
            BackendError: What was asked for is not installed, has no graphs, or cannot
                do the batch.
            WeightsError: The weights are missing, damaged, or of another network.
        """

        def load_torch(options: Options) -> "Backend":
            return prepare_torch(loaders.model(self.weights, options.device), options)

        def load_graphs() -> OnnxModel:
            falls_back = load_torch if has_torch() else None
            model = loaders.graphs(self.weights_sha256, self.graphs, falls_back)
            model.load_ahead()
            return model

        if self.needs_torch or self.backend == "torch":
            self._require_torch()
            return loaders.model(self.weights, options.device)
        if self.backend == "onnxruntime" or not has_torch():
            return load_graphs()
        if self.prefers_torch or not has_onnxruntime() or _prefers_torch(options):
            return loaders.model(self.weights, options.device)
        try:
            return load_graphs()
        except BackendError:
            return loaders.model(self.weights, options.device)

    def _require_torch(self) -> None:
        if not has_torch():
            what = self.needs_torch or "--backend torch"
            raise BackendError(
                f"{what}: needs torch, which is not installed. Install torch, or "
                "choose what --backend onnxruntime can do (docs/hosts.md)."
            )


@dataclass(frozen=True)
class Loaders:
    """How networks are loaded; a worker keeps them.

    Attributes:
        model: Returns the networks of a preset or weights file on a device by its name.
        graphs: Returns the graphs of weights with a SHA-256, in a folder.
    """

    model: "Callable[[str, str], HdrModel]"
    graphs: Callable[[str, Path | None, "LoadTorch | None"], OnnxModel]


def _prefers_torch(options: Options) -> bool:
    """Return whether torch is better, or needed, for all plates of some options."""
    is_elsewhere = options.device not in {"auto", "cpu"}
    is_needed = bool(
        options.anchors
        or options.panorama == "on"
        or options.precision == "bfloat16"
        or {"hallucinate", "refine"} & {*options.skip}
    )
    return is_elsewhere or is_needed or (options.device == "auto" and may_have_gpu())


def may_have_gpu() -> bool:
    """Return whether torch may find a GPU; it is not imported, which takes seconds."""
    if sys.platform == "darwin":
        return True
    has_card = Path("/dev/nvidiactl").exists() or shutil.which("nvidia-smi") is not None
    return has_card and not _is_cpu_build()


def _is_cpu_build() -> bool:
    """Return whether torch was built without CUDA and ROCm."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    version = Path(spec.origin).with_name("version.py")
    return version.is_file() and "+cpu" in version.read_text(encoding="utf-8")
