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
    for name in ("sun_q75.jpg", "lamps_q95.jpg"):
        shutil.copy(JPEGS / name, folder / name)
    write(folder / "lamps.png", lamps)
    write(folder / "sun.png", sun)
    write(folder / "sun_p3.png", sun, space="srgb_p3d65_scene")
    write(folder / "sun_10bit.dpx", spread(sun, bits=10), bits=10)
    write(folder / "lamps_10bit.dpx", spread(lamps, bits=10), bits=10)
    write(folder / "lamps_cutout.tif", cut_out(lamps))
    write(folder / "sphere.png", draw_sphere())
    write(folder / "one.png", np.array([[[255, 180, 90]]], np.uint8))
    write(folder / "clipped.png", np.full((48, 64, 3), 255, np.uint8))
    for number, (left, gain) in enumerate(PAN, start=1001):
        frame = np.rint(cut_lamps(left) * gain).astype(np.uint8)
        frame[cut_lamps(left) == 255] = 255
        write(folder / f"pan.{number}.png", frame)


def draw_jpegs(folder):
    """Write the two JPEGs anew; the stored arrays must then be written anew, too."""
    Image.fromarray(cut_sun()).save(folder / "sun_q75.jpg", quality=75)
    Image.fromarray(cut_lamps()).save(folder / "lamps_q95.jpg", quality=95)


def cut_sun():
    """Return the sun of dandelion.jpg, 8 x 8 pixels averaged to one, (64, 96, 3)."""
    codes = np.asarray(Image.open(ROOT / "examples" / "dandelion.jpg"), np.int64)
    height, width = codes.shape[0] // 8, codes.shape[1] // 8
    blocks = codes[: height * 8, : width * 8].reshape(height, 8, width, 8, 3)
    means = (blocks.sum((1, 3)) + 32) // 64
    return means[:64, 35:131].astype(np.uint8)


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


def draw_sphere():
    """Return a panorama, (64, 128, 3): a sky, a sun, and a lamp over the seam."""
    polar = (np.arange(64)[:, None] + 0.5) * np.pi / 64
    azimuth = (np.arange(128) + 0.5) * 2 * np.pi / 128
    x, y = np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth)
    z = np.cos(polar) + np.zeros_like(x)
    light = 0.4 + 0.2 * z + 0.1 * x * np.sin(5 * y)
    light += np.exp(30 * (x - 0.95)) + np.exp(60 * (0.5 * y + 0.8 * z - 0.9))
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
