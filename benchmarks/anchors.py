"""Measure how much one thing that is known about a plate helps, on real cameras.

    python benchmarks/anchors.py FOLDER [--only grey,chart,match,exposures] [--every 1]

FOLDER holds plates with their true light and curves (hdr_core/evaluation/real.py). What
an artist knows is taken from the truth, one thing for each plate:

    grey       one pixel: the flattest near-grey patch whose light is near 0.18 of the
               clip, with its true light
    chart      a ColorChecker of 24 patches, drawn into a copy of the plate through its
               true curve, with noise of one code and a camera's matrix
    match      the true light of the view at 0.3 of its exposure, as an EXR
    exposures  the plate made again from its truth through its true curve, and two more
               frames 2 and 4 stops darker, each with noise of one code, 8 bits and Exif

Mid-tones are values whose true light is 0.05 to 0.5 of the clip. Stages 3 and 4 do not
run: the light is what stage 2 and the anchors say.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from hdr_core.anchor_options import Anchors, Spot
from hdr_core.anchors.checker import homography, reflectances
from hdr_core.checkpoint import load_model
from hdr_core.color.plate_color import unpremultiply
from hdr_core.decisions import decide
from hdr_core.develop.choose_camera import inverse_crf_of
from hdr_core.develop.estimate_camera import camera_of_plate
from hdr_core.evaluation.real import RealCase, load_real_set
from hdr_core.fidelity.bracket_camera import BracketCamera
from hdr_core.fidelity.camera import CodeValues, CurveCamera
from hdr_core.io.read import read_plate
from hdr_core.io.write import write_hdr
from hdr_core.networks import Networks, prepare
from hdr_core.options import Options
from hdr_core.plate import Plate

Values = NDArray[np.float64]
GREY, MIDS, REACH = 0.18, (0.05, 0.5), 2
CAMERA = np.array([[0.8, 0.15, 0.05], [0.1, 0.8, 0.1], [0.02, 0.18, 0.8]])
WHITE, NOISE = 0.75, 1.0 / 255
STOPS = (0, -2, -4)
MATCH_GAIN = 0.3
EXIF, TIME = 0x8769, 0x829A
# Light below which 8 bits hold no more than noise.
DARK = 0.01


def main() -> None:
    """Print a line for each plate, and the means."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="grey,chart,match,exposures")
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    networks = prepare(load_model("compact"), Options(device="cpu"))
    cases = load_real_set(options.folder)
    for name in options.only.split(","):
        measure = MEASURES[name]
        rows = []
        for view in cases.views[:: options.every]:
            found = measure(cases.case(view), networks)
            rows.append(list(found.values()))
            shown = ", ".join(f"{key} {value:.4f}" for key, value in found.items())
            print(f"{name} {view.name}: {shown}", flush=True)
        for key, values in zip(found, np.array(rows).T, strict=True):
            spread = f"median {np.nanmedian(values):.4f}, worst {np.nanmax(values):.4f}"
            print(f"== {name}, {key}: mean {np.nanmean(values):.4f}, {spread}")


def camera_by(plate: Plate, networks: Networks, anchors: Anchors) -> CurveCamera:
    """Return the camera that plate and anchors show."""
    with torch.inference_mode():
        options = Options(device="cpu", anchors=anchors)
        encoded = unpremultiply(plate)
        return camera_of_plate(encoded, networks, decide(plate, options))


def measure_grey(case: RealCase, networks: Networks) -> dict[str, float]:
    """Return the errors of mid-tones without and with a grey pixel, in stops."""
    y, x = find_grey(case.plate.pixels, case.truth)
    patch = case.truth[y - REACH : y + REACH + 1, x - REACH : x + REACH + 1]
    light = float(np.exp2(np.log2(np.median(patch, axis=(0, 1))).mean()))
    spot = Spot(x, y, light)
    curves = {
        "alone": camera_by(case.plate, networks, Anchors()).inverse_crf,
        "grey": camera_by(case.plate, networks, Anchors(grey=(spot,))).inverse_crf,
        "true curve": case.inverse_crf,
    }
    return {name: mid_error(case, curve) for name, curve in curves.items()}


def mid_error(case: RealCase, curve: Values) -> float:
    """Return the mean of |log2 of estimated over true light| of mid-tones."""
    pixels, truth = case.plate.pixels, case.truth
    is_mid = (truth >= MIDS[0]) & (truth <= MIDS[1]) & (pixels < 1.0)
    light = np.interp(pixels[is_mid], np.linspace(0, 1, len(curve)), curve)
    return float(np.abs(np.log2(np.maximum(light, 1e-6) / truth[is_mid])).mean())


def find_grey(pixels: Values, truth: Values) -> tuple[int, int]:
    """Return row and column of a flat, near-grey patch of a light near 0.18."""
    logs = np.log2(np.maximum(truth, 1e-4))
    channels = np.stack([box_mean(logs[..., at]) for at in range(3)])
    square = sum(
        box_mean(pixels[..., at] ** 2) - box_mean(pixels[..., at]) ** 2
        for at in range(3)
    )
    cost = np.abs(np.log2(np.maximum(box_mean(truth.mean(2)), 1e-6) / GREY))
    cost = cost + 2.0 * np.ptp(channels, axis=0) + 60.0 * np.sqrt(np.maximum(square, 0))
    y, x = np.unravel_index(np.argmin(cost), cost.shape)
    return int(y) + REACH, int(x) + REACH


