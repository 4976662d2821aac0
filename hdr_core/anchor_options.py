"""What an artist knows about a plate, as options: the anchors of its curve."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hdr_core.errors import OptionError

GREY_LIGHT = 0.18
"""Light of a grey card, 1 = clip: the clip is a reflectance of 100 %."""
WHITE_LIGHT = 0.9
"""Light of white paper at the same exposure: paper reflects about 90 %."""
N_CORNERS = 4
Corners = tuple[float, ...]


@dataclass(frozen=True)
class Spot:
    """A pixel whose light is known.

    Attributes:
        x: Column, from 0 at the left.
        y: Row, from 0 at the top.
        light: Its scene-linear light, 1 = the clip of the plate.

    Raises:
        OptionError: The light is not between 0 and 1, or the place is negative.
    """

    x: int
    y: int
    light: float

    def __post_init__(self) -> None:
        """Raise OptionError for values out of their range."""
        if min(self.x, self.y) < 0:
            raise OptionError(
                f"{self.x},{self.y}: a pixel has no negative place. Count columns from "
                "the left and rows from the top, from 0."
            )
        if not 0.0 < self.light < 1.0:
            raise OptionError(
                f"{self.x},{self.y}: its light must be above 0 and below 1, which is "
                f"the clip, found {self.light:g}."
            )


@dataclass(frozen=True)
class Anchors:
    """All that the artist knows about one plate. Each anchor pins its curve.

    Attributes:
        grey: Pixels of grey things whose light is known, such as a grey card.
        white: Pixels of diffuse white.
        chart: Corners x0, y0, ..., x3, y3 of a ColorChecker of 24 patches: from its
            dark brown patch to bluish green, black and white. "auto" finds the chart;
            None means that there is none.
        match: Scene-linear picture of the same view.
        exposures: Other exposures of the same view, by the same camera.

    Raises:
        OptionError: The corners are not four points of a convex shape, or the
            exposures are more than can be used.
    """

    grey: tuple[Spot, ...] = ()
    white: tuple[Spot, ...] = ()
    chart: Literal["auto"] | Corners | None = None
    match: Path | None = None
    exposures: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        """Raise OptionError for corners that cannot be those of a chart."""
        if self.chart is None or self.chart == "auto":
            return
        if len(self.chart) != 2 * N_CORNERS:
            raise OptionError(
                f"chart: needs X0,Y0,X1,Y1,X2,Y2,X3,Y3 or auto, found "
                f"{len(self.chart)} numbers."
            )
        if not _is_convex(self.chart):
            raise OptionError(
                "chart: the corners do not form a convex shape. Name them around the "
                "chart: at dark brown, bluish green, black, white."
            )

    def __bool__(self) -> bool:
        """Return whether anything is known."""
        return bool(self.kinds)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the anchors that are given, as in the options of ``convert``."""
        given = {
            "grey": self.grey,
            "white": self.white,
            "chart": self.chart,
            "match": self.match,
            "exposures": self.exposures,
        }
        return tuple(name for name, value in given.items() if value)

    @property
    def flags(self) -> str:
        """The options that are given, as text for a message."""
        return ", ".join(f"--{kind}" for kind in self.kinds)

    def as_parameters(self) -> dict[str, object]:
        """Return what is given, for a header: of files the name alone."""
        found: dict[str, object] = {
            "grey": [[spot.x, spot.y, spot.light] for spot in self.grey],
            "white": [[spot.x, spot.y, spot.light] for spot in self.white],
            "chart": self.chart if self.chart == "auto" else list(self.chart or ()),
            "match": None if self.match is None else self.match.name,
            "exposures": [path.name for path in self.exposures],
        }
        return {name: value for name, value in found.items() if value}


NO_ANCHORS = Anchors()


def _is_convex(corners: Corners) -> bool:
    """Return whether four corners go around a convex shape, in either direction."""
    if not all(math.isfinite(value) for value in corners):
        return False
    points = list(zip(corners[::2], corners[1::2], strict=True))
    turns = []
    for place in range(N_CORNERS):
        (ax, ay), (bx, by), (cx, cy) = (
            points[(place + step) % N_CORNERS] for step in range(3)
        )
        turns.append((bx - ax) * (cy - by) - (by - ay) * (cx - bx))
    return min(turns) > 0.0 or max(turns) < 0.0


def parse_spot(text: str, *, light: float, name: str) -> Spot:
    """Return the spot of ``X,Y`` or ``X,Y:VALUE``.

    Args:
        text: What the artist wrote.
        light: Light where no value is given.
        name: Name of the option, for the error.

    Raises:
        OptionError: The text is not written so, or a value is out of its range.
    """
    place, _, value = text.partition(":")
    try:
        x, y = (int(number) for number in place.split(","))
        found = float(value) if value else light
    except ValueError as error:
        raise OptionError(
            f"--{name} {text}: needs X,Y or X,Y:VALUE, such as 320,240:{light:g}."
        ) from error
    try:
        return Spot(x, y, found)
    except OptionError as error:
        raise OptionError(f"--{name} {error}") from error


def parse_chart(text: str) -> Corners | Literal["auto"] | None:
    """Return the corners of a chart; "" means none, "auto" that it is to be found.

    Raises:
        OptionError: The text is not eight numbers.
    """
    if not text:
        return None
    if text == "auto":
        return "auto"
    try:
        return tuple(float(number) for number in text.split(","))
    except ValueError as error:
        raise OptionError(
            f"--chart {text}: needs X0,Y0,X1,Y1,X2,Y2,X3,Y3 or auto."
        ) from error
