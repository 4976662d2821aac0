"""What the residual network of stage 2 gets beside the plate: edges and histograms.

h_B(I, b) = relu(1 - B |I - centre_b|)

Source: Liu et al. 2020, "Linearization"; ``released`` has B + 1 centres i / B,
``paper`` B centres (2b - 1) / 2B.
"""

import torch
from torch import Tensor
from torch.nn import functional


def sobel(encoded: Tensor) -> Tensor:
    """Return the Sobel responses, border reflected.

    Args:
        encoded: Encoded plates, (B, 3, H, W).

    Returns:
        (B, 6, H, W): for each channel the vertical, then the horizontal change.
    """
    down = torch.tensor([[-1.0, -2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, 1.0]])
    kernel = torch.stack([down, down.T])[:, None].to(encoded).repeat(3, 1, 1, 1)
    # A side of one pixel has nothing to reflect.
    mode = "reflect" if min(encoded.shape[-2:]) > 1 else "replicate"
    padded = functional.pad(encoded, (1, 1, 1, 1), mode=mode)
    return functional.conv2d(padded, kernel, groups=3)


def histogram_centres(bins: int, centres: str) -> list[float]:
    """Return the centres of a soft histogram of ``bins`` bins.

    Args:
        bins: B.
        centres: "edges" for i / B, i = 0 to B; "middles" for (2b - 1) / 2B, b = 1 to B.
    """
    if centres == "edges":
        return [index / bins for index in range(bins + 1)]
    return [(2 * index - 1) / (2 * bins) for index in range(1, bins + 1)]


def soft_histogram(encoded: Tensor, *, bins: int, centres: str) -> Tensor:
    """Return how much each pixel belongs to each bin; differentiable.

    Args:
        encoded: Encoded plates in [0, 1], (B, 3, H, W).
        bins: B. The weight of a bin falls from 1 at its centre to 0 at a distance of
            1 / B.
        centres: "edges" or "middles", as in ``histogram_centres``.

    Returns:
        (B, 3 n, H, W): three channels for each of n centres.
    """
    layers = [
        torch.relu(1.0 - (encoded - centre).abs() * bins)
        for centre in histogram_centres(bins, centres)
    ]
    return torch.cat(layers, dim=1)
