"""The rig of a panorama, as the options of a command ask for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hdr_core.errors import OptionError, OutputError
from hdr_core.rig.added_sun import AddedSun, SunRequest, add_sun
from hdr_core.rig.panorama import read_panorama
from hdr_core.rig.rig import Rig
from hdr_core.rig.split import SplitOptions, split
from hdr_core.rig.write import RigFiles, WrittenRig, write_rig


@dataclass(frozen=True)
class MadeRig:
    """A rig and its files.

    Attributes:
        rig: Dome and lights.
        files: What was written.
        unit_nits: Luminance in cd/m2 of the value 1 in the panorama.
        distance: Distance of the lamps, in meters.
        added: The sun that the panorama does not show; None if none was added.
    """

    rig: Rig
    files: WrittenRig
    unit_nits: float
    distance: float
    added: AddedSun | None = None


@dataclass(frozen=True)
class Rigging:
    """The options of a rig, checked.

    Attributes:
        config: What becomes a light.
        files: How the rig is written.
        sun: The sun to add; None adds none.
    """

    config: SplitOptions
    files: RigFiles
    sun: SunRequest | None

    @classmethod
    def of(
        cls,
        *,
        lights: str,
        least_share: float,
        dome_max: float | None = None,
        sun_angle: float | None = None,
        add_sun: str | None = None,
        distance: float,
        formats: str,
        unit_nits: float = 1.0,
    ) -> "Rigging":
        """Return the options of a rig from those of a command.

        Raises:
            OptionError: One of them is not valid.
        """
        names = [name.strip() for name in formats.split(",") if name.strip()]
        return cls(
            SplitOptions(
                lights=parse_lights(lights),
                least_share=least_share / 100,
                dome_max=dome_max,
                sun_deg=sun_angle,
            ),
            RigFiles(
                formats=() if names == ["all"] else names,
                distance=distance,
                unit_nits=unit_nits,
            ),
            None if add_sun is None else SunRequest.parse(add_sun),
        )

    @staticmethod
    def require_free(folder: Path, *, overwrite: bool) -> None:
        """Raise OutputError if the folder of the rig cannot be used."""
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{folder}: is a file. Name a folder.")
        if not overwrite and folder.is_dir() and any(folder.iterdir()):
            raise OutputError(
                f"{folder}: already contains files. Choose --overwrite to replace "
                "those of the same names."
            )

    def make(self, panorama: Path, folder: Path, *, overwrite: bool) -> MadeRig:
        """Split a panorama, add the sun that was asked for, and write the rig."""
        rig, added = split(read_panorama(panorama), self.config), None
        unit_nits = self.files.unit_nits
        if self.sun is not None:
            size = self.config.sun_deg
            rig, added = add_sun(rig, self.sun, unit_nits=unit_nits, sun_deg=size)
        files = write_rig(rig, folder, self.files, overwrite=overwrite)
        return MadeRig(rig, files, unit_nits, self.files.distance, added)


def parse_lights(text: str) -> Literal["sun", "all"] | int:
    """Return "sun", "all", or a number of lights.

    Raises:
        OptionError: The text is none of them.
    """
    if text == "sun":
        return "sun"
    if text == "all":
        return "all"
    if text.isdecimal():
        return int(text)
    raise OptionError(f"lights: unknown {text!r}. Choose sun, all, or a number.")
