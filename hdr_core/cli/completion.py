"""``hdr-core completion``: the script by which a shell completes a command line."""

import os
from typing import Annotated, Literal

import typer
from typer import completion as typer_completion

from hdr_core.cli import report

VARIABLE = "_HDR_CORE_COMPLETE"


def completion(
    shell: Annotated[
        Literal["bash", "zsh", "fish", "powershell"],
        typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell."),
    ],
) -> None:
    """Print the script that completes commands and options in a shell.

    For bash: put ``eval "$(hdr-core completion bash)"`` into ~/.bashrc.
    """
    report.line(
        typer_completion.get_completion_script(  # type: ignore[attr-defined]  # no stub
            prog_name=report.PROGRAM, complete_var=VARIABLE, shell=shell
        )
    )


def prepare_completion() -> None:
    """Make the program answer a shell that asks for completions, if one does."""
    if VARIABLE in os.environ:
        typer_completion.completion_init()  # type: ignore[attr-defined]  # no stub
