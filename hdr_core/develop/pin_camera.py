"""The camera of a plate of which the artist knows something: anchors pin its curve.

    E'_i = E_i + L_i        g' = move(g)

E_i  evidence of the i-th likely curve from the plate (stages/linearize/estimate.py)
L_i  its log likelihood by the anchors (anchors/weigh.py)
g    the posterior mean by E'        g'  the same, moved through them (anchors/move.py)

A model without likely curves has only the move.
"""

from dataclasses import replace

import numpy as np
import torch

from hdr_core.anchors.bracket import Bracket, exposures_by
from hdr_core.anchors.merge import merge_bracket
from hdr_core.anchors.move import move
from hdr_core.anchors.read import Known, read_anchors, with_exposures
from hdr_core.anchors.statement import Values
from hdr_core.anchors.weigh import weigh
from hdr_core.camera.curve_move import measure_move
from hdr_core.camera.curves import Curve
from hdr_core.decisions import Decisions
from hdr_core.errors import PlateError
from hdr_core.execution.device import one_thread
from hdr_core.fidelity.bracket_camera import BracketCamera
from hdr_core.fidelity.camera import CurveCamera
from hdr_core.networks import Array, Networks
from hdr_core.stages.linearize.estimate import Linearize, ResponseEvidence

# A curve that misses its anchors by more than this is worth a note, or an error.
DOUBT_STOPS, MOST_STOPS = 0.15, 0.75
# Anchors that every likely curve misses by more than this are worth a note.
UNUSUAL_STOPS = 0.3


def pin_camera(
    evidence: ResponseEvidence, mended: Array, networks: Networks, decisions: Decisions
) -> CurveCamera:
    """Return the camera that plate and anchors show together.

    Args:
        evidence: What the plate alone shows.
        mended: The plate with its clip undershoot filled, (H, W, 3), in [0, 1].
        networks: The prepared model.
        decisions: Decisions for this plate, with its anchors.

    Raises:
        PlateError: An anchor cannot be used, or anchors contradict each other.
    """
    stage, anchors = networks.model.linearize, decisions.options.anchors
    with one_thread():
        curves = _as_array(stage.likely_curves())
        known = read_anchors(
            anchors,
            mended,
            curves,
            max_code=decisions.max_code,
            tolerance_codes=decisions.tolerance_codes,
            exposure=decisions.exposure,
        )
        before = _as_array(stage.curve(stage.likely(evidence)))[0]
        if known.bracket is not None:
            first = _with_anchors(evidence, known, curves)
            likely = _as_array(stage.curve(stage.likely(first)))[0]
            known = with_exposures(known, likely)
        curve, spread = _pinned_curve(stage, evidence, known, curves)
    misfit = _misfit(known, curve)
    if misfit > MOST_STOPS:
        raise PlateError(
            f"{anchors.flags}: no increasing curve holds all that is known. The "
            f"nearest is {misfit:.1f} stops off. Check the pixels and their values."
        )
    doubts = [f"{anchors.flags} missed by {misfit:.2f} stops: check it"]
    notes = known.notes + tuple(doubts if misfit > DOUBT_STOPS else ())
    notes += _unusual(known, curves, anchors.flags)
    moved = measure_move(
        before, curve, anchors=anchors.kinds, misfit_stops=misfit, notes=notes
    )
    camera = replace(decisions.curve_camera(curve), spread=spread, moved=moved)
    return camera if known.bracket is None else _with_bracket(camera, known.bracket)


def _with_bracket(camera: CurveCamera, bracket: Bracket) -> BracketCamera:
    """Return the camera with the light that other exposures show."""
    curve = camera.inverse_crf
    merge = merge_bracket(bracket, curve, exposures_by(curve, bracket))
    return BracketCamera(
        inverse_crf=curve / merge.ceiling,
        max_code=camera.max_code,
        tolerance_codes=camera.tolerance_codes,
        lifts_black=camera.lifts_black,
        spread=camera.spread,
        moved=camera.moved,
        merge=merge,
    )


def _with_anchors(
    evidence: ResponseEvidence, known: Known, curves: Curve
) -> ResponseEvidence:
    """Return the evidence with the log likelihood of the anchors."""
    if not len(curves):
        return evidence
    found = torch.from_numpy(weigh(known.statement, curves)).to(evidence.coefficients)
    if evidence.evidence is not None:
        found = found + evidence.evidence
    return evidence._replace(evidence=found.view(1, -1))


def _pinned_curve(
    stage: Linearize, evidence: ResponseEvidence, known: Known, curves: Curve
) -> tuple[Curve, Curve | None]:
    """Return the curve that holds the anchors, and its spread; both float64, (N,)."""
    evidence = _with_anchors(evidence, known, curves)
    curve = _as_array(stage.curve(stage.likely(evidence)))[0]
    weights = _as_array(stage.weights(evidence))[0] if len(curves) else None
    held = move(curve, known.statement, curves if len(curves) else None, weights)
    spread = stage.spread(evidence)
    # As the result file stores it.
    rounded = held.astype(np.float32).astype(np.float64)
    return rounded, None if spread is None else _as_array(spread)[0]


def _unusual(known: Known, curves: Curve, flags: str) -> tuple[str, ...]:
    """Return a note if no likely curve comes near to the anchors."""
    if not len(curves):
        return ()
    nearest = min(_misfit_of(known, away) for away in known.statement.residuals(curves))
    if nearest <= UNUSUAL_STOPS:
        return ()
    return (
        f"no camera known here is nearer than {nearest:.1f} stops to {flags}: check it",
    )


def _misfit(known: Known, curve: Curve) -> float:
    """Return the RMS by which a curve misses the anchors, in stops."""
    return _misfit_of(known, known.statement.residuals(curve[None])[0])


def _misfit_of(known: Known, away: Values) -> float:
    """Return the RMS of residuals; of lines that may be wrong, the median counts."""
    firm = known.statement.is_firm
    holds = float(np.sqrt(np.mean(away[firm] ** 2))) if firm.any() else 0.0
    usual = float(np.median(np.abs(away[~firm]))) if not firm.all() else 0.0
    return max(holds, usual)


def _as_array(curves: torch.Tensor) -> Values:
    return np.asarray(curves.detach().cpu().double().numpy())
