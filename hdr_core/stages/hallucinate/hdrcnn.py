"""C of stage 3: HDRCNN's encoder-decoder, which predicts the light above clip.

    v   = bgr(255 L) - m                     s_0 = 255 L
    s_l = V_l(pool(s_(l-1)))   pool(s_0) = v, l = 1..5
    x   = relu(norm(conv3(pool(s_5))))
    x   = fuse(relu(norm(relu(conv3(up(x))))), s_l)                   l = 5..1
    C   = relu(fuse(relu(norm(conv1(x))), s_0))      fuse(x, s) = conv1([x, s / 255])

L  scene-linear plate, 1 = sensor clip   V  convolutions of a scale of VGG-16, ReLU
m  mean color of VGG-16's training set   up nearest, twice the size, reflected border

Source: Eilertsen et al. 2017, as released by Liu et al. 2020.
Differs: nothing. ``fuse`` starts as the sum x + s / 255. Each convolution has a bias.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from hdr_core.checks import require_rgb
from hdr_core.config import HdrcnnConfig
from hdr_core.stages.layers.blocks import conv, crop_to, pad_to_multiple

VGG_SCALE = 255.0
VGG_MEAN_BGR = (103.939, 116.779, 123.68)


class Scale(nn.Sequential):
    """V: 3 x 3 convolutions of one scale, each with ReLU."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(channels):
            layers += [conv(inputs, outputs, 3), nn.ReLU()]
        super().__init__(*layers)


class UpStep(nn.Module):
    """relu(norm(relu(conv3(up(x))))): twice the size."""

    def __init__(self, in_channels: int, out_channels: int, norm_eps: float) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, out_channels, 3, padding=1, padding_mode="reflect"
        )
        self.norm = nn.BatchNorm2d(out_channels, eps=norm_eps)

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, out_channels, 2H, 2W)."""
        doubled = functional.interpolate(features, scale_factor=2, mode="nearest")
        return functional.relu(self.norm(functional.relu(self.conv(doubled))))


class Fuse(nn.Module):
    """fuse(x, s) = conv1([x, s / 255]). It starts as the sum x + s / 255."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = conv(2 * channels, channels, 1)
        with torch.no_grad():
            eye = torch.eye(channels)
            self.conv.weight.copy_(torch.cat((eye, eye), dim=1)[..., None, None])

    def forward(self, features: Tensor, skip: Tensor) -> Tensor:
        """Return fuse(x, s), in the shape of both inputs."""
        joined = torch.cat((features, skip / VGG_SCALE), dim=1)
        fused: Tensor = self.conv(joined)
        return fused


class Hdrcnn(nn.Module):
    """C: linear plate (B, 3, H, W) -> light (B, 3, H, W) >= 0, any H, W >= 1.

    A tile gives the same result as the whole plate if it is cut at multiples of
    ``stride`` and has ``reach_px`` more pixels on each side, as for ``UNet``. The norms
    must be in evaluation mode.

    Args:
        config: Channels of encoder and decoder. Each up step must have as many channels
            as the skip that it is fused with.
    """

    def __init__(self, config: HdrcnnConfig) -> None:
        super().__init__()
        self.config = config
        inputs = (3, *(scale[-1] for scale in config.encoder[:-1]))
        self.encoder = nn.ModuleList(
            Scale((first, *scale))
            for first, scale in zip(inputs, config.encoder, strict=True)
        )
        deepest = config.encoder[-1][-1]
        self.bottleneck = nn.Sequential(
            conv(deepest, deepest, 3),
            nn.BatchNorm2d(deepest, eps=config.norm_eps),
            nn.ReLU(),
        )
        ups = tuple(pairwise((deepest, *config.decoder)))
        self.ups = nn.ModuleList(UpStep(*up, config.norm_eps) for up in ups)
        self.fuses = nn.ModuleList(Fuse(channels) for channels in config.decoder)
        self.to_rgb = nn.Sequential(
            conv(config.decoder[-1], 3, 1),
            nn.BatchNorm2d(3, eps=config.norm_eps),
            nn.ReLU(),
        )
        self.fuse_rgb = Fuse(3)
        mean = torch.tensor(VGG_MEAN_BGR).view(1, 3, 1, 1)
        self.register_buffer("mean_bgr", mean, persistent=False)
        self.mean_bgr: Tensor

    @property
    def stride(self) -> int:
        """Pixels of the plate, along a side, in one sample of the bottleneck."""
        return int(2 ** len(self.config.encoder))

    @property
    def reach_px(self) -> int:
        """Distance to the farthest pixel that a cell of ``stride`` depends on."""
        reach = 0
        for _ in self.ups:
            reach = (reach + 2) // 2  # conv3, then half as many samples, rounded up
        reach += 1  # the bottleneck
        for scale in reversed(self.config.encoder):
            reach = 2 * reach + len(scale)
        return reach

    def forward(self, linear: Tensor) -> Tensor:
        """Return C(linear), before the clip mask.

        Args:
            linear: Scene-linear plate in [0, 1], (B, 3, H, W), 1 = sensor clip.

        Returns:
            Light to add where the plate clips, (B, 3, H, W), >= 0, same unit.

        Raises:
            ShapeError: ``linear`` is not (B, 3, H, W).
        """
        require_rgb(linear, "linear")
        height, width = linear.shape[-2:]
        scaled = pad_to_multiple(linear, self.stride) * VGG_SCALE
        features = scaled.flip(1) - self.mean_bgr
        skips: list[Tensor] = []
        for scale in self.encoder:
            skips.append(scale(features))
            features = functional.max_pool2d(skips[-1], 2)
        features = self.bottleneck(features)
        for up_step, fuse in zip(self.ups, self.fuses, strict=True):
            features = fuse(up_step(features), skips.pop())
        light = functional.relu(self.fuse_rgb(self.to_rgb(features), scaled))
        return crop_to(light, height, width)
