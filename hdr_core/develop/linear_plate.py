"""A plate as light, in the primaries of the camera and in those of the networks."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hdr_core.color.spaces import Colors
from hdr_core.decisions import Decisions
from hdr_core.execution.run import DEFAULT_RUN, Run
from hdr_core.execution.scratch import Scratch, bands
from hdr_core.execution.tiles import Tile
from hdr_core.fidelity.bracket_camera import BracketCamera
from hdr_core.fidelity.camera import (
    Camera,
    CodeValues,
    half_code_light,
    surely_unclipped_light,
)
from hdr_core.fidelity.map_camera import MapCamera
from hdr_core.plate import Pixels


@dataclass(frozen=True)
class LinearPlate:
    """A plate as light before stage 3, as whole-plate arrays.

    Attributes:
        values: Encoded values of the plate.
        camera: Camera that linearized the plate.
        camera_light: Scene-linear in the camera's primaries, (H, W, 3), 1 = clip.
        linear: The same light in the networks' primaries, in [0, 1]. It is the same
            array as ``camera_light`` if the primaries are equal. If a gain map or other
            exposures state the light, only what they leave open counts as clipped.
        colors: Conversion between both primaries.
    """

    values: CodeValues
    camera: Camera
    camera_light: Pixels
    linear: Pixels
    colors: Colors

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the plate."""
        return self.linear.shape[0], self.linear.shape[1]

    @cached_property
    def sure(self) -> float:
        """Light up to which a channel is surely not clipped, 1 = clip."""
        return surely_unclipped_light(self.camera)

    @property
    def is_lossy(self) -> bool:
        """Whether a codec changed the codes of the plate."""
        return self.camera.tolerance_codes > 0.0

    def to_camera(self, hdr: Pixels, tile: Tile) -> Pixels:
        """Return the light of a tile in the camera's primaries.

        Args:
            hdr: Light of the tile in the networks' primaries, (h, w, 3), 1 = clip.
            tile: The tile.
        """
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
        values: Encoded values of the plate.
        camera: Its camera, known or estimated.
        decisions: Decisions for this plate; its color spaces count here.
        run: Memory of the result.
    """
    light = camera.linearize(values, run.scratch)
    linear = decisions.colors.to_network_space(light, run.scratch)
    if isinstance(camera, MapCamera):
        linear = camera.mark_open(linear, values, run.scratch)
    if isinstance(camera, BracketCamera):
        linear = camera.mark_open(linear, run.scratch)
    return LinearPlate(values, camera, light, linear, decisions.colors)


def gain_stops(hdr: Pixels, linear: LinearPlate, scratch: Scratch) -> Pixels:
    """Return log2 of the light ``hdr`` over the light of the plate, in stops.

    Args:
        hdr: Scene-linear in the camera's primaries, (H, W, 3), 1 = sensor clip.
        linear: The plate as light.
        scratch: Memory of the result.

    Returns:
        Gain in stops, (H, W, 3). Light below half a code counts as half a code.
    """
    floor = np.float32(half_code_light(linear.camera))
    gain: Pixels = scratch.zeros(hdr.shape)
    for band in bands(gain):
        light = np.maximum(hdr[band], floor)
        gain[band] = np.log2(light / np.maximum(linear.camera_light[band], floor))
    return gain
