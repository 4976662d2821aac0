"""R of stage 2: a residual network, pooled over space.

    x_0 = maxpool(relu(norm(stem(x))))
    x_n = relu(f_n(x_(n-1)) + s_n(x_(n-1)))
    R(x) = mean over space of x_N

stem  convolution, stride 2             f  "bottleneck": 1x1, 3x3, 1x1 (4 x width)
maxpool  3 x 3, stride 2                   "basic": 3x3, 3x3
norm  batch normalisation               s  identity; where shape changes, 1x1 + norm

Source: He et al. 2016; "bottleneck", cut after its second stage, as released by
Liu et al. 2020; "basic" is the ResNet-18 of their paper.
Differs: nothing. Only the released graph has a bias in the stem, the stride in the
first 1x1 of a block, and TF 1's padding (one more sample at the bottom and the right).
"""

from torch import Tensor, nn
from torch.nn import functional

from hdr_core.config import ResNetConfig
from hdr_core.stages.layers.blocks import Padding, conv, max_pool

EXPANSION = {"bottleneck": 4, "basic": 1}


def _padding(config: ResNetConfig) -> Padding:
    """Return the padding at stride 2."""
    return "same" if config.same_padding else "symmetric"


class NormConv(nn.Sequential):
    """A convolution, by default without bias, then batch normalisation."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        config: ResNetConfig,
        stride: int = 1,
        bias: bool = False,
    ) -> None:
        super().__init__(
            conv(
                in_channels,
                out_channels,
                kernel,
                stride=stride,
                bias=bias,
                padding=_padding(config),
            ),
            nn.BatchNorm2d(out_channels, eps=config.norm_eps),
        )


class Block(nn.Module):
    """relu(f(x) + s(x)).

    Args:
        in_channels: Channels of x.
        width: Channels within f.
        stride: Step of the first convolution of f, and of s.
        config: Kind of f, its padding and its norm.
    """

    def __init__(
        self, in_channels: int, width: int, stride: int, *, config: ResNetConfig
    ) -> None:
        super().__init__()
        out_channels = width * EXPANSION[config.block]
        kernels = (1, 3, 1) if config.block == "bottleneck" else (3, 3)
        widths = [width] * (len(kernels) - 1)
        inputs, outputs = (in_channels, *widths), (*widths, out_channels)
        steps = (stride, *[1] * len(widths))
        shapes = zip(inputs, outputs, kernels, steps, strict=True)
        self.path = nn.ModuleList(
            NormConv(entry, exit_, kernel, stride=step, config=config)
            for entry, exit_, kernel, step in shapes
        )
        self.project: nn.Module = nn.Identity()
        if stride > 1 or in_channels != out_channels:
            self.project = NormConv(
                in_channels, out_channels, 1, stride=stride, config=config
            )

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, out_channels, ceil(H / stride), ceil(W / stride))."""
        residual = features
        for i, layer in enumerate(self.path):
            residual = layer(functional.relu(residual) if i else residual)
        return functional.relu(residual + self.project(features))


class ResNet(nn.Module):
    """R: (B, in_channels, H, W) -> (B, ``out_channels``), any H, W >= 1.

    Args:
        config: Sizes of stem and blocks, padding and norm.
        in_channels: Channels of the input.
    """

    def __init__(self, config: ResNetConfig, in_channels: int) -> None:
        super().__init__()
        self.config = config
        self.stem = NormConv(
            in_channels,
            config.stem_channels,
            config.stem_kernel,
            stride=2,
            bias=config.block == "bottleneck",
            config=config,
        )
        self.blocks = nn.ModuleList()
        channels = config.stem_channels
        for width, n_blocks, stride in config.stages:
            for i in range(n_blocks):
                step = 1 if i else stride
                self.blocks.append(Block(channels, width, step, config=config))
                channels = width * EXPANSION[config.block]

    @property
    def out_channels(self) -> int:
        """Number of pooled features."""
        return self.config.stages[-1][0] * EXPANSION[self.config.block]

    def forward(self, features: Tensor) -> Tensor:
        """Return R(features), the mean over space of the last block."""
        stem = functional.relu(self.stem(features))
        hidden = max_pool(stem, kernel=3, stride=2, padding=_padding(self.config))
        for block in self.blocks:
            hidden = block(hidden)
        return hidden.mean(dim=(2, 3))
