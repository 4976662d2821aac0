"""OpenColorIO: configs, their color spaces, and conversions.

Only this package imports OpenColorIO. Configs have full names, because "default" and
"latest" mean different configs in different versions of OpenColorIO. Conversions run
without OpenColorIO's optimizations: their error of 2e-5 is more than a 16-bit code.
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
_INTERCHANGE = "aces_interchange"
_N_OFFERED = 4

# OpenColorIO would log to stderr. Errors are raised as exceptions anyway.
PyOpenColorIO.SetLoggingLevel(PyOpenColorIO.LOGGING_LEVEL_NONE)


@dataclass(frozen=True)
class Guess:
    """The color space that a config's file rules choose for a file name.

    Attributes:
        space: Name of the color space.
        rule: Name of the rule.
        is_default: Whether only the default rule matched, which matches everything.
    """

    space: str
    rule: str
    is_default: bool


class Conversion:
    """A conversion of pixels, exactly as OpenColorIO computes it.

    Args:
        processor: OpenColorIO's processor of the conversion.
    """

    def __init__(self, processor: PyOpenColorIO.Processor) -> None:
        self._cpu = processor.getOptimizedCPUProcessor(PyOpenColorIO.OPTIMIZATION_NONE)

    def __call__(self, pixels: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return ``pixels`` (..., 3) converted, as new float32 pixels."""
        flat = np.array(pixels, dtype=np.float32, order="C").reshape(1, -1, 3)
        self._cpu.applyRGB(flat)
        return flat.reshape(np.shape(pixels))


