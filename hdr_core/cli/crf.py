"""``hdr-core crf``: the camera of some frames, as LUTs and OCIO configs."""

from pathlib import Path
from typing import Annotated

import typer

from hdr_core.cli import report
from hdr_core.cli.options import CONFIG_DEFAULT, CameraWeights, Device, JsonObject
from hdr_core.config import Options

PLOT = "camera.png"


def crf(
    plates: Annotated[
        list[Path],
        typer.Argument(metavar="PLATE...", help="Pictures or movies of one camera."),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where files go.")
    ],
    *,
    weights: CameraWeights = "compact",
    color_config: Annotated[
        str | None,
        typer.Option(
            "--config",
            metavar="PATH|ocio://...",
            help="OpenColorIO config to extend.",
            show_default=CONFIG_DEFAULT,
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Take plates that are HDR as clipped ones."),
    ] = False,
    device: Device = "auto",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files of the same names.")
    ] = False,
    json: JsonObject = False,
) -> None:
    """Estimate a camera's response from its frames; write LUTs and OCIO configs."""
    from hdr_core.checkpoint import load_model
    from hdr_core.delivery.camera_files import (
        estimate_camera,
        read_frames,
        write_camera,
    )
    from hdr_core.delivery.plot import draw_curve, require_matplotlib
    from hdr_core.io.atomic import whole_folder

    require_matplotlib(PLOT)
    config = Options(device=device, color_config=color_config)
    with whole_folder(output, overwrite=overwrite) as hidden:
        estimate = estimate_camera(
            read_frames(plates, force=force), load_model(weights), config=config
        )
        files = write_camera(hidden, estimate, color_config=color_config)
        draw_curve(
            hidden / PLOT,
            estimate.inverse_crf,
            title=f"Camera, estimated from {estimate.told}",
            spread=estimate.spread if len(estimate.frames) > 1 else None,
        )
    report.camera(estimate, output, (*files, PLOT), is_json=json)
