"""The options of the commands: every flag and its help, written once.

Defaults come from the dataclasses that the library uses (``Options``, ``WriteConfig``);
the constants below are those that only the commands have. ``worker`` sends the flags
of ``convert`` with their defaults and help to its host program.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from hdr_core.options import MOST_GIB, SKIPPABLE, GainMapUse, Options

# Titles under which the help lists the options.
LIGHT, COLOR, FILE, RUN = "The light", "The colors", "The file", "The run"

SKIP = ",".join(Options.skip)
PRESET = "compact"
WORKING_SPACE = "scene_linear"
ALL_FRAMES = ""
TILE_PX = (64, 16384)
LEAST_MEMORY_GIB = 0.5


def add_flag(name: str, text: str, panel: str | None = None) -> Any:  # noqa: ANN401 - typer's
    """Return an option that is on or off."""
    return typer.Option(name, help=text, rich_help_panel=panel)


def output(metavar: str, text: str) -> Any:  # noqa: ANN401 - typer's
    """Return the option that says where results go."""
    return typer.Option("-o", "--output", metavar=metavar, help=text)


def plates(text: str) -> Any:  # noqa: ANN401 - typer's
    """Return the argument that names several plates."""
    return typer.Argument(metavar="PLATE...", help=text)


# Plates.
Shot = Annotated[
    Path,
    typer.Argument(metavar="SHOT", help="A sequence, plate.####.png, or a movie."),
]
Frames = Annotated[
    str,
    typer.Option(
        metavar="RANGE",
        help="Frames of a sequence or movie: 1001-1100, 1001-1100x2, 1,5,9.",
        show_default="all frames",
    ),
]
Force = Annotated[
    bool, add_flag("--force", "Take a plate that is already HDR as a clipped one.", RUN)
]
Panorama = Annotated[
    Literal["auto", "on", "off"],
    typer.Option(
        help="Whether a plate is a 360 x 180 degree panorama, without border.",
        rich_help_panel=RUN,
    ),
]
ShotPlan = Annotated[
    str,
    typer.Option(
        "--shot",
        metavar="FILE|none",
        help="Plan written by hdr-core analyze; none converts each frame on its own.",
        show_default="analyze the frames first",
    ),
]

# Networks.
PresetName = Literal["compact", "paper", "released"]
Preset = Annotated[
    PresetName | None, typer.Option(help="Size of the networks.", show_default=PRESET)
]
WeightsFile = Annotated[
    Path | None, typer.Option(help="A weights file instead of a preset's own.")
]
Networks = Annotated[
    str,
    typer.Option(
        "--weights", metavar="NAME|FILE", help="A preset's name, or a weights file."
    ),
]

# The light.
AuthorsPadding = Annotated[
    bool,
    add_flag(
        "--authors-padding",
        "Resize to multiples of 64 and pad 32 px, as the script of Liu et al. For "
        "presets paper and released, with --fidelity free.",
        LIGHT,
    ),
]
Fidelity = Annotated[
    Literal["plate", "free"],
    typer.Option(
        help="plate: the result, photographed again, gives the plate's codes.",
        rich_help_panel=LIGHT,
    ),
]
ToleranceCodes = Annotated[
    float | None,
    typer.Option(
        help="Number of codes by which a re-shot value may be off.",
        show_default="0; by its quality for a JPEG",
        rich_help_panel=LIGHT,
    ),
]
Skip = Annotated[
    str,
    typer.Option(
        metavar="STAGES",
        help=f"Stages to leave out: {','.join(SKIPPABLE)}.",
        rich_help_panel=LIGHT,
    ),
]
Strength = Annotated[
    float, typer.Option(help="Share of the added light, 0..1.", rich_help_panel=LIGHT)
]
Boldness = Annotated[
    float,
    typer.Option(
        help="Quantile of the predicted light, 0..1; 0.5 is the median.",
        rich_help_panel=LIGHT,
    ),
]
CeilingStops = Annotated[
    float | None,
    typer.Option(
        "--ceiling",
        metavar="STOPS",
        help="Most light above clip.",
        show_default="no limit",
        rich_help_panel=LIGHT,
    ),
]
ExposureStops = Annotated[
    float,
    typer.Option(
        "--exposure",
        metavar="STOPS",
        help="Gain on the whole result.",
        rich_help_panel=LIGHT,
    ),
]

ClipLevel = Annotated[
    int | None,
    typer.Option(
        metavar="CODE",
        help="The code that is white, such as 250 in a generated picture.",
        show_default="the largest code",
        rich_help_panel=LIGHT,
    ),
]
GainMap = Annotated[
    GainMapUse,
    typer.Option(
        help="auto: the light that a photograph states by a gain map, and more above "
        "it; only: no more; ignore: the base picture, as any other plate.",
        rich_help_panel=LIGHT,
    ),
]

# The colors.
Linearize = Annotated[
    str,
    typer.Option(
        metavar="auto|SPACE",
        help="Encoding of the plate. auto estimates it, but keeps that of a phone's "
        "photograph. SPACE is a color space's name, alias or role, or DISPLAY/VIEW, "
        "or an output transform such as agx (info --list-encodings shows all); "
        "network always estimates.",
        rich_help_panel=COLOR,
    ),
]
WorkingSpace = Annotated[
    str,
    typer.Option(
        metavar="SPACE",
        help="Scene-linear color space of the result: name, alias or role.",
        rich_help_panel=COLOR,
    ),
]
ColorConfig = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="PATH|ocio://...",
        help="OpenColorIO config.",
        show_default="$OCIO, else cg-config-v4.0.0_aces-v2.0_ocio-v2.5",
        rich_help_panel=COLOR,
    ),
]

# The run.
Backend = Annotated[
    Literal["auto", "torch", "onnxruntime"],
    typer.Option(
        help="What runs the networks. onnxruntime starts at once and needs graphs "
        "(export onnxruntime); auto takes it for single plates on a CPU.",
        rich_help_panel=RUN,
    ),
]
Graphs = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Graphs for onnxruntime.",
        show_default="$HDR_CORE_GRAPHS, else those that are installed",
        rich_help_panel=RUN,
    ),
]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"],
    typer.Option(help="Where the networks run.", rich_help_panel=RUN),
]
Precision = Annotated[
    Literal["auto", "float32", "bfloat16"],
    typer.Option(help="Number format of the networks.", rich_help_panel=RUN),
]
TilePx = Annotated[
    int,
    typer.Option("--tile", metavar="PX", help="Side of a tile.", rich_help_panel=RUN),
]
MemoryGib = Annotated[
    float | None,
    typer.Option(
        "--memory",
        metavar="GIB",
        help="Most memory. Arrays that do not fit are kept on disk.",
        show_default=f"a quarter of what is free, {MOST_GIB:g} at most",
        min=LEAST_MEMORY_GIB,
        rich_help_panel=RUN,
    ),
]
DryRun = Annotated[bool, add_flag("--dry-run", "Only list what would be done.", RUN)]
Json = Annotated[
    bool, add_flag("--json", "Print JSON on stdout, one object a line.", RUN)
]
OpenJd = Annotated[
    bool,
    add_flag(
        "--openjd", "Print progress for a farm, as Open Job Description defines.", RUN
    ),
]
Quiet = Annotated[bool, add_flag("--quiet", "Print only errors.", RUN)]

# Training and evaluation.
Corpus = Annotated[
    Path,
    typer.Option(
        help="Folder of HDR scenes with manifest.jsonl; train also takes a packed "
        "corpus, one file."
    ),
]
ResponseCurves = Annotated[
    Path, typer.Option("--crf", help="Measured response curves, .npz.")
]
RealCurves = Annotated[
    Path | None,
    typer.Option(
        "--real",
        help="Response curves of cameras in use, .npz.",
        show_default="film-like curves",
    ),
]