def box_mean(values: Values) -> Values:
    """Return the means of all patches that lie within a picture."""
    side = 2 * REACH + 1
    sums = np.pad(values.astype(np.float64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    total = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side]
    return np.asarray((total + sums[:-side, :-side]) / side**2)


def measure_chart(case: RealCase, networks: Networks) -> dict[str, float]:
    """Return the RMSE of the curve without and with a chart in the plate."""
    pixels, corners = draw_chart(case)
    plate = Plate(pixels, "encoded", lossy_quality=case.plate.lossy_quality)
    anchors = {"alone": Anchors(), "chart": Anchors(chart=tuple(corners.ravel()))}
    return {
        name: rms(camera_by(plate, networks, known).inverse_crf - case.inverse_crf)
        for name, known in anchors.items()
    }


def draw_chart(case: RealCase) -> tuple[NDArray[np.float32], Values]:
    """Return the plate with a chart in it, and the chart's corners."""
    height, width, _ = case.plate.pixels.shape
    shares = np.array([[0.30, 0.30], [0.66, 0.33], [0.64, 0.70], [0.28, 0.62]])
    corners = shares * (width, height)
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    flat = np.stack([columns, rows, np.ones_like(rows)], axis=-1)
    there = flat @ np.linalg.inv(homography(corners)).T
    u, v = there[..., 0] / there[..., 2] * 6, there[..., 1] / there[..., 2] * 4
    is_inside = (u >= 0) & (u < 6) & (v >= 0) & (v < 4)
    is_gap = np.minimum(np.abs(u - np.rint(u)), np.abs(v - np.rint(v))) < 0.07
    patch = (v.clip(0, 3.99).astype(int) * 6 + u.clip(0, 5.99).astype(int)).clip(0, 23)
    colors = (reflectances() @ CAMERA * np.array([1.1, 1.0, 0.9]))[patch]
    light = WHITE * np.where(is_gap[..., None], 0.02, colors)
    pixels = case.plate.pixels.copy()
    pixels[is_inside] = photograph(light[is_inside], case.inverse_crf) / np.float32(255)
    return pixels, corners


def photograph(light: Values, curve: Values) -> NDArray[np.uint8]:
    """Return the codes of light through a curve, with noise below the clip."""
    encoded = np.interp(np.minimum(light, 1.0), curve, np.linspace(0, 1, len(curve)))
    noise = np.random.default_rng(0).normal(0.0, NOISE, light.shape)
    encoded = np.where(light >= 1.0, 1.0, encoded + noise)
    return np.rint(encoded.clip(0.0, 1.0) * 255).astype(np.uint8)


def measure_match(case: RealCase, networks: Networks) -> dict[str, float]:
    """Return the RMSE of the curve without and with a linear picture of the view."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reference.exr"
        light = np.asarray(case.truth * MATCH_GAIN, np.float32)
        write_hdr(path, Plate(light, "hdr", space="lin_rec709_scene"), depth="half")
        anchors = {"alone": Anchors(), "match": Anchors(match=path)}
        return {
            name: rms(
                camera_by(case.plate, networks, known).inverse_crf - case.inverse_crf
            )
            for name, known in anchors.items()
        }


def measure_exposures(case: RealCase, networks: Networks) -> dict[str, float]:
    """Return the RMS errors of merged light in stops, and that of the curve."""
    with tempfile.TemporaryDirectory() as folder:
        frames = list(write_frames(case, Path(folder)))
        plate = read_plate(frames[0])
        camera = camera_by(plate, networks, Anchors(exposures=tuple(frames[1:])))
        codes = np.stack([np.asarray(Image.open(path)) for path in frames])
    if not isinstance(camera, BracketCamera):
        raise TypeError("no bracket was used")
    values = CodeValues(plate.pixels, plate.pixels, plate.pixels)
    light = camera.linearize(values, None) * camera.merge.ceiling
    is_held = ((codes > 0) & (codes < 255)).any(axis=0) & (case.truth > 0.0)
    away = np.log2(np.maximum(light, 1e-6) / np.maximum(case.truth, 1e-6))
    above = is_held & (codes[0] == 255)
    return {
        "all": rms(away[is_held]),
        f"light above {DARK:g}": rms(away[is_held & (case.truth > DARK)]),
        "above the clip": rms(away[above]) if above.any() else np.nan,
        "curve": rms(inverse_crf_of(camera) - case.inverse_crf),
    }


def write_frames(case: RealCase, folder: Path) -> Iterator[Path]:
    """Write the frames as PNG with their exposure times; yield their paths."""
    for stops in STOPS:
        exif = Image.Exif()
        exif[EXIF] = {TIME: IFDRational(1, 4 * 2 ** (4 - (stops + 4)))}
        codes = photograph(case.truth * 2.0**stops, case.inverse_crf)
        path = folder / f"frame{stops}.png"
        Image.fromarray(codes).save(path, exif=exif)
        yield path


def rms(values: Values) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


MEASURES: dict[str, Callable[[RealCase, Networks], dict[str, float]]] = {
    "grey": measure_grey,
    "chart": measure_chart,
    "match": measure_match,
    "exposures": measure_exposures,
}

if __name__ == "__main__":
    main()
