"""Sequences of frames: the ways in which programs write them down, and what is on disk.

    plate.####.png  plate..png      a # or @ for each digit (Nuke, RV)
    plate.%04d.png                      printf
    plate.$F4.png                       Houdini
    plate.1001-1100####.png             with its frames

    1001-1100x2,1110                    frames: ranges, steps (also 1001-1100:2), single

fileseq reads most of it. By default it takes a # for four digits, and a ":" for a
stagger, which for Open Job Description is a step: a farm's "1-10:3" is 1, 4, 7, 10.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from fileseq.constants import PAD_STYLE_HASH1
from fileseq.exceptions import FileSeqException
from fileseq.filesequence import FileSequence
from fileseq.frameset import FrameSet

from hdr_core.errors import OptionError, PlateError

_PADDING = re.compile(r"#+|@+|%\d*d|\$F\d*")
_DIGITS = PAD_STYLE_HASH1


@dataclass(frozen=True)
class Sequence:
    """Files that differ by their frame number.

    Attributes:
        pattern: As it was written.
    """

    pattern: str

    def path(self, frame: int) -> Path:
        """Return the file of a frame."""
        return Path(self.pattern).with_name(self._parsed().frame(frame))

    def frames(self) -> tuple[int, ...]:
        """Return the frames that the pattern names, else those on disk, in order.

        Raises:
            PlateError: There is no such frame on disk.
        """
        named = self._parsed().frameSet()
        if named is not None and len(named):
            return tuple(sorted(int(frame) for frame in named))
        folder = Path(self.pattern).parent
        held = folder.iterdir() if folder.is_dir() else ()
        numbers = {
            frame for path in held if (frame := self._frame_of(path)) is not None
        }
        if not numbers:
            raise PlateError(
                f"{self.pattern}: no such frame on disk. Check the folder, and that "
                "there is one # for each digit."
            )
        return tuple(sorted(number for number in numbers if number is not None))

    def _frame_of(self, path: Path) -> int | None:
        """Return the frame that a file in the folder is; None: it is none."""
        parsed = self._parsed()
        start, end = re.escape(parsed.basename()), re.escape(parsed.extension())
        found = re.fullmatch(rf"{start}(-?\d+){end}", path.name)
        # A file of another padding is of another sequence.
        if found is None or self.path(int(found[1])).name != path.name:
            return None
        return int(found[1])

    @property
    def stem(self) -> str:
        """What comes before the frame number, without its last point or dash."""
        base = str(self._parsed().basename()).rstrip("._-")
        return base or "frame"

    def named_after(self, folder: Path, ending: str) -> "Sequence":
        """Return the sequence of results in a folder: ``stem`` + ending, then frame."""
        digits = "#" * self.n_digits
        return Sequence(str(folder / f"{self.stem}{ending}.{digits}.exr"))

    @property
    def n_digits(self) -> int:
        """Digits of a frame number, at least."""
        return max(1, int(self._parsed().zfill()))

    def _parsed(self) -> FileSequence:
        # Without its folder: that may have a # in its name.
        return FileSequence(Path(self.pattern).name, pad_style=_DIGITS)


def as_sequence(text: str) -> Sequence | None:
    """Return the sequence that ``text`` means; None: it is the name of one file.

    A file that is really called so, with a # in its name, is a file.
    """
    name = Path(text).name
    if not _PADDING.search(name) or Path(text).exists():
        return None
    return Sequence(text)


def parse_frames(text: str) -> tuple[int, ...]:
    """Return the frames of a range such as "1001-1100x2,1110", in order, each once.

    Raises:
        OptionError: It is no range of frames.
    """
    # A step to a farm; to fileseq a stagger, which runs through in another order.
    steps = text.strip().replace(":", "x")
    try:
        frames = {int(frame) for frame in FrameSet(steps)}
    except (FileSeqException, ValueError, TypeError) as error:
        frames = set()
        reason: Exception | None = error
    else:
        reason = None
    if not frames:
        raise OptionError(
            f"frames: cannot read {text!r}. Write 1001-1100, 1001-1100x2 or 1,5,9."
        ) from reason
    return tuple(sorted(frames))


def sequences_in(folder: Path, suffixes: set[str]) -> list[Sequence | Path]:
    """Return what a folder holds, by name: sequences of two frames or more, and files.

    Args:
        folder: Not its folders.
        suffixes: Of files that count, in lower case, with their point.

    Raises:
        PlateError: It holds none.
    """
    names = [
        path.name
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in suffixes and not path.name.startswith(".")
    ]
    if not names:
        raise PlateError(f"{folder}: holds no picture. Name the folder of the frames.")
    found: list[Sequence | Path] = []
    for held in FileSequence.yield_sequences_in_list(names, pad_style=_DIGITS):
        frames = held.frameSet()
        if frames is None or len(frames) < 2:
            found.append(folder / held[0])
            continue
        digits = "#" * max(1, int(held.zfill()))
        name = f"{held.basename()}{digits}{held.extension()}"
        found.append(Sequence(str(folder / name)))
    return sorted(found, key=lambda one: str(getattr(one, "pattern", one)))
