"""The options of a light rig: every flag and its help, written once."""

from pathlib import Path
from typing import Annotated

import typer

RIG = "The light rig"
LIGHTS, FORMATS, LEAST_SHARE, DISTANCE = "all", "all", 0.5, 5.0
SplitFolder = Annotated[
    Path | None,
    typer.Option(
        "--split",
        metavar="DIR",
        help="Split into a dome without lamps and lights of the same energy.",
        rich_help_panel=RIG,
    ),
]
Lights = Annotated[
    str,
    typer.Option(
        metavar="sun|all|N",
        help="What becomes a light: the sun as a disc of 0.53 degree, all lamps, or "
        "the N strongest.",
        rich_help_panel=RIG,
    ),
]
LeastShare = Annotated[
    float,
    typer.Option(
        metavar="PERCENT",
        help="Share of all light that a lamp needs to become a light.",
        rich_help_panel=RIG,
    ),
]
DomeMax = Annotated[
    float | None,
    typer.Option(
        metavar="VALUE",
        help="Largest luminance of the dome; what is above goes to the nearest light.",
        show_default="no limit",
        rich_help_panel=RIG,
    ),
]
SunAngle = Annotated[
    float | None,
    typer.Option(
        metavar="DEGREES",
        help="Angular diameter of the sun's light.",
        show_default="0.53 with --lights sun, else as large as in the panorama",
        rich_help_panel=RIG,
    ),
]
AddSun = Annotated[
    str | None,
    typer.Option(
        metavar="AZ,EL|auto[:LUX]",
        help="Add a sun that the panorama lost: its azimuth to the left and its "
        "elevation in degrees, or by the sky; its lux facing it, or by the ground.",
        rich_help_panel=RIG,
    ),
]
Distance = Annotated[
    float,
    typer.Option(
        metavar="METERS",
        help="Distance of the lamps. Their light in the middle does not depend on it.",
        rich_help_panel=RIG,
    ),
]
Formats = Annotated[
    str,
    typer.Option(
        metavar="FORMATS",
        help="Files of the lights, of json,txt,gltf,usd; or all.",
        rich_help_panel=RIG,
    ),
]
