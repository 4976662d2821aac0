"""A plate as light: in the camera's primaries, and as the networks take it."""

from dataclasses import dataclass
from functools import cached_property

from hdr_core.color.spaces import Colors
from hdr_core.decisions import Decisions
from hdr_core.execution.run import DEFAULT_RUN, Run
from hdr_core.execution.tiles import Tile
from hdr_core.fidelity.camera import Camera, CodeValues, surely_unclipped_light
from hdr_core.networks import Array


@dataclass(frozen=True)
class LinearPlate:
    """What is known of a plate before its clipped light: whole-plate arrays.

    Attributes:
        values: Encoded, as photographed and mended.
        camera: By which it was linearized.
        camera_light: Scene-linear in the camera's primaries, (H, W, 3), 1 = clip.
        linear: The same in the networks' primaries, within [0, 1]; the very array
            ``camera_light`` where that is the same.
        colors: Between the two.
    """

    values: CodeValues
    camera: Camera
    camera_light: Array
    linear: Array
    colors: Colors

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.linear.shape[0], self.linear.shape[1]

    @cached_property
    def sure(self) -> float:
        """Light up to which a channel is surely not clipped."""
        return surely_unclipped_light(self.camera)

    def to_camera(self, hdr: Array, tile: Tile) -> Array:
        """Return light that the networks gave a tile in the camera's primaries."""
        if self.camera_light is self.linear:
            return hdr
        before = tile.crop(self.linear)
        return self.colors.add_light_to_camera(
            tile.crop(self.camera_light), before, hdr
        )


def linearize(
    values: CodeValues, camera: Camera, decisions: Decisions, run: Run = DEFAULT_RUN
) -> LinearPlate:
    """Return a plate as light.

    Args:
        values: Encoded, (H, W, 3).
        camera: Known or estimated.
        decisions: Color spaces of the plate.
        run: Where the result lies.
    """
    light = camera.linearize(values, run.scratch)
    linear = decisions.colors.to_network_space(light, run.scratch)
    return LinearPlate(values, camera, light, linear, decisions.colors)
