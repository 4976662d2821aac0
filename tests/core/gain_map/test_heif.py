"""Gain maps of HEIC and AVIF: tmap, and Apple's auxiliary picture.

Both pictures are coded by pillow-heif or SVT-AV1; only the boxes around them are made
here, as no library writes them.
"""

import struct

import numpy as np
import pytest

from hdr_core.errors import PlateError
from hdr_core.gain_map import iso, xmp
from hdr_core.headers.boxes import boxes
from hdr_core.headers.heif import read_heif_items
from hdr_core.io.read import read_plate
from tests.core.gain_map.conftest import APPLE_XMP, formula

pillow_heif = pytest.importorskip("pillow_heif")
av = pytest.importorskip("av")
NCLX = b"nclx" + struct.pack(">HHHB", 1, 13, 1, 0x80)
APPLE = b"urn:com:apple:photo:2020:aux:hdrgainmap"


def box(kind, body):
    return struct.pack(">I", len(body) + 8) + kind + body


def full(kind, body, flags=0, version=0):
    return box(kind, struct.pack(">I", version << 24 | flags) + body)


def container(brand, items, references):
    """Return a HEIF file.

    Args:
        brand: Its brand.
        items: (kind, bytes, properties as boxes) of each; the first is the primary.
        references: (kind, from, to) by the numbers of items, from 1.
    """
    head = box(b"ftyp", brand + bytes(4) + brand + b"mif1miaf")

    def meta(start):
        places = infos = held = links = b""
        at, n_held = start, 0
        for number, (kind, data, properties) in enumerate(items, 1):
            places += struct.pack(">HHHII", number, 0, 1, at, len(data))
            at += len(data)
            name = b"\0application/rdf+xml\0" if kind == b"mime" else b"\0"
            entry = struct.pack(">HH4s", number, 0, kind) + name
            infos += full(b"infe", entry, version=2, flags=number != 1)
            held += b"".join(properties)
            own = range(n_held + 1, n_held + len(properties) + 1)
            links += struct.pack(">HB", number, len(own)) + bytes(own)
            n_held += len(properties)
        body = full(b"hdlr", bytes(4) + b"pict" + bytes(13))
        body += full(b"pitm", struct.pack(">H", 1))
        body += full(b"iloc", struct.pack(">BBH", 0x44, 0, len(items)) + places)
        body += full(b"iinf", struct.pack(">H", len(items)) + infos)
        refs = b"".join(
            box(kind, struct.pack(f">HH{len(to)}H", at_, len(to), *to))
            for kind, at_, to in references
        )
        body += full(b"iref", refs)
        ipma = full(b"ipma", struct.pack(">I", len(items)) + links)
        return full(b"meta", body + box(b"iprp", box(b"ipco", held) + ipma))

    n_head = len(head) + len(meta(0)) + 8
    return head + meta(n_head) + box(b"mdat", b"".join(data for _, data, _ in items))


@pytest.fixture
def coded_heic(tmp_path):
    """Give kind, bytes and properties of codes that x265 coded without loss."""

    def code(codes):
        height, width = codes.shape[:2]
        mode = "L" if codes.ndim == 2 else "RGB"
        picture = pillow_heif.from_bytes(mode, (width, height), codes.tobytes())
        chroma = "420" if mode == "L" else "444"
        path = tmp_path / "part.heic"
        matrix = 0 if mode == "RGB" else 1
        picture.save(path, quality=-1, chroma=chroma, matrix_coefficients=matrix)
        held = read_heif_items(path)
        wanted = {"hvcC", "ispe", "pixi", "clap"}
        kept = [p for p in held.properties[held.primary] if p[0] in wanted]
        nclx = [d for k, d in held.properties[held.primary] if k == "colr"]
        properties = [box(kind.encode(), data) for kind, data in kept]
        properties += [box(b"colr", data) for data in nclx]
        return b"hvc1", held.read(held.primary), properties

    return code


