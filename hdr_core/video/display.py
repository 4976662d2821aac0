"""How a frame is meant to be shown: upright, with its pixel aspect, at its time code.

A movie's display matrix maps its stored pixel (x, y) to the place (x', y'):

    x' = a x + c y    y' = b x + d y

Phones write one for every turn of the hand. Turns by 90 degrees and mirrors are done
here; others are left, with a note.
"""

import re
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from hdr_core.plate import Pixels

if TYPE_CHECKING:
    import av
    from av.video.stream import VideoStream

_MATRIX = "DISPLAYMATRIX"
# Most of the smaller parts of a matrix, over its larger ones, in a turn by 90 degrees.
_SMALL = 0.01
_TIME_CODE = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.,])(\d\d)")
# A time code of SMPTE 12M holds 30 frames a second at most.
_MOST_FRAMES = 30


class Turn(NamedTuple):
    """Mirrors and turns that make a frame upright, in this order.

    Attributes:
        is_transposed: Swap rows and columns.
        has_flipped_rows: Then put the last row first.
        has_flipped_columns: Then put the last column first.
    """

    is_transposed: bool = False
    has_flipped_rows: bool = False
    has_flipped_columns: bool = False

    def apply(self, values: Pixels) -> Pixels:
        """Return an image (H, W) or (H, W, C) upright."""
        if self.is_transposed:
            values = values.swapaxes(0, 1)
        if self.has_flipped_rows:
            values = values[::-1]
        if self.has_flipped_columns:
            values = values[:, ::-1]
        return np.ascontiguousarray(values)


# Turns by their angle against the clock.
_QUARTERS = {
    90: Turn(True, has_flipped_rows=True),
    180: Turn(has_flipped_rows=True, has_flipped_columns=True),
    270: Turn(True, has_flipped_columns=True),
}


def turn_of(frame: "av.VideoFrame", notes: list[str]) -> Turn:
    """Return the turn of a frame; add a note if it has one.

    Args:
        frame: The decoded frame.
        notes: Notes of the plate, which are added to.
    """
    try:
        held = frame.side_data.get(_MATRIX)
    except ValueError:
        # PyAV raises for kinds of side data that it does not know. The angle is given
        # all the same, but not whether the frame is mirrored.
        turn = _QUARTERS.get(round(frame.rotation) % 360, Turn())
        if turn != Turn():
            notes.append(f"turned upright by {round(frame.rotation)} degrees")
        return turn
    if held is None:
        return Turn()
    numbers = np.frombuffer(cast("memoryview", held), "<i4").reshape(3, 3)[:2, :2]
    (a, b), (c, d) = numbers.astype(float).tolist()
    straight, across = min(abs(a), abs(d)), min(abs(b), abs(c))
    if max(abs(b), abs(c)) <= _SMALL * straight:
        turn = Turn(has_flipped_rows=d < 0, has_flipped_columns=a < 0)
    elif max(abs(a), abs(d)) <= _SMALL * across:
        turn = Turn(True, has_flipped_rows=b < 0, has_flipped_columns=c < 0)
    else:
        notes.append(f"turned by {frame.rotation} degrees in the player, not here")
        return Turn()
    if turn != Turn():
        notes.append("turned upright, as the movie's display matrix says")
    return turn


def pixel_aspect(stream: "VideoStream", turn: Turn) -> float | None:
    """Return width over height of an upright pixel; None for square or unknown ones."""
    stored = stream.sample_aspect_ratio
    if not stored or stored < 0 or stored == 1:
        return None
    return float(1 / stored if turn.is_transposed else stored)


def interlacing_notes(frame: "av.VideoFrame") -> list[str]:
    """Return a note if a frame holds two fields."""
    if not frame.interlaced_frame:
        return []
    return ["interlaced: each frame holds two moments; deinterlace the movie first"]


def time_code(
    container: "av.container.InputContainer", stream: "VideoStream", number: int
) -> str | None:
    """Return the time code of a frame as two words of SMPTE 12M, in hexadecimal.

    Args:
        container: The open movie.
        stream: Its pictures.
        number: Number of the frame, from 1.

    Returns:
        None if the movie has no time code, or more than 30 frames a second.
    """
    texts = [
        stream.metadata.get("timecode"),
        container.metadata.get("timecode"),
        *(other.metadata.get("timecode") for other in container.streams),
    ]
    found = _TIME_CODE.match(next((text for text in texts if text), ""))
    if found is None or stream.average_rate is None:
        return None
    rate = round(stream.average_rate)
    if not 0 < rate <= _MOST_FRAMES:
        return None
    is_drop = found[4] != ":"
    start = [int(found[place]) for place in (1, 2, 3, 5)]
    return _packed(_after(start, number - 1, rate, is_drop=is_drop), is_drop=is_drop)


def _after(start: list[int], n_frames: int, rate: int, *, is_drop: bool) -> list[int]:
    """Return hours, minutes, seconds and frames after ``n_frames``."""
    hours, minutes, seconds, frames = start
    minutes += 60 * hours
    count = (60 * minutes + seconds) * rate + frames
    if is_drop:
        # Two numbers are left out each minute, but not each tenth minute.
        count -= 2 * (minutes - minutes // 10)
    count += n_frames
    if is_drop:
        tens, rest = divmod(count, 600 * rate - 18)
        count += 18 * tens
        if rest >= 2:
            count += 2 * ((rest - 2) // (60 * rate - 2))
    whole, frames = divmod(count, rate)
    return [whole // 3600 % 24, whole // 60 % 60, whole % 60, frames]


def _packed(parts: list[int], *, is_drop: bool) -> str:
    """Return a time code as two hexadecimal words: decimal digits and flags."""
    word = 0
    for part in parts:
        word = word << 8 | (part // 10) << 4 | part % 10
    return f"{word | is_drop << 6:08x} {0:08x}"
