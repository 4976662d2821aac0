"""The report of ``hdr-core convert``."""

import sys
from dataclasses import asdict
from pathlib import Path

from hdr_core.cli import exit_codes, report
from hdr_core.delivery.outcome import Outcome, Status, Summary

STATUSES: tuple[Status, ...] = ("done", "planned", "skipped", "failed")


class ConvertReport:
    """Reports the plates of ``convert`` and their summary.

    Args:
        is_json: Print one JSON object a line instead of text.
        is_quiet: Print only errors, and JSON objects if asked for.
        is_openjd: Print progress as Open Job Description defines.
    """

    def __init__(
        self, *, is_json: bool, is_quiet: bool, is_openjd: bool = False
    ) -> None:
        self.is_json, self.is_quiet, self.is_openjd = is_json, is_quiet, is_openjd

    def left_out(self, path: Path, reason: str) -> None:
        """Report what a folder holds that is not converted."""
        if self.is_json:
            report.json_line(
                {"event": "left_out", "plate": str(path), "reason": reason}
            )
        elif not self.is_quiet:
            report.line(f"left out: {path}: {reason}")

    def plate(self, outcome: Outcome) -> None:
        """Report the outcome of one plate."""
        if (message := _error_of(outcome)) is not None:
            report.error(message)
        if outcome.traceback is not None:
            report.traceback_if_debugging(outcome.traceback)
        if self.is_json:
            report.json_line(_as_json(outcome))
        elif not self.is_quiet and outcome.error is None:
            report.line(_as_text(outcome))

    def summary(self, summary: Summary) -> None:
        """Report the summary of all plates."""
        exit_code = exit_codes.exit_code(summary)
        if self.is_json:
            report.json_line(_summary_as_json(summary))
        elif not self.is_quiet and exit_code != exit_codes.NOTHING_DONE:
            report.line(_summary_as_text(summary))
        if summary.is_terminated:
            report.error(
                "terminated: what was finished is kept, run again for the rest."
            )


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
    if result.gain_map is not None:
        shares = result.light_sources
        parts.append(
            f"light by its gain map ({result.gain_map}), "
            f"{shares['reconstructed']:.2f} % reconstructed above it"
        )
        if result.violations is not None:
            parts.append(f"{result.violations} values off the map by over half a code")
    elif result.violations is not None:
        tolerance = f" within {result.tolerance_codes:g} codes"
        kept = tolerance if result.tolerance_codes else ""
        parts.append(f"{result.violations} re-shoot violations{kept}")
    if result.anchors is not None:
        parts.append(result.anchors)
    if result.pictures:
        parts.append(f"pictures {', '.join(result.pictures.values())}")
    parts.append(f"{result.plate_space} -> {result.working_space}")
    if result.rig is not None:
        parts.append(f"light rig {result.rig}")
    parts.append(f"{result.seconds:.1f} s")
    return ", ".join(parts) + (f" [{'; '.join(result.notes)}]" if result.notes else "")


def _as_json(outcome: Outcome) -> report.Json:
    """Return the JSON object of one plate."""
    content: dict[str, object] = {
        "event": "plate",
        "plate": str(outcome.plate),
        "output": str(outcome.output),
        "status": outcome.status,
    }
    if (message := _error_of(outcome)) is not None:
        content["error"] = message
    if outcome.result is not None:
        result = asdict(outcome.result)
        result["previews"] = [str(path) for path in outcome.result.previews]
        result["rig"] = None if result["rig"] is None else str(result["rig"])
        content |= {name: result[name] for name in result if name not in content}
    return content


def _error_of(outcome: Outcome) -> str | None:
    """Return the line on a plate that failed; None: it did not fail."""
    if outcome.error is None or outcome.traceback is None:
        return outcome.error
    return report.ask_for_report(outcome.error)


def _summary_as_text(summary: Summary) -> str:
    """Return the counts, and the speed if anything was converted."""
    counts = {status: summary.count(status) for status in STATUSES}
    parts = [f"{count} {status}" for status, count in counts.items() if count]
    if summary.megapixels:
        parts.append(f"{summary.seconds:.1f} s")
        parts.append(f"{summary.megapixels_per_s:.2f} megapixels/s")
        if (peak := peak_memory_gib()) is not None:
            parts.append(f"peak memory {peak:.2f} GiB")
    return ", ".join(parts) or "nothing done"


def _summary_as_json(summary: Summary) -> report.Json:
    """Return the JSON object of the summary."""
    peak = peak_memory_gib()
    return {
        "event": "summary",
        **{status: summary.count(status) for status in STATUSES},
        "seconds": round(summary.seconds, 4),
        "megapixels": round(summary.megapixels, 4),
        "megapixels_per_s": round(summary.megapixels_per_s, 4),
        "peak_memory_gib": None if peak is None else round(peak, 4),
        "exit_code": exit_codes.exit_code(summary),
    }


def peak_memory_gib() -> float | None:
    """Return the most memory that this process has held, in GiB; None: not known."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # ru_maxrss is in bytes on macOS, in KiB elsewhere.
    return float(peak) / (2**30 if sys.platform == "darwin" else 2**20)
