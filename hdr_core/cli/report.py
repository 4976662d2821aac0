"""Everything the commands say: the only file that prints.

Results go to stdout, as text or, with --json, as one object a line; progress and
errors to stderr.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_core.cli import exit_codes
from hdr_core.delivery.outcome import Outcome, Status, Summary, describe_unexpected

if TYPE_CHECKING:
    from hdr_core.delivery.camera_files import CameraEstimate
    from hdr_core.delivery.inspect import PlateInfo

PROGRAM = "hdr-core"
DEBUG_VARIABLE = "HDR_CORE_DEBUG"

Json = Mapping[str, object]


def line(text: str) -> None:
    """Print one line of a result."""
    print(text, flush=True)


def json_line(content: Json) -> None:
    """Print one object on one line; infinite numbers are refused, not invented."""
    print(json.dumps(content, allow_nan=False, default=str), flush=True)


def error(text: str) -> None:
    """Print one line about what went wrong, whatever ``text`` holds."""
    print(f"{PROGRAM}: {' '.join(text.split())}", file=sys.stderr, flush=True)


def fault(found: BaseException) -> str:
    """Return the line on an error that is a fault of the program."""
    return _ask_for_report(describe_unexpected(found))


def _ask_for_report(text: str) -> str:
    return (
        f"{text}. This is a fault of {PROGRAM}: please report it with what "
        f"`{PROGRAM} --debug ...` prints."
    )


def traceback_if_debugging(found: str | None = None) -> None:
    """Print a traceback if --debug was given.

    Args:
        found: The traceback; None means that of the error that is being handled.
    """
    if os.environ.get(DEBUG_VARIABLE, "0") not in {"", "0"}:
        print(found or traceback.format_exc(), file=sys.stderr, flush=True)


class ConvertReport:
    """What ``convert`` says.

    Args:
        is_json: One object a line instead of text.
        is_quiet: Nothing but errors (and objects, if asked for).
        is_openjd: Progress and errors in the words of Open Job Description too.
    """

    def __init__(
        self, *, is_json: bool, is_quiet: bool, is_openjd: bool = False
    ) -> None:
        self.is_json, self.is_quiet, self.is_openjd = is_json, is_quiet, is_openjd

    def plate(self, outcome: Outcome) -> None:
        """Tell what became of one plate."""
        if (message := _error_of(outcome)) is not None:
            error(message)
        if outcome.traceback is not None:
            traceback_if_debugging(outcome.traceback)
        if self.is_json:
            json_line(_as_json(outcome))
        elif not self.is_quiet and outcome.error is None:
            line(_as_text(outcome))

    def summary(self, summary: Summary) -> None:
        """Tell what became of all plates."""
        statuses: tuple[Status, ...] = ("done", "planned", "skipped", "failed")
        counts: dict[str, int] = {name: summary.count(name) for name in statuses}
        peak = peak_memory_gib()
        if self.is_json:
            numbers = {
                "seconds": summary.seconds,
                "megapixels": summary.megapixels,
                "megapixels_per_s": summary.megapixels_per_s,
                "peak_memory_gib": peak,
            }
            json_line(
                {
                    "event": "summary",
                    **counts,
                    **{name: _rounded(value) for name, value in numbers.items()},
                    "exit_code": exit_codes.exit_code(summary),
                }
            )
        elif (
            not self.is_quiet
            and exit_codes.exit_code(summary) != exit_codes.NOTHING_DONE
        ):
            told = [f"{count} {status}" for status, count in counts.items() if count]
            if summary.megapixels:
                told.append(f"{summary.seconds:.1f} s")
                told.append(f"{summary.megapixels_per_s:.2f} megapixels/s")
                told.append("" if peak is None else f"peak memory {peak:.2f} GiB")
            line(", ".join(part for part in told if part) or "nothing done")
        if summary.is_terminated:
            error("terminated: what was finished is kept, run again for the rest.")


class Bar:
    """Where progress is told.

    Args:
        draw: Shows how many plates are done, and how fast; None: nobody does.
    """

    def __init__(self, draw: Callable[[float, str], None] | None = None) -> None:
        self._draw = draw
        self._speed = ""

    def update(self, n_done: float, *, megapixels_per_s: float | None = None) -> None:
        """Tell how many plates are done, in part too, and how fast if that is new."""
        if megapixels_per_s:
            self._speed = f"{megapixels_per_s:.2f} megapixels/s"
        if self._draw is not None:
            self._draw(n_done, self._speed)


def _openjd_bar(n_plates: int) -> Bar:
    """Return a bar that tells a farm each percent that is done."""
    told = [-1]

    def draw(n_done: float, speed: str) -> None:
        percent = int(100 * n_done / n_plates)
        if percent != told[0]:
            told[0] = percent
            line(f"openjd_progress: {percent}")
            line(f"openjd_status: {n_done:.1f} of {n_plates} plates {speed}".rstrip())

    return Bar(draw)


@contextmanager
def progress_bar(
    n_plates: int, *, is_shown: bool, is_openjd: bool = False
) -> Iterator[Bar]:
    """Give a bar on stderr; one that says nothing where that is no terminal.

    Args:
        n_plates: How many plates there are.
        is_shown: False: say nothing.
        is_openjd: Tell lines of Open Job Description on stdout instead.
    """
    if is_openjd:
        yield _openjd_bar(n_plates)
        return
    if not is_shown or not sys.stderr.isatty():
        yield Bar()
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.BarColumn(),
        progress.TextColumn("{task.completed:.1f} of {task.total:.0f} plates"),
        progress.TextColumn("{task.description}"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(
        *columns,
        console=Console(stderr=True),
        # Results in a pipe must not be drawn into the bar's stream.
        redirect_stdout=sys.stdout.isatty(),
    ) as shown:
        task = shown.add_task("", total=n_plates)

        def draw(n_done: float, speed: str) -> None:
            shown.update(task, completed=n_done, description=speed)

        yield Bar(draw)


def _as_text(outcome: Outcome) -> str:
    """Return one line on a plate that did not fail."""
    if (result := outcome.result) is None:
        return f"{outcome.status}: {outcome.plate} -> {outcome.output}"
    parts = [
        f"{outcome.plate} -> {outcome.output}: {result.width}x{result.height}",
        f"{result.clipped_percent:.2f} % clipped",
        f"brightest {result.brightest:.4g}",
        f"{result.depth} ({result.depth_reason})",
    ]
    if result.violations is not None:
        tolerance = f" within {result.tolerance_codes:g} codes"
        kept = tolerance if result.tolerance_codes else ""
        parts.append(f"{result.violations} re-shoot violations{kept}")
    parts.append(f"{result.plate_space} -> {result.working_space}")
    parts.append(f"{result.seconds:.1f} s")
    return ", ".join(parts) + (f" [{'; '.join(result.notes)}]" if result.notes else "")


def _as_json(outcome: Outcome) -> Json:
    """Return the object of one plate."""
    told: dict[str, object] = {
        "event": "plate",
        "plate": str(outcome.plate),
        "output": str(outcome.output),
        "status": outcome.status,
    }
    if (message := _error_of(outcome)) is not None:
        told["error"] = message
    if outcome.result is not None:
        result = asdict(outcome.result)
        result["previews"] = [str(path) for path in outcome.result.previews]
        told |= {name: result[name] for name in result if name not in told}
    return told


def _error_of(outcome: Outcome) -> str | None:
    """Return the line on a plate that failed; None: it did not."""
    if outcome.error is None or outcome.traceback is None:
        return outcome.error
    return _ask_for_report(outcome.error)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def peak_memory_gib() -> float | None:
    """Return the most memory this process has held, in GiB; None: not known."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Bytes on macOS, KiB elsewhere.
    return float(peak) / (2**30 if sys.platform == "darwin" else 2**20)


