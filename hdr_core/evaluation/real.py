"""Plates of real cameras, with their true light and the cameras' curves.

    FOLDER/views.json   one object per plate, with at least
        view, file           name of the plate, and its path within FOLDER
        truth, truth_scale   scene-linear EXR, and its value at the sensor clip
        camera, camera_class
        curve                forward CRF, 1024 samples over scene-linear [0, 1]
    FOLDER/curves.npz   forward (n, 3, 1024): response curves; camera (n,): their
                        cameras
    FOLDER/jpeg         pictures without truth; optional

The truth is merged from bracketed exposures, in the camera's own primaries. It is
measured as if these were Rec.709, like every result.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.response import Curve, invert_samples
from hdr_core.camera.responses import SAMPLES
from hdr_core.errors import PlateError
from hdr_core.evaluation.case import Case
from hdr_core.io.corpus import read_light
from hdr_core.io.read import read_plate

NEEDED: dict[str, tuple[type, ...]] = {
    "view": (str,),
    "file": (str,),
    "truth": (str,),
    "truth_scale": (int, float),
    "camera": (str,),
    "camera_class": (str,),
    "curve": (list,),
}


@dataclass(frozen=True)
class RealView:
    """A plate of a real camera that is not read yet.

    Attributes:
        name: Name of the plate.
        file: Path of the plate.
        truth: Path of the EXR with the true light, of the same size.
        truth_scale: Value of ``truth`` at the sensor clip.
        camera: Name of the camera.
        camera_class: Class of the camera: phone, compact...
        inverse_crf: Inverse response curve of the camera, (1024,).
    """

    name: str
    file: Path
    truth: Path
    truth_scale: float
    camera: str
    camera_class: str
    inverse_crf: Curve


@dataclass(frozen=True, kw_only=True)
class RealCase(Case):
    """A plate of a real camera with its truth.

    Attributes:
        mean_curve: Mean inverse curve of the other real cameras, (1024,).
    """

    mean_curve: Curve


@dataclass(frozen=True)
class RealSet:
    """The plates of a folder; each is read on request.

    Attributes:
        views: Plates of the folder.
        inverse_curves: Inverse curves of real cameras, (n, 1024).
        cameras: Name of the camera of each curve.
        jpegs: Paths of the pictures without truth.
    """

    views: tuple[RealView, ...]
    inverse_curves: Curve
    cameras: tuple[str, ...]
    jpegs: tuple[Path, ...] = ()

    def cases(self) -> Iterator[RealCase]:
        """Read all plates, in the order of ``views``."""
        return map(self.case, self.views)

    def case(self, view: RealView) -> RealCase:
        """Read a plate and its truth.

        Raises:
            PlateError: A file cannot be read, or the two differ in size.
        """
        plate, light = read_plate(view.file), read_light(view.truth)
        if light.shape != plate.pixels.shape:
            sizes = " and ".join(
                f"{shape[1]}x{shape[0]}" for shape in (plate.pixels.shape, light.shape)
            )
            raise PlateError(f"{view.name}: plate and truth differ in size: {sizes}.")
        return RealCase(
            name=view.name,
            kind="photo",
            plate=plate,
            truth=light / np.float32(view.truth_scale),
            inverse_crf=view.inverse_crf,
            camera_name=view.camera,
            camera_class=view.camera_class,
            mean_curve=self.mean_curve(view.camera),
        )

    def mean_curve(self, camera: str) -> Curve:
        """Return the mean inverse CRF of all cameras but ``camera``, (1024,).

        Each camera counts once, by the mean of its curves.
        """
        names = np.array(self.cameras)
        others = sorted({*self.cameras} - {camera})
        means = [self.inverse_curves[names == name].mean(axis=0) for name in others]
        return np.asarray(np.mean(means, axis=0))


def load_real_set(folder: Path) -> RealSet:
    """Read the lists of a folder of real plates and check that all files exist.

    Raises:
        PlateError: A file is missing or has a wrong format.
    """
    views = tuple(
        _view(folder, entry, f"{folder / 'views.json'}: plate {number}")
        for number, entry in enumerate(_entries(folder / "views.json"), start=1)
    )
    if len({view.name for view in views}) < len(views):
        raise PlateError(f"{folder / 'views.json'}: two plates have one name.")
    curves, cameras = _curves(folder / "curves.npz")
    for view in views:
        if set(cameras) <= {view.camera}:
            raise PlateError(
                f"{folder / 'curves.npz'}: no curve of a camera but {view.camera}."
            )
    jpegs = (folder / "jpeg").glob("*.jp*g")
    return RealSet(views, curves, cameras, tuple(sorted(jpegs)))


def _entries(path: Path) -> list[Any]:
    if not path.is_file():
        raise PlateError(f"{path}: no list of plates. Point --real at its folder.")
    try:
        entries = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise PlateError(f"{path}: not JSON ({error}).") from error
    if not isinstance(entries, list) or not entries:
        raise PlateError(f"{path}: needs a list of plates, one object each.")
    return entries


def _view(folder: Path, entry: Any, place: str) -> RealView:  # noqa: ANN401 - JSON
    _check_fields(entry, place)
    file, truth = folder / entry["file"], folder / entry["truth"]
    for path in (file, truth):
        if not path.is_file():
            raise PlateError(f"{path}: no such file, though {place} names it.")
    return RealView(
        name=entry["view"],
        file=file,
        truth=truth,
        truth_scale=float(entry["truth_scale"]),
        camera=entry["camera"],
        camera_class=entry["camera_class"],
        inverse_crf=_inverted(entry["curve"], f"{place}: curve")[0],
    )


def _check_fields(entry: Any, place: str) -> None:  # noqa: ANN401 - JSON
    if missing := set(NEEDED) - set(entry if isinstance(entry, dict) else ()):
        raise PlateError(f"{place}: lacks {', '.join(sorted(missing))}.")
    for key, kinds in NEEDED.items():
        if not isinstance(entry[key], kinds) or isinstance(entry[key], bool):
            needed = "number" if float in kinds else kinds[0].__name__
            raise PlateError(f"{place}: {key} must be a {needed}.")
    if not 0.0 < entry["truth_scale"] < np.inf:
        found = entry["truth_scale"]
        raise PlateError(f"{place}: truth_scale must be above 0, is {found}.")


def _curves(path: Path) -> tuple[Curve, tuple[str, ...]]:
    """Return the inverse CRFs, of the mean of the channels, and their cameras."""
    try:
        with path.open("rb") as file, np.load(file) as data:
            forward, cameras = data["forward"], data["camera"]
    except Exception as error:  # zipfile, zlib and numpy each raise their own errors
        raise PlateError(
            f"{path}: no .npz with 'forward' and 'camera' in it."
        ) from error
    if forward.shape != (len(cameras), 3, SAMPLES):
        raise PlateError(
            f"{path}: 'forward' must be ({len(cameras)}, 3, {SAMPLES}), "
            f"is {forward.shape}."
        )
    curves = _inverted(forward.mean(axis=1, dtype=np.float64), str(path))
    return curves, tuple(str(name) for name in cameras)


def _inverted(forward: Any, place: str) -> Curve:  # noqa: ANN401 - JSON
    """Return the inverse (n, 1024) of forward curves.

    Raises:
        PlateError: The values are not response curves of 1024 samples.
    """
    try:
        curves = np.atleast_2d(np.asarray(forward, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise PlateError(f"{place}: needs {SAMPLES} numbers.") from error
    if curves.ndim != 2 or curves.shape[1] != SAMPLES:
        raise PlateError(f"{place}: needs {SAMPLES} numbers, has {curves.shape[-1]}.")
    if not _is_response(curves):
        raise PlateError(f"{place}: must rise from 0 towards 1, and never fall.")
    return invert_samples(curves)


def _is_response(curves: NDArray[np.float64]) -> bool:
    is_finite = bool(np.isfinite(curves).all())
    return (
        is_finite
        and bool((np.diff(curves, axis=1) >= 0.0).all())
        and bool((np.abs(curves[:, 0]) < 0.05).all())
        and bool((np.abs(curves[:, -1] - 1.0) < 0.05).all())
    )
