"""The options of what an artist knows about a plate: the anchors of its curve."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from hdr_core.anchor_options import (
    GREY_LIGHT,
    WHITE_LIGHT,
    Anchors,
    parse_chart,
    parse_spot,
)
from hdr_core.errors import OptionError

# Title under which the help lists these options.
KNOWN = "What you know about the plate"
EXPOSURES = "--exposures"
FLAGS = ("--grey", "--white", "--chart", "--match", EXPOSURES)

Grey = Annotated[
    list[str],
    typer.Option(
        "--grey",
        metavar="X,Y[:VALUE]",
        help=f"A pixel on a grey card, and its light, 1 = clip: {GREY_LIGHT:g}. "
        "Repeatable.",
        rich_help_panel=KNOWN,
        show_default=False,
    ),
]
White = Annotated[
    list[str],
    typer.Option(
        "--white",
        metavar="X,Y[:VALUE]",
        help=f"A pixel on white paper, and its light, 1 = clip: {WHITE_LIGHT:g}. "
        "Repeatable.",
        rich_help_panel=KNOWN,
        show_default=False,
    ),
]
Chart = Annotated[
    str,
    typer.Option(
        "--chart",
        metavar="X0,Y0,..|auto",
        help="The four corners of a ColorChecker of 24 patches, as X0,Y0,X1,Y1,X2,Y2,"
        "X3,Y3 around it; auto finds it.",
        rich_help_panel=KNOWN,
        show_default=False,
    ),
]
Match = Annotated[
    Path | None,
    typer.Option(
        "--match",
        metavar="REF",
        help="A scene-linear EXR or HDR of the same view: a developed raw file, a "
        "linear grade. Its exposure may differ.",
        rich_help_panel=KNOWN,
        show_default=False,
    ),
]
Exposures = Annotated[
    list[Path],
    typer.Option(
        "--exposures",
        metavar="FILE...",
        help="Other exposures of the same view, by the same camera: curve and light "
        "are measured. Name the plate before them.",
        rich_help_panel=KNOWN,
        show_default=False,
    ),
]


def make_anchors(
    *,
    grey: Sequence[str],
    white: Sequence[str],
    chart: str,
    match: Path | None,
    exposures: Sequence[Path],
) -> Anchors:
    """Return the anchors that the options of a command name.

    Raises:
        OptionError: An option is not written as it should be.
    """
    return Anchors(
        grey=tuple(parse_spot(text, light=GREY_LIGHT, name="grey") for text in grey),
        white=tuple(
            parse_spot(text, light=WHITE_LIGHT, name="white") for text in white
        ),
        chart=parse_chart(chart),
        match=match,
        exposures=tuple(exposures),
    )


def repeat_exposures(arguments: Sequence[str]) -> list[str]:
    """Return arguments in which ``--exposures A B`` is ``--exposures A --exposures B``.

    Args:
        arguments: Arguments of the command line.
    """
    repeated: list[str] = []
    is_within = False
    for argument in arguments:
        if is_within and not argument.startswith("-") and repeated[-1] != EXPOSURES:
            repeated.append(EXPOSURES)
        is_within = argument == EXPOSURES or (
            is_within and not argument.startswith("-")
        )
        repeated.append(argument)
    return repeated


def require_one_plate(
    anchors: Anchors, *, n_plates: int, n_shots: int, has_padding: bool
) -> None:
    """Refuse anchors that do not belong to one plate.

    Args:
        anchors: The anchors of a command; maybe none.
        n_plates: Number of plates that it converts.
        n_shots: Number of shots that it analyzes first.
        has_padding: Whether plates are resized before they are read.

    Raises:
        OptionError: There are anchors, and several plates, a shot, or other pixels.
    """
    if not anchors:
        return
    if n_plates > 1 or n_shots:
        what = "a shot" if n_shots else f"{n_plates} plates"
        raise OptionError(
            f"{anchors.flags}: belongs to one plate, found {what}. Convert one "
            "picture; of a shot, one frame with --frames and --shot none."
        )
    if has_padding:
        raise OptionError(
            f"{anchors.flags}: counts pixels of the plate, and --authors-padding "
            "resizes it. Leave one of them out."
        )
