"""The page of the command line, from the program's own commands and options."""

from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import typer

from hdr_core.cli.main import app

HEAD = """\
# Command line

Written by the program itself, for this version. `hdr-core COMMAND --help` says it too.

Exit codes: 0 all done; 1 some plates failed, the others are written; 2 wrong option or
unreadable input, with one line that says what to do; 130 after Ctrl-C; 143 after
SIGTERM.
"""


def cli_page() -> str:
    """Return the page as Markdown."""
    program = typer.main.get_command(app)
    return "\n".join([HEAD, *_commands(program, "hdr-core")])


def _commands(command: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - typer's
    """Yield the sections of a command and of the commands in it."""
    # Typer brings its own copy of click, so the class does not say what this is.
    if commands := getattr(command, "commands", None):
        for name, held in sorted(commands.items()):
            yield from _commands(held, f"{path} {name}")
        return
    yield f"## {path}\n"
    yield f"{_text(command.help or '')}\n"
    usage = [path, *(_metavar(held) for held in _arguments(command)), "[OPTIONS]"]
    yield f"```text\n{' '.join(usage)}\n```\n"
    for held in _arguments(command):
        if getattr(held, "help", None):
            yield f"- `{_metavar(held)}` {_text(held.help)}"
    yield "\n| option | meaning | default |\n| --- | --- | --- |"
    yield from (_row(held) for held in _options(command))
    yield ""


def _arguments(command: Any) -> list[Any]:  # noqa: ANN401 - typer's
    return [held for held in command.params if held.param_type_name == "argument"]


def _options(command: Any) -> list[Any]:  # noqa: ANN401 - typer's
    held = [held for held in command.params if held.param_type_name == "option"]
    return [option for option in held if not getattr(option, "hidden", False)]


def _row(option: Any) -> str:  # noqa: ANN401 - typer's
    """Return one row of the table of options."""
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    if not option.is_flag:
        names += f" {_cell(_metavar(option))}"
    default = getattr(option, "show_default", None)
    if not isinstance(default, str):
        held = option.default
        is_plain = isinstance(held, str | int | float) and held is not False
        default = str(held) if is_plain else ""
    if option.required:
        default = "must be given"
    return f"| {names} | {_cell(_text(option.help or ''))} | {_cell(default)} |"


def _metavar(held: Any) -> str:  # noqa: ANN401 - typer's
    """Return what stands for the value: PLATE..., or the choices."""
    if held.metavar:
        return str(held.metavar)
    kind = held.type_descriptor.annotation
    kinds = [one for one in get_args(kind) if one is not NoneType]
    if get_origin(kind) is Literal:
        return "|".join(map(str, kinds))
    if kinds:
        kind = kinds[0]
        if get_origin(kind) is Literal:
            return "|".join(map(str, get_args(kind)))
    names = {float: "NUMBER", int: "NUMBER", Path: "FILE", str: "TEXT"}
    return names.get(kind, "VALUE")


def _text(text: str) -> str:
    """Return text on one line, with marks that Markdown leaves alone."""
    return " ".join(text.split()).replace("<", "&lt;").replace("{", "&#123;")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
