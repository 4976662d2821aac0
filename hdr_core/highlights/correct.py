"""The corrections of predicted light, in their order. There are no others.

Each correction is a function from a prediction to new gain maps, and receives the maps
of the correction before it. Its module has the equation, and its decision record in
docs/decisions has the options and the figures. A correction that brings nothing on
held-out plates is removed.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from hdr_core.execution.device import one_thread
from hdr_core.highlights.concentrate_highlights import concentrate_highlights
from hdr_core.highlights.ground_meter import meter_ground
from hdr_core.highlights.predict import Prediction
from hdr_core.highlights.regularize_gain import regularize_gain
from hdr_core.highlights.shot_stops import add_stops
from hdr_core.stages.hallucinate.gain_network import GainMaps

Correction = Callable[[Prediction], GainMaps]

CORRECTIONS: tuple[Correction, ...] = (
    # Stage 3 hardly knows where a sun is, and predicts a broad peak. Its light moves to
    # the brightest samples, so that the sun casts hard shadows.
    # docs/decisions/016-concentrate-highlights.md
    concentrate_highlights,
    # In fully clipped regions, predicted colors vary more than real lights do, borders
    # are too bright, and suns have dark rings.
    # docs/decisions/017-regularize-gain.md
    regularize_gain,
    # The ground of a panorama shows how much light falls on it. Stage 3 mostly predicts
    # less. After the others, because it adds light at the corrected peaks.
    # docs/decisions/018-ground-meter.md
    meter_ground,
)


def correct(
    prediction: Prediction | None, shot_stops: NDArray[np.float32] | None = None
) -> GainMaps | None:
    """Return the maps of a prediction, corrected.

    Args:
        prediction: Prediction of stage 3 for the whole plate; None means that there is
            none, and None is returned.
        shot_stops: Stops that the shot plan adds to this frame, (3, h, w); None means
            that the plate belongs to no shot.

    Raises:
        PlateError: ``shot_stops`` were made for a plate of another shape.
    """
    if prediction is None:
        return None
    with one_thread():
        for correction in CORRECTIONS:
            prediction = replace(prediction, maps=correction(prediction))
    maps = prediction.maps
    return maps if shot_stops is None else add_stops(maps, torch.from_numpy(shot_stops))
