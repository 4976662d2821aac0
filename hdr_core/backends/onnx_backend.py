"""The networks in onnxruntime: graphs that were captured from the code of the stages.

What the graphs cannot do is done in torch, if it is installed: panoramas, shots,
anchors, plates of few pixels, stages that are skipped, and bfloat16.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hdr_core.backends.backend import Backend
from hdr_core.backends.onnx_model import OnnxModel, as_image, as_planes
from hdr_core.backends.pool import pool_area
from hdr_core.config import GainNetworkConfig, ModelConfig
from hdr_core.decisions import Decisions
from hdr_core.develop.linear_plate import LinearPlate
from hdr_core.errors import BackendError
from hdr_core.execution.cores import count_cores
from hdr_core.execution.parallel import SideBySide, in_threads
from hdr_core.execution.scratch import tiles_within
from hdr_core.execution.sizes import Size, sample_index, size_within
from hdr_core.execution.tiles import Reach, Tile
from hdr_core.fidelity.camera import CurveCamera
from hdr_core.options import Options
from hdr_core.plate import Pixels
from hdr_core.recognize.edge_scores import MOST_EDGES, N_PLACES
from hdr_core.recognize.recognizer import TileEdges, Values

# In a JPEG, the neighbors of a pixel say whether it is clipped.
LOSSY_REACH_PX = 1
# Stops of a ceiling that is none.
NO_CEILING = 120.0
# Least side of a plate, in pixels: below, the networks take other branches.
LEAST_SIDE_PX = 100


@dataclass(frozen=True)
class OnnxBackend:
    """Graphs of a model, run by onnxruntime on the CPU.

    Attributes:
        model: The graphs.
        options: The artist's choices.
    """

    model: OnnxModel
    options: Options

    @property
    def name(self) -> str:
        """Name of the backend."""
        return "onnxruntime"

    @property
    def config(self) -> ModelConfig:
        """Configuration of the model."""
        return self.model.config

    @property
    def tiles_at_once(self) -> int:
        """Largest number of tiles that are processed at the same time."""
        return min(count_cores(), tiles_within(self.options.memory_gib))

    @property
    def side_by_side(self) -> SideBySide:
        """Runs tiles at the same time; each graph computes on one thread."""
        return in_threads

    @property
    def stage_1_reach(self) -> Reach:
        """How far stage 1 reads around a pixel."""
        return self.model.stage_1_reach

    def for_plate(self, decisions: Decisions, size: Size, *, has_shot: bool) -> Backend:
        """Return this backend, or torch if only torch can reconstruct the plate."""
        reason = self._needs_torch(decisions, size, has_shot=has_shot)
        if not reason:
            return self
        if self.model.load_torch is None:
            raise BackendError(
                f"onnxruntime: cannot reconstruct {reason}, and torch is not "
                "installed. Install torch, or convert this plate on another machine."
            )
        return self.model.load_torch(self.options)

    def _needs_torch(self, decisions: Decisions, size: Size, *, has_shot: bool) -> str:
        """Return why only torch can reconstruct a plate; "" if this backend can."""
        network = self.config.hallucinate.network
        assert isinstance(network, GainNetworkConfig)
        skipped = [
            name for name in ("hallucinate", "refine") if not decisions.runs(name)
        ]
        is_small = min(size) < LEAST_SIDE_PX or size[0] * size[1] <= network.area_px
        reasons = {
            "a panorama": decisions.is_panorama,
            "a frame of a shot": has_shot,
            f"a plate with {self.options.anchors.flags}": bool(self.options.anchors),
            f"a plate of only {size[1]}x{size[0]} pixels": is_small,
            f"a plate without stage {', '.join(skipped)}": bool(skipped),
            f"a plate on device {self.options.device}": self.options.device
            not in {"auto", "cpu"},
            "a plate in bfloat16": self.options.precision == "bfloat16",
        }
        return next((reason for reason, holds in reasons.items() if holds), "")

    def find_edges(self, tile: Values, *, most: int) -> TileEdges:
        """Return the edges of a tile in which the hypotheses differ most."""
        found = self.model.run("recognize_edges", tile=tile[None])
        *patches, count = np.split(found, [3 * N_PLACES * MOST_EDGES, -1])
        n = min(int(count[0]), most)
        shaped = patches[0].reshape(N_PLACES, 3, MOST_EDGES)
        return TileEdges(shaped[:, :, :n], patches[1])

    def recognize(self, facts: Values) -> list[float]:
        """Return the probability of each class for the facts of a plate, (n,)."""
        found = self.model.run("recognize", facts=facts[None])
        return [float(share) for share in found[0]]

    def dequantize(self, codes: Pixels) -> Pixels:
        """Return stage 1 of a tile (h, w, 3), encoded, same shape."""
        return as_image(self.model.run("dequantize", encoded=as_planes(codes)))

    def estimate_camera(
        self, mended: Pixels, fine: Pixels, decisions: Decisions
    ) -> CurveCamera:
        """Return the camera that stage 2 estimates, from the plate as photographed."""
        del fine
        size = mended.shape[0], mended.shape[1]
        reduced = size_within(size, self.config.linearize.fixed_area_px)
        distance = math.sqrt(size[0] * size[1] / (reduced[0] * reduced[1]))
        means = pool_area(lambda rows: mended[rows].transpose(2, 0, 1), size, reduced)
        curve, spread = self.model.run(
            "camera",
            reduced=means[None],
            samples=as_planes(mended[sample_index(size, reduced)]),
            distance=np.array(distance, np.float32),
        ).astype(np.float64)
        return replace(decisions.curve_camera(curve), spread=spread)

    def predict_light(
        self,
        linear: Pixels,
        decisions: Decisions,
        shot_stops: NDArray[np.float32] | None,
    ) -> Values:
        """Return the corrected gain maps of a plate, (1, 7, h, w)."""
        del decisions, shot_stops  # for_plate left these plates to torch.
        size = linear.shape[0], linear.shape[1]
        means = pool_area(
            lambda rows: self._masks(linear[rows]),
            size,
            size_within(size, self.model.means_area_px),
        )
        return self.model.run("gain", means=means[None])

    def _masks(self, linear: Pixels) -> Pixels:
        """Return light, the clip mask of each channel and the largest, (7, h, w)."""
        return np.asarray(self.model.run("masks", linear=as_planes(linear))[0])

    def light_reach(self, decisions: Decisions, *, is_lossy: bool) -> Reach:
        """Return how far stages 3 and 4 read around a pixel together."""
        reach = self.model.stage_4_reach
        return reach._replace(reach_px=reach.reach_px + LOSSY_REACH_PX * is_lossy)

    def measure_mask(self, linear: Pixels) -> Pixels:
        """Return the clip mask of light (h, w, 3), (h, w)."""
        return np.asarray(self._masks(linear)[6])

    def light_tile(
        self, plate: LinearPlate, tile: Tile, maps: Values, decisions: Decisions
    ) -> tuple[Pixels, Pixels]:
        """Return hdr (h, w, 3) and spread (h, w) of a tile's outer pixels."""
        options = decisions.options
        ceiling = options.ceiling_stops
        rows, columns = tile.outer
        both = tile.crop(plate.values.fine), tile.crop(plate.linear)
        result = as_image(
            self.model.run(
                "light_lossy" if plate.is_lossy else "light",
                developed=as_planes(np.concatenate(both, axis=2)),
                maps=maps,
                region=np.array([rows.start, columns.start, *plate.size], np.float32),
                sure=np.array(plate.sure, np.float64),
                controls=np.array(
                    [
                        options.strength,
                        options.boldness,
                        NO_CEILING if ceiling is None else ceiling,
                    ],
                    np.float32,
                ),
            )
        )
        return result[..., :3], result[..., 3]
