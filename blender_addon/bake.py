"""Render a node's input, a movie or a movie clip to plates that hdr-core reads.

The render uses a temporary scene, whose compositor ends at the input of the node. Even
one frame is rendered as an animation: a still of another scene would keep its Image
nodes on the old frame.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import bpy

from .bridge import encode_light, png, read_pixels
from .color import LINEAR_REC709, menu_name
from .errors import AddonError
from .node import compositor_tree

NAME = ".hdr_bake"
RENDER_SETTINGS = ("resolution_x", "resolution_y", "resolution_percentage", "fps")


def bake_input(
    scene: bpy.types.Scene, node_name: str, frames: list[int], folder: Path
) -> Iterator[float]:
    """Write plates of a node's Image input; yield the share done, return the paths.

    Args:
        scene: Scene whose compositor holds the node.
        node_name: Name of the node.
        frames: Consecutive frames to render.
        folder: Folder for the plates ``plate_0001.png`` and so on.

    Raises:
        AddonError: Nothing is linked to the input, or the render failed.
    """
    tree = compositor_tree(scene, make=False)
    if not tree.nodes[node_name].inputs["Image"].is_linked:
        text = f"{node_name}: nothing is linked to Image."
        raise AddonError(f"{text} Link it, or choose another Source.")
    is_embedded = bpy.app.version < (5, 0, 0)
    baking = scene.copy() if is_embedded else bpy.data.scenes.new(NAME)
    baking.name = NAME
    names = [baking.name]
    try:
        if not is_embedded:
            for name in RENDER_SETTINGS:
                setattr(baking.render, name, getattr(scene.render, name))
            baking.compositing_node_group = tree.copy()
        copied = compositor_tree(baking, make=False)
        source = copied.nodes[node_name].inputs["Image"].links[0].from_socket
        # Other nodes may write files, or render a scene that is not needed.
        needed = upstream(source.node)
        for node in [one for one in copied.nodes if one.name not in needed]:
            copied.nodes.remove(node)
        _end_at(copied, source)
        return (yield from _render(names[0], frames, folder))
    finally:
        _remove(names[0])


def bake_movie(
    source: bpy.types.Image | bpy.types.MovieClip, frames: list[int], folder: Path
) -> Iterator[float]:
    """Write plates of a movie or a movie clip; yield the share done, return the paths.

    Args:
        source: Movie, whose first frame is shown at frame 1.
        frames: Consecutive frames to render.
        folder: Folder for the plates.

    Raises:
        AddonError: The movie has no pixels, or the render failed.
    """
    if not source.size[0] * source.size[1]:
        raise AddonError(f"{source.name}: has no pixels. Check that its file exists.")
    baking = bpy.data.scenes.new(NAME)
    name = baking.name
    try:
        baking.render.resolution_x, baking.render.resolution_y = source.size
        baking.render.resolution_percentage = 100
        tree = compositor_tree(baking, make=True)
        tree.nodes.clear()
        if isinstance(source, bpy.types.MovieClip):
            node = tree.nodes.new("CompositorNodeMovieClip")
            node.clip = source
        else:
            node = tree.nodes.new("CompositorNodeImage")
            node.image = source
            node.frame_duration = max(source.frame_duration, 1)
            node.use_auto_refresh = True
        _end_at(tree, node.outputs["Image"])
        return (yield from _render(name, frames, folder))
    finally:
        _remove(name)


def upstream(node: bpy.types.Node) -> set[str]:
    """Return the names of ``node`` and of all nodes that feed it."""
    waiting, found = [node], set()
    while waiting:
        current = waiting.pop()
        if current.name not in found:
            found.add(current.name)
            links = [link for socket in current.inputs for link in socket.links]
            waiting += [link.from_node for link in links]
    return found


def _end_at(tree: bpy.types.NodeTree, socket: bpy.types.NodeSocket) -> None:
    """Link ``socket`` to the output of a compositor."""
    if bpy.app.version >= (5, 0, 0):
        outputs = [item for item in tree.interface.items_tree if _is_output(item)]
        if not outputs:
            kind = "NodeSocketColor"
            tree.interface.new_socket("Image", in_out="OUTPUT", socket_type=kind)
        end = tree.nodes.new("NodeGroupOutput")
    else:
        end = tree.nodes.new("CompositorNodeComposite")
    tree.links.new(socket, end.inputs[0])


def _is_output(item: bpy.types.NodeTreeInterfaceItem) -> bool:
    return item.item_type == "SOCKET" and item.in_out == "OUTPUT"


def _render(scene_name: str, frames: list[int], folder: Path) -> Iterator[float]:
    """Render frames of a temporary scene and encode them; return the plates."""
    scene = bpy.data.scenes[scene_name]
    folder.mkdir(parents=True, exist_ok=True)
    render = scene.render
    render.use_sequencer = False
    render.use_overwrite, render.use_placeholder = True, False
    render.use_file_extension = True
    render.filepath = str(folder / "light_####")
    scene.frame_start, scene.frame_end, scene.frame_step = frames[0], frames[-1], 1
    _set_exr(render.image_settings)
    # Without this, a compositor with cached frames would skip frames.
    scene.frame_set(frames[0])
    if bpy.app.background:
        bpy.ops.render.render(animation=True, scene=scene_name)
    else:
        yield from _render_beside(scene_name)
    plates = []
    for n_done, frame in enumerate(frames):
        plates.append(_encode(folder / f"light_{frame:04d}.exr", frame))
        yield n_done / len(frames)
    return plates


def _render_beside(scene_name: str) -> Iterator[float]:
    """Render without blocking the window."""
    view = bpy.context.preferences.view
    before, view.render_display_type = view.render_display_type, "NONE"
    try:
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True, scene=scene_name)
        while bpy.app.is_job_running("RENDER"):
            yield 0.0
    finally:
        view.render_display_type = before


def _set_exr(settings: bpy.types.ImageFormatSettings) -> None:
    """Set a render to be written as scene-linear Rec.709 in a float EXR."""
    if bpy.app.version >= (5, 0, 0):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_depth = "OPEN_EXR", "32"
    settings.color_mode, settings.exr_codec = "RGBA", "ZIP"
    settings.color_management = "OVERRIDE"
    settings.linear_colorspace_settings.name = menu_name(LINEAR_REC709)


def _encode(light: Path, frame: int) -> Path:
    """Encode a rendered frame to a plate in the same folder, and remove the frame."""
    if not light.is_file():
        raise AddonError(
            f"frame {frame} was not rendered. Do not cancel the render; try again."
        )
    image = bpy.data.images.load(str(light), check_existing=False)
    try:
        image.colorspace_settings.is_data = True
        image.alpha_mode = "PREMUL"
        plate = light.with_name(f"plate_{frame:04d}.png")
        plate.write_bytes(png(encode_light(read_pixels(image))))
    finally:
        bpy.data.images.remove(image)
    light.unlink()
    return plate


def _remove(scene_name: str) -> None:
    """Remove a temporary scene and its compositor, once no render uses it."""
    if bpy.app.is_job_running("RENDER"):
        # Cancelled during the render: try again when the render has ended.
        bpy.app.timers.register(partial(_remove, scene_name), first_interval=0.5)
        return
    scene = bpy.data.scenes.get(scene_name)
    if scene is None:
        return
    tree = None
    if bpy.app.version >= (5, 0, 0):
        tree = scene.compositing_node_group
    bpy.data.scenes.remove(scene)
    if tree is not None:
        bpy.data.node_groups.remove(tree)
