"""The corrections of predicted light, in their order. There are no others.

Each is a function of the prediction so far to new maps. Its module says what it does
and why; docs/decisions has the figures. A correction that does not pay on held-out
plates goes.
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
    # Stage 3 spreads the light of a sun that it cannot place: it goes to the peak.
    concentrate_highlights,
    # One hue to a place, softer borders, no dark rings around suns.
    regularize_gain,
    # Panoramas: the ground shows how much light there must be.
    meter_ground,
)


def correct(
    prediction: Prediction | None, shot_stops: NDArray[np.float32] | None = None
) -> GainMaps | None:
    """Return the maps of a prediction, corrected.

    Args:
        prediction: What stage 3 predicts; None: it works tile by tile.
        shot_stops: Stops to add, (3, h, w), as decided for the frame of a shot; None:
            the plate stands alone.

    Raises:
        PlateError: ``shot_stops`` are of a plate of another shape.
    """
    if prediction is None:
        return None
    with one_thread():
        for correction in CORRECTIONS:
            prediction = replace(prediction, maps=correction(prediction))
    maps = prediction.maps
    return maps if shot_stops is None else add_stops(maps, torch.from_numpy(shot_stops))
