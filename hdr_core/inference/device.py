"""Where the networks run, and with which numbers."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

from hdr_core.errors import OptionError


def choose_device(name: str) -> torch.device:
    """Return the device called ``name``; "auto": CUDA, else MPS, else the CPU.

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
    """Return the number format called ``name``; "auto": what the device is good at.

    "auto" is bfloat16 only where the hardware multiplies it; elsewhere it is emulated,
    and slower than float32.
    """
    if name == "auto":
        return torch.bfloat16 if has_bfloat16(device) else torch.float32
    return {"float32": torch.float32, "bfloat16": torch.bfloat16}[name]


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

    oneDNN shares the sums of deep convolutions among threads, on some processors more
    than on others: their last digit would depend on the machine's, and chunks of a
    shot come from several machines.
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
