"""The compositor node: its render equals the result of ``hdr-core convert``."""

import bpy
import numpy as np
import pytest
from bl_ext.user_default.hdr_core.node import compositor_tree

from tests.addon.blender import (
    add_node,
    convert,
    convert_shot,
    render,
    render_range,
    show,
    write_plate,
)

TOLERANCE = 1e-3
IS_5 = bpy.app.version >= (5, 0, 0)


@pytest.fixture
def a_node(scene, a_plate):
    """A node that shows its reconstruction."""
    node = add_node(scene, bpy.data.images.load(str(a_plate)))
    assert bpy.ops.hdr_core.reconstruct() == {"FINISHED"}
    return node


def load_sequence(files):
    image = bpy.data.images.load(str(files[0]))
    image.source = "SEQUENCE"
    return image


def link_image(scene, node, plate):
    """Link an Image node to the input of ``node``, and let that be its source."""
    tree = compositor_tree(scene, make=False)
    source = tree.nodes.new("CompositorNodeImage")
    source.image = bpy.data.images.load(str(plate))
    tree.links.new(source.outputs["Image"], node.inputs["Image"])
    node.node_tree.hdr_core.source = "SOCKET"
    return source


class TestStill:
    def test_when_an_image_is_reconstructed_then_it_renders_as_converted(
        self, scene, a_node, a_plate, tmp_path
    ):
        rendered = render(scene, tmp_path / "render.exr")

        expected = convert(a_plate, tmp_path / "expected.exr")
        np.testing.assert_allclose(rendered, expected, rtol=TOLERANCE, atol=1e-6)
        assert expected.max() > 1.0

    def test_when_the_plate_has_alpha_then_color_is_premultiplied_by_it(
        self, scene, wide_codes, tmp_path
    ):
        alpha = np.full((32, 48, 1), 128, np.uint8)
        plate = tmp_path / "glass.png"
        write_plate(plate, np.concatenate([wide_codes, alpha], axis=2))
        add_node(scene, bpy.data.images.load(str(plate)))

        bpy.ops.hdr_core.reconstruct()

        rendered = render(scene, tmp_path / "render.exr")
        straight = convert(plate, tmp_path / "expected.exr")
        np.testing.assert_allclose(rendered, straight * 128 / 255, rtol=TOLERANCE)

    def test_when_a_layer_is_shown_then_it_says_where_and_how_unsure(
        self, scene, a_node, wide_codes, tmp_path
    ):
        show(scene, a_node, "Clip Mask")
        mask = render(scene, tmp_path / "mask.exr")[..., 0]
        show(scene, a_node, "Uncertainty")
        spread = render(scene, tmp_path / "spread.exr")[..., 0]

        is_clipped = wide_codes.max(axis=2) == 255
        assert (mask[is_clipped] > 0.9).all()
        assert (spread[is_clipped] > 0.0).any()
        assert (spread[~is_clipped] == 0.0).all()

    @pytest.mark.skipif(not IS_5, reason="4.x has one working space")
    def test_when_the_working_space_is_acescg_then_the_light_is_the_same(
        self, scene, a_node, a_plate, tmp_path
    ):
        bpy.ops.wm.set_working_color_space(working_space="ACEScg")
        settings = scene.render.image_settings
        settings.color_management = "OVERRIDE"

        rendered = render(scene, tmp_path / "render.exr", space="ACEScg")

        expected = convert(
            a_plate, tmp_path / "expected.exr", "--working-space", "ACEScg"
        )
        np.testing.assert_allclose(rendered, expected, rtol=TOLERANCE, atol=1e-4)


class TestControls:
    @pytest.mark.parametrize(
        ("name", "value", "option"),
        [
            ("Strength", 0.5, "--strength"),
            ("Strength", 0.0, "--strength"),
            ("Exposure", -1.5, "--exposure"),
            ("Ceiling", 0.25, "--ceiling"),
        ],
    )
    def test_when_a_control_is_turned_then_it_acts_as_the_option_does(
        self, scene, a_node, a_plate, tmp_path, name, value, option
    ):
        a_node.inputs[name].default_value = value

        rendered = render(scene, tmp_path / "render.exr")

        expected = convert(a_plate, tmp_path / "expected.exr", f"{option}={value}")
        # The node mixes half-float layers, each off by up to 0.05 %, and more in their
        # differences. Also, hdr-core projects to the codes after the control, the node
        # before it: blue of 245 beside clipped red and green can lie at either end of
        # its code, 1 % apart.
        np.testing.assert_allclose(rendered, expected, rtol=1.5e-2, atol=1e-5)

    @pytest.mark.parametrize("boldness", [0.2, 0.9], ids=["timid", "bold"])
    def test_when_boldness_is_turned_then_it_is_within_a_fifth_stop_of_the_option(
        self, scene, a_node, a_plate, wide_codes, tmp_path, boldness
    ):
        a_node.inputs["Boldness"].default_value = boldness

        rendered = render(scene, tmp_path / "render.exr")

        options = f"--boldness={boldness}"
        expected = convert(a_plate, tmp_path / "expected.exr", options)
        stops = np.abs(np.log2(np.maximum(rendered, 1e-4) / np.maximum(expected, 1e-4)))
        assert stops[wide_codes == 255].max() < 0.2  # stage 4 is not run again
        assert stops[wide_codes < 255].max() < 0.02  # of one code


