"""``hdr-core analyze``: decide what the frames of a shot share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from hdr_core.cli import report, shot_report
from hdr_core.cli.host import listen_for_stop
from hdr_core.cli.options import Device, Frames, JsonLines, Shot
from hdr_core.config import Options
from hdr_core.delivery.outputs import require_shot
from hdr_core.io.sequence import parse_frames


def analyze(
    sequence: Shot,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="shot.json", help="The plan to write."),
    ],
    *,
    frames: Frames = "",
    weights: Annotated[
        str,
        typer.Option(metavar="NAME|FILE", help="Preset or weights that will convert."),
    ] = "compact",
    panorama: Annotated[
        Literal["auto", "on", "off"],
        typer.Option(help="Whether the frames are 360 x 180 degree panoramas."),
    ] = "auto",
    device: Device = "auto",
    force: Annotated[
        bool,
        typer.Option("--force", help="Take frames that are HDR as clipped ones."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a plan.")
    ] = False,
    openjd: Annotated[
        bool,
        typer.Option("--openjd", help="Tell progress in a farm's words."),
    ] = False,
    json: JsonLines = False,
) -> None:
    """Find the cuts, the camera and the steady light of a shot, before it is converted.

    The plan goes to every machine: `hdr-core convert SHOT --frames RANGE --shot FILE`
    gives the same bytes in any order and in any chunks.
    """
    found = require_shot(sequence)
    if output.exists() and not overwrite:
        shot_report.tell_skipped(output, is_json=json)
        return
    numbers = parse_frames(frames) if frames else found.frames()
    from hdr_core.checkpoint import load_model, weights_hash, weights_path
    from hdr_core.execution.device import choose_device
    from hdr_core.shot.analyze import analyze_shot
    from hdr_core.shot.plan import save_plan

    with (
        listen_for_stop() as stop,
        report.progress_bar(len(numbers), is_shown=not json, is_openjd=openjd) as bar,
    ):

        def tell(share: float) -> None:
            stop.check()
            bar.update(share * len(numbers))

        plan = analyze_shot(
            {number: found.path(number) for number in numbers},
            load_model(weights, device=choose_device(device)),
            config=Options(device=device, panorama=panorama),
            weights_sha256=weights_hash(weights_path(weights)),
            force=force,
            on_progress=tell,
        )
    save_plan(plan, output, overwrite=overwrite)
    shot_report.tell(plan, output, is_json=json)
