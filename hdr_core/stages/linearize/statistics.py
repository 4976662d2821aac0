"""What a plate's values and their changes say of its camera.

In scene-linear light, changes grow with the light: mean |dH| / H is much the same in
the dark and in the bright. After a camera, I = F(H), the mean change in the bin of
value I therefore tells the slope of F there. Noise, edges and greys add to it. For
each value bin and channel:

    share       how many pixels have the value
    change      log of mean |I(x + d) - I(x)|, d = 1, 2, 4, at the middle value
    floor       mean log |I(x + 1) - I(x)|: noise rather than edges
    bend        log of mean |I(x-d) - 2 I(x) + I(x+d)|, and its mean sign
    color       mean R - G and B - G, and their sizes, for bins of G

Source: value and gradient statistics for radiometric calibration, Lin & Zhang 2005,
"Determining the radiometric response function from a single grayscale image".
"""

import torch
from torch import Tensor

from hdr_core.checks import require_rgb

PER_CHANNEL = 7
COLOR = 4
# Less change than this is lost in 8 bits.
LEAST_CHANGE = 1e-3
# Bins with few pixels say little: their means are drawn to the least change.
PRIOR_COUNT = 1.0


def count_statistics(bins: int) -> int:
    """Return how many numbers ``value_statistics`` gives a plate."""
    return bins * (3 * PER_CHANNEL + COLOR)


def value_statistics(encoded: Tensor, *, bins: int) -> Tensor:
    """Return the statistics of each plate for each value bin.

    Args:
        encoded: (B, 3, H, W) in [0, 1].
        bins: Value bins a channel.

    Returns:
        (B, count_statistics(bins)), about -1 to 3, whatever the size of the plate.
    """
    require_rgb(encoded, "encoded")
    return torch.stack([_statistics(plate, bins) for plate in encoded.float()])


def _statistics(plate: Tensor, bins: int) -> Tensor:
    channels = [_channel_statistics(channel, bins) for channel in plate]
    return torch.cat([*channels, _color_statistics(plate, bins)])


def _bin_of(values: Tensor, bins: int) -> Tensor:
    """Return the bin of each value; every bin holds equally many 8-bit codes."""
    place = values.detach() * (255.0 / 256.0) * bins + 1e-4
    return place.int().clamp(0, bins - 1).flatten()


def _sums(values: list[Tensor], index: Tensor, bins: int) -> list[Tensor]:
    """Return the count of each bin, then the sum of each of ``values``."""
    zeros = torch.zeros(bins, dtype=torch.float32, device=index.device)
    count = torch.bincount(index, minlength=bins).float()
    return [count, *(zeros.index_add(0, index, v.flatten()) for v in values)]


def _log_mean(total: Tensor, count: Tensor) -> Tensor:
    """Return the log of a mean change, 0 for the least one, about 6 for the most."""
    return torch.log(total / (count + PRIOR_COUNT) / LEAST_CHANGE + 1.0) * 0.5


def _pairs(channel: Tensor, distance: int) -> tuple[Tensor, Tensor]:
    """Return middle value and size of change of all neighbours at a distance."""
    if min(channel.shape) <= distance:
        return channel.new_zeros(0), channel.new_zeros(0)
    ahead, behind = channel[:, distance:], channel[:, :-distance]
    below, above = channel[distance:], channel[:-distance]
    middle = torch.cat([(ahead + behind).flatten(), (below + above).flatten()]) / 2
    change = torch.cat([(ahead - behind).flatten(), (below - above).flatten()])
    return middle, change.abs()


def _channel_statistics(channel: Tensor, bins: int) -> Tensor:
    count = torch.bincount(_bin_of(channel, bins), minlength=bins).float()
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
    if min(channel.shape) < 3:
        return [channel.new_zeros(bins)] * 2
    centre = channel[1:-1, 1:-1]
    around = channel[2:, 1:-1] + channel[:-2, 1:-1]
    around = around + channel[1:-1, 2:] + channel[1:-1, :-2]
    bend = around - 4 * centre
    n, size, signed = _sums([bend.abs(), bend], _bin_of(centre, bins), bins)
    return [_log_mean(size, n), signed / (size + PRIOR_COUNT * LEAST_CHANGE)]


def _color_statistics(plate: Tensor, bins: int) -> Tensor:
    red, green, blue = plate
    values = [red - green, blue - green, (red - green).abs(), (blue - green).abs()]
    n, *totals = _sums(values, _bin_of(green, bins), bins)
    return torch.cat([total / (n + 3.0) * 3.0 for total in totals])
