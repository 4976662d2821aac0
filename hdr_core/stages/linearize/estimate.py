"""Stage 2: estimate the inverse camera response g of a plate.

    x = [I, sobel(I), h_4(I), h_8(I), h_16(I)]
    c = W R(x) + M(v)
    p = sum_i w_i l_i / sum_i w_i
    w_i = exp(E_i) [1 + (d_i / e)^2 / n + (s_i / f)^2 / n]^(-n / 2 - 1)
    g = monotone(g0 + sum_k p_k h_k)

I     encoded plate
h_B   soft histogram of B bins, at each pixel
R, W  residual network, pooled over space (resnet.py), and a linear layer
v, M  statistics of values (statistics.py), and regressors on them (regressors.py)
c     coefficients of the curve, from the networks alone
l_i   coefficients of the i-th likely curve
d_i   RMS distance between the curves of l_i and c
s_i   RMS distance between their mid-tones, in stops
E_i   log likelihood of the i-th likely curve, from edges (likelihood.py)
e, f  usual sizes of d and s
n     degrees of freedom of Student's t. Its tails are heavy, so that edges can outvote
      a badly wrong c
g0, h_k  mean and components of inverse curves (camera/response.py)

Source: Liu et al. 2020, "Linearization"; ``released`` has B + 1 centres i / B,
``paper`` B centres (2b - 1) / 2B.
Differs: in the paper, c = W R(x) and p = c. M and the likely curves are ours, and only
in ``compact``. Statistics of changes show the slope of the curve directly. And cameras
are not spread evenly over all curves: p is the posterior mean over the likely ones.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from hdr_core.camera.response import CurveBasis, make_monotone, mid_stops
from hdr_core.checks import require_rgb
from hdr_core.config import LinearizeConfig
from hdr_core.execution.reduce import reduce_to_area, sample_distance, sample_to_area
from hdr_core.stages.layers.resnet import ResNet
from hdr_core.stages.linearize.edges import Edges, find_edges
from hdr_core.stages.linearize.features import (
    histogram_centres,
    sobel,
    soft_histogram,
)
from hdr_core.stages.linearize.likelihood import EdgeLikelihood
from hdr_core.stages.linearize.regressors import StatisticsRegressors
from hdr_core.stages.linearize.statistics import value_statistics

# Number of likely curves by which edges are chosen.
N_CHOOSING_CURVES = 10
# n, degrees of freedom.
DEGREES = 5.0
# Curves are smooth, so only every eighth sample is compared.
PRIOR_STEP = 8


class ResponseEvidence(NamedTuple):
    """What a plate shows about the response of its camera.

    Attributes:
        coefficients: c, (B, K).
        evidence: E of each likely curve, (B, n). None means that edges are not used.
    """

    coefficients: Tensor
    evidence: Tensor | None = None


class Linearize(nn.Module):
    """Estimate g of each plate.

    Args:
        config: Features and sizes of the networks.
        basis: Curve basis and likely curves. They are stored with the weights.
    """

    def __init__(self, config: LinearizeConfig, basis: CurveBasis) -> None:
        super().__init__()
        self.config = config
        n, centres = config.n_components, config.histogram_centres
        n_bins = sum(len(histogram_centres(b, centres)) for b in config.histogram_bins)
        self.backbone = ResNet(config.backbone, in_channels=3 + 6 + 3 * n_bins)
        self.head = nn.Linear(self.backbone.out_channels, n)
        self.statistics = None
        if config.statistics:
            self.statistics = StatisticsRegressors(config.statistics, n)
            # The statistics alone are a good start. The backbone learns the rest.
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
            library = np.zeros((config.n_prior_curves, n))
        self.register_buffer("curve_library", torch.from_numpy(library).float())

    def forward(self, encoded: Tensor, *, among: Tensor | None = None) -> Tensor:
        """Return the inverse CRF of each plate.

        Args:
            encoded: Whole encoded plates in [0, 1], (B, 3, H, W): never a tile.
            among: Indices of the likely curves to use. None means all.

        Returns:
            g, (B, N) samples, strictly increasing from 0 to 1.

        Raises:
            ShapeError: ``encoded`` is not (B, 3, H, W).
        """
        coefficients = self.coefficients(encoded)
        samples = sample_to_area(encoded, self.config.fixed_area_px)
        scale = sample_distance(encoded, samples)
        evidence = self.weigh(self.edges_of(samples, scale=scale), among=among)
        return self.curve(
            self.likely(ResponseEvidence(coefficients, evidence), among=among)
        )

    def edges_of(
        self, samples: Tensor, *, scale: float | Tensor = 1.0, wraps: bool = False
    ) -> Edges | None:
        """Return the edges of plates, or None if the preset does not use edges.

        Args:
            samples: Pixels of encoded plates as they are, (B, 3, H, W).
            scale: Distance between two samples, in pixels of the plate.
            wraps: Whether the last column lies beside the first, as in a panorama.
        """
        config = self.config.evidence
        if config is None:
            return None
        # bfloat16 rounds neighbouring codes to the same number.
        with torch.autocast(samples.device.type, enabled=False):
            every = max(1, len(self.curve_library) // N_CHOOSING_CURVES)
            some = self.curve_library[::every][:N_CHOOSING_CURVES]
            curves = self.curve(some)
            most = config.most_edges
            return find_edges(samples, curves, most=most, scale=scale, wraps=wraps)

    def weigh(
        self, edges: Edges | None, *, among: Tensor | None = None
    ) -> Tensor | None:
        """Return E of each likely curve, (B, n), or None if edges are not used.

        Args:
            edges: Edges of B plates, as ``edges_of`` returns them.
            among: Indices of the likely curves to use. None means all.
        """
        if self.evidence is None or edges is None:
            return None
        evidence: Tensor = self.evidence(edges, self.curve(self._library(among)))
        return evidence

    def _library(self, among: Tensor | None) -> Tensor:
        """Return l, the coefficients of all likely curves or of some."""
        return self.curve_library if among is None else self.curve_library[among]

    def coefficients(self, encoded: Tensor) -> Tensor:
        """Return c of each plate, (B, K): the estimate without likely curves.

        Args:
            encoded: Whole encoded plates in [0, 1], (B, 3, H, W).

        Raises:
            ShapeError: ``encoded`` is not (B, 3, H, W).
        """
        require_rgb(encoded, "encoded")
        encoded = reduce_to_area(encoded, self.config.fixed_area_px)
        small = reduce_to_area(encoded, self.config.backbone_area_px)
        return self.coefficients_of(encoded, small)

    def coefficients_of(self, encoded: Tensor, small: Tensor) -> Tensor:
        """Return c of plates that are already reduced, (B, K).

        Args:
            encoded: Reduced plates for the statistics, (B, 3, h, w).
            small: Reduced plates for the backbone, (B, 3, h', w').
        """
        c: Tensor = self.head(self.backbone(self.features(small))).float()
        if self.statistics is None:
            return c
        regressed: Tensor = self.statistics(self.statistics_of(encoded))
        return c + regressed.float()

    def statistics_of(self, encoded: Tensor) -> Tensor:
        """Return v, (B, n), of plates (B, 3, H, W). Without M, n is 0."""
        config = self.config.statistics
        if config is None:
            return encoded.new_zeros(len(encoded), 0)
        return value_statistics(encoded, bins=config.bins)

    def features(self, encoded: Tensor) -> Tensor:
        """Return x of encoded plates (B, 3, H, W): (B, 102, H, W) for ``released``."""
        histograms = [
            soft_histogram(encoded, bins=bins, centres=self.config.histogram_centres)
            for bins in self.config.histogram_bins
        ]
        return torch.cat([encoded, sobel(encoded), *histograms], dim=1)

    def likely(
        self,
        response: ResponseEvidence,
        *,
        error: float = 1.0,
        among: Tensor | None = None,
    ) -> Tensor:
        """Return p, (B, K): the posterior mean of the coefficients of likely curves.

        Args:
            response: c and E.
            error: Error of c, relative to the usual error for one plate. The mean over
                several plates of one camera has a smaller error.
            among: Indices of the likely curves that E belongs to. None means all.
        """
        if not self.config.n_prior_curves:
            return response.coefficients
        weights = self._weights(response, error=error, among=among)
        return weights @ self._library(among)

    def spread(self, response: ResponseEvidence) -> Tensor | None:
        """Return how uncertain g is: the standard deviation of likely curves, (B, N).

        Args:
            response: c and E.

        Returns:
            Deviation from g of the likely curves, each with its weight. None without
            likely curves.
        """
        if not self.config.n_prior_curves:
            return None
        weights = self._weights(response, error=1.0, among=None)
        curve = self.curve(weights @ self.curve_library)
        away = self.curve(self.curve_library)[None] - curve[:, None]
        return (weights[:, :, None] * away.square()).sum(dim=1).sqrt()

    def likely_curves(self) -> Tensor:
        """Return all likely curves, (n, N); (0, N) if the model has none."""
        return self.curve(self.curve_library[: self.config.n_prior_curves])

    def weights(self, response: ResponseEvidence) -> Tensor:
        """Return w of each likely curve, (B, n), which sum to 1."""
        return self._weights(response, error=1.0, among=None)

    def _weights(
        self, response: ResponseEvidence, *, error: float, among: Tensor | None
    ) -> Tensor:
        """Return w of each likely curve, (B, n), which sum to 1."""
        n, e, f = DEGREES, self.config.prior_error, self.config.prior_error_stops
        library = self._library(among)
        estimate = self.curve(response.coefficients.float())
        curves = self.curve_mean + library @ self.curve_components
        distance = _mean_square_distance(estimate, curves) / e**2
        stops = _mean_square_distance(mid_stops(estimate), mid_stops(curves))
        distance = distance + stops / f**2
        log_w = torch.log1p(distance / error**2 / n) * (-n / 2 - 1)
        if response.evidence is not None:
            log_w = log_w + response.evidence
        return torch.softmax(log_w, dim=1)

    def curve(self, coefficients: Tensor, places: Tensor | None = None) -> Tensor:
        """Return g, (B, N), or g at some samples only.

        Args:
            coefficients: Coefficients of the curve basis, (B, K).
            places: Indices of the samples, both ends included. None means all.
        """
        mean, components = self.curve_mean, self.curve_components
        if places is not None:
            mean, components = mean[places], components[:, places]
        # In bfloat16 the curve has steps that fall, and these bend all of it.
        with torch.autocast(coefficients.device.type, enabled=False):
            free = mean + coefficients.float() @ components
        return make_monotone(free, rule=self.config.monotone)


def _mean_square_distance(ours: Tensor, theirs: Tensor) -> Tensor:
    """Return the mean squared differences, (B, n), of (B, N) and (n, N)."""
    differences = ours[:, None, ::PRIOR_STEP] - theirs[None, :, ::PRIOR_STEP]
    return differences.square().mean(dim=2)
