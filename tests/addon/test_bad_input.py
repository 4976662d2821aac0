"""Mistakes of an artist: one line says what to do, and no data is lost."""

import os

import bpy
import numpy as np
import pytest
from bl_ext.user_default.hdr_core import engine
from bl_ext.user_default.hdr_core.errors import AddonError
from bl_ext.user_default.hdr_core.reconstruct import reconstruct_group

from tests.addon.blender import (
    ENGINE,
    add_node,
    convert,
    preferences,
    render,
    write_plate,
)


@pytest.fixture
def a_python():
    """Choose another Python for the engine, until the test ends."""

    def choose(path):
        preferences().python = str(path)

    yield choose
    preferences().python = str(ENGINE)


def counts():
    """Return the number of datablocks of each kind, to find lost or leftover ones."""
    return [
        len(getattr(bpy.data, kind)) for kind in ("images", "scenes", "node_groups")
    ]


def refused(match, **arguments):
    """Expect a one-line error from the operator, and unchanged data."""
    before = counts()
    with pytest.raises(RuntimeError, match=match):
        bpy.ops.hdr_core.reconstruct(**arguments)
    assert counts() == before


class TestEngine:
    def test_when_the_python_is_not_there_then_it_says_where_to_choose(
        self, scene, a_plate, a_python, tmp_path
    ):
        add_node(scene, bpy.data.images.load(str(a_plate)))
        a_python(tmp_path / "python")

        refused("no such Python. Choose another in Edit > Preferences")

    def test_when_the_python_has_no_hdr_core_then_it_says_so(
        self, scene, a_plate, a_python, tmp_path
    ):
        python = tmp_path / "python"
        python.write_text("#!/bin/sh\necho 'No module named hdr_core' >&2\nexit 1\n")
        python.chmod(0o755)
        add_node(scene, bpy.data.images.load(str(a_plate)))
        a_python(python)

        refused("no hdr_core in this Python. Set up the engine")

    def test_when_there_is_none_then_it_says_which_button_to_press(
        self, scene, a_plate, a_python
    ):
        add_node(scene, bpy.data.images.load(str(a_plate)))
        a_python("")

        refused("There is no engine yet. Press Set Up Engine")

    def test_when_it_is_killed_in_the_middle_then_it_says_so_and_starts_again(
        self, scene, a_plate, tmp_path
    ):
        add_node(scene, bpy.data.images.load(str(a_plate)))
        work = engine.run(["convert", str(a_plate), "-o", str(tmp_path / "a.exr")])
        worker = next(one for one in work if isinstance(one, engine.Worker))
        os.kill(worker.pid, 9)

        with pytest.raises(AddonError, match="memory ran out"):
            list(work)

        assert bpy.ops.hdr_core.reconstruct() == {"FINISHED"}

    def test_when_the_weights_are_gone_then_it_says_so(self, scene, a_plate, tmp_path):
        add_node(scene, bpy.data.images.load(str(a_plate)))
        preferences().weights = str(tmp_path / "gone.safetensors")

        try:
            refused("no such weights file")
        finally:
            preferences().weights = ""


class TestCancel:
    def test_when_cancelled_then_it_stops_and_the_next_is_done(
        self, scene, a_plate, wide_codes, tmp_path
    ):
        large = write_plate(tmp_path / "large.png", np.tile(wide_codes, (8, 20, 1)))
        node = add_node(scene, bpy.data.images.load(str(large)))
        before = counts()
        working = reconstruct_group(scene.name, node.node_tree.name, None)
        while next(working).text != "Reconstructing":
            pass

        working.close()

        assert counts() == before
        assert not node.node_tree.hdr_core.result_key
        node.node_tree.hdr_core.image = bpy.data.images.load(str(a_plate))
        assert bpy.ops.hdr_core.reconstruct() == {"FINISHED"}

    def test_when_the_node_is_deleted_meanwhile_then_it_says_where_the_result_is(
        self, scene, a_plate
    ):
        node = add_node(scene, bpy.data.images.load(str(a_plate)))
        working = reconstruct_group(scene.name, node.node_tree.name, None)
        next(working)

        bpy.data.node_groups.remove(node.node_tree)

        with pytest.raises(AddonError, match="the node was deleted"):
            list(working)


