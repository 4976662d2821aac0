"""The program: its commands, and what becomes of their errors.

Exit codes: 0 all done, 1 some plates failed, 2 usage or unreadable input, 130 after
Ctrl-C, 143 after SIGTERM. Commands import what is heavy when they run, so that help
costs nothing.
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from hdr_core.cli import (
    analyze,
    check,
    convert,
    crf,
    evaluate,
    info,
    job,
    light,
    report,
    train,
    weights,
    worker,
)
from hdr_core.cli.heap import keep_freed_blocks
from hdr_core.cli.host import Host
from hdr_core.cli.stop import EXIT_TERMINATED, Terminated
from hdr_core.errors import HdrError
from hdr_core.version import __version__

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="hdr-core",
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
app.command("check")(check.check)
app.command("job")(job.job)
app.command("light")(light.light)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(weights.weights, name="weights")
app.command("worker")(worker.worker)


def run(arguments: Sequence[str], *, host: Host | None = None) -> int:
    """Run the program with ``arguments`` for ``host`` and return its exit code.

    Every error becomes one line on stderr.
    """
    command = typer.main.get_command(app)
    try:
        code = command.main(
            [*arguments],
            prog_name="hdr-core",
            standalone_mode=False,
            obj=host or Host(),
        )
    except Terminated:
        return EXIT_TERMINATED
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    except HdrError as error:
        report.error(str(error))
    except Exception as error:
        # Usage errors carry the text which typer would have shown in a box.
        usage = getattr(error, "format_message", None)
        report.error(f"{usage()} See --help." if usage else report.bug(error))
        report.traceback_if_debugging()
    else:
        return int(code or 0)
    return EXIT_USAGE


def main() -> None:
    """Run the program with the arguments of the process."""
    keep_freed_blocks()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
