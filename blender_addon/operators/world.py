"""Operators that light a scene with an 8-bit panorama."""

from collections.abc import Iterator

import bpy
from bpy.props import EnumProperty, FloatProperty, StringProperty

from ..light import light_by_panorama
from ..props import LIGHTS
from ..reconstruct import Progress
from ..rig import is_split, show_split
from ..world import SPLIT, is_before, show_before
from .job import Job

PICTURES = ".jpg;.jpeg;.png;.tif;.tiff;.webp;.bmp"


class HDR_CORE_OT_ldr_to_world(Job, bpy.types.Operator):
    """Light the scene with the reconstruction of an 8-bit panorama"""

    bl_idname = "hdr_core.ldr_to_world"
    bl_label = "LDR to World"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(
        name="Panorama",
        description="Equirectangular picture; empty: use Image",
        subtype="FILE_PATH",
    )
    image: StringProperty(name="Image", description="Name of an image of this .blend")
    lux: FloatProperty(
        name="Lux",
        description="Reading of a light meter on the ground, facing up; 0: not known",
        min=0.0,
    )
    unit_nits: FloatProperty(
        name="Unit",
        description="Luminance, in cd/m2, of the value 1 in the world; used with Lux",
        default=1.0,
        min=1e-6,
    )
    lights: EnumProperty(
        name="Lights",
        description="Where the light of suns and lamps comes from",
        items=LIGHTS,
    )
    filter_glob: StringProperty(
        default=PICTURES.replace(".", "*."), options={"HIDDEN", "SKIP_SAVE"}
    )

    def steps(self, context: bpy.types.Context) -> Iterator[Progress]:
        """Reconstruct the panorama and light the scene with it."""
        return (
            yield from light_by_panorama(
                context.scene.name,
                filepath=self.filepath,
                image_name=self.image,
                lux=self.lux,
                unit_nits=self.unit_nits,
                is_split=self.lights == "SPLIT",
            )
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask for a file if none is chosen, then start the job."""
        if self.filepath or self.image or bpy.app.background:
            return super().invoke(context, event)
        return self.browse(context)


def has_panorama(cls: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """Return whether LDR to World made the world; if not, the operator says so."""
    world = context.scene.world
    if world is None or not world.hdr_core.is_from_panorama:
        cls.poll_message_set("The world was not made by LDR to World")
        return False
    return True


class HDR_CORE_OT_toggle_world(bpy.types.Operator):
    """Switch between the 8-bit panorama and its reconstruction as the light"""

    bl_idname = "hdr_core.toggle_world"
    bl_label = "Before / After"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Allow only worlds that LDR to World made."""
        return has_panorama(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Switch the light."""
        world = context.scene.world
        show_before(world, is_before=not is_before(world))
        return {"FINISHED"}


class HDR_CORE_OT_toggle_lights(bpy.types.Operator):
    """Switch between suns and lamps as lights and as parts of the panorama"""

    bl_idname = "hdr_core.toggle_lights"
    bl_label = "Split / In the Map"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Allow only worlds that were split."""
        if not has_panorama(cls, context):
            return False
        if SPLIT not in context.scene.world.node_tree.nodes:
            cls.poll_message_set("Run LDR to World again with Lights: Split")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Switch the lights."""
        world = context.scene.world
        show_split(world, is_split=not is_split(world))
        return {"FINISHED"}


class HDR_CORE_FH_panorama(bpy.types.FileHandler):
    """Handles a panorama dropped on the 3D view or the properties editor."""

    bl_idname = "HDR_CORE_FH_panorama"
    bl_label = "LDR to World"
    bl_import_operator = "hdr_core.ldr_to_world"
    bl_file_extensions = PICTURES

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        """Accept drops on the 3D view and the properties editor."""
        return context.area is not None and context.area.type in {
            "VIEW_3D",
            "PROPERTIES",
        }


CLASSES = (
    HDR_CORE_OT_ldr_to_world,
    HDR_CORE_OT_toggle_world,
    HDR_CORE_OT_toggle_lights,
    HDR_CORE_FH_panorama,
)
