"""Recognition by torch."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from hdr_core.recognize.classifier import load_classifier
from hdr_core.recognize.edge_scores import choosing_curves
from hdr_core.recognize.recognizer import TileEdges, Values
from hdr_core.stages.linearize.edges import Edges, find_edges


class TorchRecognizer:
    """The networks of recognition, on the CPU."""

    @torch.inference_mode()
    def find_edges(self, tile: Values, *, most: int) -> TileEdges:
        """Return the edges of a tile in which the hypotheses differ most."""
        edges = edges_of_tile(torch.from_numpy(tile)[None], most)
        count = int(edges.counts[0])
        patches = edges.encoded[0, :, :, :count]
        return TileEdges(patches.numpy(), edges.plate[0, :-1].numpy())

    @torch.inference_mode()
    def recognize(self, facts: Values) -> list[float]:
        """Return the probability of each class for the facts of a plate, (n,)."""
        found = load_classifier().probabilities(torch.from_numpy(facts)[None])
        return [float(share) for share in found[0]]


def edges_of_tile(tile: Tensor, most: int) -> Edges:
    """Return the edges of a tile (1, 3, h, w) in which the hypotheses differ most."""
    return find_edges(tile, _curves(), most=most, wraps=False)


def _curves() -> Tensor:
    # A tensor that is made while a graph is captured holds no values: none is kept.
    return torch.from_numpy(_curves_of_arrays())


@lru_cache(maxsize=1)
def _curves_of_arrays() -> Values:
    return choosing_curves().astype(np.float32)
