"""``hdr-core light``: the light of a panorama, its calibration, and a light rig."""

from pathlib import Path
from typing import Annotated

import typer

from hdr_core.cli import options, output_options, rig_options
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
    split: rig_options.SplitFolder = None,
    lights: rig_options.Lights = rig_options.LIGHTS,
    least_share: rig_options.LeastShare = rig_options.LEAST_SHARE,
    dome_max: rig_options.DomeMax = None,
    sun_angle: rig_options.SunAngle = None,
    add_sun: rig_options.AddSun = None,
    distance: rig_options.Distance = rig_options.DISTANCE,
    formats: rig_options.Formats = rig_options.FORMATS,
    plot: output_options.Plot = None,
    overwrite: output_options.Overwrite = False,
    json: options.Json = False,
) -> None:
    """Measure the light of a panorama, calibrate it, and split it into a light rig."""
    if (calibrate_lux is None) != (output is None):
        raise OptionError("--calibrate-lux and -o: give both, or none of them.")
    if add_sun is not None and split is None:
        raise OptionError("--add-sun: give the folder of the rig with --split.")
    from hdr_core.panorama.irradiance import measure_light

    rigging = None
    if split is not None:
        from hdr_core.cli.rig import Rigging

        # Bad options are refused before anything is written.
        rigging = Rigging.of(
            lights=lights,
            least_share=least_share,
            dome_max=dome_max,
            sun_angle=sun_angle,
            add_sun=add_sun,
            distance=distance,
            formats=formats,
            unit_nits=unit_nits,
        )
        rigging.require_free(split, overwrite=overwrite)
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
    source = panorama if output is None else output
    found = measure_light(source)
    if plot is not None:
        from hdr_core.delivery.plot import draw_sources

        draw_sources(plot, found, title=panorama.name)
    made = None
    if rigging is not None and split is not None:
        made = rigging.make(source, split, overwrite=overwrite)
    report_light(found, calibration, made, unit_nits=unit_nits, is_json=json)