class TestRange:
    def test_when_a_sequence_is_reconstructed_then_every_frame_is_its_own(
        self, scene, a_sequence, tmp_path
    ):
        add_node(scene, load_sequence(a_sequence))

        assert bpy.ops.hdr_core.reconstruct_range() == {"FINISHED"}

        rendered = render_range(scene, tmp_path / "render_")
        expected = convert_shot(a_sequence, tmp_path / "expected")
        for pixels, frame in zip(rendered, expected, strict=True):
            np.testing.assert_allclose(pixels, frame, rtol=TOLERANCE, atol=1e-6)

    def test_when_files_are_numbered_otherwise_then_the_offset_finds_them(
        self, scene, a_sequence, tmp_path
    ):
        node = add_node(scene, load_sequence(a_sequence))
        node.node_tree.hdr_core.frame_offset = -100
        scene.frame_start, scene.frame_end = 102, 103

        bpy.ops.hdr_core.reconstruct_range()

        rendered = render_range(scene, tmp_path / "render_")
        a_sequence[0].unlink()
        expected = convert_shot(a_sequence[1:], tmp_path / "expected")[0]
        np.testing.assert_allclose(rendered[0], expected, rtol=TOLERANCE, atol=1e-6)

    def test_when_a_movie_clip_is_reconstructed_then_it_is_as_its_frames(
        self, scene, a_sequence, tmp_path
    ):
        node = add_node(scene)
        settings = node.node_tree.hdr_core
        settings.source = "CLIP"
        settings.clip = bpy.data.movieclips.load(str(a_sequence[0]))

        bpy.ops.hdr_core.reconstruct_range()

        rendered = render_range(scene, tmp_path / "render_")
        expected = convert_shot(a_sequence, tmp_path / "expected")[1]
        np.testing.assert_allclose(rendered[1], expected, rtol=TOLERANCE, atol=1e-6)
        assert [one.name for one in bpy.data.scenes] == [scene.name]


class TestUpstream:
    def test_when_an_image_is_linked_then_it_renders_as_converted(
        self, scene, a_plate, tmp_path
    ):
        node = add_node(scene)
        link_image(scene, node, a_plate)
        before = len(bpy.data.scenes), len(bpy.data.node_groups)

        assert bpy.ops.hdr_core.reconstruct() == {"FINISHED"}

        rendered = render(scene, tmp_path / "render.exr")
        expected = convert(a_plate, tmp_path / "expected.exr")
        np.testing.assert_allclose(rendered, expected, rtol=TOLERANCE, atol=1e-6)
        assert (len(bpy.data.scenes), len(bpy.data.node_groups)) == before

    def test_when_it_is_graded_before_then_the_grade_is_in_the_light(
        self, scene, a_plate, tmp_path
    ):
        node = add_node(scene)
        source = link_image(scene, node, a_plate)
        tree = compositor_tree(scene, make=False)
        darker = tree.nodes.new("CompositorNodeExposure")
        darker.inputs["Exposure"].default_value = -1.0
        tree.links.new(source.outputs["Image"], darker.inputs["Image"])
        tree.links.new(darker.outputs["Image"], node.inputs["Image"])

        bpy.ops.hdr_core.reconstruct()

        graded = render(scene, tmp_path / "graded.exr")
        ungraded = convert(a_plate, tmp_path / "ungraded.exr")
        assert 0.1 < np.median(graded) / np.median(ungraded) < 0.9
        assert np.isfinite(graded).all()

    def test_when_a_range_is_linked_then_every_frame_is_baked(
        self, scene, a_sequence, tmp_path
    ):
        node = add_node(scene)
        source = link_image(scene, node, a_sequence[0])
        source.image.source = "SEQUENCE"
        source.frame_duration, source.frame_start = 3, 1
        source.use_auto_refresh = True

        bpy.ops.hdr_core.reconstruct_range()

        rendered = render_range(scene, tmp_path / "render_")
        expected = convert_shot(a_sequence, tmp_path / "expected")[2]
        np.testing.assert_allclose(rendered[2], expected, rtol=TOLERANCE, atol=1e-6)
