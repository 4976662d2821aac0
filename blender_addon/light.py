"""Light a world with the reconstruction of an 8-bit panorama."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import bpy

from . import engine
from .bridge import Result, plate_file
from .errors import AddonError
from .paths import cache_folder
from .props import DEFAULT_CACHE
from .reconstruct import (
    Progress,
    asking,
    convert,
    convert_options,
    showing,
    starting,
    wait_for_render,
)
from .rig import add_lights, remove_lights, show_split
from .world import light_world


def light_by_panorama(
    scene_name: str,
    *,
    filepath: str,
    image_name: str,
    lux: float,
    unit_nits: float,
    is_split: bool = False,
) -> Iterator[Progress]:
    """Light a scene with the reconstruction of a panorama; return its notes.

    Args:
        scene_name: Name of the scene.
        filepath: Path of the panorama; "" means an image of this .blend.
        image_name: Name of that image.
        lux: Reading of a light meter on the ground; 0 means none.
        unit_nits: Luminance, in cd/m2, of the value 1 in the world; used with ``lux``.
        is_split: Whether suns and lamps become lights of their own.

    Raises:
        AddonError: There is no panorama or no engine, or the engine failed.
    """
    image = _image(filepath, image_name)
    width, height = image.size
    if width != 2 * height:
        raise AddonError(
            f"{image.name}: is {width} x {height}, not twice as wide as high. Choose "
            "an equirectangular panorama."
        )
    folder = cache_folder(DEFAULT_CACHE)
    plate = plate_file(image, folder / "plates")
    name = image.name
    worker = yield from starting()
    options = convert_options(worker, None)
    if "--panorama" in worker.hello["convert_options"]:
        options += ["--panorama", "on"]
    result = yield from convert(worker, [plate], folder, options)
    if lux:
        result = yield from _calibrate(worker, result, lux, unit_nits)
    result, lights = result.only("linear"), []
    if is_split:
        result, lights = yield from _split(worker, result)
    yield from wait_for_render()
    images = yield from showing(result, plate)
    scene, image = bpy.data.scenes.get(scene_name), bpy.data.images.get(name)
    if scene is None or image is None:
        raise AddonError(
            f"the scene or {name} was deleted. The result is {result.path}."
        )
    world = light_world(scene, images, image)
    world.hdr_core.lux = lux
    remove_lights(world)
    if is_split:
        add_lights(scene, world, lights)
        show_split(world, is_split=True)
    return result.notes


def _image(filepath: str, name: str) -> bpy.types.Image:
    """Return the panorama as an image."""
    if not filepath:
        if image := bpy.data.images.get(name):
            return image
        raise AddonError("no panorama. Choose a file, or name an image.")
    path = Path(bpy.path.abspath(filepath))
    if not path.is_file():
        raise AddonError(f"{path}: no such file. Choose a panorama.")
    try:
        return bpy.data.images.load(str(path), check_existing=True)
    except RuntimeError as error:
        raise AddonError(f"{path}: is not a picture. Choose a panorama.") from error


def _calibrate(
    worker: engine.Worker, result: Result, lux: float, unit_nits: float
) -> Iterator[Progress]:
    """Return the result with its light above clip calibrated to a light meter."""
    if "light" not in worker.hello["commands"]:
        text = f"the engine ({worker.hello['version']}) cannot calibrate."
        raise AddonError(f"{text} Update it, or leave Lux at 0.")
    target = result.path.with_name(f"{result.path.stem}_{lux:g}lux_{unit_nits:g}.exr")
    command = ["light", str(result.path), "--calibrate-lux", str(lux)]
    command += ["--unit-nits", str(unit_nits), "-o", str(target)]
    yield from asking([*command, "--overwrite", "--json"], "Calibrating")
    return Result(target, result.layers, result.is_straight, result.notes)


def _split(worker: engine.Worker, result: Result) -> Iterator[Progress]:
    """Return the result with its dome, and the lights that the dome lacks."""
    if "light" not in worker.hello["commands"]:
        text = f"the engine ({worker.hello['version']}) cannot split."
        raise AddonError(f"{text} Update it, or choose Lights: In the Map.")
    folder = result.path.with_name(f"{result.path.stem}_rig")
    command = ["light", str(result.path), "--split", str(folder), "--formats", "json"]
    request = yield from asking([*command, "--overwrite", "--json"], "Splitting")
    rig = request.results[0]["rig"]
    dome = folder / rig["dome"]["file"]
    notes = "; ".join([*filter(None, [result.notes]), *rig["notes"]])
    return replace(result.having("dome", dome), notes=notes), rig["lights"]
