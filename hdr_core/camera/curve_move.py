"""How far anchors moved an estimated curve."""

from dataclasses import dataclass

import numpy as np

from hdr_core.camera.curves import Curve, curve_grid

MID_CODE = 0.5


@dataclass(frozen=True)
class CurveMove:
    """What anchors did to a curve.

    Attributes:
        anchors: Names of the anchors: "grey", "white", "chart", "match", "exposures".
        rms: RMS of the difference of the curves, in light, 1 = clip.
        mid_stops: Change of the light of code 0.5, in stops.
        misfit_stops: RMS by which the moved curve misses the anchors, in stops.
        notes: What was found about the anchors.
    """

    anchors: tuple[str, ...]
    rms: float
    mid_stops: float
    misfit_stops: float
    notes: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return the move in words."""
        return (
            f"{', '.join(self.anchors)} moved the curve by {self.rms:.4f} RMS, "
            f"{self.mid_stops:+.2f} stops at mid-code, and are met within "
            f"{self.misfit_stops:.2f} stops"
        )


def measure_move(
    before: Curve,
    after: Curve,
    *,
    anchors: tuple[str, ...],
    misfit_stops: float,
    notes: tuple[str, ...] = (),
) -> CurveMove:
    """Return how far a curve was moved.

    Args:
        before: Inverse CRF without the anchors, (N,).
        after: Inverse CRF with them, (N,).
        anchors: Names of the anchors.
        misfit_stops: RMS by which ``after`` misses the anchors, in stops.
        notes: What was found about the anchors.
    """
    grid = curve_grid(len(before))
    mids = [np.interp(MID_CODE, grid, curve) for curve in (before, after)]
    return CurveMove(
        anchors=anchors,
        rms=float(np.sqrt(np.mean((after - before) ** 2))),
        mid_stops=float(np.log2(mids[1] / mids[0])),
        misfit_stops=misfit_stops,
        notes=notes,
    )
