"""Read frames of movies as plates, with PyAV (the extra "av").

Video is stored as luma and chroma. Only the matrix that made them gives the camera's
codes back. If a file does not name its matrix, FFmpeg assumes BT.601, which shifts the
colors of today's footage. This module assumes BT.709, and the plate's notes say so.
"""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from hdr_core.errors import PlateError
from hdr_core.headers.text import one_line
from hdr_core.io.lossy import ASSUMED_QUALITY
from hdr_core.io.metadata import Metadata
from hdr_core.plate import COLOR_SOURCE, CURVE, FRAME, NOTES, TAG, Plate
from hdr_core.video.colors import take_colors
from hdr_core.video.display import (
    interlacing_notes,
    pixel_aspect,
    time_code,
    turn_of,
)
from hdr_core.video.frames import decode_frames
from hdr_core.video.samples import Samples, take_samples

if TYPE_CHECKING:
    import av
    from av.video.stream import VideoStream

_LOSSLESS = {"ffv1", "huffyuv", "png", "qtrle", "rawvideo", "utvideo"}


def count_frames(path: Path) -> int:
    """Return how many frames a movie has; decode it if its header does not say.

    Raises:
        PlateError: PyAV is not installed, or the file is not a movie.
    """
    with _open(path) as container:
        stated = _pictures(container).frames
        return stated or sum(1 for _ in _decoded(path, container))


def read_movie(
    path: Path, *, frames: range | list[int], force: bool = False
) -> Iterator[Plate]:
    """Yield frames of a movie as encoded plates.

    Args:
        path: Path of the movie.
        frames: Increasing frame numbers. The first frame is 1, as in Nuke and Blender.
        force: Take PQ and HLG video as the clipped video of a camera.

    Yields:
        One plate for each frame, as ``MovieReader.read`` returns it.

    Raises:
        PlateError: The frames do not increase, or ``MovieReader.read`` fails.
    """
    wanted = list(frames)
    if not wanted or wanted[0] < 1 or sorted(set(wanted)) != wanted:
        raise PlateError(
            f"{path}: frame numbers must increase and start at 1 or higher, found "
            f"{wanted[:3]}."
        )
    with closing(MovieReader(path)) as reader:
        for number in wanted:
            yield reader.read(number, force=force)


