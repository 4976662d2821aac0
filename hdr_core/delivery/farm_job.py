"""A farm's job for a shot, as an Open Job Description template.

The job has three steps: analyze the shot, convert it in chunks, check every result.
The farm distributes the frames. Each chunk is one process. A second run of a chunk
skips the frames that are done.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fileseq.frameset import FrameSet

from hdr_core.io.atomic import whole_file
from hdr_core.io.sequence import Sequence as FrameSequence

TEMPLATE, VALUES = "template.json", "parameter_values.json"
# Time that a frame gets to end between two tiles.
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


@dataclass(frozen=True)
class FarmJob:
    """A shot and how a farm converts it.

    Attributes:
        plates: The sequence or movie.
        results: The sequence of EXR files.
        numbers: Frame numbers to convert.
        chunk: Number of frames in one task.
        analyze_options: Further options of ``hdr-core analyze``.
        convert_options: Further options of ``hdr-core convert``.
        program: The command that the farm's machines run.
    """

    plates: FrameSequence
    results: FrameSequence
    numbers: tuple[int, ...]
    chunk: int
    analyze_options: tuple[str, ...]
    convert_options: tuple[str, ...]
    program: str

    @property
    def values(self) -> dict[str, str]:
        """The values of the template's parameters: the folders on this machine."""
        return {
            "PlateFolder": str(Path(self.plates.pattern).parent.resolve()),
            "OutFolder": str(Path(self.results.pattern).parent.resolve()),
        }


def write_job(job: FarmJob, folder: Path, *, overwrite: bool) -> None:
    """Write the template and its values into ``folder``.

    Raises:
        OutputError: A file exists, or cannot be written.
    """
    values = [{"name": name, "value": value} for name, value in job.values.items()]
    contents = {TEMPLATE: make_template(job), VALUES: {"parameterValues": values}}
    for name, content in contents.items():
        with whole_file(folder / name, overwrite=overwrite) as hidden:
            hidden.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def make_template(job: FarmJob) -> dict[str, Any]:
    """Return the template of a job, as JSON content."""
    stem = job.plates.stem
    chunk = {"name": "ChunkSize", "type": "INT", "default": job.chunk, "minValue": 1}
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "extensions": ["TASK_CHUNKING"],
        "name": f"hdr-core {stem}",
        "parameterDefinitions": [
            _folder("PlateFolder", "IN"),
            _text("Plates", Path(job.plates.pattern).name),
            _folder("OutFolder", "OUT"),
            _text("Results", Path(job.results.pattern).name),
            _text("Frames", farm_range(job.numbers)),
            _text("Plan", f"{stem}.shot.json"),
            chunk,
            _text("HdrCore", job.program),
        ],
        "steps": _steps(job),
    }


def _steps(job: FarmJob) -> list[dict[str, Any]]:
    """Return the three steps; each begins when the one before it is done."""
    analyze = ["analyze", *_shot(_PLAN, "Param.Frames")]
    convert = ["convert", *_shot(_RESULTS, "Task.Param.Frame"), "--shot", _PLAN]
    check = ["check", *_shot(_RESULTS, "Param.Frames")]
    return [
        _step("Analyze", [*analyze, "--openjd", *job.analyze_options]),
        _step(
            "Convert",
            [*convert, "--openjd", *job.convert_options],
            after="Analyze",
            space=_CHUNKS,
        ),
        _step("Check", check, after="Convert"),
    ]


def _shot(output: str, frames: str) -> tuple[str, ...]:
    """Return the arguments that all three commands share."""
    plates = "{{Param.PlateFolder}}/{{Param.Plates}}"
    return plates, "-o", output, "--frames", f"{{{{{frames}}}}}"


def farm_range(numbers: Sequence[int]) -> str:
    """Return frame numbers as Open Job Description writes them: "1-9:2,20"."""
    written = str(FrameSet(sorted(numbers)).frange)
    return written.replace("x", ":")


def _folder(name: str, flow: str) -> dict[str, str]:
    """Return the definition of a parameter that is a folder."""
    return {
        "name": name,
        "type": "PATH",
        "objectType": "DIRECTORY",
        "dataFlow": flow,
    }


def _text(name: str, value: str) -> dict[str, str]:
    """Return the definition of a parameter that is a text."""
    return {"name": name, "type": "STRING", "default": value}


def _step(
    name: str,
    arguments: list[str],
    *,
    after: str | None = None,
    space: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the definition of a step that runs one command."""
    notice = {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": NOTICE_S}
    run = {
        "command": "{{Param.HdrCore}}",
        "args": arguments,
        "cancelation": notice,
    }
    step: dict[str, Any] = {"name": name, "script": {"actions": {"onRun": run}}}
    if after is not None:
        step["dependencies"] = [{"dependsOn": after}]
    if space is not None:
        step["parameterSpace"] = space
    return step
