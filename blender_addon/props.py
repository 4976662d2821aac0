"""Settings: of the add-on (preferences), of a node group, and of a world."""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

# Relative to the .blend, so that it works on a farm.
DEFAULT_CACHE = "//hdr_cache"
# Without this option, 4.5 and newer draw a relative path in red.
MAY_BE_RELATIVE = (
    {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
)

SOURCES = (
    ("IMAGE", "Image", "A still, an image sequence or a movie"),
    ("CLIP", "Movie Clip", "A movie clip of the tracking editor"),
    ("SOCKET", "Input Socket", "The image linked to the node's Image input"),
)
FIDELITIES = (
    ("plate", "Plate", "Encoded again, the result has the plate's codes"),
    ("free", "Free", "The networks' result, not limited by the plate's codes"),
)


class HdrCorePreferences(bpy.types.AddonPreferences):
    """Preferences: the Python and the settings of the engine."""

    bl_idname = __package__

    python: StringProperty(
        name="Python",
        description="Python in which hdr_core is installed; empty: the engine set up "
        "here, or Blender's own Python if it has hdr_core",
        subtype="FILE_PATH",
    )
    wheels: StringProperty(
        name="Packages",
        description="Folder of wheels for setting up the engine without network",
        subtype="DIR_PATH",
    )
    device: EnumProperty(
        name="Device",
        description="Device that runs the networks",
        items=(
            ("auto", "Automatic", "CUDA, else Metal, else the CPU"),
            ("cpu", "CPU", "Slow, but leaves the GPU to Blender"),
            ("cuda", "CUDA", "NVIDIA GPU"),
            ("mps", "Metal", "Apple GPU"),
        ),
    )
    tile: IntProperty(
        name="Tile",
        description="Side of the tiles that are computed; smaller needs less memory",
        default=1024,
        min=64,
        max=16384,
        subtype="PIXEL",
    )
    weights: StringProperty(
        name="Weights",
        description="Weights file; empty: the weights that come with hdr_core",
        subtype="FILE_PATH",
    )
    engine_report: StringProperty(
        name="Engine", description="Answer of the engine", options={"SKIP_SAVE"}
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the settings of the engine, its buttons, and its answer."""
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
    """Settings and state of a HDR Reconstruct group."""

    is_node: BoolProperty(name="Is HDR Reconstruct", options={"HIDDEN"})
    source: EnumProperty(
        name="Source", description="Kind of the source to reconstruct", items=SOURCES
    )
    image: PointerProperty(type=bpy.types.Image, name="Image")
    clip: PointerProperty(type=bpy.types.MovieClip, name="Movie Clip")
    frame_offset: IntProperty(
        name="Frame Offset",
        description="Number of a sequence's file, minus the frame that shows it",
    )
    input_space: StringProperty(
        name="Input Space",
        description="Color space of the plate, if known, by any name of the config; "
        "empty: estimate the camera",
    )
    fidelity: EnumProperty(
        name="Fidelity",
        description="How closely the result follows the plate",
        items=FIDELITIES,
    )
    cache: StringProperty(
        name="Cache",
        description="Folder for results; before the .blend is first saved, a path "
        "with // means the add-on's own folder",
        subtype="DIR_PATH",
        default=DEFAULT_CACHE,
        options={"ANIMATABLE"} | MAY_BE_RELATIVE,
    )
    result_key: StringProperty(name="Made From", options={"HIDDEN"})
    result_notes: StringProperty(name="Notes", options={"HIDDEN"})


LIGHTS = (
    ("MAP", "In the Map", "Suns and lamps stay in the picture of the world"),
    (
        "SPLIT",
        "Split",
        "Suns and lamps become Sun and Area lights; the world keeps the rest",
    ),
)


class HdrCoreWorld(bpy.types.PropertyGroup):
    """State of a world that "LDR to World" made."""

    is_from_panorama: BoolProperty(name="Is LDR to World", options={"HIDDEN"})
    lux: FloatProperty(
        name="Lux",
        description="Illuminance on the ground to which the world was calibrated; "
        "0: not calibrated",
        options={"HIDDEN"},
    )
    lights: PointerProperty(
        type=bpy.types.Collection,
        name="Lights",
        description="Sun and Area lights that were taken out of the panorama",
        options={"HIDDEN"},
    )


CLASSES = (HdrCorePreferences, HdrCoreNode, HdrCoreWorld)


def preferences() -> HdrCorePreferences | None:
    """Return the preferences of the add-on; None if it is not enabled as an add-on."""
    addon = bpy.context.preferences.addons.get(__package__)
    return None if addon is None else addon.preferences


def register() -> None:
    """Register the settings."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.NodeTree.hdr_core = PointerProperty(type=HdrCoreNode)
    bpy.types.World.hdr_core = PointerProperty(type=HdrCoreWorld)


def unregister() -> None:
    """Unregister the settings."""
    del bpy.types.World.hdr_core
    del bpy.types.NodeTree.hdr_core
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
