"""The device, the number format and the threads of the networks."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

import torch

from hdr_core.errors import OptionError
from hdr_core.execution.parallel import Part, Result, in_threads


def choose_device(name: str) -> torch.device:
    """Return the device called ``name``; "auto" is CUDA, else MPS, else the CPU.

    Raises:
        OptionError: This machine has no such device.
    """
    has_device = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        name = next(device for device, is_there in has_device.items() if is_there)
    if not has_device.get(name, False):
        found = ", ".join(device for device, is_there in has_device.items() if is_there)
        raise OptionError(f"device: no {name!r} on this machine, found {found}.")
    return torch.device(name)


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """Return the number format called ``name``; "auto" is the fastest of the device.

    "auto" is bfloat16 only where the hardware multiplies it. Elsewhere bfloat16 is
    emulated, which is slower than float32.
    """
    if name == "auto":
        return torch.bfloat16 if has_bfloat16(device) else torch.float32
    return {"float32": torch.float32, "bfloat16": torch.bfloat16}[name]


def parts_at_once(device: torch.device) -> int:
    """Return how many jobs ``device`` can run at the same time."""
    return torch.get_num_threads() if device.type == "cpu" else 1


def has_bfloat16(device: torch.device) -> bool:
    """Return whether ``device`` multiplies bfloat16 in hardware."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):
        return False
    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16") or found.get("bf16"))


def autocast(
    device: torch.device, precision: torch.dtype
) -> AbstractContextManager[object]:
    """Return the context in which a network computes in ``precision``."""
    if precision == torch.float32:
        return nullcontext()
    return torch.autocast(device.type, dtype=precision)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread.

    oneDNN splits the sums of deep convolutions among threads, and some processors do
    so more than others. The last digit of a result would depend on the machine, and
    the frames of a shot may come from several machines.
    """
    with keep_threads():
        torch.set_num_threads(1)
        yield


def each_on_one_thread(
    jobs: Iterable[Callable[[], Result]], device: torch.device
) -> list[Result]:
    """Run jobs at the same time, each on one thread, and return their results."""

    def run(job: Callable[[], Result]) -> Result:
        with one_thread():
            return job()

    return side_by_side(run, jobs, n_at_once=parts_at_once(device))


@contextmanager
def keep_threads() -> Iterator[None]:
    """Restore torch's number of threads afterwards."""
    n_threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def side_by_side(
    work: Callable[[Part], Result],
    parts: Iterable[Part],
    *,
    n_at_once: int,
    on_done: Callable[[], None] | None = None,
) -> list[Result]:
    """Return the result of ``work`` for each part, as ``in_threads`` does.

    This is faster than more threads for one part: all operations run in parallel, not
    only convolutions, and no layer waits for its slowest thread. The parts share
    torch's threads.

    Args:
        work: Must not depend on the results of other parts. It runs in torch's
            inference mode if the caller does, but without the caller's autocast.
        parts: Started in this order.
        n_at_once: Most parts that run at the same time. With 1, they run one after
            the other in the caller's thread.
        on_done: Called in the caller's thread after each part, in the order of
            ``parts``.
    """
    parts = list(parts)
    n_at_once = min(n_at_once, len(parts))
    if n_at_once <= 1:
        return in_threads(work, parts, n_at_once=1, on_done=on_done)
    n_threads = max(1, torch.get_num_threads() // n_at_once)
    is_inference = torch.is_inference_mode_enabled()

    def run(part: Part) -> Result:
        with torch.inference_mode(is_inference):
            return work(part)

    with keep_threads():
        return in_threads(
            run,
            parts,
            n_at_once=n_at_once,
            on_done=on_done,
            begin=partial(torch.set_num_threads, n_threads),
        )
