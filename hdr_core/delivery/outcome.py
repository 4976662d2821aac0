"""The results of a conversion: one plate's, and all plates'.

Plain data without imports of torch: the commands report them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Status = Literal["done", "planned", "skipped", "failed"]


@dataclass(frozen=True)
class Converted:
    """What was made of one plate.

    Attributes:
        plate: Path of the plate file.
        output: Path of the EXR.
        previews: Paths of the PNGs beside it.
        layers: Paths of the layer files, by the layer's name.
        pictures: Paths of the pictures for HDR displays, by their kind: "uhdr", "png",
            "avif".
        alpha: How the color is multiplied: "none", "straight", "premultiplied".
        width: Number of columns.
        height: Number of rows.
        clipped_percent: Share of the pixels with a channel at clip, in percent.
        brightest: Largest value written, in the working space.
        depth: Number format of the pixels: "half" or "float".
        depth_reason: Why this depth was chosen.
        tolerance_codes: Number of codes by which a re-shot value may be off.
        violations: Number of values in the file that break the promise; None means
            that nothing was promised.
        light_sources: Shares of the pixels by the source of their light, in percent:
            "plate", "gain_map", "reconstructed", "exposures".
        gain_map: The gain map that was used, in words; None means that none was.
        plate_space: Color space that the plate was taken to be in.
        working_space: Color space of the result.
        notes: What was assumed or lost on the way.
        seconds: Time to read, reconstruct and write the plate.
        report: Path of the report beside the EXR; None: not asked for.
        rig: Folder of the light rig; None if there is none.
        anchors: How far anchors moved the curve, in words; None: there were none.
        backend: What ran the networks, "torch" or "onnxruntime".
    """

    plate: Path
    output: Path
    previews: tuple[Path, ...]
    layers: dict[str, str]
    pictures: dict[str, str]
    alpha: Literal["none", "straight", "premultiplied"]
    width: int
    height: int
    clipped_percent: float
    brightest: float
    depth: str
    depth_reason: str
    tolerance_codes: float
    violations: int | None
    light_sources: dict[str, float]
    gain_map: str | None
    plate_space: str
    working_space: str
    notes: tuple[str, ...]
    seconds: float
    report: Path | None = None
    rig: Path | None = None
    anchors: str | None = None
    backend: str = "torch"


@dataclass(frozen=True)
class Outcome:
    """The end of one plate, whether it was converted or not.

    Attributes:
        plate: Path of the plate file.
        output: Path of the result, whether it exists or not.
        status: done, planned (dry run), skipped (the result exists already), failed.
        error: Why it failed, in one line; None means that it did not fail.
        traceback: Traceback of an unexpected error; None for every other outcome.
        result: What was made; None unless ``status`` is done.
    """

    plate: Path
    output: Path
    status: Status
    error: str | None = None
    traceback: str | None = None
    result: Converted | None = None


@dataclass(frozen=True)
class Summary:
    """The outcomes of all plates.

    Attributes:
        outcomes: One for each plate that was reached, in order.
        seconds: Time for all of them.
        is_terminated: A request to stop came before all plates were done.
    """

    outcomes: tuple[Outcome, ...]
    seconds: float
    is_terminated: bool = False

    def count(self, status: Status) -> int:
        """Return how many plates ended with ``status``."""
        return sum(outcome.status == status for outcome in self.outcomes)

    @property
    def megapixels(self) -> float:
        """Size of all plates that were converted, in megapixels."""
        results = [outcome.result for outcome in self.outcomes if outcome.result]
        return sum(result.width * result.height for result in results) / 1e6

    @property
    def megapixels_per_s(self) -> float:
        """Speed over all plates, from file to file; 0 where no time passed."""
        return self.megapixels / self.seconds if self.seconds else 0.0


def describe_unexpected(error: BaseException) -> str:
    """Return one line on an error that is a fault of the program."""
    return f"unexpected {type(error).__name__}: {error}"
