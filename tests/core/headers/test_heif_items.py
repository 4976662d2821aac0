"""The lists of items in HEIF files."""

import struct

from hdr_core.headers.heif import Grid, is_heif, read_heif_items


class TestItems:
    def test_when_a_grid_is_read_then_it_has_its_rows_and_columns(self, tmp_path):
        path = tmp_path / "a.heic"
        body = struct.pack(">BBBBHH", 0, 0, 2, 3, 4000, 3000)

        def box(kind, content):
            return struct.pack(">I4s", 8 + len(content), kind) + content

        infe = box(b"infe", struct.pack(">B3xHH4s", 2, 7, 0, b"grid"))
        meta = box(b"pitm", struct.pack(">IH", 0, 7))
        meta += box(b"iinf", struct.pack(">IH", 0, 1) + infe)
        meta += box(b"idat", body)
        iloc = struct.pack(">B3xBBHHHHHII", 1, 0x44, 0, 1, 7, 1, 0, 1, 0, len(body))
        meta += box(b"iloc", iloc)
        path.write_bytes(
            box(b"ftyp", b"heic" + bytes(4)) + box(b"meta", bytes(4) + meta)
        )

        held = read_heif_items(path)

        assert is_heif(path)
        assert held.grid(held.primary) == Grid(3, 4, 4000, 3000)

    def test_when_a_movie_is_asked_then_it_is_no_heif(self, tmp_path):
        path = tmp_path / "a.mp4"
        path.write_bytes(
            struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 0, b"mp41", b"iso2")
        )

        assert not is_heif(path)
