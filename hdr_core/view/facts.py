"""What a page says about a result in words and numbers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr_core.camera.curve_text import unpack_curve
from hdr_core.plate import Plate
from hdr_core.view.source import Result

# The histogram: stops from the value 1, in bins.
LOWEST_STOPS, HIGHEST_STOPS, STOPS_A_BIN = -14, 14, 0.25
CURVE_SAMPLES = 129
Fact = tuple[str, str]


def list_facts(
    result: Result, plate: Plate | None, report: Mapping[str, Any] | None
) -> list[Fact]:
    """Return the facts of a result, each a name and a text.

    Args:
        result: The result.
        plate: Its plate; None means that it is not given.
        report: Its report file (delivery/sidecar.py); None means that there is none.
    """
    header = result.header
    facts = [("File", f"{result.path.name}, {result.size[0]}x{result.size[1]}")]
    if "hdr_core/version" in header:
        facts += _made_facts(header)
    facts += [("Space", str(header.get("hdr_core/working_space", result.space)))]
    facts += [("Brightest", _brightest(result))]
    if "hdr_core/violations" in header:
        facts.append(("Promise", _promise(header)))
    facts += _choices(result)
    if plate is not None and plate.path is not None:
        facts.append(("Plate", f"{plate.path.name}, {_bits(plate)}"))
    notes = [*result.notes, *(report or {}).get("notes", ())]
    facts += [("Assumed", "; ".join(notes))] if notes else []
    if "hdr_core/version" not in header:
        facts.append(("Origin", "not made by hdr-core: no layers, no promise"))
    return facts


def read_curve(header: Mapping[str, Any]) -> NDArray[np.float64] | None:
    """Return the estimated inverse CRF g, (N,); None if the header has none."""
    text = header.get("hdr_core/inverse_crf")
    return None if text is None else unpack_curve(str(text))


def describe_curve(header: Mapping[str, Any]) -> dict[str, list[float]] | None:
    """Return g and its standard deviation at a few codes; None without a curve."""
    curve = read_curve(header)
    if curve is None:
        return None
    found = {"light": _sampled(curve)}
    if (text := header.get("hdr_core/inverse_crf_spread")) is not None:
        found["spread"] = _sampled(unpack_curve(str(text)))
    return found


def count_stops(result: Result) -> dict[str, Any]:
    """Return the histogram of each channel in stops; black pixels are left out."""
    n_bins = round((HIGHEST_STOPS - LOWEST_STOPS) / STOPS_A_BIN)
    counts = []
    for channel in np.moveaxis(result.light, 2, 0):
        stops = np.log2(channel[channel > 0.0] / result.clip)
        stops = np.clip(stops, LOWEST_STOPS, HIGHEST_STOPS - 1e-6)
        found, _ = np.histogram(stops, n_bins, (LOWEST_STOPS, HIGHEST_STOPS))
        counts.append(found.tolist())
    return {
        "low": LOWEST_STOPS,
        "step": STOPS_A_BIN,
        "counts": counts,
        "clip_at": 0,
    }


def find_report(path: Path) -> Path:
    """Return where the report of a result lies: beside it, with suffix .json."""
    return path.with_suffix(".json")


def _made_facts(header: Mapping[str, Any]) -> list[Fact]:
    weights = str(header.get("hdr_core/weights_sha256", ""))[:12]
    return [
        ("Made by", f"hdr_core {header['hdr_core/version']}, weights {weights}"),
        ("Made from", str(header.get("hdr_core/input", "a plate without a file"))),
        ("Taken as", str(header.get("hdr_core/plate_space", "unknown"))),
        ("Clipped", f"{header.get('hdr_core/clipped_percent', 0):g} % of the pixels"),
    ]


def _promise(header: Mapping[str, Any]) -> str:
    broken = int(header["hdr_core/violations"])
    tolerance = float(header.get("hdr_core/tolerance_codes", 0.0))
    within = f" within {tolerance:.3g} codes" if tolerance else ""
    if broken:
        return f"{broken} values do not photograph back to their code{within}"
    return f"every value photographs back to its code{within}"


def _choices(result: Result) -> list[Fact]:
    chosen = result.parameters
    if not chosen:
        return []
    texts = [f"boldness {chosen.get('boldness', 0.5):g}"]
    texts.append(f"strength {chosen.get('strength', 1.0):g}")
    if chosen.get("ceiling_stops") is not None:
        texts.append(f"ceiling {chosen['ceiling_stops']:g} stops")
    if chosen.get("exposure_stops"):
        texts.append(f"exposure {chosen['exposure_stops']:+g} stops")
    if chosen.get("skip"):
        texts.append(f"without {', '.join(chosen['skip'])}")
    return [("Chosen", ", ".join(texts))]


def _brightest(result: Result) -> str:
    peak = float(result.light.max(initial=0.0))
    if peak <= 0.0:
        return "black"
    return f"{peak:.4g}, {np.log2(peak / result.clip):+.1f} stops from the clip"


def _bits(plate: Plate) -> str:
    return "float" if plate.bits is None else f"{plate.bits} bits"


def _sampled(curve: NDArray[np.float64]) -> list[float]:
    places = np.linspace(0.0, 1.0, CURVE_SAMPLES)
    values = np.interp(places, np.linspace(0.0, 1.0, len(curve)), curve)
    return [round(float(value), 6) for value in values]
