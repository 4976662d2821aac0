"""Operators of the image editor: reconstruct the shown image, show its camera."""

from collections.abc import Iterator

import bpy
from bpy.props import EnumProperty, FloatProperty, StringProperty

from ..image_work import (
    export_picture,
    reconstruct_image,
    response_picture,
    save_camera,
)
from ..reconstruct import Progress
from .job import Job
from .on_image import OnImage


class ImageJob(OnImage, Job):
    """A job on an image."""

    def show(self, name: str) -> None:
        """Show an image in the current image editor."""
        space = bpy.context.space_data
        if space is not None and space.type == "IMAGE_EDITOR":
            space.image = bpy.data.images[name]


class HDR_CORE_OT_reconstruct_image(ImageJob, bpy.types.Operator):
    """Reconstruct the shown image into a new float image"""

    bl_idname = "hdr_core.reconstruct_image"
    bl_label = "Reconstruct Image"
    bl_options = {"REGISTER", "UNDO"}

    def steps(self, context: bpy.types.Context) -> Iterator[Progress]:
        """Reconstruct the image and show the result."""
        name = yield from reconstruct_image(self.find_image(context))
        self.show(name)
        return f"{name} is ready"


class HDR_CORE_OT_show_response(ImageJob, bpy.types.Operator):
    """Show the estimated response curve of the shown image's camera"""

    bl_idname = "hdr_core.show_response"
    bl_label = "Show Response"

    def steps(self, context: bpy.types.Context) -> Iterator[Progress]:
        """Draw the response curve and show the picture."""
        name = yield from response_picture(self.find_image(context))
        self.show(name)
        return f"{name} is ready"


class HDR_CORE_OT_save_camera(ImageJob, bpy.types.Operator):
    """Save the estimated camera of the shown image as an OCIO config"""

    bl_idname = "hdr_core.save_camera"
    bl_label = "Save Camera as OCIO Config"

    directory: StringProperty(
        name="Folder", description="Folder for the config", subtype="DIR_PATH"
    )

    def steps(self, context: bpy.types.Context) -> Iterator[Progress]:
        """Write the config."""
        return (yield from save_camera(self.find_image(context), self.directory))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask for a folder."""
        if self.directory or bpy.app.background:
            return super().invoke(context, event)
        return self.browse(context)


class HDR_CORE_OT_export_picture(ImageJob, bpy.types.Operator):
    """Save the reconstruction of the shown image as a picture for HDR displays"""

    bl_idname = "hdr_core.export_picture"
    bl_label = "Export HDR Picture"

    filepath: StringProperty(
        name="File", description="Path of the picture", subtype="FILE_PATH"
    )
    kind: EnumProperty(
        name="Format",
        items=(
            ("uhdr", "Ultra HDR JPEG", "The image as it is, with a gain map"),
            ("png", "PNG", "16 bits, PQ, BT.2020"),
            ("avif", "AVIF", "10 bits, PQ, BT.2020"),
        ),
    )

    def steps(self, context: bpy.types.Context) -> Iterator[Progress]:
        """Write the picture."""
        name = self.find_image(context)
        return (yield from export_picture(name, self.filepath, self.kind))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask for a file."""
        if self.filepath or bpy.app.background:
            return super().invoke(context, event)
        return self.browse(context)


class HDR_CORE_OT_view_exposure(bpy.types.Operator):
    """Change the exposure of the view; no pixel changes"""

    bl_idname = "hdr_core.view_exposure"
    bl_label = "View Exposure"
    bl_options = {"REGISTER", "UNDO"}

    stops: FloatProperty(name="Stops", description="Exposure of the view")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Set the exposure of the scene's view."""
        context.scene.view_settings.exposure = self.stops
        return {"FINISHED"}


CLASSES = (
    HDR_CORE_OT_reconstruct_image,
    HDR_CORE_OT_show_response,
    HDR_CORE_OT_save_camera,
    HDR_CORE_OT_export_picture,
    HDR_CORE_OT_view_exposure,
)
