"""Stage 2: estimate the camera's response, and undo it.

    x = [I, sobel(I), h_4(I), h_8(I), h_16(I)]
    c = W R(x) + M(v)
    g = monotone(g0 + sum_k p_k h_k)
    p = sum_i w_i l_i / sum_i w_i
    w_i = exp(E_i) [1 + (d_i / e)^2 / n + (s_i / f)^2 / n]^(-n / 2 - 1)

I  encoded plate             h_B  soft histogram of B bins, keeps its place
R  residual network, pooled  v, M statistics of values, and their readers
l_i  coefficients of a likely curve    d_i, s_i  RMS distance of its curve to that of c,
                                       of its mid-tones in stops
E_i  log likelihood of what edges show (evidence.py)
e, f  such errors of an estimate, which mostly errs by them and now and then by far
      more: Student's t of n degrees; without likely curves p = c
W  linear layer              g0, h_k  mean and components of inverse curves (crf.py)

Source: Liu et al. 2020, "Linearization"; ``released`` has B + 1 centres i / B,
``paper`` B centres (2b - 1) / 2B.
Differs: v, M and p are ours, in ``compact``. Where a plate's changes grow with its
values, and how, tells the slope of the curve directly (statistics.py). And cameras are
not spread evenly among curves: p is the mean of what is likely, given an estimate with
such errors and edges with such colors (Bayes).
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from hdr_core.camera.response import CurveBasis, make_monotone, mid_stops
from hdr_core.checks import require_rgb
from hdr_core.config import LinearizeConfig
from hdr_core.execution.reduce import reduce_to_area, sample_to_area
from hdr_core.stages.layers.resnet import ResNet
from hdr_core.stages.linearize.edges import Edges, find_edges
from hdr_core.stages.linearize.likelihood import EdgeLikelihood
from hdr_core.stages.linearize.regressors import StatisticsRegressors
from hdr_core.stages.linearize.statistics import value_statistics

# By how many of the likely curves edges are chosen.
CHOOSERS = 10
# n: now and then the readers are wrong by all there is, and edges know.
DEGREES = 5.0
# Every so many samples of two curves are compared: they are smooth.
PRIOR_STEP = 8


def sobel(encoded: Tensor) -> Tensor:
    """Return the Sobel responses, border reflected.

    Args:
        encoded: (B, 3, H, W).

    Returns:
        (B, 6, H, W): for each channel vertical, then horizontal change.
    """
    down = torch.tensor([[-1.0, -2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, 1.0]])
    kernel = torch.stack([down, down.T])[:, None].to(encoded).repeat(3, 1, 1, 1)
    # A side of one pixel has nothing to reflect.
    mode = "reflect" if min(encoded.shape[-2:]) > 1 else "replicate"
    padded = functional.pad(encoded, (1, 1, 1, 1), mode=mode)
    return functional.conv2d(padded, kernel, groups=3)


def histogram_centres(bins: int, centres: str) -> list[float]:
    """Return the centres of a soft histogram of ``bins`` bins."""
    if centres == "edges":
        return [index / bins for index in range(bins + 1)]
    return [(2 * index - 1) / (2 * bins) for index in range(1, bins + 1)]


def soft_histogram(encoded: Tensor, *, bins: int, centres: str) -> Tensor:
    """Return how much each pixel belongs to each bin; differentiable.

    Args:
        encoded: (B, 3, H, W) in [0, 1].
        bins: B; a bin's weight falls from 1 at its centre to 0 at 1 / B from it.
        centres: "edges" or "middles", as ``histogram_centres``.

    Returns:
        (B, 3 n, H, W), for each of n centres the three channels.
    """
    layers = [
        torch.relu(1.0 - (encoded - centre).abs() * bins)
        for centre in histogram_centres(bins, centres)
    ]
    return torch.cat(layers, dim=1)


class ResponseEvidence(NamedTuple):
    """What a plate says of its camera.

    Attributes:
        coefficients: c, (B, K).
        evidence: E of each likely curve, (B, n); None: its edges were not asked.
    """

    coefficients: Tensor
    evidence: Tensor | None = None


class Linearize(nn.Module):
    """Estimate g of each plate.

    Args:
        config: Features and networks.
        basis: Curve basis; it is kept with the weights.
    """

    def __init__(self, config: LinearizeConfig, basis: CurveBasis) -> None:
        super().__init__()
        self.config = config
        n_bins = sum(
            len(histogram_centres(bins, config.histogram_centres))
            for bins in config.histogram_bins
        )
        self.backbone = ResNet(config.backbone, in_channels=3 + 6 + 3 * n_bins)
        self.head = nn.Linear(self.backbone.out_channels, config.n_components)
        self.statistics = None
        if config.statistics:
            self.statistics = StatisticsRegressors(
                config.statistics, config.n_components
            )
            # The statistics alone are a good start: the backbone adds to them.
            nn.init.zeros_(self.head.weight)
            nn.init.zeros_(self.head.bias)
        self.evidence = EdgeLikelihood(config.evidence) if config.evidence else None
        self.curve_mean: Tensor
        self.curve_components: Tensor
        self.register_buffer("curve_mean", torch.from_numpy(basis.mean).float())
        self.register_buffer(
            "curve_components", torch.from_numpy(basis.components).float()
        )
        self.curve_library: Tensor
        library = basis.library
        if library is None:
            library = np.zeros((config.n_prior_curves, config.n_components))
        self.register_buffer("curve_library", torch.from_numpy(library).float())

    def forward(self, encoded: Tensor, *, among: Tensor | None = None) -> Tensor:
        """Return the inverse CRF of each plate.

        Args:
            encoded: (B, 3, H, W) in [0, 1], the whole plate: never a tile.
            among: Indices of the likely curves to choose among; None: all.

        Returns:
            (B, N) samples, strictly increasing from 0 to 1.

        Raises:
            ShapeError: ``encoded`` is not (B, 3, H, W).
        """
        height, width = encoded.shape[-2:]
        coefficients = self.coefficients(encoded)
        samples = sample_to_area(encoded, self.config.fixed_area_px)
        scale = math.sqrt(height * width / (samples.shape[-2] * samples.shape[-1]))
        evidence = self.weigh(self.edges_of(samples, scale=scale), among=among)
        return self.curve(
            self.likely(ResponseEvidence(coefficients, evidence), among=among)
        )

    def edges_of(
        self, samples: Tensor, *, scale: float = 1.0, wraps: bool = False
    ) -> Edges | None:
        """Return the edges in samples of plates, if they are asked (find_edges)."""
        config = self.config.evidence
        if config is None:
            return None
        # In bfloat16 two codes are one number.
        with torch.autocast(samples.device.type, enabled=False):
            every = max(1, len(self.curve_library) // CHOOSERS)
            curves = self.curve(self.curve_library[::every][:CHOOSERS])
            most = config.most_edges
            return find_edges(samples, curves, most=most, scale=scale, wraps=wraps)

    def weigh(
        self, edges: Edges | None, *, among: Tensor | None = None
    ) -> Tensor | None:
        """Return E of each likely curve, or of those ``among``, if edges are asked."""
        if self.evidence is None or edges is None:
            return None
        weighed: Tensor = self.evidence(edges, self.curve(self._library(among)))
        return weighed

    def _library(self, among: Tensor | None) -> Tensor:
        """Return the coefficients of likely curves, of all or of some."""
        return self.curve_library if among is None else self.curve_library[among]

    def coefficients(self, encoded: Tensor) -> Tensor:
        """Return c of each plate, (B, K): ``forward`` before the prior."""
        require_rgb(encoded, "encoded")
        encoded = reduce_to_area(encoded, self.config.fixed_area_px)
        small = reduce_to_area(encoded, self.config.backbone_area_px)
        coefficients: Tensor = self.head(self.backbone(self.features(small))).float()
        if self.statistics is None:
            return coefficients
        said: Tensor = self.statistics(self.statistics_of(encoded))
        return coefficients + said.float()

    def statistics_of(self, encoded: Tensor) -> Tensor:
        """Return v, (B, n), of plates (B, 3, H, W); a preset without M has none."""
        config = self.config.statistics
        if config is None:
            return encoded.new_zeros(len(encoded), 0)
        return value_statistics(encoded, bins=config.bins)

    def features(self, encoded: Tensor) -> Tensor:
        """Return x, (B, 102, H, W) for ``released``."""
        histograms = [
            soft_histogram(encoded, bins=bins, centres=self.config.histogram_centres)
            for bins in self.config.histogram_bins
        ]
        return torch.cat([encoded, sobel(encoded), *histograms], dim=1)

    def likely(
        self,
        reading: ResponseEvidence,
        *,
        error: float = 1.0,
        among: Tensor | None = None,
    ) -> Tensor:
        """Return p, (B, K): coefficients drawn to those of likely curves.

        Args:
            reading: c, and E.
            error: The error of c, as a share of that of one plate's.
            among: Indices of the curves that E is of; None: all.
        """
        if not self.config.n_prior_curves:
            return reading.coefficients
        library = self._library(among)
        estimate = self.curve(reading.coefficients.float())
        likely = self.curve_mean + library @ self.curve_components
        apart = _mean_square_apart(estimate, likely) / self.config.prior_error**2
        stops_apart = _mean_square_apart(mid_stops(estimate), mid_stops(likely))
        apart = apart + stops_apart / self.config.prior_error_stops**2
        told = torch.log1p(apart / error**2 / DEGREES) * (-DEGREES / 2 - 1)
        if reading.evidence is not None:
            told = told + reading.evidence
        return torch.softmax(told, dim=1) @ library

    def curve(self, coefficients: Tensor, places: Tensor | None = None) -> Tensor:
        """Return g, (B, N), of ``coefficients`` (B, K), or g at some samples alone.

        Args:
            coefficients: (B, K).
            places: Indices of the samples wanted, ends included; None: all.
        """
        mean, components = self.curve_mean, self.curve_components
        if places is not None:
            mean, components = mean[places], components[:, places]
        # In bfloat16 the curve would be a staircase: its falls bend all of it.
        with torch.autocast(coefficients.device.type, enabled=False):
            free = mean + coefficients.float() @ components
        return make_monotone(free, rule=self.config.monotone)


def _mean_square_apart(ours: Tensor, theirs: Tensor) -> Tensor:
    """Return the mean squared difference of each of (B, N) and each of (n, N)."""
    differences = ours[:, None, ::PRIOR_STEP] - theirs[None, :, ::PRIOR_STEP]
    return differences.square().mean(dim=2)
