"""Movies as sequences: each frame has a name such as ``clip.mov#12``, and is a plate.

So shots, jobs and checks work on movies as they work on sequences of files. Frames are
counted by decoding, not by time: frame 12 is the twelfth picture in every container.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from hdr_core.io.sequence import Sequence, as_sequence

SUFFIXES = (
    *(".3g2", ".3gp", ".avi", ".dv", ".f4v", ".flv", ".m2ts", ".m2v", ".m4v"),
    *(".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".qt"),
    *(".ts", ".vob", ".webm", ".wmv", ".y4m"),
)
_NAME = re.compile(r"(.+)#(\d+)")
FEWEST_DIGITS = 4


def is_movie(path: Path) -> bool:
    """Return whether ``path`` has the suffix of a movie."""
    return path.suffix.lower() in SUFFIXES


@dataclass(frozen=True)
class MovieSequence(Sequence):
    """The frames of a movie.

    Attributes:
        pattern: Path of the movie.
    """

    def path(self, frame: int) -> Path:
        """Return the name of a frame."""
        return Path(f"{self.pattern}#{frame}")

    def frames(self) -> tuple[int, ...]:
        """Return all frames, from 1.

        Raises:
            PlateError: PyAV is not installed, or the file is not a movie.
        """
        # Names alone need no decoder.
        from hdr_core.io.movie import count_frames  # noqa: PLC0415

        return tuple(range(1, count_frames(Path(self.pattern)) + 1))

    @property
    def stem(self) -> str:
        """The name of the movie, without its suffix."""
        return Path(self.pattern).stem

    @property
    def n_digits(self) -> int:
        """Least number of digits of a frame number in the names of results."""
        return FEWEST_DIGITS


def as_shot(text: str) -> Sequence | None:
    """Return the sequence or movie that ``text`` names; None if it is one picture."""
    if movie_frame(Path(text)) is not None:
        return None
    return MovieSequence(text) if is_movie(Path(text)) else as_sequence(text)


def movie_frame(path: Path) -> tuple[Path, int] | None:
    """Return movie and frame of a name such as ``clip.mov#12``; None for others."""
    found = _NAME.fullmatch(path.name)
    if found is None or not is_movie(Path(found[1])) or path.exists():
        return None
    return path.with_name(found[1]), int(found[2])


def file_of(path: Path) -> Path:
    """Return the file of a plate: for a frame of a movie, the movie."""
    found = movie_frame(path)
    return path if found is None else found[0]
