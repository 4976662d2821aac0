"""Read the anchors of a plate: what they say about its curve."""

from dataclasses import dataclass, replace

from hdr_core.anchor_options import Anchors
from hdr_core.anchors.bracket import (
    Bracket,
    choose_exposures,
    exposures_by,
    read_bracket,
    state_bracket,
)
from hdr_core.anchors.chart import state_chart
from hdr_core.anchors.find_chart import find_charts
from hdr_core.anchors.match import state_match
from hdr_core.anchors.spots import state_spots
from hdr_core.anchors.statement import Statement, join
from hdr_core.camera.curves import Curve
from hdr_core.plate import Pixels


@dataclass(frozen=True)
class Known:
    """What the anchors of one plate say.

    Attributes:
        statement: About its curve.
        notes: On anchors of which there is doubt.
        bracket: The plate and its other exposures; None means that there are none.
        others: What the anchors beside the bracket say.
    """

    statement: Statement
    notes: tuple[str, ...]
    bracket: Bracket | None = None
    others: tuple[Statement, ...] = ()


def read_anchors(
    anchors: Anchors,
    encoded: Pixels,
    curves: Curve,
    *,
    max_code: int,
    tolerance_codes: float = 0.0,
    exposure: float | None = None,
) -> Known:
    """Return what anchors say about the curve of a plate.

    Args:
        anchors: One or more.
        encoded: The plate, (H, W, 3), in [0, 1].
        curves: Likely curves, (n, N); n may be 0.
        max_code: Largest code of the plate.
        tolerance_codes: Its tolerance.
        exposure: Its exposure by Exif, in stops; None means that it is not known.

    Raises:
        PlateError: An anchor cannot be used; the line says which and why.
    """
    statements: list[Statement] = []
    notes: tuple[str, ...] = ()
    for name, spots in (("grey", anchors.grey), ("white", anchors.white)):
        if spots:
            statement, doubts = state_spots(name, spots, encoded, max_code)
            statements.append(statement)
            notes += doubts
    if (chart := anchors.chart) is not None:
        charts = find_charts(encoded) if chart == "auto" else (chart,)
        statements.append(state_chart(charts, encoded, max_code, curves))
    if anchors.match is not None:
        statement, doubts = state_match(
            anchors.match, encoded, max_code=max_code, tolerance_codes=tolerance_codes
        )
        statements.append(statement)
        notes += doubts
    if anchors.exposures:
        bracket = read_bracket(
            anchors.exposures,
            encoded,
            max_code=max_code,
            tolerance_codes=tolerance_codes,
            exposure=exposure,
        )
        notes += bracket.notes
        lines = [*statements, state_bracket(bracket)]
        return Known(join(lines), notes, bracket, tuple(statements))
    return Known(join(statements), notes)


def with_exposures(known: Known, curve: Curve) -> Known:
    """Return what is known once all exposures of its bracket are.

    Args:
        known: What the anchors say, with a bracket.
        curve: The likeliest inverse CRF without a move, (N,).
    """
    if known.bracket is None or known.bracket.has_exposures:
        return known
    bracket = choose_exposures(known.bracket, exposures_by(curve, known.bracket))
    lines = [*known.others, state_bracket(bracket)]
    notes = known.notes + bracket.notes[-1:]
    return replace(known, statement=join(lines), notes=notes, bracket=bracket)
