"""The networks in torch."""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from hdr_core.decisions import Decisions
from hdr_core.develop.estimate_camera import estimate_camera
from hdr_core.develop.linear_plate import LinearPlate
from hdr_core.execution.sizes import Size
from hdr_core.execution.tiles import Reach, Tile
from hdr_core.fidelity.camera import CurveCamera
from hdr_core.highlights.correct import correct
from hdr_core.highlights.light_tile import light_reach, light_tile, measure_mask
from hdr_core.highlights.predict import predict_gain
from hdr_core.model import HdrModel
from hdr_core.networks import Networks, prepare
from hdr_core.options import Options
from hdr_core.plate import Pixels
from hdr_core.recognize.recognizer import TileEdges, Values
from hdr_core.recognize.torch_recognizer import TorchRecognizer
from hdr_core.stages.hallucinate.gain_network import GainMaps


@dataclass(frozen=True)
class TorchBackend(Networks):
    """A prepared model that runs in torch."""

    _recognizer: TorchRecognizer = field(default_factory=TorchRecognizer)

    @property
    def name(self) -> str:
        """Name of the backend."""
        return "torch"

    def for_plate(
        self, decisions: Decisions, size: Size, *, has_shot: bool
    ) -> "TorchBackend":
        """Return this backend, which can reconstruct every plate."""
        del decisions, size, has_shot
        return self

    def find_edges(self, tile: Values, *, most: int) -> TileEdges:
        """Return the edges of a tile in which the hypotheses differ most."""
        return self._recognizer.find_edges(tile, most=most)

    def recognize(self, facts: Values) -> list[float]:
        """Return the probability of each class for the facts of a plate, (n,)."""
        return self._recognizer.recognize(facts)

    @torch.inference_mode()
    def estimate_camera(
        self, mended: Pixels, fine: Pixels, decisions: Decisions
    ) -> CurveCamera:
        """Return the camera that stage 2 estimates."""
        return estimate_camera(mended, fine, self, decisions)

    @torch.inference_mode()
    def predict_light(
        self,
        linear: Pixels,
        decisions: Decisions,
        shot_stops: NDArray[np.float32] | None,
    ) -> GainMaps | None:
        """Return the corrected gain maps of a plate."""
        return correct(predict_gain(linear, self, decisions), shot_stops)

    def light_reach(self, decisions: Decisions, *, is_lossy: bool) -> Reach:
        """Return how far stages 3 and 4 read around a pixel together."""
        return light_reach(self, decisions, is_lossy=is_lossy)

    @torch.inference_mode()
    def measure_mask(self, linear: Pixels) -> Pixels:
        """Return the clip mask of light (h, w, 3), (h, w)."""
        return measure_mask(self, linear)

    @torch.inference_mode()
    def light_tile(
        self,
        plate: LinearPlate,
        tile: Tile,
        maps: GainMaps | None,
        decisions: Decisions,
    ) -> tuple[Pixels, Pixels]:
        """Return hdr (h, w, 3) and spread (h, w) of a tile's outer pixels."""
        return light_tile(self, plate, tile, maps, decisions)


def prepare_torch(model: HdrModel, options: Options) -> TorchBackend:
    """Return a model as a backend, on the device and in the precision of ``options``.

    Raises:
        OptionError: This machine has no such device, or the tile size is not allowed.
    """
    found = prepare(model, options)
    return TorchBackend(found.model, found.device, found.precision, found.tiles_at_once)
