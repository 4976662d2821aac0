"""``hdr-core info``: what is in a plate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hdr_core.cli import report
from hdr_core.config import InferConfig
from hdr_core.errors import OptionError, OutputError

if TYPE_CHECKING:
    from hdr_core.inference.info import PlateInfo


def info(
    plate: Annotated[Path, typer.Argument(metavar="PLATE", help="A picture.")],
    *,
    weights: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE", help="Preset or weights which estimate the camera."
        ),
    ] = "compact",
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the estimated curve, as PNG or SVG."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Take a plate that is HDR as a clipped one."),
    ] = False,
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"],
        typer.Option(help="Where the networks run."),
    ] = "auto",
    linearize: Annotated[
        str,
        typer.Option(
            metavar="auto|network|SPACE", help="The plate's encoding, if it is known."
        ),
    ] = InferConfig.linearize,
    color_config: Annotated[
        str | None,
        typer.Option(
            "--config",
            metavar="PATH|ocio://...",
            help="OpenColorIO config.",
            show_default="$OCIO, else cg-config-v4.0.0_aces-v2.0_ocio-v2.5",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One object on one line.")
    ] = False,
) -> None:
    """Tell what is in a plate: size, bits, clipped share, estimated camera."""
    from hdr_core.checkpoint import load_model
    from hdr_core.inference.info import inspect_plate
    from hdr_core.io.read import read_plate

    found = inspect_plate(
        read_plate(plate, force=force),
        load_model(weights),
        config=InferConfig(
            device=device, linearize=linearize, color_config=color_config
        ),
    )
    if plot is not None:
        draw_curve(found, plot)
    report.plate_info(found, is_json=json)


def draw_curve(found: "PlateInfo", path: Path) -> None:
    """Draw the estimated inverse CRF beside sRGB's.

    Raises:
        OptionError: matplotlib is not installed, or cannot write such files.
        OutputError: The file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise OptionError(
            "--plot: needs matplotlib. Install it with `pip install hdr-core[plots]`."
        ) from error
    import numpy as np

    from hdr_core.camera.curves import inverse_srgb

    encoded = np.linspace(0.0, 1.0, len(found.inverse_crf))
    figure = Figure(figsize=(5.0, 5.0), layout="constrained")
    axes = figure.subplots()
    axes.plot(encoded, found.inverse_crf, label="estimated")
    axes.plot(encoded, inverse_srgb(encoded), "--", label="sRGB")
    axes.set(
        xlabel="encoded", ylabel="scene-linear, 1 = clip", xlim=(0, 1), ylim=(0, 1)
    )
    axes.set_title(path.stem if found.path is None else found.path.name)
    axes.legend()
    try:
        figure.savefig(path)
    except ValueError as error:
        raise OptionError(f"--plot {path}: {error}.") from error
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
