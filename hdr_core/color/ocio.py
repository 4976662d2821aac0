"""The door to OpenColorIO: a config, its color spaces, and conversions.

Configs are named in full: "default" and "latest" differ between the OpenColorIO of
different packages in one process. Conversions run without OpenColorIO's optimisations,
whose fast powers and lookup tables cost 2e-5: more than a code of 16 bits.
"""

import difflib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import PyOpenColorIO
from numpy.typing import NDArray

from hdr_core.errors import ColorError

CONFIG = "ocio://cg-config-v4.0.0_aces-v2.0_ocio-v2.5"
DISPLAY = "sRGB - Display"
VIEWS = ("ACES 2.0 - SDR 100 nits (Rec.709)", "Un-tone-mapped")
VARIABLE = "OCIO"
_BUILTIN = "ocio://"
_N_OFFERED = 4

# It writes to stderr by itself otherwise; what stops a conversion is raised anyway.
PyOpenColorIO.SetLoggingLevel(PyOpenColorIO.LOGGING_LEVEL_NONE)


@dataclass(frozen=True)
class Guess:
    """What a config's file rules make of a file's name.

    Attributes:
        space: Name of the color space.
        rule: Name of the rule.
        is_default: Only the last rule matched, which matches everything.
    """

    space: str
    rule: str
    is_default: bool


