"""Convert between Blender's images and files; no other module does.

In: an image of Blender becomes a picture file with the same codes, for hdr-core. Out:
the EXR files of a result become images with the right color space tags.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import bpy
import numpy as np

from .color import LINEAR_REC709, tag
from .errors import AddonError
from .paths import relative

# Light that is further than this from every 8-bit code is not 8-bit; in codes.
CODE_SLACK = 0.02
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
LAYERS = ("linear", "mask", "uncertainty")
SPACES = {"hdr": LINEAR_REC709, "linear": LINEAR_REC709, "dome": LINEAR_REC709}


@dataclass(frozen=True)
class Result:
    """The files of one result, or of the first frame of a sequence.

    Attributes:
        path: Path of the EXR.
        layers: Paths of the layer files, by name.
        is_straight: Whether color is not multiplied by alpha.
        notes: Assumptions of the reconstruction, as text.
    """

    path: Path
    layers: dict[str, Path]
    is_straight: bool
    notes: str = ""

    @classmethod
    def of(cls, payload: dict) -> "Result":
        """Return the result that a message of the engine describes."""
        return cls(
            path=Path(payload["output"]),
            layers={name: Path(path) for name, path in payload["layers"].items()},
            is_straight=payload["alpha"] == "straight",
            # The add-on handles straight alpha, so that note is left out.
            notes="; ".join(
                note for note in payload["notes"] if not note.startswith("alpha is")
            ),
        )

    def only(self, *names: str) -> "Result":
        """Return this result with the named layers only."""
        return replace(self, layers={name: self.layers[name] for name in names})

    def having(self, name: str, path: Path) -> "Result":
        """Return this result with one more layer."""
        return replace(self, layers={**self.layers, name: path})

    def files(self) -> dict[str, Path]:
        """Return the paths of all files by name; the EXR itself is "hdr"."""
        return {"hdr": self.path, **self.layers}


def plate_file(image: bpy.types.Image, folder: Path) -> Path:
    """Return a file with the codes of ``image``: its own, or a copy in ``folder``.

    Raises:
        AddonError: The image has no pixels or float pixels, is not a still, or its file
            is missing.
    """
    if image.source not in {"FILE", "GENERATED"}:
        raise AddonError(f"{image.name}: is a {image.source.lower()}, not a still.")
    path = Path(bpy.path.abspath(image.filepath, library=image.library))
    is_edited = image.is_dirty or image.source == "GENERATED"
    if image.packed_file and not is_edited:
        name = f"{digest(image.packed_file.data)[:16]}{path.suffix or '.png'}"
        return _keep(folder / name, image.packed_file.data)
    if not is_edited:
        if not path.is_file():
            raise AddonError(f"{image.name}: no file {path}. Find it, or pack it.")
        return path
    if image.is_float:
        raise AddonError(
            f"{image.name}: has float pixels, which are HDR already. Choose an 8-bit "
            "image."
        )
    pixels = read_pixels(image)
    n_channels = 4 if (pixels[..., 3] < 1.0).any() else 3
    content = png(np.rint(pixels[..., :n_channels] * 255).astype(np.uint8))
    return _keep(folder / f"{digest(content)[:16]}.png", content)


def sequence_files(image: bpy.types.Image, numbers: list[int]) -> list[Path]:
    """Return the files of an image sequence with these numbers.

    Raises:
        AddonError: The file name has no frame number, or files are missing.
    """
    path = Path(bpy.path.abspath(image.filepath, library=image.library))
    head, digits, tail = split_number(path)
    files = [path.with_name(f"{head}{n:0{len(digits)}}{tail}") for n in numbers]
    if missing := [file for file in files if not file.is_file()]:
        raise AddonError(
            f"{len(missing)} of {len(files)} frames are missing, first {missing[0]}. "
            "Set the frame range or the Frame Offset."
        )
    return files


def split_number(path: Path) -> tuple[str, str, str]:
    """Split a file name into the part before the frame number, the number, the rest.

    Raises:
        AddonError: The name has no frame number.
    """
    found = re.fullmatch(r"(.*?)(\d+)(\D*)", path.stem)
    if found is None:
        raise AddonError(f"{path.name}: has no frame number. Choose an image sequence.")
    head, digits, tail = found.groups()
    return head, digits, f"{tail}{path.suffix}"


def read_pixels(image: bpy.types.Image) -> np.ndarray:
    """Return the pixels of an image, (H, W, 4) float32, top row first.

    Raises:
        AddonError: The image has no pixels.
    """
    width, height = image.size
    if not width * height or len(image.pixels) != width * height * 4:
        raise AddonError(f"{image.name}: has no pixels. Check that its file exists.")
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, 4)[::-1]


def encode_light(light: np.ndarray) -> np.ndarray:
    """Return premultiplied light as the codes of an sRGB picture with straight alpha.

    Args:
        light: Scene-linear, Rec.709, premultiplied, (H, W, 4). Values are clipped to
            [0, 1], as by a camera.

    Returns:
        Codes, (H, W, 3), or (H, W, 4) if a pixel is transparent; uint8 if all light
        lies on 8-bit codes, else uint16.

    Raises:
        AddonError: The light has NaN or infinite pixels.
    """
    if not np.isfinite(light).all():
        raise AddonError("the input has NaN or infinite pixels. Repair them first.")
    alpha = np.clip(light[..., 3:], 0.0, 1.0)
    straight = light[..., :3] / np.where(alpha > 0.0, alpha, 1.0)
    linear = np.clip(straight, 0.0, 1.0)
    power = 1.055 * np.maximum(linear, 1e-8) ** (1 / 2.4) - 0.055
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, power)
    if (alpha < 1.0).any():
        encoded = np.concatenate([encoded, alpha], axis=2)
    codes = encoded * 255
    if (np.abs(codes - np.rint(codes)) < CODE_SLACK).all():
        return np.rint(codes).astype(np.uint8)
    return np.rint(encoded * 65535).astype(np.uint16)


def png(codes: np.ndarray) -> bytes:
    """Return ``codes`` (H, W, 3 or 4), uint8 or uint16, as a PNG file.

    Written here because Blender applies the view transform when it saves a PNG.
    """
    height, width, n_channels = codes.shape
    rows = np.ascontiguousarray(codes, codes.dtype.newbyteorder(">"))
    rows = rows.view(np.uint8).reshape(height, -1)
    raw = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1)
    kind = {3: 2, 4: 6}[n_channels]
    bits = codes.dtype.itemsize * 8
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"sRGB", b"\0"), (b"IDAT", zlib.compress(raw, 1)))
    return PNG_HEAD + b"".join(
        struct.pack(">I", len(content)) + name + content + _checksum(name + content)
        for name, content in (*chunks, (b"IEND", b""))
    )


def load_result(result: Result, *, name: str) -> Iterator[dict[str, bpy.types.Image]]:
    """Load the files of ``result`` as tagged images, one a step; yield those loaded.

    Args:
        result: Result to load. One file is read per step, so that Blender stays
            responsive.
        name: Name of the image "hdr"; the names of the layers start with it.

    Raises:
        AddonError: A file is missing, or the config lacks its color space.
    """
    images: dict[str, bpy.types.Image] = {}
    for layer, path in result.files().items():
        if not path.is_file():
            raise AddonError(f"{path}: is missing. Reconstruct again.")
        # Use the relative path at once: an image is read again when its path changes.
        image = bpy.data.images.load(relative(path), check_existing=False)
        image.name = name if layer == "hdr" else f"{name} {layer}"
        tag(image, SPACES.get(layer, "data"))
        is_straight = result.is_straight and layer in SPACES
        image.alpha_mode = "STRAIGHT" if is_straight else "PREMUL"
        images[layer] = image
        # Reading the size makes Blender load the file now.
        if not all(image.size):
            raise AddonError(f"{path}: cannot be read. Reconstruct again.")
        yield images


def light_histogram(pixels: np.ndarray) -> list[float]:
    """Return a histogram of the light above clip, in bins of one stop.

    Args:
        pixels: Scene-linear, (H, W, 4), 1 = clip.

    Returns:
        Share of all pixels, in [0, 1], 0 to 1 stop above clip, 1 to 2 stops, and so
        on, up to the brightest pixel.
    """
    brightest = pixels[..., :3].max(axis=2)
    above = brightest[brightest > 1.0]
    if not len(above):
        return []
    counts = np.bincount(np.floor(np.log2(above)).astype(int))
    return [float(count) / brightest.size for count in counts]


def digest(content: bytes) -> str:
    """Return the SHA-256 of ``content``, as hexadecimal text."""
    return sha256(content).hexdigest()


def _keep(path: Path, content: bytes) -> Path:
    """Write ``content`` to ``path`` unless that file exists."""
    if not path.is_file():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            hidden = path.with_suffix(".part")
            hidden.write_bytes(content)
            hidden.replace(path)
        except OSError as error:
            text = f"{path}: cannot be written ({error.strerror})."
            raise AddonError(f"{text} Choose another Cache folder.") from error
    return path


def _checksum(content: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(content))
