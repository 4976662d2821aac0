"""The worker's first message: who answers, and what it can do."""

import platform
from typing import TYPE_CHECKING, cast

import typer

from hdr_core.cli import options
from hdr_core.cli.program import app
from hdr_core.errors import HdrError
from hdr_core.version import __version__

if TYPE_CHECKING:
    import click

PROTOCOL = 1


def hello() -> dict[str, object]:
    """Return the event that describes this worker.

    Returns:
        Protocol, version, commands, and the options of ``convert``; backends that are
        installed, device and default weights, or "problem", which says in one line
        what is wrong. torch is imported only where it may find a GPU.
    """
    event: dict[str, object] = {
        "event": "hello",
        "protocol": PROTOCOL,
        "version": __version__,
        "python": platform.python_version(),
        "commands": known_commands(),
        "convert_options": known_options("convert"),
    }
    try:
        from hdr_core.backends.onnx_model import has_onnxruntime, has_torch
        from hdr_core.weights_file import weights_hash, weights_path

        found = {"torch": has_torch(), "onnxruntime": has_onnxruntime()}
        event["backends"] = [name for name, is_there in found.items() if is_there]
        event["device"] = _device() if has_torch() else "cpu"
        event["weights"] = options.PRESET
        event["weights_sha256"] = weights_hash(weights_path(options.PRESET))
    except (HdrError, ImportError) as error:
        event["problem"] = str(error)
    return event


def _device() -> str:
    """Return the device of ``--device auto`` with torch."""
    from hdr_core.backends.choose import may_have_gpu

    if not may_have_gpu():
        return "cpu"
    from hdr_core.execution.device import choose_device

    return str(choose_device("auto"))


def known_commands() -> list[str]:
    """Return the names of the commands that a host program may send."""
    return sorted(_program().commands)


def known_options(command: str) -> dict[str, dict[str, object]]:
    """Return the options of a command.

    Args:
        command: Name of the command.

    Returns:
        For each flag "default" (a number, text, bool or None) and "help".
    """
    return {
        flag: {"default": parameter.default, "help": getattr(parameter, "help", None)}
        for parameter in _program().commands[command].params
        for flag in sorted(parameter.opts)
    }


def _program() -> "click.Group":
    return cast("click.Group", typer.main.get_command(app))
