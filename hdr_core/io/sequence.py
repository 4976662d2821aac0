"""Sequences of frames: the notations of programs, and the files on disk.

    plate.####.png  plate.@@@@.png      a # or @ for each digit (Nuke, RV)
    plate.%04d.png                      printf
    plate.$F4.png                       Houdini
    plate.1001-1100####.png             with the frames

    1001-1100x2,1110                    frames: ranges, steps (also 1001-1100:2), single

Only the last mark of a name is the frame: ``shot@2x.####.png`` has one mark. The frame
of a file is the number before its suffix. A minus is its sign only at the start of a
name, or after a point or underscore: ``DSC-0001.png`` is frame 1.

fileseq reads ranges of frames. One of its defaults differs: "1-10:3" is 1, 4, 7, 10 as
in Open Job Description, not a stagger.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fileseq.exceptions import FileSeqException
from fileseq.frameset import FrameSet

from hdr_core.errors import OptionError, PlateError

# A single @ is common in names (shot@2x), so it is a mark only before a point.
_MARK = re.compile(r"#+|@@+|@(?=\.)|%\d*d|\$F\d*")
# Frames before the mark, such as 1001-1100x2. They need a range or a list.
_NAMED_FRAMES = re.compile(
    r"(?:(?<=\.)-)?\d+(?:(?:-\d+(?:[x:]\d+)?)?,\d+|-\d+(?:[x:]\d+)?)+$"
)
_NUMBERED = re.compile(r"(?P<base>.*?)(?P<frame>(?:(?<![^._])-)?\d+)(?P<end>\.[^.]+)")


class _Parts(NamedTuple):
    """The parts of a pattern.

    Attributes:
        base: Name before the frame number.
        named: Frames that the pattern names; "" means none.
        n_digits: Least number of characters of a frame number.
        end: Name after the frame number.
    """

    base: str
    named: str
    n_digits: int
    end: str


@dataclass(frozen=True)
class Sequence:
    """Files whose names differ by a frame number.

    Attributes:
        pattern: Path with the frame number in one of the notations above.
    """

    pattern: str

    def path(self, frame: int) -> Path:
        """Return the file of a frame."""
        parts = self._parsed()
        number = str(frame).zfill(parts.n_digits)
        return Path(self.pattern).with_name(f"{parts.base}{number}{parts.end}")

    def frames(self) -> tuple[int, ...]:
        """Return the frames that the pattern names, else those on disk, in order.

        Raises:
            PlateError: The pattern names no frames, and there are none on disk.
        """
        if named := self._parsed().named:
            return parse_frames(named)
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
        return tuple(sorted(numbers))

    def _frame_of(self, path: Path) -> int | None:
        """Return the frame number of a file in the folder; None for other files."""
        parts = self._parsed()
        start, end = re.escape(parts.base), re.escape(parts.end)
        found = re.fullmatch(rf"{start}(-?\d+){end}", path.name)
        # A file of another padding is of another sequence.
        if found is None or self.path(int(found[1])).name != path.name:
            return None
        return int(found[1])

    @property
    def stem(self) -> str:
        """Name before the frame number, without its last point, dash or underscore."""
        return self._parsed().base.rstrip("._-") or "frame"

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
        return self._parsed().n_digits

    def _parsed(self) -> _Parts:
        # Without the folder, whose name may have a #.
        name = Path(self.pattern).name
        mark = list(_MARK.finditer(name))[-1]
        base, named = name[: mark.start()], ""
        if (found := _NAMED_FRAMES.search(base)) is not None:
            base, named = base[: found.start()], found[0]
        digits = re.sub(r"\D", "", mark[0])
        n_digits = int(digits or 1) if mark[0][0] in "%$" else len(mark[0])
        return _Parts(base, named, max(1, n_digits), name[mark.end() :])


def as_sequence(text: str) -> Sequence | None:
    """Return the sequence that ``text`` names; None if it is the name of one file.

    If a file of this very name exists, with its #, it is one file.

    Args:
        text: Path of a file, or pattern of a sequence.
    """
    name = Path(text).name
    if not _MARK.search(name) or Path(text).exists():
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


def frame_number(path: Path) -> int | None:
    """Return the frame number in the name of a file; None if it has none."""
    found = _NUMBERED.fullmatch(path.name)
    return None if found is None else int(found["frame"])


def group(paths: Iterable[Path]) -> list[Sequence | Path]:
    """Return the sequences of two frames or more, and the other files, by name.

    Args:
        paths: Files of one folder.
    """
    found: list[Sequence | Path] = []
    families: dict[tuple[str, str], list[tuple[str, Path]]] = {}
    for path in paths:
        parts = _NUMBERED.fullmatch(path.name)
        if parts is None:
            found.append(path)
        else:
            family = families.setdefault((parts["base"], parts["end"]), [])
            family.append((parts["frame"], path))
    for (base, end), family in families.items():
        for width, held in _by_width(family).items():
            if len(held) < 2:
                found.extend(held)
                continue
            name = f"{base}{'#' * width}{end}"
            found.append(Sequence(str(held[0].with_name(name))))
    return sorted(found, key=lambda one: str(getattr(one, "pattern", one)))


def _by_width(family: list[tuple[str, Path]]) -> dict[int, list[Path]]:
    """Return files by the least width of their numbers: 001 and 1000 belong together.

    Args:
        family: Frame number as written, and file.
    """
    padded = {len(text) for text, _ in family if text.lstrip("-").startswith("0")}
    free = [len(text) for text, _ in family if not text.lstrip("-").startswith("0")]
    groups: dict[int, list[Path]] = {}
    for text, path in family:
        width = len(text)
        if not text.lstrip("-").startswith("0"):
            wider = [known for known in padded if known <= len(text)]
            width = max(wider, default=min(free))
        groups.setdefault(width, []).append(path)
    return groups
