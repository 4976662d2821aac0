"""The node when saved, copied, linked, undone, and without the add-on."""

import subprocess
import sys

import bpy
import numpy as np
import pytest
from bl_ext.user_default.hdr_core.node import compositor_tree, hdr_groups
from bl_ext.user_default.hdr_core.reconstruct import is_stale

from tests.addon.blender import add_node, convert, read_exr, render, show

TOLERANCE = 1e-3
WITHOUT_ADDON = """
import os, sys, bpy
blend, out, again = sys.argv[1:]
bpy.ops.wm.open_mainfile(filepath=blend)
assert not hasattr(bpy.types.NodeTree, "hdr_core")
bpy.context.scene.render.filepath = out
bpy.ops.render.render(write_still=True)
bpy.ops.wm.save_as_mainfile(filepath=again)
sys.stdout.flush()
os._exit(0)
"""


def hdr_node(scene):
    tree = compositor_tree(scene, make=False)
    (group,) = hdr_groups()
    return next(n for n in tree.nodes if getattr(n, "node_tree", None) == group)


@pytest.fixture
def a_shot(scene, a_plate, tmp_path):
    """A .blend on disk whose node shows its result; its expected pixels."""
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    add_node(scene, bpy.data.images.load(str(a_plate)))
    bpy.ops.hdr_core.reconstruct()
    # The first render sets the render settings that the file stores.
    render(scene, tmp_path / "first.exr")
    bpy.ops.wm.save_mainfile()
    return convert(a_plate, tmp_path / "expected.exr")


def reopen(path):
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return bpy.context.scene


class TestSaved:
    def test_when_it_is_saved_and_opened_then_it_renders_the_same(
        self, a_shot, tmp_path
    ):
        scene = reopen(tmp_path / "shot.blend")

        rendered = render(scene, tmp_path / "render.exr")

        np.testing.assert_allclose(rendered, a_shot, rtol=TOLERANCE, atol=1e-6)
        assert not is_stale(scene, hdr_groups()[0])

    def test_when_the_project_moves_then_its_results_move_along(self, a_shot, tmp_path):
        moved = tmp_path / "moved"
        moved.mkdir()
        for name in ("shot.blend", "hdr_cache"):
            (tmp_path / name).rename(moved / name)

        scene = reopen(moved / "shot.blend")

        rendered = render(scene, tmp_path / "render.exr")
        np.testing.assert_allclose(rendered, a_shot, rtol=TOLERANCE, atol=1e-6)

    def test_when_the_farm_has_no_addon_then_it_renders_and_keeps_the_settings(
        self, a_shot, tmp_path
    ):
        paths = [str(tmp_path / n) for n in ("shot.blend", "farm.exr", "again.blend")]
        command = [sys.executable, "-c", WITHOUT_ADDON, *paths]
        farm = {"BLENDER_USER_RESOURCES": str(tmp_path / "clean profile")}

        subprocess.run(command, env=farm, check=True, timeout=60, capture_output=True)

        rendered = read_exr(tmp_path / "farm.exr")[..., :3]
        np.testing.assert_allclose(rendered, a_shot, rtol=TOLERANCE, atol=1e-6)
        reopen(tmp_path / "again.blend")
        assert hdr_groups()[0].hdr_core.image.name == "lamp.png"


