"""Small whole files of every format that is read, made here; nothing is downloaded."""

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import OpenImageIO as oiio
import pillow_heif
from PIL import Image, ImageCms

from tests.core.io.raw_files import mosaic_of, write_dng

HEIGHT, WIDTH = 24, 32
# Format of PyAV, its encoder, and the layout of its pixels.
MOVIES = (
    ("a.mp4", "libx264", "yuv420p"),
    ("a.mov", "prores_ks", "yuva444p10le"),
    ("b.mov", "png", "rgba"),
    ("a.mkv", "ffv1", "yuv422p10le"),
    ("a.avi", "mjpeg", "yuvj420p"),
    ("a.webm", "libvpx-vp9", "yuv420p"),
    ("a.mxf", "mpeg2video", "yuv422p"),
    ("a.ts", "mpeg2video", "yuv420p"),
)


def make_seeds(folder: Path) -> list[Path]:
    """Write one small file for each format and kind, and return their paths.

    Args:
        folder: An empty folder.
    """
    makers: list[Callable[[Path], Iterator[Path]]] = [
        _by_openimageio,
        _by_pillow,
        _raw,
        _heif,
        _movies,
    ]
    return [path for maker in makers for path in maker(folder)]


def picture(n_channels: int = 3) -> np.ndarray:
    """Return codes (24, 32, C) of 8 bits: a ramp, noise, and a white part."""
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 255, (HEIGHT, WIDTH, n_channels), dtype=np.uint8)
    codes[:8] = np.linspace(0, 255, WIDTH).astype(np.uint8)[None, :, None]
    codes[16:, 20:] = 255
    return codes


def _by_openimageio(folder: Path) -> Iterator[Path]:
    """Yield pictures with headers as full as OpenImageIO writes them."""
    kinds = [
        ("a.png", "uint8", 4, {}),
        ("b.png", "uint16", 3, {}),
        ("a.tif", "uint16", 3, {"compression": "lzw"}),
        ("b.tif", "uint8", 4, {"compression": "zip", "tiff:RowsPerStrip": 4}),
        ("c.tif", "half", 3, {}),
        ("a.jpg", "uint8", 3, {"Make": "Maker", "Exif:FocalLength": 35.0}),
        ("a.jxl", "uint8", 4, {}),
        ("a.webp", "uint8", 4, {}),
        ("a.bmp", "uint8", 3, {}),
        ("a.tga", "uint8", 4, {"compression": "rle"}),
        ("a.dpx", "uint16", 3, {"oiio:BitsPerSample": 10}),
        ("a.exr", "half", 4, {"compression": "zip"}),
        ("b.exr", "float", 3, {"compression": "piz"}),
        ("a.hdr", "float", 3, {}),
    ]
    for name, kind, n_channels, attributes in kinds:
        spec = oiio.ImageSpec(WIDTH, HEIGHT, n_channels, kind)
        spec.attribute("ImageDescription", "a seed")
        spec.attribute("DateTime", "2026:01:02 03:04:05")
        for key, value in attributes.items():
            spec.attribute(key, value)
        if name == "b.exr":
            spec.tile_width = spec.tile_height = 16
        target = oiio.ImageOutput.create(name)
        if target is None or not target.open(str(folder / name), spec):
            continue
        target.write_image(picture(n_channels).astype(np.float32) / 255.0)
        target.close()
        yield folder / name


def _by_pillow(folder: Path) -> Iterator[Path]:
    """Yield pictures with profiles, palettes, animation and other turns."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    exif[0x8769] = {0x829A: 0.02, 0xA001: 65535}
    color = Image.fromarray(picture())
    kinds: list[tuple[str, Image.Image, dict]] = [
        ("c.jpg", color, {"exif": exif, "icc_profile": profile, "progressive": True}),
        ("d.jpg", color.convert("L"), {}),
        ("c.png", color.convert("P"), {"transparency": 0}),
        ("d.png", color, {"exif": exif, "icc_profile": profile}),
        ("b.webp", color, {"lossless": True, "exif": exif}),
        ("b.bmp", Image.fromarray(picture(4)), {}),
        ("d.tif", color, {"compression": "jpeg"}),
        ("e.tif", color, {"save_all": True, "append_images": [color]}),
        ("a.gif", color, {"save_all": True, "append_images": [color]}),
        (
            "a.apng",
            color,
            {"format": "PNG", "save_all": True, "append_images": [color]},
        ),
        ("a.avif", color, {"exif": exif, "icc_profile": profile}),
        ("b.avif", Image.fromarray(picture(4)), {}),
    ]
    for name, image, options in kinds:
        image.save(folder / name, **options)
        yield folder / name


def _raw(folder: Path) -> Iterator[Path]:
    """Yield a DNG of a color filter array."""
    light = picture().astype(np.float64) / 200.0
    codes = mosaic_of(light, (0.5, 1.0, 0.7), black=256, white=4095)
    yield write_dng(
        folder / "a.dng", codes, black=256, white=4095, neutral=(0.5, 1.0, 0.7)
    )


def _heif(folder: Path) -> Iterator[Path]:
    """Yield HEIC pictures of 8 bits with alpha, and of 10 bits."""
    held = pillow_heif.from_pillow(Image.fromarray(picture(4)))
    held.save(folder / "a.heic", quality=80)
    yield folder / "a.heic"
    codes = picture().astype(np.uint16) * 257
    held = pillow_heif.from_bytes("RGB;16", (WIDTH, HEIGHT), codes.tobytes())
    held.save(folder / "b.heic", quality=80, full_range_flag=0)
    yield folder / "b.heic"


def _movies(folder: Path) -> Iterator[Path]:
    """Yield movies of three frames."""
    for name, codec, layout in MOVIES:
        size = (WIDTH * 3, HEIGHT * 3)
        with av.open(str(folder / name), "w") as target:
            stream = target.add_stream(codec, 25)
            stream.width, stream.height, stream.pix_fmt = *size, layout
            codes = picture().repeat(3, 0).repeat(3, 1)
            for _ in range(3):
                frame = av.VideoFrame.from_ndarray(codes, "rgb24")
                target.mux(stream.encode(frame.reformat(format=layout)))
            target.mux(stream.encode(None))
        yield folder / name
