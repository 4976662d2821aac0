"""The gallery: pages of ``hdr-core view`` for the plates that ship here."""

from pathlib import Path

from hdr_core.cli.main import run

ROOT = Path(__file__).resolve().parents[2]


def build_gallery(folder: Path) -> None:
    """Convert the example plates, and write their pages and a contact page.

    Args:
        folder: Folder of the gallery on the site.

    Raises:
        RuntimeError: A plate was not converted or shown.
    """
    results = folder / "Gallery"
    plates = ROOT / "examples"
    names = [str(path) for path in sorted(plates.glob("*.jpg"))]
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
