"""Sidebars and menus: their content, drawn on a layout that records the calls."""

from unittest.mock import MagicMock

import bpy
import pytest
from bl_ext.user_default.hdr_core import panels
from bl_ext.user_default.hdr_core.operators.job import Job, Running
from bl_ext.user_default.hdr_core.reconstruct import Progress

from tests.addon.blender import add_node, write_plate


class Notes(MagicMock):
    """A layout that records its calls and those of its rows and columns."""

    def said(self):
        """Return all texts and identifiers that were drawn."""
        words = []
        for _, arguments, named in self.mock_calls:
            words += [one for one in arguments if isinstance(one, str)]
            words += [one for one in named.values() if isinstance(one, str)]
        return words


@pytest.fixture
def editor(scene):
    """Change the largest area of the window to an editor, and draw panels in it."""
    window = bpy.context.window_manager.windows[0]
    area = max(window.screen.areas, key=lambda one: one.width * one.height)

    def draw(ui_type, panel, image=None):
        area.ui_type = ui_type
        if image is not None:
            area.spaces.active.image = image
        notes = Notes()
        with bpy.context.temp_override(window=window, area=area):
            if hasattr(panel, "poll") and not panel.poll(bpy.context):
                return None
            panel.draw(MagicMock(layout=notes), bpy.context)
        return notes.said()

    return draw


class TestNodePanel:
    def test_when_there_is_no_node_then_it_offers_one(self, editor):
        said = editor("CompositorNodeTree", panels.HDR_CORE_PT_node)

        assert "hdr_core.add_node" in said

    def test_when_another_editor_is_open_then_it_is_not_shown(self, editor):
        assert editor("ShaderNodeTree", panels.HDR_CORE_PT_node) is None

    def test_when_the_node_is_active_then_its_source_and_buttons_are_shown(
        self, scene, a_plate
    ):
        node = add_node(scene, bpy.data.images.load(str(a_plate)))
        notes, context = Notes(), MagicMock(active_node=node, scene=scene)

        panels.HDR_CORE_PT_node.draw(MagicMock(layout=notes), context)

        said = notes.said()
        assert {"source", "image", "fidelity", "input_space", "cache"} <= set(said)
        assert {"hdr_core.reconstruct", "hdr_core.reconstruct_range"} <= set(said)
        assert not any("reconstruct again" in word for word in said)

    def test_when_the_result_is_stale_then_it_says_so(self, scene, a_plate):
        node = add_node(scene, bpy.data.images.load(str(a_plate)))
        node.node_tree.hdr_core.result_key = "of another source"
        notes, context = Notes(), MagicMock(active_node=node, scene=scene)

        panels.HDR_CORE_PT_node.draw(MagicMock(layout=notes), context)

        assert any("reconstruct again" in word for word in notes.said())


class TestImagePanel:
    def test_when_an_image_has_a_histogram_then_each_stop_is_a_bar(
        self, editor, a_plate
    ):
        image = bpy.data.images.load(str(a_plate))
        image["hdr_core_histogram"] = [0.02, 0.01]

        said = editor("IMAGE_EDITOR", panels.HDR_CORE_PT_image, image)

        assert "0 to 1 stops: 2.00%" in said
        assert "1 to 2 stops: 1.00%" in said
        assert "hdr_core.view_exposure" in said

    def test_when_there_is_no_image_then_it_is_not_shown(self, editor):
        assert editor("IMAGE_EDITOR", panels.HDR_CORE_PT_image) is None


class TestWorldPanel:
    def test_when_the_world_was_made_here_then_it_can_be_turned(
        self, editor, scene, tmp_path
    ):
        import numpy as np

        panorama = write_plate(tmp_path / "room.png", np.full((4, 8, 3), 99, np.uint8))
        bpy.ops.hdr_core.ldr_to_world(filepath=str(panorama))

        said = editor("PROPERTIES", panels.HDR_CORE_PT_world)

        assert {"Sun Strength", "Strength", "Rotation", "Show 8 Bit"} <= set(said)


class TestJob:
    def test_when_a_job_runs_then_no_other_may_and_its_progress_is_drawn(self, scene):
        notes = Notes()
        Running.operator, Running.progress = Job(), Progress("Reconstructing", 0.5)
        try:
            panels.draw_progress(notes)
            may_start = bpy.ops.hdr_core.reconstruct.poll()
        finally:
            Running.operator = None

        assert "Reconstructing (Esc cancels)" in notes.said()
        assert not may_start
        assert bpy.ops.hdr_core.reconstruct.poll()


class TestMenu:
    def test_when_a_compositor_adds_then_the_node_is_offered(self):
        notes = Notes()
        compositor = MagicMock()
        compositor.space_data.tree_type = "CompositorNodeTree"

        panels.draw_add_menu(MagicMock(layout=notes), compositor)

        assert "hdr_core.add_node" in notes.said()

    def test_when_a_picture_is_dropped_then_it_can_light_the_world(self):
        handler = bpy.types.HDR_CORE_FH_panorama

        assert handler.bl_import_operator == "hdr_core.ldr_to_world"
        assert ".jpg" in handler.bl_file_extensions
