"""The program: its commands, and how their errors end it.

Commands import heavy packages when they run, so that help starts fast. ``main`` adds
the command ``worker``, which runs this program itself.
"""

import os
from collections.abc import Sequence
from typing import Annotated

import typer

from hdr_core.cli import (
    analyze,
    check,
    completion,
    convert,
    crf,
    evaluate,
    exit_codes,
    export,
    info,
    job,
    light,
    report,
    train,
    view,
    weights,
)
from hdr_core.cli.anchor_options import repeat_exposures
from hdr_core.cli.host import Host
from hdr_core.delivery.stop import Terminated
from hdr_core.errors import HdrError
from hdr_core.version import __version__

app = typer.Typer(
    name=report.PROGRAM,
    help="Scene-linear HDR from plates shot in 8 bits.",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        report.line(__version__)
        raise typer.Exit


@app.callback()
def _hdr_core(
    *,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug", help="Show tracebacks of errors.", envvar=report.DEBUG_VARIABLE
        ),
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Show the version.",
            callback=_show_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Scene-linear HDR from plates shot in 8 bits."""
    if debug:
        os.environ[report.DEBUG_VARIABLE] = "1"


app.command("convert")(convert.convert)
app.command("info")(info.info)
app.command("crf")(crf.crf)
app.command("analyze")(analyze.analyze)
app.command("view")(view.view)
app.command("check")(check.check)
app.command("job")(job.job)
app.command("completion")(completion.completion)
app.command("light")(light.light)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("export")(export.export)
app.add_typer(weights.weights, name="weights")


def run(arguments: Sequence[str], *, host: Host | None = None) -> int:
    """Run the program and return its exit code. An error becomes one line on stderr.

    Args:
        arguments: Arguments of the command line, without the program's name.
        host: Runs the command; None means a terminal.
    """
    completion.prepare_completion()
    command = typer.main.get_command(app)
    try:
        code = command.main(
            repeat_exposures(arguments),
            prog_name=report.PROGRAM,
            standalone_mode=False,
            obj=host or Host(),
        )
    except Terminated:
        return exit_codes.TERMINATED
    except (KeyboardInterrupt, typer.Abort):
        return exit_codes.INTERRUPTED
    except HdrError as error:
        report.error(str(error))
    except Exception as error:
        # A usage error carries the text that typer would show in a box.
        usage = getattr(error, "format_message", None)
        report.error(f"{usage()} See --help." if usage else report.fault(error))
        report.traceback_if_debugging()
    else:
        return int(code or 0)
    return exit_codes.NOTHING_DONE
