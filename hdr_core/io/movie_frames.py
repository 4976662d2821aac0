"""Movies as sequences: every frame has a name, ``clip.mov#12``, and is a plate.

So what is done with the files of a sequence, a shot, a job, a check, is done with the
frames of a movie. Frames are counted by decoding, never sought by time: what is called
frame 12 is the twelfth picture, in every container.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from hdr_core.io.sequence import Sequence, as_sequence

SUFFIXES = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mxf", ".webm")
_NAME = re.compile(r"(.+)#(\d+)")
FEWEST_DIGITS = 4


def is_movie(path: Path) -> bool:
    """Tell by its name whether ``path`` is a movie."""
    return path.suffix.lower() in SUFFIXES


@dataclass(frozen=True)
class MovieSequence(Sequence):
    """The frames of a movie; ``pattern`` is its file."""

    def path(self, frame: int) -> Path:
        """Return the name of a frame."""
        return Path(f"{self.pattern}#{frame}")

    def frames(self) -> tuple[int, ...]:
        """Return all frames, from 1.

        Raises:
            PlateError: PyAV is not installed, or the file is no movie.
        """
        # Names alone, as help asks for them, need no decoder.
        from hdr_core.io.movie import count_frames  # noqa: PLC0415

        return tuple(range(1, count_frames(Path(self.pattern)) + 1))

    @property
    def stem(self) -> str:
        """The name of the movie, without its suffix."""
        return Path(self.pattern).stem

    @property
    def n_digits(self) -> int:
        """Digits of a frame number in the names of results, at least."""
        return FEWEST_DIGITS


def as_shot(text: str) -> Sequence | None:
    """Return the sequence or movie that ``text`` means; None: it is one picture."""
    if movie_frame(Path(text)) is not None:
        return None
    return MovieSequence(text) if is_movie(Path(text)) else as_sequence(text)


def movie_frame(path: Path) -> tuple[Path, int] | None:
    """Return movie and frame of a name such as ``clip.mov#12``; None: it is none."""
    found = _NAME.fullmatch(path.name)
    if found is None or not is_movie(Path(found[1])) or path.exists():
        return None
    return path.with_name(found[1]), int(found[2])


def file_of(path: Path) -> Path:
    """Return the file that a plate lies in: its own, or its movie."""
    found = movie_frame(path)
    return path if found is None else found[0]
