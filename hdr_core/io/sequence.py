"""Sequences of frames: the notations of programs, and the files on disk.

    plate.####.png  plate.@@@@.png      a # or @ for each digit (Nuke, RV)
    plate.%04d.png                      printf
    plate.$F4.png                       Houdini
    plate.1001-1100####.png             with the frames

    1001-1100x2,1110                    frames: ranges, steps (also 1001-1100:2), single

fileseq reads most of it. Two of its defaults differ: a # is one digit here, not four,
and "1-10:3" is 1, 4, 7, 10 as in Open Job Description, not a stagger.
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
    """Files whose names differ by a frame number.

    Attributes:
        pattern: Path with the frame number in one of the notations above.
    """

    pattern: str

    def path(self, frame: int) -> Path:
        """Return the file of a frame."""
        return Path(self.pattern).with_name(self._parsed().frame(frame))

    def frames(self) -> tuple[int, ...]:
        """Return the frames that the pattern names, else those on disk, in order.

        Raises:
            PlateError: The pattern names no frames, and there are none on disk.
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
        """Return the frame number of a file in the folder; None for other files."""
        parsed = self._parsed()
        start, end = re.escape(parsed.basename()), re.escape(parsed.extension())
        found = re.fullmatch(rf"{start}(-?\d+){end}", path.name)
        # A file of another padding is of another sequence.
        if found is None or self.path(int(found[1])).name != path.name:
            return None
        return int(found[1])

    @property
    def stem(self) -> str:
        """Name before the frame number, without its last point, dash or underscore."""
        base = str(self._parsed().basename()).rstrip("._-")
        return base or "frame"

    def named_after(self, folder: Path, ending: str) -> "Sequence":
        """Return the sequence of results: ``folder/stem`` + ``ending``, then the frame.

        Args:
            folder: Folder of the results.
            ending: Text between stem and frame number.
        """
        digits = "#" * self.n_digits
        return Sequence(str(folder / f"{self.stem}{ending}.{digits}.exr"))

    @property
    def n_digits(self) -> int:
        """Least number of digits of a frame number."""
        return max(1, int(self._parsed().zfill()))

    def _parsed(self) -> FileSequence:
        # Without the folder, whose name may have a #.
        return FileSequence(Path(self.pattern).name, pad_style=_DIGITS)


def as_sequence(text: str) -> Sequence | None:
    """Return the sequence that ``text`` names; None if it is the name of one file.

    If a file of this very name exists, with its #, it is one file.

    Args:
        text: Path of a file, or pattern of a sequence.
    """
    name = Path(text).name
    if not _PADDING.search(name) or Path(text).exists():
        return None
    return Sequence(text)


def parse_frames(text: str) -> tuple[int, ...]:
    """Return the frames of a range such as "1001-1100x2,1110", in order, each once.

    Args:
        text: Ranges and single frames, separated by commas.

    Raises:
        OptionError: The text is not a range of frames.
    """
    # A ":" is a step for farms, but a stagger for fileseq.
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
    """Return the sequences of two frames or more and the single files of a folder.

    Args:
        folder: Path of the folder; its folders are ignored.
        suffixes: Suffixes of the files to return, in lower case, with their point.

    Raises:
        PlateError: The folder has no such file.
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
