"""Plates that no camera took: rendered light through output transforms.

    FOLDER/renders.json   {"scenes": [{"name": "room", "file": "room.exr"}, ...]}
    FOLDER/room.exr       scene-linear Rec.709, 1 = the light at which plain sRGB clips

Each scene goes through each output transform, and is written as a PNG and as a JPEG of
quality 90, without a word on its colors. The plate is read from that file.

What is well exposed and what is bright is decided by plain sRGB codes of the truth. So
all transforms are measured on the same pixels, also those that never reach code 1.
"""

import json
import tempfile
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image as Picture

from hdr_core.camera.responses import SAMPLES, grid, srgb
from hdr_core.color.output_transforms import (
    NAMES,
    OutputTransform,
    find_output_transform,
)
from hdr_core.errors import PlateError
from hdr_core.evaluation.case import Case
from hdr_core.io.corpus import read_light
from hdr_core.io.read import read_plate
from hdr_core.metrics import plate_metrics
from hdr_core.metrics.plate_metrics import Image, Mask
from hdr_core.plate import Plate

FileKind = Literal["PNG", "JPEG"]
FILES: tuple[FileKind, ...] = ("PNG", "JPEG")
JPEG_QUALITY = 90
MANIFEST = "renders.json"


@dataclass(frozen=True)
class RenderPlan:
    """Identifies a plate, which can be made again from it.

    Attributes:
        scene: Name of the rendered scene.
        transform: Name of the output transform.
        file: Format of the file.
    """

    scene: str
    transform: str
    file: FileKind

    @property
    def name(self) -> str:
        """Scene, transform and format in one word."""
        return f"{self.scene}/{self.transform}/{self.file}"


@dataclass(frozen=True, kw_only=True)
class RenderCase(Case):
    """A plate of rendered light with its truth.

    Attributes:
        plan: What the plate was made of.
        transform: Output transform of the plate.
    """

    plan: RenderPlan
    transform: OutputTransform

    @cached_property
    def well_exposed(self) -> Mask:
        """Mask of the pixels whose plain sRGB codes are all in 0.05-0.9."""
        return plate_metrics.well_exposed(self._plain_codes)

    @cached_property
    def clipped(self) -> Mask:
        """Mask of the pixels whose brightest plain sRGB code is above 0.98."""
        return plate_metrics.clipped(self._plain_codes)

    @cached_property
    def all_clipped(self) -> Mask:
        """Mask of the pixels whose darkest plain sRGB code is above 0.98."""
        return plate_metrics.all_clipped(self._plain_codes)

    @cached_property
    def _plain_codes(self) -> Image:
        codes = np.rint(srgb(np.clip(self.truth, 0.0, 1.0)) * 255.0) / 255.0
        return np.asarray(codes, dtype=np.float32)


@dataclass(frozen=True)
class RenderSet:
    """The plates of a folder of rendered scenes; each is made on request.

    Attributes:
        scenes: Path of each scene, by name.
        transforms: Names of the output transforms.
        n_plates: Largest number of plates; None means all.
    """

    scenes: dict[str, Path]
    transforms: tuple[str, ...] = NAMES
    n_plates: int | None = None

    @property
    def plans(self) -> tuple[RenderPlan, ...]:
        """The plates, in rounds: each has every transform, of scenes in turn.

        So the first ones are a fair choice of all.
        """
        names, n_scenes = tuple(self.scenes), len(self.scenes)
        everything = (
            RenderPlan(
                scene=names[(turn + number) % n_scenes],
                transform=transform,
                file=FILES[(turn // n_scenes + number // 2) % len(FILES)],
            )
            for turn in range(n_scenes * len(FILES))
            for number, transform in enumerate(self.transforms)
        )
        return tuple(islice(everything, self.n_plates))

    def case(self, plan: RenderPlan) -> RenderCase:
        """Make one plate.

        Raises:
            PlateError: The scene cannot be read.
        """
        light = read_light(self.scenes[plan.scene])
        transform = find_output_transform(plan.transform)
        greys = transform.decode(np.repeat(grid()[:, None], 3, axis=1))[:, 1]
        return RenderCase(
            name=plan.name,
            kind="render",
            plate=make_plate(transform.encode(light), plan.file),
            truth=light,
            inverse_crf=greys / greys[SAMPLES - 1],
            plan=plan,
            transform=transform,
        )


def make_plate(codes: Image, file: FileKind) -> Plate:
    """Return codes (H, W, 3) in [0, 1] as the 8-bit file holds them.

    Args:
        codes: Codes to write.
        file: "PNG", or "JPEG" with halved chroma.
    """
    picture = Picture.fromarray(np.rint(codes * 255.0).astype(np.uint8))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"plate.{file.lower()}"
        if file == "PNG":
            picture.save(path)
        else:
            picture.save(path, quality=JPEG_QUALITY, subsampling="4:2:0")
        return read_plate(path)


def load_render_set(folder: Path, *, n_plates: int | None = None) -> RenderSet:
    """Read the list of a folder of rendered scenes and check that all files exist.

    Args:
        folder: Folder of renders.json.
        n_plates: Largest number of plates; None means all.

    Raises:
        PlateError: The list or a scene is missing, or the list has a wrong format.
    """
    path = folder / MANIFEST
    entries = _entries(path)
    scenes: dict[str, Path] = {}
    for number, entry in enumerate(entries, start=1):
        name, file = _fields(entry, f"{path}: scene {number}")
        if name in scenes:
            raise PlateError(f"{path}: two scenes have the name {name!r}.")
        if not (folder / file).is_file():
            raise PlateError(f"{folder / file}: no such file, though {path} names it.")
        scenes[name] = folder / file
    return RenderSet(scenes, n_plates=n_plates)


def _entries(path: Path) -> list[Any]:
    if not path.is_file():
        raise PlateError(
            f"{path}: no list of scenes. Point --renders at the folder that "
            "tools/render_scenes wrote."
        )
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise PlateError(f"{path}: not JSON ({error}).") from error
    scenes = content.get("scenes") if isinstance(content, dict) else None
    if not isinstance(scenes, list) or not scenes:
        raise PlateError(f'{path}: needs a list "scenes", one object each.')
    return scenes


def _fields(entry: Any, place: str) -> tuple[str, str]:  # noqa: ANN401 - JSON
    fields = entry if isinstance(entry, dict) else {}
    name, file = fields.get("name"), fields.get("file")
    if not isinstance(name, str) or not isinstance(file, str):
        raise PlateError(f"{place}: needs the texts name and file.")
    return name, file
