"""M: small perceptrons that read the statistics of a plate."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from hdr_core.config import StatisticsConfig
from hdr_core.stages.linearize.statistics import COLOR, PER_CHANNEL, count_statistics

# What lies farther out was never seen in training.
MOST_DEVIATIONS = 8.0


class StatisticsRegressors(nn.Module):
    """M: readers of the statistics; the mean of their coefficients."""

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
        """Return coefficients (B, K) of ``statistics`` (B, n)."""
        return self.each(statistics).mean(dim=0)

    def each(self, statistics: Tensor) -> Tensor:
        """Return every member's coefficients, (members, B, K)."""
        normal = (statistics - self.mean) / self.deviation
        normal = normal.clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS)
        return torch.stack([member(normal) for member in self.members])


class StatisticsRegressor(nn.Module):
    """One member of M.

    Every channel is read by the same layer, and what they say is pooled: one curve
    serves all three.
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
        """Return coefficients (B, K) of normalised statistics (B, n)."""
        channels, color = normal.tensor_split([3 * self.channel_inputs], dim=1)
        read = functional.gelu(self.channel(channels.view(len(channels), 3, -1)))
        color = functional.gelu(self.color(color))
        pooled = torch.cat([read.mean(dim=1), read.amax(dim=1), color], dim=1)
        coefficients: Tensor = self.rest(pooled)
        return coefficients
