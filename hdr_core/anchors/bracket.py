"""Other exposures of a view: what they say about the curve, and their own exposure.

    log2 g(e_k) - log2 g(e_l) = x_k - x_l        at each pixel of frames k and l

e  codes at one pixel        x  exposure in stops above the plate, whose x is 0

Codes of one frame are sorted into bins, and each bin says one line: the median code of
the other frame there. Medians do not mind things that moved, nor codes that clip. An
exposure by Exif is known within ``EXIF_ERROR``; without Exif it is a free gain, which
the likely curves bound: a curve g^p with exposures p x explains the same codes.

Source: Debevec & Malik 1997, "Recovering High Dynamic Range Radiance Maps from
Photographs"; Mann & Picard 1995.
Differs: medians in bins, not single pixels, and likely curves instead of a smoothness.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from hdr_core.anchors.align import LEAST_LIKENESS, lay_over
from hdr_core.anchors.common_codes import Frame, common_codes
from hdr_core.anchors.statement import Statement, Values, join, make_statement
from hdr_core.camera.curves import Curve
from hdr_core.errors import PlateError
from hdr_core.fidelity.tolerance import choose_tolerance
from hdr_core.headers.exposure import exposure_stops
from hdr_core.io.read import read_plate
from hdr_core.plate import Pixels, Plate

# Error of an exposure by Exif in stops. Nominal times are rounded, shutters are not.
EXIF_ERROR = 0.03
# Error of a line in stops, and of a median code. Errors of codes matter: in stops, a
# curve so flat that all codes are one light would have none.
LINE_ERROR, CODE_ERROR = 0.005, 0.4 / 255
# Exposures whose codes differ by less say nothing.
LEAST_CODES = 4.0 / 255
# Without Exif, exposures are taken as whole stops if a common factor within these makes
# them so, each within ``WHOLE_STOPS``, and if the next such factor is twice as far.
FACTORS, WHOLE_STOPS = (0.75, 1.34), 0.15


@dataclass(frozen=True)
class Bracket:
    """The plate and its other exposures.

    Attributes:
        frames: The plate first.
        pairs: Codes of each two frames that show the same light, (n, 2), by the places
            of both frames.
        notes: What was found about them.
    """

    frames: tuple[Frame, ...]
    pairs: dict[tuple[int, int], Values]
    notes: tuple[str, ...]

    @property
    def has_exposures(self) -> bool:
        """Whether the exposure of every frame is known."""
        return all(frame.stops is not None for frame in self.frames)


def read_bracket(
    paths: Sequence[Path],
    encoded: Pixels,
    *,
    max_code: int,
    tolerance_codes: float,
    exposure: float | None,
) -> Bracket:
    """Read other exposures of a view and lay them over the plate.

    Args:
        paths: Their files.
        encoded: The plate, (H, W, 3), in [0, 1].
        max_code: Largest code of the plate.
        tolerance_codes: Tolerance of the plate.
        exposure: Exposure of the plate by its Exif, in stops; None: not known.

    Raises:
        PlateError: A file cannot be read, has another size, or shows another view.
    """
    first = Frame("the plate", encoded, max_code, tolerance_codes, 0.0)
    frames, notes = [first], []
    for path in paths:
        plate = read_plate(path, gain_map="ignore")
        found = lay_over(encoded, _require_alike(plate, encoded, path))
        if found.likeness < LEAST_LIKENESS:
            raise PlateError(
                f"--exposures {path}: cannot be laid over the plate (likeness "
                f"{found.likeness:.2f} of 1). Give exposures of the same view."
            )
        if found.moved_px:
            notes.append(f"{path.name} was moved by {found.moved_px:.1f} px")
        own = exposure_stops(plate.metadata)
        is_known = exposure is not None and own is not None
        frames.append(
            Frame(
                path.name,
                found.pixels,
                plate.max_code,
                choose_tolerance(plate, None),
                own - exposure if is_known else None,  # type: ignore[operator]
            )
        )
    pairs = {
        (at, other): common_codes(frames[at], frames[other])
        for at, other in combinations(range(len(frames)), 2)
    }
    kept = {places: codes for places, codes in pairs.items() if _differ(codes)}
    return Bracket(tuple(frames), kept, tuple(notes))


def _differ(codes: Values) -> bool:
    """Return whether pairs of codes say that two exposures differ."""
    return len(codes) > 1 and bool(
        np.abs(codes[:, 0] - codes[:, 1]).max() > LEAST_CODES
    )


def _require_alike(plate: Plate, encoded: Pixels, path: Path) -> Pixels:
    """Return the pixels of another exposure; PlateError if its size differs."""
    if plate.pixels.shape != encoded.shape:
        height, width, _ = encoded.shape
        raise PlateError(
            f"--exposures {path}: has {plate.width}x{plate.height} pixels, and the "
            f"plate {width}x{height}: it cannot be laid over it. Give frames as shot."
        )
    return plate.pixels


def state_bracket(bracket: Bracket) -> Statement:
    """Return what the exposures say about the curve.

    Raises:
        PlateError: No two of them show a range of codes together.
    """
    if not bracket.pairs:
        raise PlateError(
            "--exposures: the frames have no codes in common that are neither clipped "
            "nor black, or are all the same. Give exposures one to three stops apart."
        )
    return join([_state_pair(bracket, *places) for places in bracket.pairs])


def _state_pair(bracket: Bracket, at: int, other: int) -> Statement:
    """Return the lines of two frames."""
    codes = bracket.pairs[at, other]
    first, second = bracket.frames[at].stops, bracket.frames[other].stops
    is_known = first is not None and second is not None
    stops = second - first if is_known else 0.0  # type: ignore[operator]
    lines = make_statement(
        codes,
        np.full(len(codes), stops),
        errors=LINE_ERROR,
        code_error=CODE_ERROR,
        groups=0,
        shares=np.tile([-1.0, 1.0], (len(codes), 1)),
        is_doubtful=True,
    )
    return _with_exif(lines) if is_known else lines


def _with_exif(lines: Statement) -> Statement:
    """Return lines and one more, which says that their free gain is about 0."""
    nothing = make_statement(
        np.zeros((1, 2)),
        np.zeros(1),
        errors=EXIF_ERROR,
        groups=0,
        shares=np.zeros((1, 2)),
    )
    both = join([lines, nothing])
    return replace(both, groups=np.zeros(len(both.stops), np.int64))


def exposures_by(curve: Curve, bracket: Bracket) -> Values:
    """Return the exposure of each frame above the plate, in stops, by a curve, (k,).

    Each pair of frames says a difference; they are solved together by least squares.

    Raises:
        PlateError: A frame has no codes in common with any other.
    """
    n_frames = len(bracket.frames)
    rows, stops = [np.eye(n_frames)[0]], [0.0]
    for (at, other), codes in bracket.pairs.items():
        lines = make_statement(
            codes,
            np.zeros(len(codes)),
            errors=LINE_ERROR,
            code_error=CODE_ERROR,
            shares=np.tile([-1.0, 1.0], (len(codes), 1)),
        )
        weights = lines.errors_by(curve[None])[0] ** -2.0
        row = np.zeros(n_frames)
        row[[at, other]] = -1.0, 1.0
        rows.append(row)
        stops.append(_weighted_median(lines.readings(curve[None])[0], weights))
    matrix = np.array(rows)
    if np.linalg.matrix_rank(matrix) < n_frames:
        raise PlateError(
            "--exposures: a frame has no codes in common with the others that are "
            "neither clipped nor black. Give exposures one to three stops apart."
        )
    return np.asarray(np.linalg.lstsq(matrix, np.array(stops), rcond=None)[0])


def choose_exposures(bracket: Bracket, stops: Values) -> Bracket:
    """Return the bracket with an exposure of each frame, and a note on them.

    Codes alone do not tell exposures p x and a curve g^p from x and g. So without Exif,
    the whole stops that are nearest by a common factor are taken, as cameras set them;
    if none are near, those of the likeliest curve.

    Args:
        bracket: The plate and its other exposures.
        stops: Their exposures by the likeliest curve.
    """
    whole = nearest_whole(stops[1:])
    chosen = stops[1:] if whole is None else whole
    named = ", ".join(f"{value:+.3g}" for value in chosen)
    kind = "estimated" if whole is None else "taken as whole stops,"
    note = f"no exposure times for all frames: {kind} {named} stops from their codes"
    frames = [
        replace(frame, stops=float(value))
        for frame, value in zip(bracket.frames, (0.0, *chosen), strict=True)
    ]
    return replace(bracket, frames=tuple(frames), notes=(*bracket.notes, note))


def nearest_whole(stops: Values) -> Values | None:
    """Return exposures in whole stops by a common factor; None if none is near."""
    largest = float(stops[np.abs(stops).argmax()])
    found = []
    for whole in range(1, int(FACTORS[1] * abs(largest)) + 1):
        factor = whole / abs(largest)
        scaled = stops * factor
        rounded = np.rint(scaled)
        is_whole = np.abs(scaled - rounded).max() < WHOLE_STOPS and rounded.all()
        if is_whole and FACTORS[0] <= factor <= FACTORS[1]:
            found.append((abs(np.log2(factor)), rounded))
    found.sort(key=lambda each: each[0])
    if not found or (len(found) > 1 and found[1][0] < 2.0 * found[0][0]):
        return None
    return np.asarray(found[0][1])


def _weighted_median(values: Values, weights: Values) -> float:
    order = np.argsort(values)
    sums = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(sums, 0.5 * sums[-1])])
