"""Decode the frames of a stream, with the alpha that FFmpeg's own decoders drop."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import av
    from av.video.stream import VideoStream

# Decoders that read the alpha beside each packet.
_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


def decode_frames(
    container: "av.container.InputContainer", stream: "VideoStream"
) -> Iterator["av.VideoFrame"]:
    """Yield decoded frames.

    Args:
        container: The open movie.
        stream: Its pictures.
    """
    import av  # noqa: PLC0415 - an extra

    name = _WITH_ALPHA.get(stream.codec_context.name, "")
    if stream.metadata.get("alpha_mode") != "1" or name not in av.codecs_available:
        yield from container.decode(stream)
        return
    context = cast("av.VideoCodecContext", av.CodecContext.create(name, "r"))
    for packet in container.demux(stream):
        yield from context.decode(packet)
