"""The work of the image editor: a float image, its histogram, its camera."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import bpy

from .bridge import light_histogram, plate_file, read_pixels
from .engine import AnyWorker
from .errors import AddonError
from .paths import cache_folder, relative
from .props import DEFAULT_CACHE
from .reconstruct import (
    Progress,
    asking,
    convert,
    convert_options,
    require_option,
    showing,
    starting,
    wait_for_render,
)

HISTOGRAM = "hdr_core_histogram"
PLATE = "hdr_core_plate"
GREY, WHITE = "grey", "white"
ANCHOR = "hdr_core_{}"
PICTURES = {"uhdr": ".jpg", "png": ".png", "avif": ".avif"}


def reconstruct_image(name: str) -> Iterator[Progress]:
    """Reconstruct an image into a new float image; return the name of the new image.

    Raises:
        AddonError: There is no such image or no engine, or the engine failed.
    """
    folder = cache_folder(DEFAULT_CACHE)
    plate = plate_file(find_image(name), folder / "plates")
    worker = yield from starting()
    options = convert_options(worker, None)
    options += anchor_options(worker, find_image(name))
    result = yield from convert(worker, [plate], folder, options)
    yield from wait_for_render()
    hdr = (yield from showing(result.only(), plate))["hdr"]
    hdr[HISTOGRAM] = light_histogram(read_pixels(hdr))
    hdr[PLATE] = relative(plate)
    return hdr.name


def response_picture(name: str) -> Iterator[Progress]:
    """Draw the estimated response of an image's camera; return the picture's name.

    Raises:
        AddonError: There is no such image or no engine, or the engine failed.
    """
    folder = cache_folder(DEFAULT_CACHE)
    plate = plate_of(find_image(name), folder)
    picture = folder / f"{plate.stem}_response.png"
    worker = yield from starting()
    command = ["info", str(plate), "--plot", str(picture), "--json"]
    command += anchor_options(worker, find_image(name))
    yield from asking(command, "Estimating the camera")
    image = bpy.data.images.load(str(picture), check_existing=True)
    image.reload()
    image.name = f"Response {plate.stem}"
    image.filepath = relative(picture)
    return image.name


def save_camera(name: str, directory: str) -> Iterator[Progress]:
    """Save the estimated camera of an image as an OCIO config; return a message.

    Raises:
        AddonError: There is no image, no folder or no engine, or the engine failed.
    """
    if not directory:
        raise AddonError("no folder. Choose a folder for the config.")
    folder = Path(bpy.path.abspath(directory))
    plate = plate_of(find_image(name), cache_folder(DEFAULT_CACHE))
    worker = yield from starting()
    if "crf" not in worker.hello["commands"]:
        text = f"the engine ({worker.hello['version']}) cannot save cameras."
        raise AddonError(f"{text} Update it.")
    command = ["crf", str(plate), "-o", str(folder)]
    yield from asking(command, "Saving the camera")
    return f"the camera is in {folder}"


def export_picture(name: str, file: str, kind: str) -> Iterator[Progress]:
    """Save the reconstruction of an image as a picture for HDR displays.

    Args:
        name: Name of the image; of a result, its plate is taken.
        file: Path of the picture.
        kind: "uhdr", "png" or "avif".

    Returns:
        A message.

    Raises:
        AddonError: There is no image, no file name or no engine, or the engine failed.
    """
    if not file:
        raise AddonError("no file. Choose a name for the picture.")
    target = Path(bpy.path.abspath(file)).with_suffix(PICTURES[kind])
    folder = cache_folder(DEFAULT_CACHE)
    plate = plate_of(find_image(name), folder)
    worker = yield from starting()
    require_option(worker, "--deliver")
    result = folder / "pictures" / f"{plate.stem}.exr"
    command = ["convert", str(plate), "-o", str(result), "--json", "--overwrite"]
    command += ["--aov", "none", "--deliver", kind, *convert_options(worker, None)]
    request = yield from asking(command, "Making the picture")
    made = [found["pictures"][kind] for found in request.results if "pictures" in found]
    try:
        shutil.copyfile(made[0], target)
    except (OSError, IndexError) as error:
        raise AddonError(f"{target} cannot be written ({error}).") from error
    return f"the picture is {target}"


def add_anchor(name: str, kind: str, pixel: tuple[int, int], light: float) -> None:
    """Keep the light of a pixel of an image, for its reconstructions.

    Args:
        name: Name of the image.
        kind: ``GREY`` or ``WHITE``.
        pixel: Column and row, from the upper left corner.
        light: Scene-linear, 1 = the clip of the image.

    Raises:
        AddonError: There is no such image, or the pixel lies outside of it.
    """
    image, (x, y) = find_image(name), pixel
    width, height = image.size
    if not (0 <= x < width and 0 <= y < height):
        raise AddonError(f"no pixel at {x},{y}. {name} has {width}x{height} pixels.")
    key = ANCHOR.format(kind)
    before = image.get(key, "")
    image[key] = f"{before} {x},{y}:{light:.4g}".strip()


def clear_anchors(name: str) -> None:
    """Forget the pixels of an image whose light is known.

    Raises:
        AddonError: There is no such image.
    """
    image = find_image(name)
    for kind in (GREY, WHITE):
        image.pop(ANCHOR.format(kind), None)


def anchors_of(image: bpy.types.Image) -> dict[str, list[str]]:
    """Return the pixels of an image whose light is known, as the engine wants them."""
    return {kind: image.get(ANCHOR.format(kind), "").split() for kind in (GREY, WHITE)}


def anchor_options(worker: AnyWorker, image: bpy.types.Image) -> list[str]:
    """Return the options that say what is known about an image.

    Raises:
        AddonError: The engine does not know them.
    """
    options = []
    for kind, spots in anchors_of(image).items():
        for spot in spots:
            require_option(worker, f"--{kind}")
            options += [f"--{kind}", spot]
    return options


def find_image(name: str) -> bpy.types.Image:
    """Return the image with this name.

    Raises:
        AddonError: There is no such image.
    """
    if image := bpy.data.images.get(name):
        return image
    raise AddonError("no image. Open one in the editor, or name it.")


def plate_of(image: bpy.types.Image, folder: Path) -> Path:
    """Return the plate of an image; for a result, the plate it was made from."""
    if made_from := image.get(PLATE):
        return Path(bpy.path.abspath(made_from))
    return plate_file(image, folder / "plates")