class ColorConfig:
    """An OpenColorIO config.

    Attributes:
        ocio: The config as an object of OpenColorIO.
        source: The path or ``ocio://`` name that it was opened with.
        label: Name of the config, else the file name of its source.
    """

    def __init__(self, ocio: PyOpenColorIO.Config, source: str) -> None:
        self.ocio, self.source = ocio, source
        self.label = str(ocio.getName() or Path(source).name)

    def names(self) -> list[str]:
        """Return the names of all color spaces, with those of displays."""
        spaces = self.ocio.getColorSpaces(
            PyOpenColorIO.SEARCH_REFERENCE_SPACE_ALL, PyOpenColorIO.COLORSPACE_ALL
        )
        return [space.getName() for space in spaces]

    def find(self, name: str) -> str | None:
        """Return the space with this name, alias or role; None if there is none."""
        space = self.ocio.getColorSpace(name)
        return None if space is None else str(space.getName())

    def resolve(self, name: str, *, option: str) -> str:
        """Return the color space called ``name``.

        Args:
            name: Name, alias or role of a color space.
            option: Option that gave the name, for the error message.

        Raises:
            ColorError: There is none; the message lists similar names.
        """
        if (found := self.find(name)) is not None:
            return found
        offered = ", ".join(repr(known) for known in self._similar(name))
        raise ColorError(
            f"{option}: no color space {name!r} in {self.label}. "
            + (f"Did you mean {offered}?" if offered else "Choose one of its names.")
        )

    def is_data(self, space: str) -> bool:
        """Return whether ``space`` is data, not color."""
        return bool(self.ocio.getColorSpace(space).isData())

    def is_linear(self, space: str) -> bool:
        """Return whether ``space`` is scene-linear."""
        found = self.ocio.getColorSpace(space)
        kind = PyOpenColorIO.REFERENCE_SPACE_SCENE
        if found.isData() or found.getReferenceSpaceType() != kind:
            return False
        try:
            return bool(self.ocio.isColorSpaceLinear(space, kind))
        except (PyOpenColorIO.Exception, PyOpenColorIO.ExceptionMissingFile):
            return False  # A file of this space is missing. It may not be needed.

    def tags(self, space: str) -> tuple[str, ...]:
        """Return the aliases of ``space``, after its interop ID if it has one."""
        found = self.ocio.getColorSpace(space)
        known = [found.getInteropID()] if hasattr(found, "getInteropID") else []
        return tuple(str(tag) for tag in (*known, *found.getAliases()) if tag)

    def guess(self, path: Path) -> Guess:
        """Return the color space that the file rules choose for ``path``."""
        space, place = self.ocio.getColorSpaceFromFilepath(str(path))
        rule = str(self.ocio.getFileRules().getName(place))
        is_default = self.ocio.filepathOnlyMatchesDefaultRule(str(path))
        return Guess(self.find(space) or str(space), rule, bool(is_default))

    def conversion(self, source: str, target: str) -> Conversion:
        """Return the conversion between two color spaces.

        Raises:
            ColorError: A file that it needs is missing or damaged.
        """
        return self._open(lambda: self.ocio.getProcessor(source, target))

    def conversion_to(
        self, source: str, other: "ColorConfig", target: str
    ) -> Conversion:
        """Return the conversion to a space of another config, by interchange roles.

        Configs of version 1 have no such roles. OpenColorIO then looks for a space that
        it knows, by its name and its values.

        Args:
            source: Name of a space of this config.
            other: The other config. One of the two is the pinned one.
            target: Name of a space of the other config.

        Raises:
            ColorError: A config has no interchange roles and no known space, or a file
                is missing.
        """
        between = PyOpenColorIO.Config.GetProcessorFromConfigs
        to_known = PyOpenColorIO.Config.GetProcessorToBuiltinColorSpace
        from_known = PyOpenColorIO.Config.GetProcessorFromBuiltinColorSpace
        if self.has_interchange_roles() and other.has_interchange_roles():
            return self._open(lambda: between(self.ocio, source, other.ocio, target))
        try:
            if self.has_interchange_roles():
                return Conversion(from_known(source, other.ocio, target))
            return Conversion(to_known(self.ocio, source, target))
        except PyOpenColorIO.ExceptionMissingFile:
            return self._open(lambda: to_known(self.ocio, source, target))
        except PyOpenColorIO.Exception as error:
            bare = other if self.has_interchange_roles() else self
            raise ColorError(
                f"{bare.label}: no role aces_interchange, and no known space. "
                "Add `aces_interchange: NAME` to its roles, NAME being its "
                "ACES2065-1, or choose another --config."
            ) from error

    def has_interchange_roles(self) -> bool:
        """Return whether the config names its ACES2065-1."""
        return bool(self.ocio.hasRole(_INTERCHANGE))

    def views(self) -> list[str]:
        """Return all views, as "DISPLAY/VIEW"."""
        shown = self.ocio.getActiveDisplays() or self.ocio.getDisplays()
        return [f"{one}/{view}" for one in shown for view in self.ocio.getViews(one)]

    def view(self, name: str) -> tuple[str, str] | None:
        """Return display and view of "DISPLAY/VIEW"; None if there is no such pair."""
        for slash in re.finditer("/", name):
            display, view = name[: slash.start()].strip(), name[slash.end() :].strip()
            if view in self.ocio.getViews(display):
                return display, view
        return None

    def view_conversion(
        self, space: str, display: str, view: str, *, is_inverse: bool
    ) -> Conversion:
        """Return the conversion from a color space to the codes of a view.

        Args:
            space: Name of the color space.
            display: Name of the display.
            view: Name of the view.
            is_inverse: Return the inverse: from codes to the color space.

        Raises:
            ColorError: The view has no inverse, or a file is missing.
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
        """Return the conversion of the processor that ``processor`` creates."""
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

    def _similar(self, name: str) -> list[str]:
        """Return the names that are most similar to ``name``."""
        by_text: dict[str, str] = {}
        for space in self.names():
            aliases = self.ocio.getColorSpace(space).getAliases()
            by_text |= {text.lower(): text for text in (*aliases, space)}
        by_text |= {role: role for role, _ in self.ocio.getRoles()}
        similar = [text for text in by_text if name.lower() in text][:_N_OFFERED]
        similar += difflib.get_close_matches(name.lower(), by_text, _N_OFFERED, 0.5)
        return [by_text[text] for text in dict.fromkeys(similar)][:_N_OFFERED]


def open_config(choice: str | None = None) -> ColorConfig:
    """Return the config ``choice``, else that of $OCIO, else the pinned built-in one.

    Args:
        choice: A path or an ``ocio://`` name.

    Raises:
        ColorError: The config is missing, damaged, or newer than this OpenColorIO.
    """
    if choice is not None:
        return _opened(choice, f"--config {choice}")
    if from_environment := os.environ.get(VARIABLE, "").strip():
        return _opened(from_environment, f"${VARIABLE} {from_environment}")
    return _opened(CONFIG, CONFIG)


def _opened(source: str, name: str) -> ColorConfig:
    """Return the config in ``source``; read it again only if its file changed."""
    if source.startswith(_BUILTIN):
        return _read(source, name, 0)
    path = Path(source)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "no such file"
        raise ColorError(
            f"{name}: {what}. Name a config.ocio, or a built-in as {CONFIG}."
        )
    return _read(source, name, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(source: str, name: str, _changed: int) -> ColorConfig:
    """Return the config in ``source``; ``name`` is its name in error messages."""
    try:
        return ColorConfig(PyOpenColorIO.Config.CreateFromFile(source), source)
    except PyOpenColorIO.Exception as error:
        reason = _one_line(error)
        if newer := re.search(r"is version (\d+\.\d+)", reason):
            version = PyOpenColorIO.__version__
            raise ColorError(
                f"{name}: its profile {newer[1]} is newer than OpenColorIO {version}. "
                "Choose a config of an older profile."
            ) from error
        raise ColorError(
            f"{name}: cannot be read as a config ({reason}). Repair it, or choose "
            "another --config."
        ) from error


def _one_line(error: Exception) -> str:
    """Return a message of OpenColorIO on one line, without its full stop."""
    return " ".join(str(error).split()).rstrip(". ")
