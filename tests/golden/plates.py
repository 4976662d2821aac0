"""Draw the plates of the golden cases, the same bits each time.

They are cut from the pictures in ``examples``, or made of numbers. Two JPEGs are files
in ``tests/golden/plates``, since encoders differ between versions: ``draw_jpegs``
made them with Pillow 13.0.
"""

import shutil
from contextlib import chdir
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
from PIL import Image

ROOT = Path(__file__).parents[2]
JPEGS = Path(__file__).parent / "plates"
SEED = 22
# Of each frame of the shot: its first column in the photograph, and its gain.
PAN = ((99, 1.0), (102, 0.95), (105, 0.9))


def draw_plates(folder):
    """Write every plate into ``folder``."""
    sun, lamps = cut_sun(), cut_lamps()
    for name in ("lamps_q75.jpg", "sun_q95.jpg"):
        shutil.copy(JPEGS / name, folder / name)
    write(folder / "lamps.png", lamps)
    write(folder / "sun.png", sun)
    write(folder / "sun_p3.png", sun, space="srgb_p3d65_scene")
    write(folder / "sun_10bit.dpx", spread(sun, bits=10), bits=10)
    write(folder / "lamps_10bit.dpx", spread(lamps, bits=10), bits=10)
    write(folder / "lamps_cutout.tif", cut_out(lamps))
    write(folder / "red_lamps.png", redden(spread(lamps, bits=16)))
    write(folder / "sphere.png", draw_sphere(64, ground=0.2, sun=30))
    write(folder / "snow.png", draw_sphere(280, ground=0.9, sun=600))
    # Large enough to be reduced before the networks look at the whole of it.
    shutil.copy(ROOT / "examples" / "rocket.jpg", folder / "photograph.jpg")
    write(folder / "one.png", np.array([[[255, 180, 90]]], np.uint8))
    write(folder / "clipped.png", np.full((48, 64, 3), 255, np.uint8))
    for number, (left, gain) in enumerate(PAN, start=1001):
        frame = np.rint(cut_lamps(left) * gain).astype(np.uint8)
        frame[cut_lamps(left) == 255] = 255
        write(folder / f"pan.{number}.png", frame)
    for number, frame in enumerate([lamps, lamps, *[cut_sun(80)] * 2], start=1):
        write(folder / f"cut.{number:03}.png", frame)


def draw_jpegs(folder):
    """Write the two JPEGs anew; the stored arrays must then be written anew, too."""
    Image.fromarray(cut_lamps()).save(folder / "lamps_q75.jpg", quality=75)
    Image.fromarray(cut_sun()).save(folder / "sun_q95.jpg", quality=95)


def cut_sun(n_rows=64):
    """Return the sun of dandelion.jpg, 8 x 8 pixels averaged to one, (rows, 96, 3)."""
    codes = np.asarray(Image.open(ROOT / "examples" / "dandelion.jpg"), np.int64)
    height, width = codes.shape[0] // 8, codes.shape[1] // 8
    blocks = codes[: height * 8, : width * 8].reshape(height, 8, width, 8, 3)
    means = (blocks.sum((1, 3)) + 32) // 64
    return means[:n_rows, 35:131].astype(np.uint8)


def cut_lamps(left=105):
    """Return lamps of rocket.jpg, (80, 96, 3): larger than a tile of 64 both ways."""
    codes = np.asarray(Image.open(ROOT / "examples" / "rocket.jpg"))
    return codes[346:426, left : left + 96]


def spread(codes, *, bits):
    """Return 8-bit codes between which codes of ``bits`` lie, over 16 bits."""
    steps = 2**bits - 1
    noise = np.random.default_rng(SEED).random(codes.shape) - 0.5
    fine = np.clip((codes + noise) / 255, 0, 1)
    fine[codes == 255] = 1.0
    return np.rint(np.rint(fine * steps) * (65535 / steps)).astype(np.uint16)


def cut_out(codes):
    """Return codes in 16 bits, multiplied by an alpha that falls to the right."""
    coverage = np.clip(1.2 - np.arange(codes.shape[1]) / codes.shape[1] * 1.3, 0, 1)
    alpha = np.broadcast_to(coverage[None, :, None], (*codes.shape[:2], 1))
    color = codes / 255 * alpha
    return np.rint(np.concatenate([color, alpha], 2) * 65535).astype(np.uint16)


def redden(codes):
    """Return 16-bit codes that clip in red beside green and blue that are nearly black.

    In AP1 one float32 step of such a pixel is more than a code of its green.
    """
    red, others = codes[..., :1], codes[..., 1:]
    is_bright = codes.max(axis=2, keepdims=True) >= 40000
    return np.concatenate([np.where(is_bright, np.uint16(65535), red), others // 99], 2)


def draw_sphere(height, *, ground, sun):
    """Return a panorama, (height, 2 height, 3): a sky, a lamp, and a sun at the seam.

    Both are the smaller, the larger ``sun`` is.
    """
    polar = (np.arange(height)[:, None] + 0.5) * np.pi / height
    azimuth = (np.arange(2 * height) + 0.5) * np.pi / height
    x, y = np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth)
    z = np.cos(polar) + np.zeros_like(x)
    light = 0.4 + (0.4 - ground) * z + 0.1 * x * np.sin(5 * y)
    light += np.exp(sun * (x - 0.95)) + np.exp(2 * sun * (0.5 * y + 0.8 * z - 0.9))
    noise = np.random.default_rng(SEED).random(light.shape) * 0.03 * np.sin(polar)
    tint = np.array([1.0, 0.9, 0.8])
    codes = np.clip((light + noise)[..., None] * tint, 0, 1) * 255
    return np.rint(codes).astype(np.uint8)


def write(path, samples, *, space=None, bits=None):
    """Write samples (H, W, C) without anything that depends on time or folder."""
    height, width, channels = samples.shape
    spec = oiio.ImageSpec(width, height, channels, str(samples.dtype))
    spec.attribute("DateTime", "2020:01:01 00:00:00")
    if space:
        spec.attribute("oiio:ColorSpace", space)
    if bits:
        spec.attribute("oiio:BitsPerSample", bits)
    if channels == 4:
        spec.alpha_channel = 3
    target = oiio.ImageOutput.create(path.name)
    with chdir(path.parent):  # A DPX holds the name that it was opened by.
        done = target.open(path.name, spec) and target.write_image(samples)
        if not (done and target.close()):
            raise OSError(f"{path}: {target.geterror()}")
