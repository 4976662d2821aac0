"""The options for what is written: files, their contents and their pictures."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from hdr_core.cli.options import FILE, add_flag
from hdr_core.delivery.write_config import AOVS, WriteConfig

AOV = ",".join(WriteConfig.aovs)

Aovs = Annotated[
    str,
    typer.Option(
        "--aov",
        metavar="LAYERS",
        help=f"Extra layers, of {','.join(AOVS)}; or none.",
        rich_help_panel=FILE,
    ),
]
Depth = Annotated[
    Literal["auto", "half", "float"],
    typer.Option(help="auto: half where it keeps every code.", rich_help_panel=FILE),
]
Compression = Annotated[
    str, typer.Option(help="Compression of the EXR.", rich_help_panel=FILE)
]
Preview = Annotated[
    bool,
    add_flag("--preview", "Write PNGs at 0, -3 and -6 stops beside the EXR.", FILE),
]
Report = Annotated[
    bool,
    add_flag(
        "--report", "Write all that is reported beside the EXR, as plate.json.", FILE
    ),
]
AovFiles = Annotated[
    bool,
    add_flag(
        "--aov-files",
        "Write a file for each layer, for programs that read only the first part.",
        FILE,
    ),
]
Overwrite = Annotated[
    bool,
    add_flag("--overwrite", "Replace existing files instead of keeping them.", FILE),
]
Split = Annotated[
    bool,
    add_flag(
        "--split",
        "Beside each panorama, write a folder {stem}_rig: a dome without lamps and "
        "lights of the same energy.",
        FILE,
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Draw what was found, as PNG or SVG.",
        rich_help_panel=FILE,
    ),
]
