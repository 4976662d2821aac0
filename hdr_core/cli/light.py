"""``hdr-core light``: the light of a panorama, and its calibration by a meter."""

from pathlib import Path
from typing import Annotated

import typer

from hdr_core.cli import options
from hdr_core.cli.light_report import report_light
from hdr_core.errors import OptionError


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
            help="Illuminance measured on the ground; scales the light above clip.",
        ),
    ] = None,
    unit_nits: Annotated[
        float,
        typer.Option(
            metavar="CD/M2", help="Luminance of the value 1 in the file, in cd/m2."
        ),
    ] = 1.0,
    output: Annotated[
        Path | None, options.output("OUT.exr", "Calibrated panorama.")
    ] = None,
    plot: options.Plot = None,
    overwrite: options.Overwrite = False,
    json: options.Json = False,
) -> None:
    """Measure the light of a panorama: irradiance on six axes, lamps, and the sun."""
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
        from hdr_core.delivery.plot import draw_sources

        draw_sources(plot, found, title=panorama.name)
    report_light(found, calibration, unit_nits=unit_nits, is_json=json)
