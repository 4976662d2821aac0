"""The val plates: the same views through the same cameras, byte for byte, on every run.

    truth      views and whole panoramas, see ``views``; two of five views hold the
               brightest light of their scene
    camera     half: a measured curve that is not in the training set; half: today's
               encodings
    file       60 % lossless, 40 % JPEG 82-98; low noise

Scenes come from the split "val". Kinds of cameras and files alternate from case to
case, so that their shares are right for few views too. All else is drawn from a random
generator seeded by the case alone, so that more views never change the existing ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from hdr_core.camera.capture import Camera
from hdr_core.camera.curves import Curve
from hdr_core.camera.responses import SAMPLES, load_measured, todays_curve
from hdr_core.checks import require_within
from hdr_core.color.display_curve import display_curve
from hdr_core.evaluation.case import Case, CurveKind, Kind, SceneKind
from hdr_core.evaluation.views import draw_panorama, draw_view
from hdr_core.io.corpus import Scene, load_scenes, read_manifest
from hdr_core.metrics.plate_metrics import Image
from hdr_core.plate import Plate

SCENE_KINDS: tuple[SceneKind, ...] = ("night", "studio", "sun", "indoor", "outdoor")

SEED = 2020
N_VIEWS = 60
JPEG_QUALITY = (82, 98)
MOST_SHOT_NOISE = 0.003
MOST_READ_NOISE = 0.0007
DISPLAY_CLIP_LEVELS = (1.0, 2.0, 4.0, 8.0, 16.0)


@dataclass(frozen=True)
class CasePlan:
    """Identifies a case, which can be made again from it.

    Attributes:
        kind: View or whole panorama.
        scene: Index of the scene.
        turn: Number among the cases of this kind and scene.
    """

    kind: Kind
    scene: int
    turn: int


@dataclass(frozen=True, kw_only=True)
class ValCase(Case):
    """A synthetic plate with known scene and camera.

    Its name is scene, kind and turn. ``scene_kind`` is the first of ``SCENE_KINDS``
    among the tags of the scene; indoor means lamps and windows, outdoor means a sky
    without a sun.

    Attributes:
        scene: Id of the scene.
        camera: Camera that shot the plate.
        clean: Encoded plate before noise, quantization and JPEG, (H, W, 3).
    """

    scene: str
    camera: Camera
    clean: Image

    def without_noise(self) -> Plate:
        """Return the plate that the camera writes without noise, as a PNG."""
        camera = replace(self.camera, shot=0.0, read=0.0, jpeg_quality=None)
        return _shoot(camera, self._light())

    def as_jpeg(self, quality: int, noise: torch.Generator) -> Plate:
        """Return the plate as a JPEG of another quality, with new noise.

        Args:
            quality: JPEG quality, 1 to 100.
            noise: Random generator of the noise.
        """
        return _shoot(replace(self.camera, jpeg_quality=quality), self._light(), noise)

    def _light(self) -> Tensor:
        return torch.from_numpy(self.truth.transpose(2, 0, 1).copy())


@dataclass(frozen=True)
class ValSet:
    """All val cases; each is made on request.

    Attributes:
        scenes: Scenes of the split "val".
        held_out: Measured CRFs that are not in the training set, (n, 1024).
        display: CRFs of display transforms, (m, 1024).
        n_views: Number of views, spread over the scenes in turn.
        seed: Random seed.
    """

    scenes: tuple[Scene, ...]
    held_out: Curve
    display: Curve
    n_views: int = N_VIEWS
    seed: int = SEED

    @property
    def plans(self) -> tuple[CasePlan, ...]:
        """The views, then the whole panoramas of the same scenes."""
        n_scenes = len(self.scenes)
        views = [
            CasePlan("view", number % n_scenes, number // n_scenes)
            for number in range(self.n_views)
        ]
        panoramas = [
            CasePlan("panorama", index, 0)
            for index, scene in enumerate(self.scenes[: self.n_views])
            if scene.is_panorama
        ]
        return (*views, *panoramas)

    def cases(self) -> Iterator[ValCase]:
        """Make all cases, in the order of ``plans``."""
        return (self.case(plan) for plan in self.plans)

    def name_of(self, plan: CasePlan) -> str:
        """Return the name of a case: scene, kind and turn."""
        turn = plan.turn if plan.kind == "view" else ""
        return f"{self.scenes[plan.scene].name}/{plan.kind}{turn}"

    def case_of(self, name: str) -> ValCase:
        """Make the case called ``name``."""
        plans = {self.name_of(plan): plan for plan in self.plans}
        return self.case(plans[name])

    def case(self, plan: CasePlan) -> ValCase:
        """Make one case."""
        scene = self.scenes[plan.scene]
        is_view = plan.kind == "view"
        rng = np.random.default_rng([self.seed, is_view, plan.scene, plan.turn])
        truth = (
            # Two of five views are aimed: most clipped plates hold a light.
            draw_view(rng, scene, is_aimed=(plan.scene + 2 * plan.turn) % 5 < 2)
            if is_view
            else draw_panorama(rng, scene)
        )
        curve_kind: CurveKind = (
            "measured" if (plan.scene + plan.turn) % 2 == 0 else "today"
        )
        camera = self._draw_camera(
            rng,
            curve_kind=curve_kind,
            # 40 %, equally often with both kinds of curves.
            is_jpeg=(2 * plan.scene + plan.turn) % 5 < 2,
        )
        noise = torch.Generator().manual_seed(int(rng.integers(2**62)))
        return ValCase(
            name=self.name_of(plan),
            scene=scene.name,
            kind=plan.kind,
            scene_kind=scene_kind(scene.tags),
            curve_kind=curve_kind,
            camera=camera,
            inverse_crf=camera.inverse_crf,
            plate=_shoot(camera, truth, noise),
            truth=_rows_first(truth),
            clean=_rows_first(camera.encode(truth)),
        )

    def _draw_camera(
        self, rng: np.random.Generator, *, curve_kind: CurveKind, is_jpeg: bool
    ) -> Camera:
        if curve_kind == "measured":
            crf = self.held_out[rng.integers(len(self.held_out))]
        else:
            crf = todays_curve(rng, self.display)
        low, high = JPEG_QUALITY
        quality = int(rng.integers(low, high + 1))
        return Camera(
            crf=np.asarray(crf),
            shot=MOST_SHOT_NOISE * rng.random(),
            read=MOST_READ_NOISE * rng.random(),
            jpeg_quality=quality if is_jpeg else None,
            subsampling="4:2:0" if rng.random() < 0.5 else "4:4:4",
        )


def load_val_set(
    corpus: Path, crf: Path, *, n_views: int = N_VIEWS, seed: int = SEED
) -> ValSet:
    """Load the val scenes and the curves that are held out from training.

    Args:
        corpus: Folder of the HDR scenes and their manifest.
        crf: File of the measured curves (.npz).
        n_views: Number of views, 1 to 10,000.
        seed: Random seed.

    Raises:
        PlateError: The manifest is missing, or has no scene of the split "val".
        TrainingError: The measured curves cannot be read.
        OptionError: ``n_views`` is out of range.
    """
    require_within(n_views, 1, 10_000, name="views")
    _, held_out = load_measured(crf)
    return ValSet(
        scenes=tuple(load_scenes(corpus, split="val")),
        held_out=held_out,
        display=np.stack(
            [display_curve(level, samples=SAMPLES) for level in DISPLAY_CLIP_LEVELS]
        ),
        n_views=n_views,
        seed=seed,
    )


def scene_kind(tags: tuple[str, ...]) -> SceneKind:
    """Return the kind of light of a scene, from its tags."""
    return next((kind for kind in SCENE_KINDS if kind in tags), "outdoor")


def shippable(corpus: Path) -> dict[str, str]:
    """Return the licences of the scenes that are CC0, by scene id."""
    return {
        entry["id"]: entry["licence"]
        for entry in read_manifest(corpus)
        if entry["train_ok"] and entry.get("licence", "").startswith("CC0")
    }


def _shoot(
    camera: Camera, light: Tensor, noise: torch.Generator | None = None
) -> Plate:
    return Plate(
        _rows_first(camera.shoot(light, noise)),
        state="encoded",
        bits=camera.bits,
        lossy_quality=camera.jpeg_quality,
    )


def _rows_first(planes: Tensor) -> Image:
    return np.ascontiguousarray(planes.permute(1, 2, 0).numpy())
