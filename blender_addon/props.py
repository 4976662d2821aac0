"""Settings: of the add-on in the preferences, of a node in its group's tree."""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

# Relative to the .blend, so that a farm finds it.
DEFAULT_CACHE = "//hdr_cache"
# Without it, 4.5 and newer draw such a path in red.
MAY_BE_RELATIVE = (
    {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
)

SOURCES = (
    ("IMAGE", "Image", "A still, an image sequence or a movie"),
    ("CLIP", "Movie Clip", "A movie clip of the tracking editor"),
    ("SOCKET", "Input Socket", "Whatever is linked to the node's Image input"),
)
FIDELITIES = (
    ("plate", "Plate", "Photographed again, the result gives the plate's codes"),
    ("free", "Free", "The networks' word, not held to the codes"),
)


class HdrCorePreferences(bpy.types.AddonPreferences):
    """Where the engine is and how it works."""

    bl_idname = __package__

    python: StringProperty(
        name="Python",
        description="Python that hdr_core is installed in; empty: the engine set up "
        "here, or hdr_core itself where Blender can import it",
        subtype="FILE_PATH",
    )
    wheels: StringProperty(
        name="Packages",
        description="Folder of wheels to set the engine up from, without network",
        subtype="DIR_PATH",
    )
    device: EnumProperty(
        name="Device",
        description="Where the networks run",
        items=(
            ("auto", "Automatic", "CUDA, else Metal, else the CPU"),
            ("cpu", "CPU", "Slow, and leaves the GPU to Blender"),
            ("cuda", "CUDA", "NVIDIA GPU"),
            ("mps", "Metal", "Apple GPU"),
        ),
    )
    tile: IntProperty(
        name="Tile",
        description="Side of what is computed at once; smaller needs less memory",
        default=1024,
        min=64,
        max=16384,
        subtype="PIXEL",
    )
    weights: StringProperty(
        name="Weights",
        description="Weights file to use instead of the default ones",
        subtype="FILE_PATH",
    )
    engine_report: StringProperty(
        name="Engine", description="What the engine answered", options={"SKIP_SAVE"}
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw where the engine is, its buttons, and its answer."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "python")
        row = layout.row(align=True)
        row.operator("hdr_core.check_engine", icon="CHECKMARK")
        row.operator("hdr_core.set_up_engine", icon="IMPORT")
        if self.engine_report:
            layout.label(text=self.engine_report)
        for name in ("wheels", "device", "tile", "weights"):
            layout.prop(self, name)


class HdrCoreNode(bpy.types.PropertyGroup):
    """What a "HDR Reconstruct" group takes, how, and what it shows."""

    is_node: BoolProperty(name="Is HDR Reconstruct", options={"HIDDEN"})
    source: EnumProperty(
        name="Source", description="What is reconstructed", items=SOURCES
    )
    image: PointerProperty(type=bpy.types.Image, name="Image")
    clip: PointerProperty(type=bpy.types.MovieClip, name="Movie Clip")
    frame_offset: IntProperty(
        name="Frame Offset",
        description="Number of a sequence's file, less the frame it is shown at",
    )
    input_space: StringProperty(
        name="Input Space",
        description="Color space of the plate, by any name of the config, where it is "
        "known; empty: estimate the camera",
    )
    fidelity: EnumProperty(
        name="Fidelity", description="What the result must keep", items=FIDELITIES
    )
    cache: StringProperty(
        name="Cache",
        description="Folder of the results; before the first save of the .blend, "
        "those of // are kept in the add-on's own folder",
        subtype="DIR_PATH",
        default=DEFAULT_CACHE,
        options={"ANIMATABLE"} | MAY_BE_RELATIVE,
    )
    result_key: StringProperty(name="Made From", options={"HIDDEN"})
    result_notes: StringProperty(name="Notes", options={"HIDDEN"})


class HdrCoreWorld(bpy.types.PropertyGroup):
    """What lights a world that "LDR to World" made."""

    is_lit: BoolProperty(name="Is LDR to World", options={"HIDDEN"})
    lux: FloatProperty(
        name="Lux",
        description="Illuminance on the ground that the world was calibrated to; "
        "0: not calibrated",
        options={"HIDDEN"},
    )


CLASSES = (HdrCorePreferences, HdrCoreNode, HdrCoreWorld)


def preferences() -> HdrCorePreferences | None:
    """Return the add-on's preferences; None where it is not enabled as an add-on."""
    addon = bpy.context.preferences.addons.get(__package__)
    return None if addon is None else addon.preferences


def register() -> None:
    """Register the settings."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.NodeTree.hdr_core = PointerProperty(type=HdrCoreNode)
    bpy.types.World.hdr_core = PointerProperty(type=HdrCoreWorld)


def unregister() -> None:
    """Take them back."""
    del bpy.types.World.hdr_core
    del bpy.types.NodeTree.hdr_core
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
