"""Where the artist finds it: sidebars and the Add menu."""

import bpy

from .node import is_hdr_node
from .operators.job import Running
from .reconstruct import is_stale

CATEGORY = "HDR"


def draw_progress(layout: bpy.types.UILayout) -> None:
    """Draw how far the running job is, if there is one."""
    if Running.operator is None:
        return
    progress = Running.progress
    layout.progress(factor=progress.share, text=f"{progress.text} (Esc cancels)")


class HDR_CORE_PT_node(bpy.types.Panel):
    """The settings of the active HDR Reconstruct node."""

    bl_idname = "HDR_CORE_PT_node"
    bl_space_type, bl_region_type = "NODE_EDITOR", "UI"
    bl_category, bl_label = CATEGORY, "HDR Reconstruct"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Show it in compositors."""
        return context.space_data.tree_type == "CompositorNodeTree"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw source, buttons, state and settings."""
        layout = self.layout
        layout.use_property_split = True
        node = context.active_node
        if not is_hdr_node(node):
            layout.operator("hdr_core.add_node", text="Add Node", icon="ADD")
            return
        group = node.node_tree
        settings = group.hdr_core
        layout.prop(settings, "source")
        if settings.source == "IMAGE":
            layout.template_ID(settings, "image", open="image.open")
        elif settings.source == "CLIP":
            layout.template_ID(settings, "clip", open="clip.open")
        column = layout.column(align=True)
        for operator in ("reconstruct", "reconstruct_range"):
            column.operator(f"hdr_core.{operator}").group = group.name
        draw_progress(layout)
        if is_stale(context.scene, group):
            text = "The result is of another source: reconstruct again"
            layout.label(text=text, icon="ERROR")
        if settings.result_notes:
            layout.label(text=settings.result_notes, icon="INFO")
        for name in ("frame_offset", "fidelity", "input_space", "cache"):
            layout.prop(settings, name)


def draw_add_menu(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    """Draw the entry of the compositor's Add menu."""
    if context.space_data.tree_type == "CompositorNodeTree":
        self.layout.separator()
        self.layout.operator("hdr_core.add_node", icon="LIGHT_SUN")


CLASSES = (HDR_CORE_PT_node,)


def register() -> None:
    """Register panels and menu entries."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.NODE_MT_add.append(draw_add_menu)


def unregister() -> None:
    """Take them back."""
    bpy.types.NODE_MT_add.remove(draw_add_menu)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
