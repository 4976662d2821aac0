"""``hdr-core completion``: the script by which a shell completes a command line."""

import os
from typing import Annotated, Literal

import typer
from typer.completion import completion_init, get_completion_script

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
        get_completion_script(
            prog_name=report.PROGRAM, complete_var=VARIABLE, shell=shell
        )
    )


def prepare_completion() -> None:
    """Make the program answer a shell that asks for completions, if one does."""
    if VARIABLE in os.environ:
        completion_init()
