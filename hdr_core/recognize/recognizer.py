"""What recognition needs of the networks, on arrays."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]


class TileEdges(NamedTuple):
    """The edges that were chosen in a tile of a plate, best first.

    Attributes:
        patches: Encoded colors of the samples of each edge, (7, 3, n), as in
            stages/linearize/edges.py.
        plate: Features of the processing of the tile, without the scale, (11,).
    """

    patches: Values
    plate: Values


class Recognizer(Protocol):
    """Computes the parts of recognition that are networks, or shared with stage 2."""

    def find_edges(self, tile: Values, *, most: int) -> TileEdges:
        """Return the edges of a tile in which the hypotheses differ most.

        Args:
            tile: Encoded pixels as they are, (3, h, w), in [0, 1].
            most: Largest number of edges, up to ``MOST_EDGES`` of edge_scores.py.
        """

    def recognize(self, facts: Values) -> list[float]:
        """Return the probability of each class for the facts of a plate, (n,)."""
