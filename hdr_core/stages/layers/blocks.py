"""Small layers that all networks share: padding, pooling, doubling, smoothing.

Sizes are in pixels of the given tensor. Tensors are (B, C, H, W) with any H and W from
1 up. Kernels are odd.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Padding = Literal["same", "symmetric"]


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return the number of zeros before and after ``size`` samples, as TF 1's SAME.

    The result of the convolution then has ceil(size / stride) samples. At stride 2 the
    padding is often odd. Then the extra sample comes after.

    Examples:
        >>> same_padding(8, 3, 2)
        (0, 1)
        >>> same_padding(7, 3, 2)
        (1, 1)
    """
    n_steps = (size - 1) // stride
    total = max(n_steps * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _pad_same(tensor: Tensor, *, kernel: int, stride: int, value: float) -> Tensor:
    """Pad rows and columns by ``same_padding``."""
    top, bottom = same_padding(tensor.shape[-2], kernel, stride)
    left, right = same_padding(tensor.shape[-1], kernel, stride)
    return functional.pad(tensor, (left, right, top, bottom), value=value)


class SameConv2d(nn.Conv2d):
    """A convolution with TF 1's SAME padding at any stride."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the convolved tensor, ceil(H / stride) by ceil(W / stride)."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        return super().forward(
            _pad_same(input, kernel=kernel, stride=stride, value=0.0)
        )


def conv(
    in_channels: int,
    out_channels: int,
    kernel: int,
    *,
    stride: int = 1,
    bias: bool = True,
    padding: Padding = "same",
) -> nn.Conv2d:
    """Return a convolution that keeps the size, apart from its stride.

    Weights start as in He et al. 2015 for rectifiers, and the bias at 0, because the
    U-Nets have no norm that would correct torch's smaller default.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the result.
        kernel: Height and width of the kernel, odd.
        stride: Step between two windows, in samples.
        bias: Whether there is a bias.
        padding: "same" as in TF 1, or "symmetric". They differ only where ``stride``
            is above 1.
    """
    layer: nn.Conv2d
    if padding == "same" and stride > 1:
        layer = SameConv2d(in_channels, out_channels, kernel, stride, bias=bias)
    else:
        layer = nn.Conv2d(
            in_channels, out_channels, kernel, stride, kernel // 2, bias=bias
        )
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def start_at_zero(layer: nn.Conv2d) -> None:
    """Set the weights of ``layer`` to 0, so that a residual network starts as identity.

    The layer itself gets gradients at once. The layers before it get gradients from
    the second step on.
    """
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def max_pool(tensor: Tensor, *, kernel: int, stride: int, padding: Padding) -> Tensor:
    """Return the maximum of each window; padding is never the maximum."""
    if padding == "symmetric":
        return functional.max_pool2d(tensor, kernel, stride, kernel // 2)
    padded = _pad_same(tensor, kernel=kernel, stride=stride, value=-torch.inf)
    return functional.max_pool2d(padded, kernel, stride)


def double_size(tensor: Tensor, *, is_legacy: bool) -> Tensor:
    """Return ``tensor`` at twice its height and width, bilinear.

    Args:
        tensor: Any values, (B, C, H, W).
        is_legacy: True means source = target / 2, as TF 1's ``resize_bilinear`` without
            align_corners. False means source = target / 2 - 1/4, so that pixel centres
            stay in place.

    Returns:
        (B, C, 2H, 2W).
    """
    if is_legacy:
        return _double_legacy(_double_legacy(tensor, dim=2), dim=3)
    return functional.interpolate(
        tensor, scale_factor=2, mode="bilinear", align_corners=False
    )


def _double_legacy(tensor: Tensor, *, dim: int) -> Tensor:
    """Return each sample followed by the mean of it and its successor.

    The last sample is its own successor, as TF clamps there.
    """
    n_samples = tensor.shape[dim]
    successor = torch.cat(
        (tensor.narrow(dim, 1, n_samples - 1), tensor.narrow(dim, n_samples - 1, 1)),
        dim,
    )
    between = tensor + (successor - tensor) * 0.5
    return torch.stack((tensor, between), dim + 1).flatten(dim, dim + 1)


def pad_to_multiple(tensor: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column until H and W are multiples of ``multiple``.

    Only the bottom and the right grow. So the network pools on the same grid as
    before, and a tile that is cut at a multiple pools the same pixels together. The
    plate is not resized, because then its pixels would move.
    """
    height, width = tensor.shape[-2:]
    bottom, right = -height % multiple, -width % multiple
    if not bottom and not right:
        return tensor
    return functional.pad(tensor, (0, right, 0, bottom), mode="replicate")


def crop_to(tensor: Tensor, height: int, width: int) -> Tensor:
    """Return the first rows and columns; this undoes ``pad_to_multiple``."""
    return tensor[..., :height, :width]


class Binomial(nn.Module):
    """The mean of each sample and its neighbours, with weights 1 2 1 in each direction.

    It removes changes from sample to sample, as unfolded pixels (pixel_shuffle) have
    them. The sum stays the same, except at the border, where samples are repeated.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps of the same size, (B, C, H, W)."""
        padded = functional.pad(maps, (1, 1, 1, 1), mode="replicate")
        halfway = functional.avg_pool2d(padded, 2, stride=1)
        return functional.avg_pool2d(halfway, 2, stride=1)
