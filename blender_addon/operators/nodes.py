"""Operators that add the compositor node and reconstruct its source."""

from collections.abc import Iterator

import bpy
from bpy.props import StringProperty

from ..errors import AddonError
from ..node import add_node, compositor_tree, hdr_groups, is_hdr_node
from ..reconstruct import Progress, reconstruct_group
from .job import Job


class HDR_CORE_OT_add_node(bpy.types.Operator):
    """Add a HDR Reconstruct node to the compositor of the scene"""

    bl_idname = "hdr_core.add_node"
    bl_label = "HDR Reconstruct"
    bl_options = {"REGISTER", "UNDO"}

    image: StringProperty(
        name="Image", description="Name of the image to reconstruct; may stay empty"
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Add the node to the tree of the editor, else to the scene's compositor."""
        space = context.space_data
        tree = getattr(space, "edit_tree", None)
        if tree is None or tree.bl_idname != "CompositorNodeTree":
            tree = compositor_tree(context.scene, make=True)
        node = add_node(tree)
        node.node_tree.hdr_core.image = bpy.data.images.get(self.image)
        if cursor := getattr(space, "cursor_location", None):
            node.location = cursor
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Add the node under the mouse pointer and let the artist move it."""
        if hasattr(context.space_data, "cursor_location_from_region"):
            place = event.mouse_region_x, event.mouse_region_y
            context.space_data.cursor_location_from_region(*place)
        self.execute(context)
        return bpy.ops.node.translate_attach_remove_on_cancel("INVOKE_DEFAULT")


class Reconstructing(Job):
    """Common part of both operators: find the group to reconstruct."""

    def find_group(self, context: bpy.types.Context) -> str:
        """Return the name of the chosen group, of the active node, or of the only one.

        Raises:
            AddonError: There is no group, or several and none is active.
        """
        if self.group:
            return self.group
        active = getattr(context, "active_node", None)
        if active is None and (tree := compositor_tree(context.scene, make=False)):
            active = tree.nodes.active
        if is_hdr_node(active):
            return active.node_tree.name
        groups = hdr_groups()
        if len(groups) != 1:
            raise AddonError(
                f"there are {len(groups)} HDR Reconstruct nodes. Select one of them."
            )
        return groups[0].name


class HDR_CORE_OT_reconstruct(Reconstructing, bpy.types.Operator):
    """Reconstruct the source of a HDR Reconstruct node at the current frame"""

    bl_idname = "hdr_core.reconstruct"
    bl_label = "Reconstruct"
    bl_options = {"REGISTER", "UNDO"}

    group: StringProperty(
        name="Group", description="Name of the node's group; empty: the active node's"
    )

    def steps(self, context: bpy.types.Context) -> Iterator[Progress]:
        """Reconstruct the current frame."""
        name = self.find_group(context)
        notes = yield from reconstruct_group(context.scene.name, name, None)
        return f"HDR is ready{': ' * bool(notes)}{notes}"


class HDR_CORE_OT_reconstruct_range(Reconstructing, bpy.types.Operator):
    """Reconstruct the source of a HDR Reconstruct node over the scene's frame range"""

    bl_idname = "hdr_core.reconstruct_range"
    bl_label = "Reconstruct Range"
    bl_options = {"REGISTER", "UNDO"}

    group: StringProperty(
        name="Group", description="Name of the node's group; empty: the active node's"
    )

    def steps(self, context: bpy.types.Context) -> Iterator[Progress]:
        """Reconstruct the frame range of the scene."""
        scene = context.scene
        frames = list(range(scene.frame_start, scene.frame_end + 1))
        name = self.find_group(context)
        notes = yield from reconstruct_group(scene.name, name, frames)
        return f"{len(frames)} frames are ready{': ' * bool(notes)}{notes}"


CLASSES = (
    HDR_CORE_OT_add_node,
    HDR_CORE_OT_reconstruct,
    HDR_CORE_OT_reconstruct_range,
)
