"""The compositor node: what is rendered is what ``hdr-core convert`` gives."""

import bpy
import numpy as np
import pytest
from bl_ext.user_default.hdr_core.node import compositor_tree

from tests.addon.blender import convert, render, show

TOLERANCE = 1e-3


def add_node(scene, source=None):
    """Add a node for an image, as the operator does."""
    compositor_tree(scene, make=True)
    bpy.ops.hdr_core.add_node(image=source.name if source else "")
    node = compositor_tree(scene, make=False).nodes.active
    show(scene, node)
    return node


@pytest.fixture
def a_node(scene, a_plate):
    """A node that shows its reconstruction."""
    node = add_node(scene, bpy.data.images.load(str(a_plate)))
    assert bpy.ops.hdr_core.reconstruct() == {"FINISHED"}
    return node


class TestStill:
    def test_when_an_image_is_reconstructed_then_it_renders_as_converted(
        self, scene, a_node, a_plate, tmp_path
    ):
        rendered = render(scene, tmp_path / "render.exr")

        expected = convert(a_plate, tmp_path / "expected.exr")
        np.testing.assert_allclose(rendered, expected, rtol=TOLERANCE, atol=1e-6)
        assert expected.max() > 1.0
