"""The gallery: pages of ``hdr-core view`` for the plates that ship here."""

import shutil
import tempfile
from pathlib import Path

from hdr_core.cli.main import run

ROOT = Path(__file__).resolve().parents[2]
# Plates of the first steps, and those of the gallery alone.
PLATES = (ROOT / "examples", ROOT / "examples" / "gallery")


def build_gallery(folder: Path) -> None:
    """Convert the example plates, and write their pages and a contact page.

    Args:
        folder: Folder of the gallery on the site.

    Raises:
        RuntimeError: A plate was not converted or shown.
    """
    with tempfile.TemporaryDirectory() as place:
        plates = Path(place)
        for path in (path for held in PLATES for path in held.glob("*.jpg")):
            shutil.copy(path, plates)
        names = [str(path) for path in sorted(plates.glob("*.jpg"))]
        write_pages(names, plates, folder)


def write_pages(names: list[str], plates: Path, folder: Path) -> None:
    """Convert plates, and write their pages and a contact page.

    Args:
        names: Paths of the plates.
        plates: Their folder.
        folder: Folder of the pages.

    Raises:
        RuntimeError: A plate was not converted or shown.
    """
    results = folder / "Gallery"
    for arguments in (
        ["convert", *names, "-o", str(results), "--report", "--quiet"],
        ["view", str(results), str(plates), "-o", str(folder / "index.html")],
    ):
        if code := run(arguments):
            raise RuntimeError(f"hdr-core {arguments[0]} ended with {code}.")
    for path in results.iterdir():
        # The pages hold all of it.
        path.unlink()
    results.rmdir()