class TestSource:
    def test_when_there_is_none_then_it_says_where_to_choose_one(self, scene):
        add_node(scene)

        refused("no source. Choose one in the HDR sidebar")

    def test_when_there_is_no_node_then_it_says_so(self, scene):
        refused("There are 0 HDR Reconstruct nodes. Select one")

    def test_when_the_file_was_deleted_then_it_is_named(self, scene, a_plate):
        add_node(scene, bpy.data.images.load(str(a_plate)))
        a_plate.unlink()

        refused(r"no file .*lamp.png. Find it, or pack it")

    def test_when_the_file_is_no_picture_then_the_engine_says_so(self, scene, tmp_path):
        bad = tmp_path / "bad.png"
        bad.write_text("no picture")
        add_node(scene, bpy.data.images.load(str(bad)))

        refused("bad.png")

    def test_when_a_frame_is_missing_then_it_is_named(self, scene, a_sequence):
        image = bpy.data.images.load(str(a_sequence[0]))
        image.source = "SEQUENCE"
        add_node(scene, image)
        a_sequence[1].unlink()

        with pytest.raises(RuntimeError, match=r"1 of 3 frames are missing.*0002.png"):
            bpy.ops.hdr_core.reconstruct_range()

    def test_when_nothing_is_linked_then_it_says_so(self, scene):
        node = add_node(scene)
        node.node_tree.hdr_core.source = "SOCKET"

        refused("nothing is linked to Image")

    def test_when_the_image_is_float_then_it_is_hdr_already(self, scene):
        add_node(scene, bpy.data.images.new("light", 4, 4, float_buffer=True))

        refused("float pixels, which are HDR already")

    def test_when_the_image_has_unsaved_changes_then_they_are_in_the_result(
        self, scene, a_plate, wide_codes, tmp_path
    ):
        image = bpy.data.images.load(str(a_plate))
        codes = 255 - wide_codes
        pixels = np.ones((32, 48, 4), np.float32)
        pixels[..., :3] = codes[::-1] / np.float32(255)
        image.pixels.foreach_set(pixels.ravel())
        add_node(scene, image)

        bpy.ops.hdr_core.reconstruct()

        rendered = render(scene, tmp_path / "render.exr")
        image.save(filepath=str(tmp_path / "edited.png"))
        expected = convert(tmp_path / "edited.png", tmp_path / "expected.exr")
        np.testing.assert_allclose(rendered, expected, rtol=1e-3, atol=1e-6)

    def test_when_the_image_is_packed_then_its_own_bytes_are_taken(
        self, scene, a_plate, tmp_path
    ):
        expected = convert(a_plate, tmp_path / "expected.exr")
        image = bpy.data.images.load(str(a_plate))
        image.pack()
        a_plate.unlink()
        add_node(scene, image)

        bpy.ops.hdr_core.reconstruct()

        rendered = render(scene, tmp_path / "render.exr")
        np.testing.assert_allclose(rendered, expected, rtol=1e-3, atol=1e-6)


class TestCache:
    def test_when_it_cannot_be_a_folder_then_it_says_so(self, scene, a_plate, tmp_path):
        (tmp_path / "file").write_text("no folder")
        node = add_node(scene, bpy.data.images.load(str(a_plate)))
        node.node_tree.hdr_core.cache = str(tmp_path / "file" / "cache")

        refused("Choose another Cache folder")

    def test_when_a_result_is_deleted_then_it_is_made_again(
        self, scene, a_plate, tmp_path
    ):
        node = add_node(scene, bpy.data.images.load(str(a_plate)))
        bpy.ops.hdr_core.reconstruct()
        result = bpy.path.abspath(node.node_tree.nodes["hdr"].image.filepath)
        os.remove(result)  # noqa: PTH107

        assert bpy.ops.hdr_core.reconstruct() == {"FINISHED"}

        assert render(scene, tmp_path / "render.exr").max() > 1.0
