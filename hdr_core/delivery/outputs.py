"""Which plates a command names, and where results go: one EXR for each plate."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hdr_core.errors import OptionError, OutputError
from hdr_core.headers.raw_names import RAW_SUFFIXES, can_develop
from hdr_core.io.folder import RESULT_END, list_folder
from hdr_core.io.movie_frames import SUFFIXES as MOVIES
from hdr_core.io.movie_frames import (
    MovieSequence,
    as_shot,
    is_movie,
    movie_frame,
)
from hdr_core.io.sequence import Sequence as FrameSequence
from hdr_core.io.sequence import as_sequence, frame_number, parse_frames

SUFFIX = ".exr"
PICTURES = {
    *(SUFFIX, ".apng", ".avif", ".bmp", ".dib", ".dpx", ".hdr", ".heic", ".heif"),
    *(".gif", ".hif", ".icb", ".jfif", ".jif"),
    *(".jpe", ".jpeg", ".jpg", ".jxl", ".png", ".tga", ".tif", ".tiff", ".tpic"),
    *(".vda", ".vst", ".webp"),
}
STEM_END = RESULT_END


@dataclass(frozen=True)
class Task:
    """One plate and its result.

    Attributes:
        plate: Path of the plate file.
        output: Path of the EXR.
        shot: Index of its shot in ``Plan.shots``; None means that it has no shot.
        frame: Its frame number in the shot.
    """

    plate: Path
    output: Path
    shot: int | None = None
    frame: int = 0


@dataclass(frozen=True)
class Plan:
    """All plates of a command.

    Attributes:
        tasks: One for each result.
        shots: For every shot, the plates by frame number.
        left_out: What the folders hold that is not a plate, each with the reason.
    """

    tasks: list[Task]
    shots: list[dict[int, Path]]
    left_out: list[tuple[Path, str]] = field(default_factory=list)


def report_path(output: Path) -> Path:
    """Return where the report of the result ``output`` lies."""
    return output.with_suffix(".json")


def plan_outputs(plates: Sequence[Path], out: Path, *, frames: str = "") -> Plan:
    """Return the plates to convert, each with its result.

    Args:
        plates: Files, sequences such as plate.####.png, movies, or folders, at least
            one.
        out: A file for one plate, a sequence for one sequence, a folder for several
            plates. A path that is a folder, or without a picture's suffix, means a
            folder.
        frames: Frame numbers of the sequences and movies; "" means those that the
            pattern names, else all frames that exist.

    Raises:
        OptionError: A file is given for several plates, a file is not an EXR, two
            plates have the same result, a result would replace its plate, or frames
            are given for a plate that has none.
        PlateError: No frame of a sequence exists.
    """
    plan = Plan([], [])
    items = [item for plate in plates for item in _expand(plate, plan.left_out)]
    pattern = as_sequence(str(out))
    is_folder = out.is_dir() or out.suffix.lower() not in PICTURES
    if not is_folder and len(items) > 1:
        raise OptionError(
            f"-o {out}: is a file for {len(items)} plates. Name a folder."
        )
    if not is_folder and out.suffix.lower() != SUFFIX:
        raise OptionError(
            f"-o {out}: results are EXR files. Name it {out.stem}{SUFFIX}."
        )
    asked = parse_frames(frames) if frames else ()
    if asked and not any(isinstance(item, FrameSequence) for item in items):
        raise OptionError("frames: no plate is a sequence. Write it as plate.####.png.")
    for item in items:
        if isinstance(item, FrameSequence):
            _add_shot(plan, item, out, asked, pattern if not is_folder else None)
        elif is_folder:
            name = out / f"{item.stem}{STEM_END}{SUFFIX}"
            plan.tasks.append(Task(item, name))
        else:
            name = out if pattern is None else _frame_in(pattern, item)
            plan.tasks.append(Task(item, name))
    _require_distinct(plan.tasks)
    return plan


def _expand(
    plate: Path, left_out: list[tuple[Path, str]]
) -> list[FrameSequence | Path]:
    """Return the pictures and sequences that one argument names."""
    if not plate.is_dir():
        return [as_shot(str(plate)) or plate]
    raws = RAW_SUFFIXES if can_develop() else ()
    listing = list_folder(plate, PICTURES.union(MOVIES, raws))
    left_out += listing.left_out
    return [
        MovieSequence(str(held)) if isinstance(held, Path) and is_movie(held) else held
        for held in listing.plates
    ]


def _frame_in(pattern: FrameSequence, plate: Path) -> Path:
    """Return the result of one picture in a sequence of results.

    Raises:
        OptionError: The name of the plate has no frame number.
    """
    movie = movie_frame(plate)
    number = frame_number(plate) if movie is None else movie[1]
    if number is None:
        raise OptionError(
            f"-o {pattern.pattern}: is a sequence, but {plate} has no frame number. "
            f"Name one file, such as {plate.stem}{STEM_END}{SUFFIX}."
        )
    return pattern.path(number)


def require_shot(plates: Path) -> FrameSequence:
    """Return the sequence or movie that ``plates`` names.

    Raises:
        OptionError: ``plates`` names one picture.
    """
    found = as_shot(str(plates))
    if found is None:
        raise OptionError(
            f"{plates}: is neither a sequence nor a movie. Write it as plate.####.png."
        )
    return found


def _add_shot(
    plan: Plan,
    sequence: FrameSequence,
    out: Path,
    asked: tuple[int, ...],
    pattern: FrameSequence | None,
) -> None:
    """Add the frames of a sequence to a plan."""
    numbers = asked or sequence.frames()
    if pattern is None and out.suffix.lower() == SUFFIX and not out.is_dir():
        if len(numbers) > 1:
            raise OptionError(
                f"-o {out}: is a file for {len(numbers)} frames. Write plate.####.exr."
            )
        results = {numbers[0]: out}
    else:
        results_of = pattern or sequence.named_after(out, STEM_END)
        results = {number: results_of.path(number) for number in numbers}
    shot = len(plan.shots)
    plan.shots.append({number: sequence.path(number) for number in numbers})
    plan.tasks.extend(
        Task(sequence.path(number), results[number], shot, number) for number in numbers
    )


def require_writable(folder: Path) -> None:
    """Raise OutputError unless ``folder`` can be written, or made.

    Check it before any work: a wrong path must not fail after an hour.
    """
    existing = folder.absolute()
    while not existing.exists():
        existing = existing.parent
    if not existing.is_dir():
        raise OutputError(f"{existing}: is a file, not a folder. Choose another -o.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise OutputError(f"{existing}: cannot be written. Choose another -o.")


def _require_distinct(tasks: Sequence[Task]) -> None:
    """Raise OptionError where a result would replace a plate, or another result."""
    output, count = Counter(task.output for task in tasks).most_common(1)[0]
    if count > 1:
        raise OptionError(f"{output}: is the result of {count} plates. Rename one.")
    sources = {task.plate.resolve() for task in tasks}
    for task in tasks:
        if task.output.resolve() in sources:
            raise OptionError(
                f"-o {task.output}: would replace a plate. Name another file."
            )