class TestCopied:
    def test_when_the_node_is_copied_then_both_show_the_result(self, a_shot, tmp_path):
        scene = reopen(tmp_path / "shot.blend")
        node = hdr_node(scene)
        tree = compositor_tree(scene, make=False)

        twin = tree.nodes.new(node.bl_idname)
        twin.node_tree = node.node_tree
        twin.node_tree = node.node_tree.copy()

        show(scene, twin)
        rendered = render(scene, tmp_path / "render.exr")
        np.testing.assert_allclose(rendered, a_shot, rtol=TOLERANCE, atol=1e-6)
        assert len(hdr_groups()) == 2
        assert twin.node_tree.hdr_core.image == node.node_tree.hdr_core.image

    @pytest.mark.parametrize("is_link", [False, True], ids=["appended", "linked"])
    def test_when_another_file_takes_the_group_then_it_shows_the_result(
        self, a_shot, tmp_path, is_link
    ):
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        scene = bpy.context.scene
        scene.render.resolution_x, scene.render.resolution_y = 48, 32
        node = add_node(scene)
        shot = str(tmp_path / "shot.blend")

        with bpy.data.libraries.load(shot, link=is_link) as (found, taken):
            taken.node_groups = [n for n in found.node_groups if n.startswith("HDR")]

        node.node_tree = taken.node_groups[0]
        show(scene, node)
        rendered = render(scene, tmp_path / "render.exr")
        np.testing.assert_allclose(rendered, a_shot, rtol=TOLERANCE, atol=1e-6)

    def test_when_the_group_is_linked_then_it_is_not_changed_and_it_says_so(
        self, a_shot, tmp_path
    ):
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        shot = str(tmp_path / "shot.blend")
        with bpy.data.libraries.load(shot, link=True) as (found, taken):
            taken.node_groups = [n for n in found.node_groups if n.startswith("HDR")]

        with pytest.raises(RuntimeError, match="Make it local first"):
            bpy.ops.hdr_core.reconstruct(group=taken.node_groups[0].name)


class TestUndone:
    def test_when_a_change_is_undone_then_the_result_is_still_shown(
        self, a_shot, tmp_path
    ):
        scene = reopen(tmp_path / "shot.blend")
        bpy.ops.ed.undo_push(message="before")
        hdr_node(scene).inputs["Exposure"].default_value = 5.0
        bpy.ops.ed.undo_push(message="exposure")

        bpy.ops.ed.undo()

        scene = bpy.context.scene
        assert hdr_node(scene).inputs["Exposure"].default_value == 0.0
        rendered = render(scene, tmp_path / "render.exr")
        np.testing.assert_allclose(rendered, a_shot, rtol=TOLERANCE, atol=1e-6)


class TestStale:
    def test_when_nothing_changed_then_it_is_not_stale_and_not_computed_again(
        self, scene, a_plate
    ):
        node = add_node(scene, bpy.data.images.load(str(a_plate)))
        bpy.ops.hdr_core.reconstruct()
        first = bpy.path.abspath(node.node_tree.nodes["hdr"].image.filepath)

        bpy.ops.hdr_core.reconstruct()

        again = bpy.path.abspath(node.node_tree.nodes["hdr"].image.filepath)
        assert again == first
        assert not is_stale(scene, node.node_tree)
        names = [image.name for image in bpy.data.images]
        assert len([name for name in names if name.startswith("HDR lamp")]) == 4

    @pytest.mark.parametrize("change", ["settings", "file", "image"])
    def test_when_the_source_changes_then_the_result_is_stale(
        self, scene, a_plate, change
    ):
        node = add_node(scene, bpy.data.images.load(str(a_plate)))
        bpy.ops.hdr_core.reconstruct()

        if change == "settings":
            node.node_tree.hdr_core.fidelity = "free"
        elif change == "file":
            a_plate.write_bytes(a_plate.read_bytes() + b"more")
        else:
            node.node_tree.hdr_core.image = bpy.data.images.new("other", 4, 4)

        assert is_stale(scene, node.node_tree)

    def test_when_what_feeds_it_changes_then_the_result_is_stale(self, scene, a_plate):
        node = add_node(scene)
        tree = compositor_tree(scene, make=False)
        source = tree.nodes.new("CompositorNodeImage")
        source.image = bpy.data.images.load(str(a_plate))
        grade = tree.nodes.new("CompositorNodeExposure")
        tree.links.new(source.outputs["Image"], grade.inputs["Image"])
        tree.links.new(grade.outputs["Image"], node.inputs["Image"])
        node.node_tree.hdr_core.source = "SOCKET"
        bpy.ops.hdr_core.reconstruct()
        before = is_stale(scene, node.node_tree)

        grade.inputs["Exposure"].default_value = -1.0

        assert before is False
        assert is_stale(scene, node.node_tree)