class MovieReader:
    """Reads a movie frame by frame; an earlier frame starts from the beginning again.

    Args:
        path: Path of the movie, which is opened when the first frame is read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state = _state_of(path)
        self._container: av.container.InputContainer | None = None
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._place = 0

    def is_of(self, path: Path) -> bool:
        """Return whether this reads ``path``, and the file has not changed since."""
        return path == self.path and _state_of(path) == self._state

    def read(self, number: int, *, force: bool = False) -> Plate:
        """Return a frame as an encoded plate.

        Args:
            number: Number of the frame, from 1.
            force: Take PQ and HLG video as the clipped video of a camera.

        Returns:
            A plate of 8, 10, 12 or 16 bits, as the movie. Values of YUV lie between
            the codes of RGB. ``metadata`` has the frame's number under ``FRAME`` and
            the assumptions under ``NOTES``.

        Raises:
            PlateError: PyAV is not installed, the file is not a movie, is damaged, has
                no such frame, has a matrix that is not known, or is PQ or HLG and not
                forced.
        """
        if self._container is None or number <= self._place:
            self.close()
            self._container = _open(self.path)
            self._frames = _decoded(self.path, self._container)
        try:
            for frame in self._frames:
                self._place += 1
                if self._place == number:
                    return _plate(
                        self.path, self._container, frame, number, force=force
                    )
        except PlateError:
            # After damage, a decoder gives no more frames and no reason.
            self.close()
            raise
        self.close()
        raise PlateError(f"{self.path}: has no frame {number}. Choose fewer --frames.")

    def close(self) -> None:
        """Close the file."""
        if self._container is not None:
            self._container.close()
        self._container, self._frames, self._place = None, iter(()), 0


def read_movie_frame(movie: Path, number: int, *, force: bool = False) -> Plate:
    """Return one frame of a movie; fast if the last frame read was an earlier one.

    Args:
        movie: Path of the movie.
        number: Number of the frame, from 1.
        force: Take PQ and HLG video as the clipped video of a camera.

    Raises:
        PlateError: ``MovieReader.read`` fails.
    """
    reader: MovieReader | None = getattr(_last, "reader", None)
    if reader is None or not reader.is_of(movie):
        if reader is not None:
            reader.close()
        reader = _last.reader = MovieReader(movie)
    return reader.read(number, force=force)


# The last reader of each thread, because a decoder can be used by one thread only.
# Without it, each frame would decode the movie from the start.
_last = threading.local()


def _state_of(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


def _open(path: Path) -> "av.container.InputContainer":
    """Return an open movie that has pictures."""
    try:
        import av  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise PlateError(
            f"{path}: movies need PyAV. Install it with `pip install hdr-core[av]`."
        ) from error
    if not path.is_file():
        raise PlateError(f"{path}: no such file. Check the name.")
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise PlateError(
            f"{path}: not a readable movie ({_reason(error)}). Copy it again."
        ) from error
    if not container.streams.video:
        container.close()
        raise PlateError(f"{path}: has no pictures, only sound. Name another file.")
    # PyAV has no codec context for a codec that it cannot decode.
    context: object = _pictures(container).codec_context
    if context is None:
        container.close()
        raise PlateError(
            f"{path}: its codec cannot be decoded here. Convert it to ProRes or PNG."
        )
    return container


def _pictures(container: "av.container.InputContainer") -> "VideoStream":
    """Return the stream of the film, not that of a cover picture."""
    films = [
        stream
        for stream in container.streams.video
        if "attached_pic" not in (stream.disposition.name or "")
    ]
    return (films or container.streams.video)[0]


def _reason(error: Exception) -> str:
    """Return FFmpeg's reason of an error, or the error's own words."""
    message = str(getattr(error, "strerror", None) or error)
    return one_line(message) or "no reason given"


def _decoded(
    path: Path, container: "av.container.InputContainer"
) -> Iterator["av.VideoFrame"]:
    """Yield decoded frames; raise if FFmpeg reports damage."""
    import av  # noqa: PLC0415 - an extra

    try:
        yield from decode_frames(container, _pictures(container))
    except (av.FFmpegError, ValueError) as error:
        raise PlateError(
            f"{path}: damaged or cut short ({_reason(error)}). Copy it again."
        ) from error


def _plate(
    path: Path,
    container: "av.container.InputContainer",
    frame: "av.VideoFrame",
    number: int,
    *,
    force: bool,
) -> Plate:
    """Return one frame as a plate."""
    stream = _pictures(container)
    colors = take_colors(path, frame, force=force)
    samples = _samples(path, frame, colors.matrix)
    notes = [*colors.notes, *samples.notes, *interlacing_notes(frame)]
    turn = turn_of(frame, notes)
    if frame.is_corrupt:
        notes.append("the frame is damaged, and was repaired by the decoder")
    is_lossless = frame.format.is_rgb and stream.codec_context.name in _LOSSLESS
    if not is_lossless:
        notes.append(f"video, quality not stored: {ASSUMED_QUALITY} assumed")
    metadata: Metadata = {FRAME: number, NOTES: "; ".join(notes)}
    if colors.tag is not None:
        metadata |= {TAG: colors.tag, COLOR_SOURCE: "the stream's primaries"}
    if colors.is_linear:
        metadata[CURVE] = "linear"
    if (aspect := pixel_aspect(stream, turn)) is not None:
        metadata["PixelAspectRatio"] = aspect
    metadata |= _timing(container, stream, number)
    return Plate(
        pixels=turn.apply(samples.rgb),
        state="encoded",
        bits=samples.bits,
        alpha=None if samples.alpha is None else turn.apply(samples.alpha),
        lossy_quality=None if is_lossless else ASSUMED_QUALITY,
        path=path,
        metadata=metadata | {"hdr_core:format": stream.codec_context.name},
    )


def _samples(path: Path, frame: "av.VideoFrame", matrix: int) -> Samples:
    """Return the samples of a frame; raise in one line what FFmpeg cannot convert."""
    try:
        return take_samples(path, frame, matrix=matrix)
    except (OSError, ValueError, KeyError) as error:
        raise PlateError(
            f"{path}: pixel format {frame.format.name} cannot be converted "
            f"({_reason(error)}). Convert the movie to RGB or YUV of 8 to 16 bits."
        ) from error


def _timing(
    container: "av.container.InputContainer", stream: "VideoStream", number: int
) -> Metadata:
    """Return frame rate and time code, as ``take_metadata`` does of pictures."""
    timing: Metadata = {}
    if (rate := stream.average_rate) is not None:
        timing["FramesPerSecond"] = f"{rate.numerator}/{rate.denominator}"
    if (code := time_code(container, stream, number)) is not None:
        timing["smpte:TimeCode"] = code
    return timing
