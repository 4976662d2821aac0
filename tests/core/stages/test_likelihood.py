"""Edges tell cameras apart: light mixes on a straight line, codes do not."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from hdr_core.camera.capture import quantize
from hdr_core.camera.processing import reduce_size
from hdr_core.camera.response import apply_curve
from hdr_core.errors import OptionError, ShapeError
from hdr_core.presets import COMPACT
from hdr_core.stages.linearize.edges import CELL, FIRST, LAST, MIDDLE, find_edges
from hdr_core.stages.linearize.likelihood import EdgeLikelihood

GAMMAS = torch.linspace(1.2, 3.0, 10)
GRID = torch.linspace(0.0, 1.0, 1024)
# Inverse curves of cameras whose codes are light ** (1 / gamma).
CURVES = GRID ** GAMMAS[:, None]


def a_scene(*, height=96, width=96):
    """Light of random tiles, each pixel the mean of 4 x 4 points: edges are mixed."""
    rng = np.random.default_rng(3)
    colors = torch.from_numpy(rng.uniform(0.02, 0.9, (3, 11, 11))).float()
    rows = torch.arange(4 * height) * 11 // (4 * height + 7)
    columns = torch.arange(4 * width) * 11 // (4 * width + 7)
    points = colors[:, rows[:, None], columns]
    return reduce_size(points, 4.0)


def shoot(light, *, gamma):
    return quantize(light ** (1.0 / gamma), bits=8)[None]


def edges_in(plate, *, wraps=False, most=400):
    return find_edges(plate, CURVES, most=most, wraps=wraps)


@pytest.fixture
def an_evidence():
    """Evidence that has learnt nothing: every edge counts alike."""
    return EdgeLikelihood(COMPACT.linearize.evidence).eval()


class TestEdges:
    def test_when_a_plate_has_edges_then_their_middle_lies_between_their_ends(self):
        edges = edges_in(shoot(a_scene(), gamma=2.2))

        patches = edges.patches[0, :, :, : edges.counts[0]]
        ends = torch.stack([patches[FIRST], patches[LAST]])
        assert edges.counts[0] > 50
        assert (patches[MIDDLE] >= ends.amin(dim=0) - 2 / 255).all()
        assert (patches[MIDDLE] <= ends.amax(dim=0) + 2 / 255).all()

    def test_when_more_are_found_than_wanted_then_some_are_chosen(self):
        edges = edges_in(shoot(a_scene(), gamma=2.2), most=20)

        assert edges.patches.shape == (1, 7, 3, 20)
        assert edges.is_edge.all()

    def test_when_a_border_is_long_then_each_cell_of_it_gives_one_edge(self):
        light = torch.full((3, 64, 64), 0.1)
        light[:, :, 31:] = torch.tensor([0.3, 0.2, 0.15])[:, None, None]
        light[:, :, 32:] = torch.tensor([0.6, 0.4, 0.2])[:, None, None]
        # No two rows are the same, so that one is the best.
        light *= torch.linspace(0.8, 1.0, 64)[:, None]

        edges = edges_in(shoot(light, gamma=2.2))

        n_cells = 64 // CELL
        # Where neighbours are as good, all of them stay: codes are few.
        assert n_cells <= edges.counts[0] < 2 * n_cells

    def test_when_edges_are_clipped_then_they_are_left_out(self):
        edges = edges_in(shoot(4.0 * a_scene(), gamma=2.2))

        assert edges.patches.max() < 252 / 255

    @pytest.mark.parametrize("size", [(1, 1), (2, 9), (5, 5), (9, 2)])
    def test_when_a_plate_is_tiny_then_there_are_none_and_nothing_breaks(self, size):
        edges = edges_in(torch.rand(2, 3, *size))

        assert edges.patches.shape == (2, 7, 3, 400)
        assert torch.isfinite(edges.plate).all()

    def test_when_a_panorama_is_turned_then_its_edges_stay(self, an_evidence):
        plate = shoot(a_scene(width=100), gamma=2.2)
        for weights in an_evidence.parameters():
            nn.init.normal_(weights, std=0.2)

        told, turned = (
            an_evidence(edges_in(it, wraps=True, most=9000), CURVES)
            for it in (plate, plate.roll(50, dims=3))
        )

        torch.testing.assert_close(told, turned, rtol=1e-4, atol=1e-4)

    def test_when_a_plate_is_no_rgb_then_it_says_so(self):
        with pytest.raises(ShapeError, match="encoded"):
            edges_in(torch.zeros(1, 1, 8, 8))


class TestEvidence:
    @pytest.mark.parametrize("index", [2, 5, 8])
    def test_when_light_mixes_at_edges_then_its_camera_is_the_likeliest(
        self, an_evidence, index
    ):
        plate = shoot(a_scene(), gamma=float(GAMMAS[index]))

        told = an_evidence(edges_in(plate), CURVES)

        assert int(told.argmax()) == index

    def test_when_a_plate_was_made_smaller_as_codes_then_its_camera_stays_possible(
        self, an_evidence
    ):
        plate = reduce_size(shoot(a_scene(), gamma=2.2)[0], 3.0)

        told = an_evidence(edges_in(quantize(plate, bits=8)[None]), CURVES)

        # As they stand, its edges plead for gamma 1.4 by a factor of a thousand.
        assert told.argmax() < 4
        assert told.max() - told[0, 5] < 5.0

    def test_when_there_are_no_edges_then_all_cameras_are_as_likely(self, an_evidence):
        told = an_evidence(edges_in(torch.full((1, 3, 32, 32), 0.4)), CURVES)

        assert told.max() == told.min()

    def test_when_plates_come_together_then_each_is_weighed_alone(self, an_evidence):
        plates = [shoot(a_scene(), gamma=gamma) for gamma in (1.4, 2.6)]
        for weights in an_evidence.parameters():
            nn.init.normal_(weights, std=0.2)

        both = an_evidence(edges_in(torch.cat(plates)), CURVES)

        alone = [an_evidence(edges_in(plate), CURVES) for plate in plates]
        torch.testing.assert_close(both, torch.cat(alone))

    def test_when_it_is_learnt_then_gradients_are_finite(self, an_evidence):
        edges = edges_in(shoot(a_scene(), gamma=2.2))

        an_evidence(edges, CURVES).log_softmax(dim=1)[:, 4].sum().backward()

        grads = [weights.grad for weights in an_evidence.parameters()]
        assert all(torch.isfinite(grad).all() for grad in grads)
        assert grads[-1].any()


class TestPreset:
    def test_when_there_is_nothing_to_weigh_then_the_preset_is_refused(self):
        with pytest.raises(OptionError, match="needs likely curves, found 0"):
            replace(COMPACT.linearize, n_prior_curves=0, statistics=None)


def test_when_a_curve_is_applied_then_light_comes_back():
    """The camera of these tests and the library's curves agree."""
    light = a_scene()[None]

    back = apply_curve(light ** (1 / 2.2), (GRID**2.2)[None])

    torch.testing.assert_close(back, light, atol=1e-4, rtol=1e-3)
