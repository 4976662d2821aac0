"""Graphs made of captured pieces, as modules that ``torch.jit.script`` compiles.

The classes below must stay within the Python that TorchScript knows.
"""

import torch
from torch import Tensor, nn


class Camera(nn.Module):
    """Whole plate, encoded, (1, 3, H, W) -> inverse CRF, (1, N).

    Args:
        reduce: Plate to means for the statistics.
        reduce_more: These means to means for the backbone.
        sample: Plate to pixels as they are.
        distance: Plate and samples to their distance.
        curve: All of these to the inverse CRF.
    """

    def __init__(
        self,
        reduce: nn.Module,
        reduce_more: nn.Module,
        sample: nn.Module,
        distance: nn.Module,
        curve: nn.Module,
    ) -> None:
        super().__init__()
        self.reduce, self.reduce_more = reduce, reduce_more
        self.sample, self.distance, self.curve = sample, distance, curve

    def forward(self, encoded: Tensor) -> Tensor:
        """Return the inverse CRF."""
        reduced = self.reduce(encoded)
        samples = self.sample(encoded)
        small = self.reduce_more(reduced)
        distance = self.distance(encoded, samples)
        curve: Tensor = self.curve(reduced, small, samples, distance)
        return curve


class Curve(nn.Module):
    """Means and samples of a plate -> inverse CRF and its deviation, (2, N).

    Args:
        reduce_more: Means for the statistics to means for the backbone.
        curve: Both means, samples and their distance to the result.
    """

    def __init__(self, reduce_more: nn.Module, curve: nn.Module) -> None:
        super().__init__()
        self.reduce_more, self.curve = reduce_more, curve

    def forward(self, reduced: Tensor, samples: Tensor, distance: Tensor) -> Tensor:
        """Return the inverse CRF and its deviation."""
        small = self.reduce_more(reduced)
        result: Tensor = self.curve(reduced, small, samples, distance)
        return result


class Pixels(nn.Module):
    """Tile, curve, gain maps, region and controls -> HDR of the tile.

    Args:
        develop: Stages 1 and 2 of a tile.
        light: Stages 3 and 4 of a tile.
    """

    def __init__(self, develop: nn.Module, light: nn.Module) -> None:
        super().__init__()
        self.develop, self.light = develop, light

    def forward(
        self,
        encoded: Tensor,
        inverse_crf: Tensor,
        maps: Tensor,
        region: Tensor,
        controls: Tensor,
    ) -> Tensor:
        """Return the HDR of a tile, scene-linear, (1, 3, h, w)."""
        developed = self.develop(encoded, inverse_crf)
        hdr: Tensor = self.light(developed, inverse_crf, maps, region, controls)
        return hdr


class Plate(nn.Module):
    """Whole plate, encoded, (1, 3 or more, H, W) -> HDR, scene-linear, (1, 3, H, W).

    The attributes ``exposure``, ``strength``, ``boldness`` and ``ceiling`` are what a
    host may change. Values of the plate outside [0, 1] are clipped, as codes are.

    Args:
        camera: Whole plate to inverse CRF.
        develop: Stages 1 and 2.
        means: Linear plate to its means.
        gain: Means to gain maps.
        light: Stages 3 and 4.
        controls: exposure, strength, boldness and ceiling.
    """

    exposure: float
    strength: float
    boldness: float
    ceiling: float

    def __init__(
        self,
        camera: nn.Module,
        develop: nn.Module,
        means: nn.Module,
        gain: nn.Module,
        light: nn.Module,
        controls: dict[str, float],
    ) -> None:
        super().__init__()
        self.camera, self.develop, self.means = camera, develop, means
        self.gain, self.light = gain, light
        self.exposure, self.strength = controls["exposure"], controls["strength"]
        self.boldness, self.ceiling = controls["boldness"], controls["ceiling"]

    def forward(self, encoded: Tensor) -> Tensor:
        """Return the HDR of a whole plate."""
        plate = encoded[:, :3].float().clamp(0.0, 1.0)
        inverse_crf = self.camera(plate)
        developed = self.develop(plate, inverse_crf)
        maps = self.gain(self.means(developed[:, 3:]))
        height, width = float(plate.size(2)), float(plate.size(3))
        region = torch.tensor([0.0, 0.0, height, width]).to(plate)
        chosen = [self.exposure, self.strength, self.boldness, self.ceiling]
        controls = torch.tensor(chosen).to(plate)
        hdr: Tensor = self.light(developed, inverse_crf, maps, region, controls)
        return hdr
