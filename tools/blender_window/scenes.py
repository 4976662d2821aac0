"""The steps of the window benchmark: runs inside Blender, one step per timer tick."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ADDON = "bl_ext.user_default.hdr_core"
PLATE_SIZE = 3840, 2160
BEAT_S, TICK_S, WAIT_S = 0.01, 0.2, 2.0
PATIENCE_S = 1200.0


class Beat:
    """Measures how long Blender's main loop is blocked."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self.steps: list[float] = []
        self.last: float | None = None

    def __call__(self) -> float:
        """Record the time since the last beat."""
        now = time.perf_counter()
        if self.last is not None:
            self.gaps.append(now - self.last - BEAT_S)
            self.last = now
        return BEAT_S

    def start(self) -> None:
        """Start to measure."""
        self.gaps, self.last = [], time.perf_counter()

    def stop(self) -> dict[str, float]:
        """Stop; return the longest gaps and the longest step of the add-on."""
        gaps, self.last = sorted(self.gaps), None
        steps, self.steps = self.steps, []
        return {
            "longest_s": round(gaps[-1], 3),
            "second_s": round(gaps[-2], 3),
            "over_100_ms": sum(gap > 0.1 for gap in gaps),
            "longest_step_of_addon_s": round(max(steps, default=0.0), 3),
            "beats": len(gaps),
        }

    def watch_steps(self) -> None:
        """Measure each step of the add-on's jobs in the main loop."""
        job = sys.modules[f"{ADDON}.operators.job"].Job
        step = job._step

        def timed(operator: object) -> object:
            started = time.perf_counter()
            try:
                return step(operator)
            finally:
                self.steps.append(time.perf_counter() - started)

        job._step = timed


def scenes(output: Path, engine: str, panorama: str) -> Iterator[float]:
    """Run all scenes; yield the seconds to wait before the next step."""
    beat, stalls = Beat(), {}
    bpy.app.timers.register(beat, persistent=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(output / "shot.blend"))
    install(output, engine)
    beat.watch_steps()
    plate = make_plate(output)
    yield WAIT_S
    # Software drawing takes long for the first pictures of a window.
    for editor in ("CompositorNodeTree", "PROPERTIES", "IMAGE_EDITOR"):
        use_area(editor)
        yield WAIT_S
    use_area("CompositorNodeTree")
    yield WAIT_S
    beat.start()
    yield 5.0
    stalls["nothing to do"] = beat.stop()
    yield from node_scene(output, plate, beat, stalls)
    yield from world_scene(output, panorama or make_panorama(output), beat, stalls)
    yield from image_scene(output, plate)
    (output / "stalls.json").write_text(json.dumps(stalls, indent=2))
    print("STALLS", json.dumps(stalls), flush=True)


def node_scene(
    output: Path, plate: bpy.types.Image, beat: Beat, stalls: dict
) -> Iterator[float]:
    """Reconstruct a plate in the compositor."""
    area = use_area("CompositorNodeTree")
    bpy.ops.hdr_core.add_node(image=plate.name)
    connect(bpy.context.scene.compositing_node_group)
    area.spaces[0].show_region_ui = True
    yield WAIT_S
    frame_nodes(area, "HDR")
    yield from picture(output, "blender-node")
    beat.start()
    start("reconstruct", area)
    yield from until(lambda: share() > 0.25)
    stalls["from the button to a quarter"] = beat.stop()
    yield from picture(output, "blender-progress")
    beat.start()
    yield from until(lambda: share() is None)
    yield WAIT_S
    stalls["to the end, result shown"] = beat.stop()
    print("STALLS", json.dumps(stalls), flush=True)
    yield from picture(output, "blender-result")


def world_scene(
    output: Path, panorama: str, beat: Beat, stalls: dict
) -> Iterator[float]:
    """Light the scene with a panorama."""
    area = use_area("PROPERTIES")
    area.spaces[0].context = "WORLD"
    yield WAIT_S
    beat.start()
    start("ldr_to_world", area, filepath=panorama)
    yield from until(lambda: share() is None)
    yield WAIT_S
    stalls["LDR to World"] = beat.stop()
    yield from picture(output, "blender-world")


def image_scene(output: Path, plate: bpy.types.Image) -> Iterator[float]:
    """Reconstruct an image in the image editor."""
    area = use_area("IMAGE_EDITOR")
    area.spaces[0].image = plate
    area.spaces[0].show_region_ui = True
    start("reconstruct_image", area)
    yield from until(lambda: share() is None)
    area.spaces[0].image = next(i for i in bpy.data.images if i.get("hdr_core_plate"))
    yield WAIT_S
    fit_image(area, "HDR")
    yield from picture(output, "blender-image")