@pytest.fixture
def coded_avif(tmp_path):
    """Give kind, bytes and properties of grey codes that SVT-AV1 coded."""

    def code(codes):
        grey = codes if codes.ndim == 2 else codes[..., 0]
        path = tmp_path / "part.avif"
        with av.open(str(path), "w", format="avif") as target:
            options = {"crf": "1", "preset": "10"}
            stream = target.add_stream("libsvtav1", 1, options=options)
            stream.width, stream.height = grey.shape[1], grey.shape[0]
            stream.pix_fmt = "yuv420p10le"
            frame = av.VideoFrame(grey.shape[1], grey.shape[0], "yuv420p10le")
            frame.color_range = stream.codec_context.color_range = 2
            for plane in frame.planes:
                held = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)
                held[:] = 512
            luma = np.frombuffer(frame.planes[0], np.uint16)
            luma = luma.reshape(grey.shape[0], -1)
            luma[:, : grey.shape[1]] = np.rint(grey * (1023 / 255))
            for packet in (*stream.encode(frame), *stream.encode()):
                target.mux(packet)
        held = read_heif_items(path)
        wanted = {"av1C", "ispe", "pixi"}
        kept = [p for p in held.properties[held.primary] if p[0] in wanted]
        properties = [box(kind.encode(), data) for kind, data in kept]
        return b"av01", held.read(held.primary), [*properties, box(b"colr", NCLX)]

    return code


@pytest.fixture
def write_tone_map(tmp_path, a_base, a_map):
    def write(code, brand, numbers=None, *, parts=(1, 2)):
        metadata = b"\0" + iso.write_iso(numbers or formula(), 1)
        tone = (b"tmap", metadata, [box(b"colr", NCLX)])
        items = [code(a_base), code(a_map), tone]
        path = tmp_path / ("a.heic" if brand == b"heic" else "a.avif")
        path.write_bytes(container(brand, items, [(b"dimg", 3, parts)]))
        return path

    return write


@pytest.fixture
def write_apple(tmp_path, a_base, a_map, coded_heic):
    def write(packet):
        kind, data, properties = coded_heic(a_map)
        named = [*properties, full(b"auxC", APPLE + b"\0")]
        items = [coded_heic(a_base), (kind, data, named), (b"mime", packet, [])]
        path = tmp_path / "IMG_1.HEIC"
        references = [(b"auxl", 2, (1,)), (b"cdsc", 3, (2,))]
        path.write_bytes(container(b"heic", items, references))
        return path

    return write


class TestToneMap:
    def test_when_a_heic_has_one_then_its_light_is_that_of_the_standard(
        self, write_tone_map, coded_heic, stated_light
    ):
        path = write_tone_map(coded_heic, b"heic")

        found = stated_light(path)[16, [8, 24, 40, 56], 1]

        meant = np.array([0.0513, 0.5029, 1.0, 1.0]) * 2.0 ** np.array([0, 1, 2, 3])
        np.testing.assert_allclose(found, meant, rtol=0.02)
        plate = read_plate(path)
        assert plate.gain_map.kind == "ISO 21496-1"
        assert plate.gain_map.codes.shape == (32, 64, 1)

    def test_when_an_avif_has_one_then_its_light_is_that_of_the_standard(
        self, write_tone_map, coded_avif, stated_light
    ):
        path = write_tone_map(coded_avif, b"avif")

        found = stated_light(path)[16, [8, 24, 40, 56], 1]

        meant = np.array([0.0513, 0.5029, 1.0, 1.0]) * 2.0 ** np.array([0, 1, 2, 3])
        np.testing.assert_allclose(found, meant, rtol=0.03)

    def test_when_its_headroom_is_0_then_one_line_says_so(
        self, write_tone_map, coded_heic
    ):
        path = write_tone_map(coded_heic, b"heic", formula(alternate_headroom=0.0))

        with pytest.raises(PlateError, match="not HDR"):
            read_plate(path)
        assert read_plate(path, gain_map="ignore").gain_map is None

    def test_when_its_map_is_missing_then_one_line_says_so(
        self, write_tone_map, coded_heic
    ):
        path = write_tone_map(coded_heic, b"heic", parts=(1,))

        with pytest.raises(PlateError, match="no picture follows"):
            read_plate(path)


class TestApple:
    def test_when_xmp_states_the_headroom_then_the_map_is_applied(
        self, write_apple, stated_light
    ):
        text = f'{APPLE_XMP} HDRGainMap:HDRGainMapHeadroom="4.0"/>'

        found = stated_light(write_apple(xmp.packet(text)))[16, [8, 56], 1]

        np.testing.assert_allclose(found, [0.0513, 4.0], rtol=0.02)

    def test_when_nothing_states_the_headroom_then_one_line_says_so(self, write_apple):
        path = write_apple(xmp.packet(f"{APPLE_XMP}/>"))

        with pytest.raises(PlateError, match="states its headroom"):
            read_plate(path)


class TestContainer:
    def test_when_boxes_are_made_here_then_they_are_whole(
        self, write_tone_map, coded_heic
    ):
        data = write_tone_map(coded_heic, b"heic").read_bytes()

        assert [kind for kind, _ in boxes(data)] == ["ftyp", "meta", "mdat"]
