"""The networks of light run where light was clipped, and nowhere else."""

import numpy as np
import pytest

from hdr_core.execution.clipped_boxes import find_clipped_boxes

MARGIN = 32


def an_image(*lit, size=(512, 512)):
    image = np.zeros(size, dtype=bool)
    for box in lit:
        image[box] = True
    return image


def parts_of(image, cell=16, margin=MARGIN):
    return find_clipped_boxes(image, cell_px=cell, margin_px=margin)


def cost(parts, margin=MARGIN):
    """Pixels that the networks go through."""
    return sum(
        (rows.stop - rows.start + 2 * margin)
        * (columns.stop - columns.start + 2 * margin)
        for rows, columns in parts
    )


def test_when_nothing_is_clipped_then_there_is_nothing_to_do():
    assert parts_of(an_image()) == []


def test_when_one_lamp_is_clipped_then_its_cells_are_done():
    parts = parts_of(an_image(np.s_[100:110, 30:50]))

    assert parts == [(slice(96, 112), slice(16, 64))]


def test_when_lamps_are_far_apart_then_each_is_done_alone():
    image = an_image(np.s_[0:10, 0:10], np.s_[500:512, 490:512], np.s_[3:9, 400:410])

    assert len(parts_of(image)) == 3


def test_when_lamps_are_near_then_they_are_done_together():
    image = an_image(np.s_[100:110, 100:110], np.s_[130:140, 130:140])

    assert parts_of(image) == [(slice(96, 144), slice(96, 144))]


def test_when_all_is_clipped_then_it_is_done_at_once():
    image = an_image(np.s_[:, :], size=(70, 90))

    assert parts_of(image) == [(slice(0, 70), slice(0, 90))]


@pytest.mark.parametrize("share", [0.00005, 0.001, 0.1])
@pytest.mark.parametrize("cell", [1, 16])
def test_every_clipped_pixel_is_done_once_and_for_less(share, cell):
    size = (200, 333)
    image = np.random.default_rng(3).random(size) < share

    parts = parts_of(image, cell=cell)

    done = np.zeros(size, dtype=int)
    for part in parts:
        done[part] += 1
    assert (done[image] == 1).all()
    assert done.max() <= 1
    assert cost(parts) <= cost([(slice(0, 200), slice(0, 333))])
    for rows, columns in parts:
        assert rows.start % cell == columns.start % cell == 0
