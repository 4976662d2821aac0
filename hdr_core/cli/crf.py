"""``hdr-core crf``: the camera of some frames, as LUTs and OCIO configs."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hdr_core.cli import report
from hdr_core.cli.options import CONFIG_DEFAULT, CameraWeights, Device, JsonObject
from hdr_core.cli.plot import draw_curve, require_matplotlib
from hdr_core.config import Options

if TYPE_CHECKING:
    from hdr_core.plate import Plate

PLOT = "camera.png"
# Frames of a movie that are looked at, evenly spread.
MOVIE_FRAMES = 5


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
    require_matplotlib(PLOT)
    from hdr_core.checkpoint import load_model
    from hdr_core.delivery.camera_files import estimate_camera, write_camera
    from hdr_core.io.atomic import whole_folder

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


def read_frames(plates: list[Path], *, force: bool) -> Iterator["Plate"]:
    """Yield the plates; of a movie some frames, evenly spread."""
    from hdr_core.io.movie import count_frames, read_movie
    from hdr_core.io.movie_frames import is_movie
    from hdr_core.io.read import read_plate

    for path in plates:
        if not is_movie(path):
            yield read_plate(path, force=force)
            continue
        n_frames = count_frames(path)
        step = max(n_frames // MOVIE_FRAMES, 1)
        frames = range(1 + step // 2, n_frames + 1, step)[:MOVIE_FRAMES]
        yield from read_movie(path, frames=frames)