def plate_info(found: "PlateInfo", *, is_json: bool) -> None:
    """Tell what is in a plate."""
    curve = found.curve_values()
    if is_json:
        told = asdict(found)
        told["inverse_crf"] = {f"{at:g}": round(v, 6) for at, v in curve.items()}
        told["srgb_rmse"] = round(found.srgb_rmse, 6)
        json_line({"event": "info", **told})
        return
    rows = {
        "plate": f"{found.path}, {found.width}x{found.height}",
        "bits": "float" if found.bits is None else str(found.bits),
        "alpha": "yes" if found.has_alpha else "no",
        "lossy": "no" if found.lossy_quality is None else f"q {found.lossy_quality}",
        "clipped": f"{found.clipped_percent:.2f} % of pixels",
        "panorama": ("yes, " if found.is_panorama else "no, ") + found.panorama_reason,
        "inverse CRF": ", ".join(f"{at:g}: {v:.4f}" for at, v in curve.items()),
        "from sRGB": f"{found.srgb_rmse:.4f} RMS",
        "color space": f"{found.plate_space}, clips at {found.clip_level:.4g}",
        "notes": found.notes or "none",
    }
    for name, value in rows.items():
        line(f"{name:<12} {value}")


def camera(
    estimate: "CameraEstimate", folder: Path, files: Sequence[str], *, is_json: bool
) -> None:
    """Tell which camera was estimated, and where its files are."""
    spread = float((estimate.spread**2).mean() ** 0.5)
    told = {
        "frames": len(estimate.frames),
        "spread_rms": round(spread, 6),
        "plate_space": estimate.colors.assumed,
        "interop_id": estimate.space.interop_id,
        "folder": str(folder),
        "files": list(files),
        "notes": list(estimate.notes),
    }
    if is_json:
        json_line({"event": "crf", **told})
        return
    for name, value in told.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        line(f"{name:<12} {shown}")
