"""Options that several commands share, each said once."""

from pathlib import Path
from typing import Annotated, Literal

import typer

CONFIG_DEFAULT = "$OCIO, else cg-config-v4.0.0_aces-v2.0_ocio-v2.5"

Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"], typer.Option(help="Where the networks run.")
]
Shot = Annotated[
    Path,
    typer.Argument(metavar="SHOT", help="A sequence, plate.####.png, or a movie."),
]
Frames = Annotated[
    str, typer.Option(metavar="RANGE", help="Frames.", show_default="all on disk")
]
CameraWeights = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE", help="Preset or weights which estimate the camera."
    ),
]
JsonObject = Annotated[bool, typer.Option("--json", help="One object on one line.")]
JsonLines = Annotated[bool, typer.Option("--json", help="One object a line on stdout.")]