class Conversion:
    """Pixels from one meaning to another, exactly as OpenColorIO computes it."""

    def __init__(self, processor: PyOpenColorIO.Processor) -> None:
        self._cpu = processor.getOptimizedCPUProcessor(PyOpenColorIO.OPTIMIZATION_NONE)

    def __call__(self, pixels: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return ``pixels`` (..., 3) converted, as new float32 pixels."""
        flat = np.array(pixels, dtype=np.float32, order="C").reshape(1, -1, 3)
        self._cpu.applyRGB(flat)
        return flat.reshape(np.shape(pixels))


class ColorConfig:
    """A config and what is asked of it.

    Attributes:
        ocio: OpenColorIO's own object.
        source: What it was opened by: a path or an ``ocio://`` name.
        label: Its name, or else its source.
    """

    def __init__(self, ocio: PyOpenColorIO.Config, source: str) -> None:
        self.ocio, self.source = ocio, source
        self.label = str(ocio.getName() or Path(source).name)

    def names(self) -> list[str]:
        """Return the names of all color spaces, displays' too."""
        spaces = self.ocio.getColorSpaces(
            PyOpenColorIO.SEARCH_REFERENCE_SPACE_ALL, PyOpenColorIO.COLORSPACE_ALL
        )
        return [space.getName() for space in spaces]

    def find(self, name: str) -> str | None:
        """Return the space with this name, alias or role; None: there is none."""
        space = self.ocio.getColorSpace(name)
        return None if space is None else str(space.getName())

    def resolve(self, name: str, *, option: str) -> str:
        """Return the color space called ``name``: its name, an alias or a role.

        Raises:
            ColorError: There is none; the nearest names are offered.
        """
        if (found := self.find(name)) is not None:
            return found
        offered = ", ".join(repr(near) for near in self._nearest(name))
        raise ColorError(
            f"{option}: no color space {name!r} in {self.label}. "
            + (f"Did you mean {offered}?" if offered else "Choose one of its names.")
        )

    def is_data(self, space: str) -> bool:
        """Tell whether values of ``space`` are no colors."""
        return bool(self.ocio.getColorSpace(space).isData())

    def is_linear(self, space: str) -> bool:
        """Tell whether ``space`` is scene-linear."""
        found = self.ocio.getColorSpace(space)
        kind = PyOpenColorIO.REFERENCE_SPACE_SCENE
        if found.isData() or found.getReferenceSpaceType() != kind:
            return False
        return bool(self.ocio.isColorSpaceLinear(space, kind))

    def tags(self, space: str) -> tuple[str, ...]:
        """Return the interop ID of ``space``, if it has one, and its aliases."""
        found = self.ocio.getColorSpace(space)
        known = [found.getInteropID()] if hasattr(found, "getInteropID") else []
        return tuple(str(tag) for tag in (*known, *found.getAliases()) if tag)

    def guess(self, path: Path) -> Guess:
        """Return what the file rules make of ``path``."""
        space, place = self.ocio.getColorSpaceFromFilepath(str(path))
        rule = str(self.ocio.getFileRules().getName(place))
        is_default = self.ocio.filepathOnlyMatchesDefaultRule(str(path))
        return Guess(self.find(space) or str(space), rule, bool(is_default))

    def conversion(self, source: str, target: str) -> Conversion:
        """Return the way between two color spaces.

        Raises:
            ColorError: A file it needs is missing or damaged.
        """
        return self._open(lambda: self.ocio.getProcessor(source, target))

    def conversion_to(
        self, source: str, other: "ColorConfig", target: str
    ) -> Conversion:
        """Return the way to a color space of another config, by the interchange roles.

        Raises:
            ColorError: This config has no such roles, or misses a file.
        """
        between = PyOpenColorIO.Config.GetProcessorFromConfigs
        return self._open(lambda: between(self.ocio, source, other.ocio, target))

    def view(self, name: str) -> tuple[str, str] | None:
        """Return display and view of "DISPLAY/VIEW"; None: there is no such pair."""
        for slash in re.finditer("/", name):
            display, view = name[: slash.start()].strip(), name[slash.end() :].strip()
            if view in self.ocio.getViews(display):
                return display, view
        return None

    def view_conversion(
        self, space: str, display: str, view: str, *, is_inverse: bool
    ) -> Conversion:
        """Return the way from a color space to a view's codes, or back.

        Raises:
            ColorError: The view cannot be undone, or misses a file.
        """
        transform = PyOpenColorIO.DisplayViewTransform(
            src=space, display=display, view=view
        )
        way = (
            PyOpenColorIO.TRANSFORM_DIR_INVERSE
            if is_inverse
            else PyOpenColorIO.TRANSFORM_DIR_FORWARD
        )
        return self._open(lambda: self.ocio.getProcessor(transform, way))

    def _open(self, processor: Callable[[], PyOpenColorIO.Processor]) -> Conversion:
        """Return the conversion of a processor that is still to be made."""
        try:
            return Conversion(processor())
        except PyOpenColorIO.ExceptionMissingFile as error:
            raise ColorError(
                f"{self.label}: a file is missing ({_one_line(error)}). "
                "Put it there, or choose another --config."
            ) from error
        except PyOpenColorIO.Exception as error:
            raise ColorError(
                f"{self.label}: {_one_line(error)}. Choose another color space, "
                "or another --config."
            ) from error

    def _nearest(self, name: str) -> list[str]:
        """Return the names which look most like ``name``."""
        by_text: dict[str, str] = {}
        for space in self.names():
            aliases = self.ocio.getColorSpace(space).getAliases()
            by_text |= {text.lower(): text for text in (*aliases, space)}
        by_text |= {role: role for role, _ in self.ocio.getRoles()}
        near = [text for text in by_text if name.lower() in text][:_N_OFFERED]
        near += difflib.get_close_matches(name.lower(), by_text, _N_OFFERED, 0.5)
        return [by_text[text] for text in dict.fromkeys(near)][:_N_OFFERED]


def open_config(choice: str | None = None) -> ColorConfig:
    """Return the config ``choice``, else that of $OCIO, else the pinned built-in.

    Args:
        choice: A path or an ``ocio://`` name.

    Raises:
        ColorError: It is missing, broken, or newer than this OpenColorIO.
    """
    if choice is not None:
        return _opened(choice, f"--config {choice}")
    if from_environment := os.environ.get(VARIABLE, "").strip():
        return _opened(from_environment, f"${VARIABLE} {from_environment}")
    return _opened(CONFIG, CONFIG)


def _opened(source: str, told: str) -> ColorConfig:
    """Return the config in ``source``, read again only if its file changed."""
    if source.startswith(_BUILTIN):
        return _read(source, told, 0)
    path = Path(source)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "no such file"
        raise ColorError(
            f"{told}: {what}. Name a config.ocio, or a built-in as {CONFIG}."
        )
    return _read(source, told, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(source: str, told: str, _changed: int) -> ColorConfig:
    """Return the config in ``source``; ``told`` names it in errors."""
    try:
        return ColorConfig(PyOpenColorIO.Config.CreateFromFile(source), source)
    except PyOpenColorIO.Exception as error:
        reason = _one_line(error)
        if newer := re.search(r"is version (\d+\.\d+)", reason):
            version = PyOpenColorIO.__version__
            raise ColorError(
                f"{told}: is of profile {newer[1]}, newer than OpenColorIO {version} "
                "here. Choose a config of an older profile."
            ) from error
        raise ColorError(
            f"{told}: no config that can be read ({reason}). Repair it, or choose "
            "another --config."
        ) from error


def _one_line(error: Exception) -> str:
    """Return a message of OpenColorIO without line ends and full stop."""
    return " ".join(str(error).split()).rstrip(". ")


def display_curve(clip_level: float, *, samples: int) -> NDArray[np.float64]:
    """Return ACES 2.0's SDR display transform on greys as a camera response.

    Args:
        clip_level: Scene-linear value (0.18 = mid grey) which the camera clips at.
        samples: Number of samples.

    Returns:
        (samples,) encoded for scene-linear 0 to ``clip_level``, scaled to end at 1.
    """
    config = open_config(CONFIG).ocio
    view = PyOpenColorIO.DisplayViewTransform(
        src="lin_rec709_scene", display=DISPLAY, view=VIEWS[0]
    )
    cpu = config.getProcessor(view).getDefaultCPUProcessor()
    ramp = np.linspace(0.0, clip_level, samples, dtype=np.float32)
    greys = np.repeat(ramp[:, None], 3, axis=1)[None].copy()
    cpu.applyRGB(greys)
    curve = greys[0, :, 1].astype(np.float64)
    curve = np.maximum.accumulate(np.clip(curve - curve[0], 0.0, None))
    return np.asarray(curve / curve[-1])
