"""The image that an operator of the image editor works on."""

import bpy
from bpy.props import StringProperty


def shown_image(context: bpy.types.Context) -> bpy.types.Image | None:
    """Return the image that the editor shows."""
    return getattr(context.space_data, "image", None)


class OnImage:
    """Mixin for operators on the named image, or else on the shown one."""

    image: StringProperty(name="Image", description="Name; empty: the shown image")

    def find_image(self, context: bpy.types.Context) -> str:
        """Return the name of the image; "" if there is none."""
        shown = shown_image(context)
        return self.image or ("" if shown is None else shown.name)
