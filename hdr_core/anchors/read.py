"""Read the anchors of a plate: what they say about its curve."""

from dataclasses import dataclass

from hdr_core.anchor_options import Anchors
from hdr_core.anchors.chart import state_chart
from hdr_core.anchors.find_chart import find_charts
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
    """

    statement: Statement
    notes: tuple[str, ...]


def read_anchors(
    anchors: Anchors, encoded: Pixels, max_code: int, curves: Curve
) -> Known:
    """Return what anchors say about the curve of a plate.

    Args:
        anchors: One or more.
        encoded: The plate, (H, W, 3), in [0, 1].
        max_code: Its largest code.
        curves: Likely curves, (n, N); n may be 0.

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
    return Known(join(statements), notes)
