"""The losses of a run: as TensorBoard events, or as ``losses.jsonl`` without it.

A line of ``losses.jsonl`` is one object: the step, and each loss by its name.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

LossLog = Callable[[int, dict[str, float]], None]
"""Writes the losses of a step."""
LOSSES = "losses.jsonl"


@contextmanager
def open_log(folder: Path) -> Iterator[LossLog]:
    """Yield the log of a run in its folder; a run that continues appends to it."""
    if find_spec("tensorboard") is None:
        with (folder / LOSSES).open("a", encoding="utf-8") as file:

            def write(step: int, losses: dict[str, float]) -> None:
                file.write(json.dumps({"step": step} | losses) + "\n")
                file.flush()

            yield write
        return
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - an extra

    with SummaryWriter(str(folder)) as writer:

        def add(step: int, losses: dict[str, float]) -> None:
            for name, value in losses.items():
                writer.add_scalar(name, value, step)

        yield add
