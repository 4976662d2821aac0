"""The host of a command: a terminal, or a program that keeps the networks (worker.py).

A host tells the command when to stop, shows its progress, and provides the networks.
"""

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from hdr_core.cli.progress import Bar, progress_bar
from hdr_core.delivery.stop import Stop

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from hdr_core.backends.choose import Loaders
    from hdr_core.backends.onnx_model import LoadTorch, OnnxModel
    from hdr_core.model import HdrModel


class Host:
    """A terminal: SIGTERM stops the command, progress is a bar, nothing is kept."""

    def listen(self) -> AbstractContextManager[Stop]:
        """Give a Stop that receives requests to stop until the block ends."""
        return listen_for_stop()

    def bar(
        self, n_plates: int, *, is_shown: bool, is_openjd: bool = False
    ) -> AbstractContextManager[Bar]:
        """Give a progress bar over ``n_plates`` plates."""
        return progress_bar(n_plates, is_shown=is_shown, is_openjd=is_openjd)

    def model(self, weights: str, device: str) -> "HdrModel":
        """Return the networks of a preset or a weights file.

        Args:
            weights: Name of the preset, or path of the file.
            device: Device on which they run; "auto" chooses it.

        Raises:
            OptionError: This machine has no such device.
            WeightsError: They are missing, damaged, or of another network.
        """
        from hdr_core.checkpoint import load_model
        from hdr_core.execution.device import choose_device

        return load_model(weights, device=choose_device(device))

    def graphs(
        self,
        weights_sha256: str,
        folder: "Path | None",
        load_torch: "LoadTorch | None",
    ) -> "OnnxModel":
        """Return the graphs of some weights, for onnxruntime.

        Raises:
            BackendError: There are none, or onnxruntime is missing.
        """
        from hdr_core.backends.onnx_model import load_graphs

        return load_graphs(weights_sha256, folder, load_torch=load_torch)

    @property
    def loaders(self) -> "Loaders":
        """Both of these."""
        from hdr_core.backends.choose import Loaders

        return Loaders(self.model, self.graphs)


@contextmanager
def listen_for_stop() -> Iterator[Stop]:
    """Give a Stop that SIGTERM asks, until the block ends."""
    stop = Stop()

    def ask(signal_number: int, frame: "FrameType | None") -> None:
        stop.is_asked = True

    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
