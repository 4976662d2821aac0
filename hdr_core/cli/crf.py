"""``hdr-core crf``: the camera of some frames, as LUTs and OCIO configs."""

from pathlib import Path
from typing import Annotated

from hdr_core.cli import options, output_options
from hdr_core.cli.plate_report import report_camera
from hdr_core.options import Options

PLOT = "camera.png"


def crf(
    plates: Annotated[list[Path], options.plates("Pictures or movies of one camera.")],
    output: Annotated[Path, options.output("DIR", "Folder for the files.")],
    *,
    weights: options.Networks = options.PRESET,
    color_config: options.ColorConfig = Options.color_config,
    force: options.Force = False,
    device: options.Device = Options.device,
    overwrite: output_options.Overwrite = False,
    json: options.Json = False,
) -> None:
    """Estimate a camera's response from its frames; write LUTs and OCIO configs.

    One of the configs extends that of --config.
    """
    from hdr_core.checkpoint import load_model
    from hdr_core.delivery.camera_files import (
        estimate_camera,
        read_frames,
        write_camera,
    )
    from hdr_core.delivery.plot import draw_curve, require_matplotlib
    from hdr_core.io.atomic import whole_folder

    require_matplotlib(PLOT)
    config = Options(
        device=device,
        working_space=options.WORKING_SPACE,
        color_config=color_config,
    )
    with whole_folder(output, overwrite=overwrite) as hidden:
        estimate = estimate_camera(
            read_frames(plates, force=force), load_model(weights), config=config
        )
        files = write_camera(hidden, estimate, color_config=color_config)
        draw_curve(
            hidden / PLOT,
            estimate.inverse_crf,
            title=f"Camera, estimated from {estimate.frame_count}",
            spread=estimate.spread if len(estimate.frames) > 1 else None,
        )
    report_camera(estimate, output, (*files, PLOT), is_json=json)
