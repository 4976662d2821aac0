"""The source of a node: its plates, and a key that changes when the source does."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy

from .bake import bake_input, bake_movie, upstream
from .bridge import digest, plate_file, sequence_files
from .errors import AddonError
from .node import compositor_tree

PLAIN_TYPES = {"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM"}


@dataclass(frozen=True)
class Plates:
    """Files to reconstruct.

    Attributes:
        files: Path of the plate of each frame.
        first: Frame that shows the first plate.
        file_offset: Number in a file's name, minus the frame that shows it.
        is_still: Whether there is one plate that every frame shows.
    """

    files: list[Path]
    first: int
    file_offset: int
    is_still: bool


def find_node(
    scene: bpy.types.Scene, group: bpy.types.NodeTree
) -> bpy.types.Node | None:
    """Return the node of the scene's compositor that shows ``group``, or None."""
    tree = compositor_tree(scene, make=False)
    nodes = [] if tree is None else tree.nodes
    return next((n for n in nodes if getattr(n, "node_tree", None) == group), None)


def take_plates(
    scene: bpy.types.Scene,
    group: bpy.types.NodeTree,
    frames: list[int] | None,
    folder: Path,
) -> Iterator[float]:
    """Return the plates of a group's source; yield the share done during a render.

    Args:
        scene: Scene whose compositor and current frame are used.
        group: A HDR Reconstruct group.
        frames: Consecutive frames; None means the current frame.
        folder: Folder for plates that are rendered or unpacked.

    Raises:
        AddonError: There is no source, or it has no plates.
    """
    settings = group.hdr_core
    offset = settings.frame_offset
    shown = frames or [scene.frame_current]
    numbers = [frame + offset for frame in shown]
    is_still = frames is None
    if settings.source == "SOCKET":
        node = find_node(scene, group)
        if node is None:
            raise AddonError(
                f"{group.name}: is not in the compositor of this scene. Open its scene."
            )
        files = yield from bake_input(scene, node.name, shown, folder)
        return Plates(files, shown[0], 0, is_still)
    source = settings.image if settings.source == "IMAGE" else settings.clip
    if source is None:
        raise AddonError(f"{group.name}: no source. Choose one in the HDR sidebar.")
    if settings.source == "CLIP" or source.source == "MOVIE":
        files = yield from bake_movie(source, numbers, folder)
    elif source.source == "SEQUENCE":
        files = sequence_files(source, numbers)
    else:
        return Plates([plate_file(source, folder)], 1, 0, is_still=True)
    return Plates(files, shown[0], offset, is_still)


def source_key(scene: bpy.types.Scene, group: bpy.types.NodeTree) -> str:
    """Return a key that changes with the source and settings; reads no pixels."""
    settings = group.hdr_core
    parts = [settings.source, settings.fidelity, settings.input_space.strip()]
    if settings.source == "SOCKET":
        node = find_node(scene, group)
        parts += [] if node is None else _upstream(node)
    else:
        source = settings.image if settings.source == "IMAGE" else settings.clip
        parts += [str(settings.frame_offset), *_identity(source)]
    return digest("\n".join(parts).encode())[:16]


def _identity(source: bpy.types.Image | bpy.types.MovieClip | None) -> list[str]:
    """Return facts about an image that change when its pixels change."""
    if source is None:
        return []
    if getattr(source, "is_dirty", False) or source.source == "GENERATED":
        return [source.name, "edited"]
    if packed := getattr(source, "packed_file", None):
        return [source.name, "packed", str(packed.size)]
    path = Path(bpy.path.abspath(source.filepath, library=source.library))
    try:
        state = path.stat()
    except OSError:
        return [source.filepath, "gone"]
    return [source.filepath, str(state.st_mtime_ns), str(state.st_size)]


def _upstream(node: bpy.types.Node) -> list[str]:
    """Return the settings of all nodes that feed ``node``."""
    parts = []
    for name in sorted(upstream(node)):
        current = node.id_data.nodes[name]
        # For the node itself, only its links count: its controls act on results.
        is_source = current != node
        parts += _settings(current) if is_source else []
        for place, socket in enumerate(
            current.inputs if is_source else node.inputs[:1]
        ):
            if socket.is_linked:
                link = socket.links[0]
                parts.append(f"{place} {link.from_node.name} {link.from_socket.name}")
            elif is_source and hasattr(socket, "default_value"):
                parts.append(f"{place} {_plain(socket.default_value)}")
    return parts


def _settings(node: bpy.types.Node) -> list[str]:
    """Return the properties of a node that change its output."""
    # Every node has these, such as its color and place; only "mute" changes the output.
    common = {prop.identifier for prop in bpy.types.Node.bl_rna.properties} - {"mute"}
    names = [
        prop.identifier for prop in node.bl_rna.properties if prop.type in PLAIN_TYPES
    ]
    values = [
        f"{name} {_plain(getattr(node, name))}" for name in names if name not in common
    ]
    parts = [node.name, node.bl_idname, *values]
    if image := getattr(node, "image", None):
        parts += _identity(image)
    return parts


def _plain(value: object) -> str:
    """Return a number, text or array as text."""
    is_array = hasattr(value, "__len__") and not isinstance(value, str | set)
    return repr(tuple(value) if is_array else value)
