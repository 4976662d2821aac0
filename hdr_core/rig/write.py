"""Write a rig into a folder: the dome as an EXR, and the lights in several formats."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from hdr_core.checks import require_within
from hdr_core.errors import OptionError
from hdr_core.io.atomic import whole_folder
from hdr_core.io.write import write_hdr
from hdr_core.plate import Plate
from hdr_core.rig.as_gltf import to_gltf
from hdr_core.rig.as_json import to_json
from hdr_core.rig.as_table import to_table
from hdr_core.rig.as_usd import has_usd, require_usd, to_usd
from hdr_core.rig.rig import Rig

Format = Literal["json", "txt", "gltf", "usd"]
FORMATS: tuple[Format, ...] = get_args(Format)
DOME = "dome.exr"
_WRITERS: dict[Format, tuple[str, Callable[..., str]]] = {
    "json": ("rig.json", to_json),
    "txt": ("rig.txt", to_table),
    "gltf": ("rig.gltf", to_gltf),
    "usd": ("rig.usda", to_usd),
}


@dataclass(frozen=True)
class RigFiles:
    """Where and how a rig is written.

    Attributes:
        formats: Formats of the lights; none means all that can be written here.
        distance: Distance of lamps from the middle of the rig, in meters. Their
            irradiance there does not depend on it.
        unit_nits: Luminance in cd/m2 of the value 1 in the panorama.

    Raises:
        OptionError: A format is not known or cannot be written here, or a number is
            out of its range.
    """

    formats: Sequence[str] = ()
    distance: float = 5.0
    unit_nits: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be written, before any work."""
        require_within(self.distance, 0.01, 1e5, name="distance")
        if not self.unit_nits > 0.0:
            raise OptionError(f"unit-nits: must be above 0, is {self.unit_nits:g}.")
        if unknown := set(self.formats) - set(FORMATS):
            raise OptionError(
                f"formats: unknown {', '.join(sorted(unknown))}. "
                f"Choose from {', '.join(FORMATS)}."
            )
        if "usd" in self.formats:
            require_usd()


@dataclass(frozen=True)
class WrittenRig:
    """The files of a rig.

    Attributes:
        folder: Their folder.
        files: Their names, the dome first.
        notes: What was not written, and why.
    """

    folder: Path
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()


def write_rig(
    rig: Rig, folder: Path, files: RigFiles, *, overwrite: bool = False
) -> WrittenRig:
    """Write dome and lights; all files appear at once, or none.

    Args:
        rig: Dome and lights.
        folder: Folder to write; a missing one is made.
        files: Formats, distance and unit.
        overwrite: Replace existing files of the same names.

    Raises:
        OutputError: The folder already contains files, or cannot be written.
    """
    formats: list[str] = list(files.formats)
    notes: tuple[str, ...] = ()
    if not formats:
        formats = [name for name in FORMATS if name != "usd" or has_usd()]
        if "usd" not in formats:
            notes = ("no rig.usda: it needs `pip install hdr-core[usd]`",)
    panorama = rig.panorama
    plate = Plate(rig.dome, "hdr", space=panorama.space, bits=None)
    settings = {
        "dome": DOME,
        "distance": files.distance,
        "unit_nits": files.unit_nits,
    }
    written = [DOME]
    with whole_folder(folder, overwrite=overwrite) as hidden:
        header = {"dome_of": panorama.path.name}
        write_hdr(hidden / DOME, plate, header=header, depth=panorama.depth)
        for name in FORMATS:
            if name in formats:
                file_name, writer = _WRITERS[name]
                text = writer(rig, **settings)
                (hidden / file_name).write_text(text, encoding="utf-8")
                written.append(file_name)
    return WrittenRig(folder, tuple(written), notes)
