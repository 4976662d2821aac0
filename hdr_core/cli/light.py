"""``hdr-core light``: what a panorama lights, and its calibration by a meter."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hdr_core.cli import light_report
from hdr_core.cli.options import JsonObject
from hdr_core.errors import OptionError, OutputError

if TYPE_CHECKING:
    from hdr_core.panorama.irradiance import PanoramaLight


def light(
    panorama: Annotated[
        Path,
        typer.Argument(metavar="PANORAMA.exr", help="Equirectangular, scene-linear."),
    ],
    *,
    calibrate_lux: Annotated[
        float | None,
        typer.Option(
            metavar="LUX",
            help="A meter's reading on the ground: only light above clip is scaled.",
        ),
    ] = None,
    unit_nits: Annotated[
        float,
        typer.Option(metavar="CD/M2", help="Luminance for which 1 in the file stands."),
    ] = 1.0,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT.exr", help="Calibrated panorama."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the sources, as PNG or SVG."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a calibrated panorama.")
    ] = False,
    json: JsonObject = False,
) -> None:
    """Tell what a panorama lights: irradiance on six axes, lamps, and the sun."""
    if (calibrate_lux is None) != (output is None):
        raise OptionError("--calibrate-lux and -o: give both, or none of them.")
    from hdr_core.panorama.irradiance import measure_light

    calibration = None
    if calibrate_lux is not None and output is not None:
        from hdr_core.panorama.calibrate import calibrate

        calibration = calibrate(
            panorama,
            output,
            lux=calibrate_lux,
            unit_nits=unit_nits,
            overwrite=overwrite,
        )
    found = measure_light(panorama if output is None else output)
    if plot is not None:
        draw_sources(found, plot, title=panorama.name)
    light_report.tell(found, calibration, unit_nits=unit_nits, is_json=json)


def draw_sources(found: "PanoramaLight", path: Path, *, title: str) -> None:
    """Draw a panorama in stops, its sources numbered, its sun marked.

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

    luminance = found.light_map.luminance
    dark = max(float(np.quantile(luminance, 0.02)), 1e-4)
    figure = Figure(figsize=(10.0, 5.4), layout="constrained")
    axes = figure.subplots()
    shown = axes.imshow(
        np.log2(np.maximum(luminance, dark)),
        extent=(180.0, -180.0, -90.0, 90.0),
        cmap="magma",
        aspect="auto",
    )
    figure.colorbar(shown, label="luminance, stops above 1")
    for number, source in enumerate(found.sources, start=1):
        at, color = (source.azimuth_deg, source.elevation_deg), "cyan"
        label = "sun" if source.is_sun else str(number)
        axes.plot(*at, marker="o", mfc="none", mec=color, ms=12)
        axes.annotate(label, at, xytext=(8, 8), textcoords="offset points", color=color)
    axes.set(xlabel="azimuth, degrees to the left", ylabel="elevation, degrees")
    axes.set_title(f"{title}: ground {found.ground:.4g}")
    try:
        figure.savefig(path)
    except ValueError as error:
        raise OptionError(f"--plot {path}: {error}.") from error
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
