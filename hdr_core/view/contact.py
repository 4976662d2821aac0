"""Write the pages of many results, and a contact page that shows them all."""

import base64
import html
import io
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

import numpy as np
from PIL import Image

from hdr_core.errors import HdrError, PlateError
from hdr_core.io.atomic import whole_file
from hdr_core.io.folder import RESULT_END
from hdr_core.io.preview import expose
from hdr_core.view.page import LARGEST_PX, Written, write_page
from hdr_core.view.source import LAYERS, Result, read_result

THUMBNAIL_PX = 480
# The two exposures of a thumbnail: as photographed, and for the lights.
THUMBNAIL_STOPS = (0.0, -3.0)
PLATES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".dpx")
LAYER_FILES = (*LAYERS, "linear", "dequantized")


@dataclass(frozen=True)
class Entry:
    """One result of a folder.

    Attributes:
        result: Path of the EXR.
        page: Path of its page.
        written: What was written; None if it failed.
        error: Why it failed, in one line; None if it did not.
    """

    result: Path
    page: Path
    written: Written | None
    error: str | None


def find_results(folder: Path) -> list[Path]:
    """Return the results in a folder, without the files of single layers.

    Raises:
        PlateError: There is none.
    """
    found = sorted(folder.glob("*.exr"))
    names = {path.stem for path in found}
    layers = {f"{name}_{layer}" for name in names for layer in LAYER_FILES}
    results = [path for path in found if path.stem not in layers]
    if not results:
        raise PlateError(f"{folder}: holds no EXR. Give a folder of results.")
    return results


def find_plate(result: Path, folder: Path | None) -> Path | None:
    """Return the plate of a result in a folder of plates, by its name; None: none."""
    stem = result.stem.removesuffix(RESULT_END)
    if folder is None:
        return None
    for suffix in PLATES:
        for name in (f"{stem}{suffix}", f"{stem}{suffix.upper()}"):
            if (folder / name).is_file():
                return folder / name
    return None


def write_pages(
    folder: Path,
    plates: Path | None,
    contact: Path,
    *,
    largest_px: int = LARGEST_PX,
    overwrite: bool = False,
) -> Iterator[Entry]:
    """Write the page of each result, then the contact page; yield each when done.

    Args:
        folder: Folder of results.
        plates: Folder of their plates; None means pages without codes.
        contact: Path of the contact page. The other pages go into a folder beside it,
            which has its name without the suffix.
        largest_px: Longest side of the pictures.
        overwrite: Replace existing files.

    Raises:
        PlateError: The folder holds no result.
        OutputError: The contact page cannot be written.
    """
    cells = []
    for result in find_results(folder):
        page = contact.with_suffix("") / f"{result.stem}.html"
        try:
            plate = find_plate(result, plates)
            written = write_page(
                result, plate, page, largest_px=largest_px, overwrite=overwrite
            )
            cells.append(_cell(page.relative_to(contact.parent), result))
            yield Entry(result, page, written, None)
        except HdrError as error:
            yield Entry(result, page, None, str(error))
    with whole_file(contact, overwrite=overwrite) as hidden:
        hidden.write_text(_join(folder.name, cells), encoding="utf-8")


def thumbnail(result: Result, stops: float) -> bytes:
    """Return a small JPEG of a result at an exposure, in sRGB."""
    light = result.light.astype(np.float64) @ result.to_rec709
    codes = expose(light.astype(np.float32), stops)
    held = io.BytesIO()
    image = Image.fromarray(codes)
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    image.save(held, "jpeg", quality=85)
    return held.getvalue()


def _cell(page: Path, path: Path) -> str:
    """Return the HTML of one result: two pictures, its name, and its link."""
    result = read_result(path, largest_px=2 * THUMBNAIL_PX)
    pictures = [
        f'<img class="at{place}" alt="" src="data:image/jpeg;base64,'
        f'{base64.b64encode(thumbnail(result, stops)).decode("ascii")}">'
        for place, stops in enumerate(THUMBNAIL_STOPS)
    ]
    peak = float(result.light.max(initial=0.0))
    above = f"{np.log2(peak / result.clip):+.1f} stops" if peak > 0 else "black"
    clipped = result.header.get("hdr_core/clipped_percent")
    facts = [f"{result.size[0]} x {result.size[1]}", f"brightest {above}"]
    facts += [] if clipped is None else [f"{clipped:g} % clipped"]
    broken = int(result.header.get("hdr_core/violations", 0))
    facts += [f"{broken} values break the promise"] if broken else []
    return (
        f'<a href="{quote(page.as_posix())}"><span>{"".join(pictures)}</span>'
        f"<b>{html.escape(path.stem)}</b><i>{html.escape(', '.join(facts))}</i></a>"
    )


def _join(title: str, cells: list[str]) -> str:
    source = files("hdr_core.view") / "page" / "contact.html"
    text = source.read_text(encoding="utf-8")
    text = text.replace("{{title}}", html.escape(title))
    return text.replace("{{cells}}", "\n".join(cells))
