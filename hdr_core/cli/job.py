"""``hdr-core job``: a farm's job for a shot, as an Open Job Description template.

Three steps: analyze the shot, convert it in chunks, check every result. Frames are
handed out by the farm; each chunk is one process, which a second run resumes.
"""

import json
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from fileseq.frameset import FrameSet

from hdr_core.cli import report
from hdr_core.cli.convert import convert
from hdr_core.cli.options import Frames, Shot
from hdr_core.cli.outputs import STEM_END, require_shot
from hdr_core.errors import OptionError
from hdr_core.io.atomic import whole_file
from hdr_core.io.sequence import Sequence, as_sequence, parse_frames

TEMPLATE, VALUES = "template.json", "parameter_values.json"
# Time for the frame in hand to end between two tiles.
NOTICE_S = 60
_PLAN = "{{Param.OutFolder}}/{{Param.Plan}}"
_RESULTS = "{{Param.OutFolder}}/{{Param.Results}}"
_CHUNKS = {
    "taskParameterDefinitions": [
        {
            "name": "Frame",
            "type": "CHUNK[INT]",
            "range": "{{Param.Frames}}",
            "chunks": {
                "defaultTaskCount": "{{Param.ChunkSize}}",
                "rangeConstraint": "NONCONTIGUOUS",
            },
        }
    ]
}
# Options of convert which the job sets itself.
TAKEN = ("-o", "--output", "--frames", "--shot", "--openjd", "--json", "--dry-run")


def job(
    sequence: Shot,
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="OUT", help="A folder, or result.####.exr."
        ),
    ],
    folder: Annotated[
        Path,
        typer.Option("--job", metavar="FOLDER", help="Where the job is written."),
    ],
    *,
    frames: Frames = "",
    chunk: Annotated[
        int, typer.Option(metavar="FRAMES", help="Frames a task.", min=1)
    ] = 8,
    options: Annotated[
        str,
        typer.Option(
            "--convert", metavar="OPTIONS", help='Options of convert: "--depth float".'
        ),
    ] = "",
    program: Annotated[
        str, typer.Option(help="The command on the farm's machines.")
    ] = report.PROGRAM,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a job that is there.")
    ] = False,
) -> None:
    """Write a job that analyzes, converts and checks a shot on a farm.

    The folder is an Open Job Description template with its values: `openjd run` runs
    it here, AWS Deadline Cloud takes it as a job bundle.
    """
    found = require_shot(sequence)
    results = as_sequence(str(output)) or found.named_after(output, STEM_END)
    numbers = parse_frames(frames) if frames else found.frames()
    template = make_template(
        found,
        results,
        numbers,
        chunk=chunk,
        options=checked_options(options),
        program=program,
    )
    values = {
        "PlateFolder": str(Path(found.pattern).parent.resolve()),
        "OutFolder": str(Path(results.pattern).parent.resolve()),
    }
    told = [{"name": name, "value": value} for name, value in values.items()]
    for name, content in ((TEMPLATE, template), (VALUES, {"parameterValues": told})):
        with whole_file(folder / name, overwrite=overwrite) as hidden:
            hidden.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    given = " ".join(shlex.quote(f"-p{name}={v}") for name, v in values.items())
    template_path = shlex.quote(str(folder / TEMPLATE))
    report.line(f"openjd run {template_path} --step Check --run-dependencies {given}")


def make_template(
    plates: Sequence,
    results: Sequence,
    numbers: tuple[int, ...],
    *,
    chunk: int,
    options: list[str],
    program: str,
) -> dict[str, Any]:
    """Return the template of a job.

    Args:
        plates: The shot.
        results: What becomes of it.
        numbers: Its frames.
        chunk: Frames a task.
        options: Further ones of ``hdr-core convert``.
        program: The command.
    """
    weights = _weights(options)
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "extensions": ["TASK_CHUNKING"],
        "name": f"hdr-core {plates.stem}",
        "parameterDefinitions": [
            _path("PlateFolder", "IN"),
            _text("Plates", Path(plates.pattern).name),
            _path("OutFolder", "OUT"),
            _text("Results", Path(results.pattern).name),
            _text("Frames", farm_range(numbers)),
            _text("Plan", f"{plates.stem}.shot.json"),
            {"name": "ChunkSize", "type": "INT", "default": chunk, "minValue": 1},
            _text("HdrCore", program),
        ],
        "steps": [
            _step(
                "Analyze",
                ("analyze", *_shot(_PLAN, "Param.Frames"), "--openjd", *weights),
            ),
            _step(
                "Convert",
                (
                    *("convert", *_shot(_RESULTS, "Task.Param.Frame")),
                    *("--shot", _PLAN, "--openjd", *options),
                ),
                after="Analyze",
                space=_CHUNKS,
            ),
            _step(
                "Check",
                ("check", *_shot(_RESULTS, "Param.Frames")),
                after="Convert",
            ),
        ],
    }


def _shot(output: str, frames: str) -> tuple[str, ...]:
    """Return what all three commands are told: the shot, where to, its frames."""
    plates = "{{Param.PlateFolder}}/{{Param.Plates}}"
    return plates, "-o", output, "--frames", f"{{{{{frames}}}}}"


def farm_range(numbers: tuple[int, ...]) -> str:
    """Return frames as Open Job Description writes them: "1-9:2,20", in order."""
    written = str(FrameSet(sorted(numbers)).frange)
    return written.replace("x", ":")


def checked_options(text: str) -> list[str]:
    """Return options of ``hdr-core convert`` as words.

    Raises:
        OptionError: There is no such option, or the job sets it itself.
    """
    words = shlex.split(text)
    named = [word.partition("=")[0] for word in words]
    if own := [name for name in named if name in TAKEN]:
        raise OptionError(f"convert: {own[0]} is set by the job itself. Leave it out.")
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
    return words


def _weights(options: list[str]) -> list[str]:
    """Return which networks ``options`` choose, as ``analyze`` is told."""
    for name, value in pairwise(options):
        if name in {"--weights", "--preset"}:
            return ["--weights", value]
    return []


def _path(name: str, flow: str) -> dict[str, str]:
    return {
        "name": name,
        "type": "PATH",
        "objectType": "DIRECTORY",
        "dataFlow": flow,
    }


def _text(name: str, value: str) -> dict[str, str]:
    return {"name": name, "type": "STRING", "default": value}


def _step(
    name: str,
    arguments: tuple[str, ...],
    *,
    after: str | None = None,
    space: dict[str, Any] | None = None,
) -> dict[str, Any]:
    notice = {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": NOTICE_S}
    run = {
        "command": "{{Param.HdrCore}}",
        "args": list(arguments),
        "cancelation": notice,
    }
    step: dict[str, Any] = {"name": name, "script": {"actions": {"onRun": run}}}
    if after is not None:
        step["dependencies"] = [{"dependsOn": after}]
    if space is not None:
        step["parameterSpace"] = space
    return step
