"""The panels of the add-on and its entry in the Add menu."""

import bpy

from .image_work import HISTOGRAM, anchors_of
from .node import is_hdr_node
from .operators.job import Running
from .reconstruct import is_stale
from .rig import is_split
from .world import FACTOR, ROTATION, SPLIT, SUN, is_before

CATEGORY = "HDR"
VIEW_STOPS = (-8, -6, -4, -2, 0, 2)


def draw_progress(layout: bpy.types.UILayout) -> None:
    """Draw the progress of the running job, if there is one."""
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
        """Draw the source, buttons, state and settings."""
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
            text = "The source or settings have changed: reconstruct again"
            layout.label(text=text, icon="ERROR")
        if settings.result_notes:
            layout.label(text=settings.result_notes, icon="INFO")
        for name in ("frame_offset", "fidelity", "input_space", "cache"):
            layout.prop(settings, name)


class HDR_CORE_PT_world(bpy.types.Panel):
    """The controls of a world that a panorama lights."""

    bl_idname = "HDR_CORE_PT_world"
    bl_space_type, bl_region_type, bl_context = "PROPERTIES", "WINDOW", "world"
    bl_label = "LDR to World"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the buttons and the controls of the world."""
        layout = self.layout
        layout.use_property_split = True
        layout.operator("hdr_core.ldr_to_world", icon="WORLD")
        draw_progress(layout)
        world = context.scene.world
        if world is None or not world.hdr_core.is_from_panorama:
            return
        nodes = world.node_tree.nodes
        controls = (
            (nodes[SUN].inputs[FACTOR], "Sun Strength"),
            (nodes["Background"].inputs["Strength"], "Strength"),
        )
        for socket, text in controls:
            layout.prop(socket, "default_value", text=text)
        rotation = nodes[ROTATION].inputs["Rotation"]
        layout.prop(rotation, "default_value", index=2, text="Rotation")
        text = "Show Reconstruction" if is_before(world) else "Show 8 Bit"
        layout.operator("hdr_core.toggle_world", text=text, icon="UV_SYNC_SELECT")
        if SPLIT in nodes:
            text = "Lights: In the Map" if is_split(world) else "Lights: Split"
            layout.operator("hdr_core.toggle_lights", text=text, icon="LIGHT_SUN")
        if world.hdr_core.lux:
            layout.label(text=f"Calibrated to {world.hdr_core.lux:g} lux", icon="LIGHT")


class HDR_CORE_PT_image(bpy.types.Panel):
    """The image editor: reconstruct, view other exposures, show light above clip."""

    bl_idname = "HDR_CORE_PT_image"
    bl_space_type, bl_region_type = "IMAGE_EDITOR", "UI"
    bl_category, bl_label = CATEGORY, "HDR Reconstruct"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Show it in editors that show an image."""
        return context.space_data.image is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Draw buttons, the exposure strip and the histogram."""
        layout = self.layout
        image = context.space_data.image
        column = layout.column(align=True)
        column.operator("hdr_core.reconstruct_image", icon="LIGHT_SUN")
        column.operator("hdr_core.ldr_to_world", icon="WORLD").image = image.name
        column.operator("hdr_core.show_response", icon="FCURVE")
        column.operator("hdr_core.save_camera", icon="EXPORT")
        column.operator("hdr_core.export_picture", icon="IMAGE_DATA")
        draw_anchors(layout, image)
        draw_progress(layout)
        layout.label(text="View Exposure")
        strip = layout.row(align=True)
        now = context.scene.view_settings.exposure
        for stops in VIEW_STOPS:
            text, is_now = f"{stops:+d}", now == stops
            button = strip.operator("hdr_core.view_exposure", text=text, depress=is_now)
            button.stops = stops
        if (shares := image.get(HISTOGRAM)) is not None:
            layout.label(text="Light Above Clip")
            for stop, share in enumerate(shares):
                text = f"{stop} to {stop + 1} stops: {share:.2%}"
                layout.progress(factor=share / max(shares), text=text)


def draw_anchors(layout: bpy.types.UILayout, image: bpy.types.Image) -> None:
    """Draw the buttons that pick grey and white, and what was picked."""
    row = layout.row(align=True)
    row.operator("hdr_core.pick_grey", icon="EYEDROPPER")
    row.operator("hdr_core.pick_white", icon="EYEDROPPER")
    found = anchors_of(image)
    for kind, spots in found.items():
        for spot in spots:
            layout.label(text=f"{kind.title()} at {spot.replace(':', ' is ')}")
    if any(found.values()):
        layout.operator("hdr_core.clear_picks", icon="X")


def draw_add_menu(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    """Draw the entry of the compositor's Add menu."""
    if context.space_data.tree_type == "CompositorNodeTree":
        self.layout.separator()
        self.layout.operator("hdr_core.add_node", icon="LIGHT_SUN")


CLASSES = (HDR_CORE_PT_node, HDR_CORE_PT_world, HDR_CORE_PT_image)


def register() -> None:
    """Register panels and menu entries."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.NODE_MT_add.append(draw_add_menu)


def unregister() -> None:
    """Unregister panels and menu entries."""
    bpy.types.NODE_MT_add.remove(draw_add_menu)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
