"""``hdr-core analyze``: plan what all frames of a shot share."""

from pathlib import Path
from typing import Annotated

from hdr_core.cli import options, output_options
from hdr_core.cli.host import listen_for_stop
from hdr_core.cli.progress import progress_bar
from hdr_core.cli.shot_report import report_plan, report_skipped
from hdr_core.delivery.outputs import require_shot
from hdr_core.io.sequence import parse_frames
from hdr_core.options import Options


def analyze(
    sequence: options.Shot,
    output: Annotated[Path, options.output("shot.json", "The plan to write.")],
    *,
    frames: options.Frames = options.ALL_FRAMES,
    weights: options.Networks = options.PRESET,
    panorama: options.Panorama = Options.panorama,
    device: options.Device = Options.device,
    force: options.Force = False,
    overwrite: output_options.Overwrite = False,
    openjd: options.OpenJd = False,
    json: options.Json = False,
) -> None:
    """Find the cuts and the camera of a shot, and remove the flicker of its light.

    Give the plan to every machine: `hdr-core convert SHOT --frames RANGE --shot FILE`
    writes the same bytes in any order and in any chunks.
    """
    found = require_shot(sequence)
    if output.exists() and not overwrite:
        report_skipped(output, is_json=json)
        return
    numbers = parse_frames(frames) if frames else found.frames()
    from hdr_core.checkpoint import load_model
    from hdr_core.execution.device import choose_device
    from hdr_core.shot.analyze import analyze_shot
    from hdr_core.shot.plan import save_plan
    from hdr_core.weights_file import weights_hash, weights_path

    with (
        listen_for_stop() as stop,
        progress_bar(len(numbers), is_shown=not json, is_openjd=openjd) as bar,
    ):

        def on_progress(share: float) -> None:
            stop.check()
            bar.update(share * len(numbers))

        plan = analyze_shot(
            {number: found.path(number) for number in numbers},
            load_model(weights, device=choose_device(device)),
            config=Options(device=device, panorama=panorama),
            weights_sha256=weights_hash(weights_path(weights)),
            force=force,
            on_progress=on_progress,
        )
    save_plan(plan, output, overwrite=overwrite)
    report_plan(plan, output, is_json=json)
