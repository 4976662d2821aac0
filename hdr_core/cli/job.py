"""``hdr-core job``: write a farm's job for a shot."""

import shlex
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from hdr_core.cli import options, output_options, report
from hdr_core.cli.anchor_options import FLAGS
from hdr_core.cli.convert import convert
from hdr_core.delivery.farm_job import TEMPLATE, FarmJob, write_job
from hdr_core.delivery.outputs import STEM_END, require_shot
from hdr_core.errors import OptionError
from hdr_core.io.sequence import as_sequence, parse_frames

# Options of convert that the job sets itself.
TAKEN = ("-o", "--output", "--frames", "--shot", "--openjd", "--json", "--dry-run")


def job(
    sequence: options.Shot,
    output: Annotated[
        Path, options.output("OUT", "Folder for the results, or result.####.exr.")
    ],
    folder: Annotated[
        Path,
        typer.Option("--job", metavar="FOLDER", help="Folder to write the job into."),
    ],
    *,
    frames: options.Frames = options.ALL_FRAMES,
    chunk: Annotated[
        int, typer.Option(metavar="FRAMES", help="Number of frames in a task.", min=1)
    ] = 8,
    convert_options: Annotated[
        str,
        typer.Option(
            "--convert", metavar="OPTIONS", help='Options of convert: "--depth float".'
        ),
    ] = "",
    program: Annotated[
        str, typer.Option(help="The command on the farm's machines.")
    ] = report.PROGRAM,
    overwrite: output_options.Overwrite = False,
) -> None:
    """Write a job that analyzes, converts and checks a shot on a farm.

    The folder is an Open Job Description template with its values: `openjd run` runs
    it here, AWS Deadline Cloud takes it as a job bundle.
    """
    found = require_shot(sequence)
    checked = checked_options(convert_options)
    made = FarmJob(
        plates=found,
        results=as_sequence(str(output)) or found.named_after(output, STEM_END),
        numbers=parse_frames(frames) if frames else found.frames(),
        chunk=chunk,
        analyze_options=_weights(checked),
        convert_options=checked,
        program=program,
    )
    write_job(made, folder, overwrite=overwrite)
    values = " ".join(shlex.quote(f"-p{name}={v}") for name, v in made.values.items())
    template = shlex.quote(str(folder / TEMPLATE))
    report.line(f"openjd run {template} --step Check --run-dependencies {values}")


def checked_options(text: str) -> tuple[str, ...]:
    """Return options of ``hdr-core convert`` as words.

    Raises:
        OptionError: An option does not exist, the job sets it itself, or it belongs to
            one plate.
    """
    words = shlex.split(text)
    named = [word.partition("=")[0] for word in words]
    if own := [name for name in named if name in TAKEN]:
        raise OptionError(f"convert: {own[0]} is set by the job itself. Leave it out.")
    if known := [name for name in named if name in FLAGS]:
        raise OptionError(
            f"convert: {known[0]} belongs to one plate, and a job converts a shot. "
            "Leave it out."
        )
    program = typer.Typer(add_completion=False)
    program.command()(convert)
    command = typer.main.get_command(program)
    try:
        command.make_context("convert", ["plate.png", "-o", "out.exr", *words])
    except Exception as error:
        # typer's usage errors share no public class.
        if (usage := getattr(error, "format_message", None)) is None:
            raise
        raise OptionError(f"convert: {usage()}") from error
    return tuple(words)


def _weights(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the options of ``analyze`` that choose the same networks."""
    for name, value in pairwise(words):
        if name in {"--weights", "--preset"}:
            return "--weights", value
    return ()