def install(output: Path, engine: str) -> None:
    """Build the zip, install it, and choose the engine."""
    tool = Path(bpy.app.binary_path)
    source = str(ROOT / "blender_addon")
    build = [str(tool), "--command", "extension", "build", "--source-dir", source]
    subprocess.run([*build, "--output-dir", str(output)], check=True)
    (path,) = output.glob("hdr_core-*.zip")
    bpy.ops.extensions.package_install_files(
        filepath=str(path), repo="user_default", enable_on_install=True
    )
    bpy.context.preferences.addons[ADDON].preferences.python = engine


def make_plate(output: Path) -> bpy.types.Image:
    """Return a photograph that ships here, at 3840 x 2160."""
    image = bpy.data.images.load(str(ROOT / "examples" / "dandelion.jpg"))
    image.scale(*PLATE_SIZE)
    path = output / "plate.png"
    image.file_format = "PNG"
    image.save(filepath=str(path))
    bpy.data.images.remove(image)
    return bpy.data.images.load(str(path))


def make_panorama(output: Path) -> str:
    """Return a CC0 studio light that ships with Blender, as an 8-bit picture."""
    folder = Path(bpy.utils.system_resource("DATAFILES", path="studiolights/world"))
    image = bpy.data.images.load(str(folder / "courtyard.exr"))
    settings = bpy.context.scene.render.image_settings
    settings.media_type, settings.file_format = "IMAGE", "PNG"
    view = bpy.context.scene.view_settings
    before, view.view_transform = view.view_transform, "Standard"
    path = output / "courtyard.png"
    image.save_render(str(path), scene=bpy.context.scene)
    view.view_transform = before
    bpy.data.images.remove(image)
    return str(path)


def use_area(ui_type: str) -> bpy.types.Area:
    """Change the largest area to an editor, and return it."""
    screen = bpy.context.window_manager.windows[0].screen
    area = max(screen.areas, key=lambda one: one.width * one.height)
    area.ui_type = ui_type
    return area


def connect(tree: bpy.types.NodeTree) -> None:
    """Link the active node to the output of the compositor."""
    node = tree.nodes.active
    end = next(one for one in tree.nodes if one.bl_idname == "NodeGroupOutput")
    tree.links.new(node.outputs["HDR"], end.inputs[0])
    node.location = (0.0, 200.0)


def frame_nodes(area: bpy.types.Area, category: str) -> None:
    """Frame all nodes and open a tab of the sidebar."""
    open_tab(area, category)
    with bpy.context.temp_override(**override(area)):
        bpy.ops.node.view_all()


def fit_image(area: bpy.types.Area, category: str) -> None:
    """Fit the image and open a tab of the sidebar."""
    open_tab(area, category)
    with bpy.context.temp_override(**override(area)):
        bpy.ops.image.view_all(fit_view=True)


def open_tab(area: bpy.types.Area, category: str) -> None:
    """Open a tab of an editor's sidebar."""
    sidebar = next(one for one in area.regions if one.type == "UI")
    sidebar.active_panel_category = category


def override(area: bpy.types.Area) -> dict[str, object]:
    """Return the context of an editor."""
    region = next(one for one in area.regions if one.type == "WINDOW")
    window = bpy.context.window_manager.windows[0]
    return {"window": window, "area": area, "region": region}


def start(operator: str, area: bpy.types.Area, **arguments: str) -> None:
    """Start an operator as a button would."""
    with bpy.context.temp_override(**override(area)):
        getattr(bpy.ops.hdr_core, operator)("INVOKE_DEFAULT", **arguments)


def share() -> float | None:
    """Return the share that the running job has done; None if no job is running."""
    running = sys.modules[f"{ADDON}.operators.job"].Running
    return None if running.operator is None else running.progress.share


def until(is_so: object) -> Iterator[float]:
    """Wait until a condition is true, for at most ``PATIENCE_S``."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError("the window waited too long")
        yield TICK_S


def picture(output: Path, name: str) -> Iterator[float]:
    """Request a picture, and wait until it is taken."""
    yield WAIT_S
    print("PICTURE", name, flush=True)
    taken = output / f"{name}.taken"
    while not taken.is_file():
        yield TICK_S
    taken.unlink()


def run() -> None:
    """Run the steps on a timer, then end Blender."""
    arguments = sys.argv[sys.argv.index("--") + 1 :]
    steps = scenes(Path(arguments[0]), *arguments[1:3])

    def step() -> float | None:
        try:
            return next(steps)
        except StopIteration:
            end(0)
        except Exception:
            sys.excepthook(*sys.exc_info())
            end(1)
        return None

    bpy.app.timers.register(step, first_interval=3.0, persistent=True)


def end(code: int) -> None:
    """End Blender and the engine."""
    sys.modules[f"{ADDON}.engine"].close()
    sys.stdout.flush()
    os._exit(code)


# Set before the window is drawn for the first time.
bpy.context.preferences.view.show_splash = False
run()
