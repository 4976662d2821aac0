"""Where results go: one EXR for each plate."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hdr_core.errors import OptionError, OutputError

SUFFIX = ".exr"
PICTURES = {SUFFIX, ".bmp", ".dpx", ".hdr", ".jpeg", ".jpg", ".png", ".tif", ".tiff"}
STEM_END = "_hdr"


def plan_outputs(plates: Sequence[Path], out: Path) -> list[tuple[Path, Path]]:
    """Return each plate with the file its result goes to.

    Args:
        plates: At least one.
        out: A file for one plate, a folder for several. What has no picture's
            suffix, or is a folder already, is a folder.

    Raises:
        OptionError: A file for several plates, a file which is no EXR, two plates
            with one result, or a result which would replace its plate.
        OutputError: The folder cannot be written.
    """
    is_folder = out.is_dir() or out.suffix.lower() not in PICTURES
    if not is_folder and len(plates) > 1:
        raise OptionError(
            f"-o {out}: is a file for {len(plates)} plates. Name a folder."
        )
    if not is_folder and out.suffix.lower() != SUFFIX:
        raise OptionError(
            f"-o {out}: results are EXR files. Name it {out.stem}{SUFFIX}."
        )
    outputs = [out / f"{plate.stem}{STEM_END}{SUFFIX}" for plate in plates]
    if not is_folder:
        outputs = [out]
    _require_distinct(plates, outputs)
    require_writable(outputs[0].parent)
    return list(zip(plates, outputs, strict=True))


def require_writable(folder: Path) -> None:
    """Raise OutputError unless ``folder`` can be written, or made.

    Asked before any work: nobody should wait an hour for a mistyped name.
    """
    existing = folder.absolute()
    while not existing.exists():
        existing = existing.parent
    if not existing.is_dir():
        raise OutputError(f"{existing}: is a file, not a folder. Choose another -o.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise OutputError(f"{existing}: cannot be written. Choose another -o.")


def _require_distinct(plates: Sequence[Path], outputs: Sequence[Path]) -> None:
    """Raise OptionError where a result would replace a plate, or another result."""
    output, count = Counter(outputs).most_common(1)[0]
    if count > 1:
        raise OptionError(f"{output}: is the result of {count} plates. Rename one.")
    sources = {plate.resolve() for plate in plates}
    for output in outputs:
        if output.resolve() in sources:
            raise OptionError(f"-o {output}: would replace a plate. Name another file.")
