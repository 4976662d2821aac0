"""Write a result as one page: HTML, style, script and pixels in one file."""

import base64
import html
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.io.atomic import whole_file
from hdr_core.plate import Plate
from hdr_core.view.facts import (
    count_stops,
    describe_curve,
    find_report,
    list_facts,
    read_curve,
)
from hdr_core.view.light_by_code import (
    CodeLight,
    difference,
    fit_code_light,
    order_halves,
)
from hdr_core.view.planes import Packed, cost, pack
from hdr_core.view.source import Result, read_codes, read_result

SCRIPTS = ("decode", "shader", "draw", "geometry", "charts", "probe", "controls")
# Longest side by default: what graphics cards of phones hold, and 4K fits into.
LARGEST_PX = 4096
# How bytes of the layers count: of the mask, the gain, the uncertainty, the source.
UNITS = {"mask": 255.0, "gain": 16.0, "uncertainty": 32.0, "light_source": 1.0}


@dataclass(frozen=True)
class Written:
    """A page.

    Attributes:
        path: Path of the page.
        n_bytes: Its size.
        width: Columns of the picture in it.
        height: Rows of the picture in it.
        reduced: Side of the square of pixels of the file that became one pixel.
    """

    path: Path
    n_bytes: int
    width: int
    height: int
    reduced: int


def write_page(
    result_path: Path,
    plate_path: Path | None,
    page: Path,
    *,
    largest_px: int = LARGEST_PX,
    overwrite: bool = False,
) -> Written:
    """Write the page of a result.

    Args:
        result_path: A scene-linear EXR, as ``hdr-core convert`` writes it.
        plate_path: Its plate; None means that the page has no codes.
        page: Path of the HTML file.
        largest_px: Longest side of the picture in the page. A larger one is reduced.
        overwrite: Replace an existing file.

    Raises:
        PlateError: The result or the plate cannot be read, or their sizes differ.
        OutputError: The page cannot be written.
    """
    result = read_result(result_path, largest_px=largest_px)
    codes, plate = None, None
    if plate_path is not None:
        codes, plate = read_codes(plate_path, result)
    meta, planes = describe(result, codes, plate)
    text = join(result.path.stem, meta, planes)
    with whole_file(page, overwrite=overwrite) as hidden:
        hidden.write_text(text, encoding="utf-8")
    height, width = result.light.shape[:2]
    return Written(page, page.stat().st_size, width, height, result.reduced)


def describe(
    result: Result, codes: NDArray[np.uint16] | None, plate: Plate | None
) -> tuple[dict[str, Any], dict[str, Packed]]:
    """Return what the script needs: numbers as JSON, and pixels as planes."""
    planes, code_light = pack_pixels(result, codes, plate)
    height, width = result.light.shape[:2]
    report = read_report(find_report(result.path))
    chosen = result.parameters
    overlays = {
        "invented": "gain",
        "uncertainty": "uncertainty",
        "source": "light_source",
    }
    meta = {
        "subtitle": f"{result.size[0]} x {result.size[1]}, {_space_name(result)}",
        "width": width,
        "height": height,
        "reduced": result.reduced,
        "clip": result.clip,
        "to_rec709": result.to_rec709.tolist(),
        "is_sphere": result.size[0] == 2 * result.size[1],
        "max_code": 255 if plate is None else plate.max_code,
        "tolerance": float(result.header.get("hdr_core/tolerance_codes", 0.0)),
        "strength": float(chosen.get("strength", 1.0)),
        "median_shift": laplace_quantile(float(chosen.get("boldness", 0.5))),
        "curve": describe_curve(result.header),
        "histogram": count_stops(result),
        "facts": list_facts(result, plate, report),
        "overlays": [name for name, layer in overlays.items() if layer in planes],
        "planes": {name: _about(packed) for name, packed in planes.items()},
        "code_light": None
        if code_light is None
        else {
            "light": code_light.light.tolist(),
            "matrix": code_light.matrix.tolist(),
        },
    }
    return meta, planes


def pack_pixels(
    result: Result, codes: NDArray[np.uint16] | None, plate: Plate | None
) -> tuple[dict[str, Packed], CodeLight | None]:
    """Return all pixels of a page, and how codes predict light if that saves bytes."""
    orders, code_light = order_halves(result.light), None
    planes = {}
    if codes is not None and plate is not None and plate.max_code == 255:
        bytes_of_plate = codes.astype(np.uint8)
        planes["plate"] = pack(bytes_of_plate)
        orders, code_light = _less_code_light(result, bytes_of_plate, orders)
    elif codes is not None:
        planes["plate"] = pack(codes)
    planes["light"] = pack(orders)
    for name, layer in _shown_layers(result.layers).items():
        bytes_of_layer = np.clip(np.rint(layer * UNITS[name]), 0, 255)
        planes[name] = pack(bytes_of_layer.astype(np.uint8)[..., None])
    return planes, code_light


def _less_code_light(
    result: Result, codes: NDArray[np.uint8], orders: NDArray[np.uint16]
) -> tuple[NDArray[np.uint16], CodeLight | None]:
    """Return what of the light to store, and the prediction if it saves bytes."""
    code_light = fit_code_light(codes, result.light, read_curve(result.header))
    if code_light is None:
        return orders, None
    less = difference(orders, code_light.order(codes))
    return (less, code_light) if cost(less) < cost(orders) else (orders, None)


def laplace_quantile(share: float) -> float:
    """Return the quantile of a Laplace law of scale 1; ``share`` is 0.01 to 0.99."""
    share = min(max(share, 0.01), 0.99)
    tail = math.log(2.0 * min(share, 1.0 - share))
    return tail if share < 0.5 else -tail


def read_report(path: Path) -> Mapping[str, Any] | None:
    """Return the report beside a result; None if there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def join(title: str, meta: Mapping[str, Any], planes: Mapping[str, Packed]) -> str:
    """Return the page as HTML."""
    content = json.dumps(meta, separators=(",", ":"), allow_nan=False)
    # A "<" in a name must not end the script.
    content = content.replace("<", "\\u003c")
    data = [f'<script type="application/json" id="meta">{content}</script>']
    for name, packed in planes.items():
        for channel, parts in enumerate(packed.channels):
            data += [
                f'<script type="text/plain" id="{name}-{channel}-{place}">'
                f"{base64.b64encode(part).decode('ascii')}</script>"
                for place, part in enumerate(parts)
            ]
    script = "\n".join(_source(f"{name}.js") for name in (*SCRIPTS, "main"))
    text = _source("page.html")
    filled = {
        "{{title}}": html.escape(title),
        "{{style}}": _source("page.css"),
        "{{script}}": script,
        "{{data}}": "\n".join(data),
    }
    for place, value in filled.items():
        text = text.replace(place, value)
    return text


def _shown_layers(layers: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the layers, where nothing is invented with 0: stage 1 changes pixels too.

    The layer "gain" holds also what stage 1 changed within a code.
    """
    shown = dict(layers)
    if "gain" in shown and "mask" in shown:
        shown["gain"] = np.where(shown["mask"] > 0.0, shown["gain"], 0.0)
    return shown


def _about(packed: Packed) -> dict[str, Any]:
    return {
        "width": packed.width,
        "height": packed.height,
        "bits": packed.bits,
        "green": packed.is_green_taken,
        "channels": [len(parts) for parts in packed.channels],
    }


def _space_name(result: Result) -> str:
    return str(result.header.get("hdr_core/working_space", result.space))


def _source(name: str) -> str:
    found = files("hdr_core.view") / "page" / name
    return found.read_text(encoding="utf-8").rstrip()
