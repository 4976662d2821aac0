"""M of stage 2: small perceptrons that map the statistics of a plate to a curve.

    M(v) = mean over members of m(z)     z = clip((v - mean) / deviation, -8, 8)
    m(z) = P([mean_u A(z_u), max_u A(z_u), B(z_c)])

v    statistics of a plate (statistics.py)   z_u, z_c  those of channel u, and of color
A    one layer for all three channels        B         one layer for color
P    perceptron to the coefficients of the curve

Source: none; ours.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from hdr_core.config import StatisticsConfig
from hdr_core.stages.linearize.statistics import COLOR, PER_CHANNEL, count_statistics

# Values farther out do not occur in training.
MOST_DEVIATIONS = 8.0


class StatisticsRegressors(nn.Module):
    """M: the mean of several regressors of the curve's coefficients.

    Args:
        config: Number and sizes of the regressors.
        n_components: K, number of coefficients.
    """

    def __init__(self, config: StatisticsConfig, n_components: int) -> None:
        super().__init__()
        self.config = config
        inputs = count_statistics(config.bins)
        self.members = nn.ModuleList(
            StatisticsRegressor(config, n_components) for _ in range(config.members)
        )
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("deviation", torch.ones(inputs))

    def forward(self, statistics: Tensor) -> Tensor:
        """Return the coefficients (B, K) for ``statistics`` (B, n)."""
        return self.each(statistics).mean(dim=0)

    def each(self, statistics: Tensor) -> Tensor:
        """Return the coefficients of each member, (members, B, K)."""
        z = (statistics - self.mean) / self.deviation
        z = z.clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS)
        return torch.stack([member(z) for member in self.members])


class StatisticsRegressor(nn.Module):
    """m: one member of M.

    All channels go through the same layer, and their features are pooled, because one
    curve serves all three.

    Args:
        config: Sizes of the layers.
        n_components: K, number of coefficients.
    """

    def __init__(self, config: StatisticsConfig, n_components: int) -> None:
        super().__init__()
        self.channel_inputs = config.bins * PER_CHANNEL
        self.channel = nn.Linear(self.channel_inputs, config.embedding)
        self.color = nn.Linear(config.bins * COLOR, config.embedding // 2)
        width = 2 * config.embedding + config.embedding // 2
        layers: list[nn.Module] = [nn.Dropout(config.dropout)]
        for hidden in config.hidden:
            layers += [nn.Linear(width, hidden), nn.GELU(), nn.Dropout(config.dropout)]
            width = hidden
        self.rest = nn.Sequential(*layers, nn.Linear(width, n_components))

    def forward(self, normal: Tensor) -> Tensor:
        """Return the coefficients (B, K) for z, (B, n)."""
        channels, color = normal.tensor_split([3 * self.channel_inputs], dim=1)
        features = functional.gelu(self.channel(channels.view(len(channels), 3, -1)))
        color = functional.gelu(self.color(color))
        pooled = torch.cat([features.mean(dim=1), features.amax(dim=1), color], dim=1)
        coefficients: Tensor = self.rest(pooled)
        return coefficients
