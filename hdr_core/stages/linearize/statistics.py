"""Statistics v of a plate's values and changes, from which M estimates a curve.

In scene-linear light, changes grow with the light: mean |dH| / H is similar in dark and
in bright places. A camera writes I = F(H). So the mean change of the pixels of value I
shows the slope of F at I. Noise, edges and greys add information. For each value bin
and channel:

    share       square root of the share of pixels with this value
    change      log of mean |I(x + d) - I(x)|, d = 1, 2, 4; the bin is that of the mean
                of both values
    floor       mean log |I(x + 1) - I(x)|: noise rather than edges
    bend        log of mean |Laplacian of I|, and its mean sign
    color       mean R - G and B - G, and their sizes, for bins of G; once a plate

Source: value and gradient statistics for radiometric calibration, Lin & Zhang 2005,
"Determining the radiometric response function from a single grayscale image".
Differs: they fit the curve directly; here networks map these statistics to a curve.
"""

import torch
from torch import Tensor

from hdr_core.checks import has_values, require_rgb

PER_CHANNEL = 7
COLOR = 4
# Smaller changes are lost in 8 bits.
LEAST_CHANGE = 1e-3
# Pixels without change that are added to each bin, so that few pixels weigh little.
PRIOR_COUNT = 1.0


def count_statistics(bins: int) -> int:
    """Return the number of statistics of a plate."""
    return bins * (3 * PER_CHANNEL + COLOR)


def value_statistics(encoded: Tensor, *, bins: int) -> Tensor:
    """Return the statistics of each plate.

    Args:
        encoded: Encoded plates in [0, 1], (B, 3, H, W).
        bins: Number of value bins of a channel.

    Returns:
        (B, count_statistics(bins)), about -1 to 3. They do not depend on the size of
        the plate.

    Raises:
        ShapeError: ``encoded`` is not (B, 3, H, W).
    """
    require_rgb(encoded, "encoded")
    return torch.stack([_statistics(plate, bins) for plate in encoded.float()])


def _statistics(plate: Tensor, bins: int) -> Tensor:
    channels = [_channel_statistics(channel, bins) for channel in plate]
    return torch.cat([*channels, _color_statistics(plate, bins)])


def _bin_of(values: Tensor, bins: int) -> Tensor:
    """Return the bin of each value; all bins hold the same number of 8-bit codes."""
    place = values.detach() * (255.0 / 256.0) * bins + 1e-4
    return place.int().clamp(0, bins - 1).flatten()


def _sums(values: list[Tensor], index: Tensor, bins: int) -> list[Tensor]:
    """Return the count of each bin, then its sum of each of ``values``."""
    zeros = torch.zeros(bins, dtype=torch.float32, device=index.device)
    count = _count(index, bins)
    return [count, *(zeros.index_add(0, index, v.flatten()) for v in values)]


def _count(index: Tensor, bins: int) -> Tensor:
    """Return how many values each bin has, (bins,)."""
    if has_values(index):
        return torch.bincount(index, minlength=bins).float()
    # The shape of bincount would depend on values. Up to 2^24 values, sums of ones are
    # exact.
    return torch.zeros(bins).index_add(0, index, torch.ones(index.shape[0]))


def _log_mean(total: Tensor, count: Tensor) -> Tensor:
    """Return half the log of a mean change over the least one, about 0 to 4."""
    return torch.log(total / (count + PRIOR_COUNT) / LEAST_CHANGE + 1.0) * 0.5


def _pairs(channel: Tensor, distance: int) -> tuple[Tensor, Tensor]:
    """Return the mean and the absolute difference of all pairs at a distance."""
    if min(channel.shape) <= distance:
        return channel.new_zeros(0), channel.new_zeros(0)
    ahead, behind = channel[:, distance:], channel[:, :-distance]
    below, above = channel[distance:], channel[:-distance]
    middle = torch.cat([(ahead + behind).flatten(), (below + above).flatten()]) / 2
    change = torch.cat([(ahead - behind).flatten(), (below - above).flatten()])
    return middle, change.abs()


def _channel_statistics(channel: Tensor, bins: int) -> Tensor:
    """Return share, change and floor, changes, bend and its sign, (7 bins,)."""
    count = _count(_bin_of(channel, bins), bins)
    result = [(count / channel.numel()).sqrt() * 3.0]
    for distance in (1, 2, 4):
        middle, change = _pairs(channel, distance)
        index = _bin_of(middle, bins)
        values = [change]
        if distance == 1:
            values.append(torch.log(change / LEAST_CHANGE + 1.0))
        n, total, *floor = _sums(values, index, bins)
        result.append(_log_mean(total, n))
        result.extend(log_total / (n + PRIOR_COUNT) * 0.5 for log_total in floor)
    result.extend(_bends(channel, bins))
    return torch.cat(result)


def _bends(channel: Tensor, bins: int) -> list[Tensor]:
    """Return the size and the sign of the Laplacian in each bin."""
    if min(channel.shape) < 3:
        return [channel.new_zeros(bins)] * 2
    centre = channel[1:-1, 1:-1]
    neighbors = channel[2:, 1:-1] + channel[:-2, 1:-1]
    neighbors = neighbors + channel[1:-1, 2:] + channel[1:-1, :-2]
    bend = neighbors - 4 * centre
    n, size, signed = _sums([bend.abs(), bend], _bin_of(centre, bins), bins)
    return [_log_mean(size, n), signed / (size + PRIOR_COUNT * LEAST_CHANGE)]


def _color_statistics(plate: Tensor, bins: int) -> Tensor:
    """Return the means of R - G and B - G and of their sizes, by bins of G."""
    red, green, blue = plate
    values = [red - green, blue - green, (red - green).abs(), (blue - green).abs()]
    n, *totals = _sums(values, _bin_of(green, bins), bins)
    return torch.cat([total / (n + 3.0) * 3.0 for total in totals])
