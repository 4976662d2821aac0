"""Operators of the image editor: pick a grey card, or white paper, in the image."""

import bpy
from bpy.props import FloatProperty, IntProperty

from ..errors import AddonError
from ..image_work import GREY, WHITE, add_anchor, clear_anchors
from .job import report_error
from .on_image import OnImage, shown_image


class PickPixel(OnImage):
    """Keeps a pixel of an image as an anchor of its curve: clicked, or by x and y."""

    x: IntProperty(name="X", description="Column, from the left", default=-1)
    y: IntProperty(name="Y", description="Row, from the top", default=-1)
    kind = ""

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Keep the pixel."""
        try:
            name = self.find_image(context)
            add_anchor(name, self.kind, (self.x, self.y), self.value)
        except AddonError as error:
            return report_error(self, error)
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Wait for a click in the image."""
        if bpy.app.background or shown_image(context) is None:
            return self.execute(context)
        context.window.cursor_modal_set("EYEDROPPER")
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take the pixel under the click; Esc and the right button cancel."""
        if event.type in {"ESC", "RIGHTMOUSE"}:
            context.window.cursor_modal_restore()
            return {"CANCELLED"}
        if event.type != "LEFTMOUSE" or event.value != "PRESS":
            return {"PASS_THROUGH"}
        context.window.cursor_modal_restore()
        width, height = shown_image(context).size
        main = next(one for one in context.area.regions if one.type == "WINDOW")
        right, up = main.view2d.region_to_view(
            event.mouse_x - main.x, event.mouse_y - main.y
        )
        self.x, self.y = int(right * width), int((1.0 - up) * height)
        return self.execute(context)


class HDR_CORE_OT_pick_grey(PickPixel, bpy.types.Operator):
    """Click on a grey card: its light pins the curve of the camera"""

    bl_idname = "hdr_core.pick_grey"
    bl_label = "Pick Grey"
    bl_options = {"REGISTER", "UNDO"}
    kind = GREY

    value: FloatProperty(
        name="Light",
        description="Scene-linear light of the card; 1 is the clip of the image",
        default=0.18,
        min=0.001,
        max=0.999,
    )


class HDR_CORE_OT_pick_white(PickPixel, bpy.types.Operator):
    """Click on white paper: its light pins the curve of the camera"""

    bl_idname = "hdr_core.pick_white"
    bl_label = "Pick White"
    bl_options = {"REGISTER", "UNDO"}
    kind = WHITE

    value: FloatProperty(
        name="Light",
        description="Scene-linear light of the paper; 1 is the clip of the image",
        default=0.9,
        min=0.001,
        max=0.999,
    )


class HDR_CORE_OT_clear_picks(OnImage, bpy.types.Operator):
    """Forget the grey and white that were picked in the image"""

    bl_idname = "hdr_core.clear_picks"
    bl_label = "Clear Picks"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remove the anchors."""
        try:
            clear_anchors(self.find_image(context))
        except AddonError as error:
            return report_error(self, error)
        return {"FINISHED"}


CLASSES = (HDR_CORE_OT_pick_grey, HDR_CORE_OT_pick_white, HDR_CORE_OT_clear_picks)
