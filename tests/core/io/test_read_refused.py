"""A file cannot become a plate: one line says why."""

import struct

import numpy as np
import pytest
from PIL import Image

from hdr_core.io.read import read_plate
from hdr_core.plate import NOTES

ULTRAHDR_XMP = (
    b"http://ns.adobe.com/xap/1.0/\0"
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    b'"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


class TestAlreadyHdr:
    @pytest.fixture
    def a_bright_exr(self, tmp_path, write_samples):
        values = np.array([[[-0.5, 0.25, 9.0]]], np.float32)
        return write_samples(tmp_path / "bright.exr", values, "half")

    @pytest.fixture
    def an_ultrahdr_jpeg(self, tmp_path, some_codes):
        path = tmp_path / "phone.jpg"
        Image.fromarray(some_codes[..., :3]).save(path, quality=90)
        plain = path.read_bytes()
        size = (len(ULTRAHDR_XMP) + 2).to_bytes(2, "big")
        path.write_bytes(plain[:2] + b"\xff\xe1" + size + ULTRAHDR_XMP + plain[2:])
        return path

    def test_when_an_exr_is_above_1_then_it_is_told_so(
        self, a_bright_exr, assert_refused
    ):
        assert_refused(a_bright_exr, "already HDR", "-0.5 to 9", "not converted")

    def test_when_such_an_exr_is_forced_then_it_is_clipped_and_noted(
        self, a_bright_exr
    ):
        plate = read_plate(a_bright_exr, force=True)

        assert plate.pixels.tolist() == [[[0.0, 0.25, 1.0]]]
        assert "2 values clipped" in plate.metadata[NOTES]

    def test_when_a_dark_exr_is_tagged_linear_then_it_is_told_so(
        self, tmp_path, write_samples, assert_refused
    ):
        values = np.full((2, 2, 3), 0.2, np.float32)
        path = write_samples(
            tmp_path / "a.exr", values, "half", colorInteropID="lin_ap1_scene"
        )

        assert_refused(path, "already HDR", "lin_ap1_scene")

    def test_when_a_file_is_radiance_hdr_then_it_is_told_so(
        self, tmp_path, write_samples, assert_refused
    ):
        values = np.full((8, 8, 3), 0.5, np.float32)
        path = write_samples(tmp_path / "a.hdr", values, "float")

        assert_refused(path, "already HDR")
        assert read_plate(path, force=True).pixels == pytest.approx(0.5, abs=0.01)

    def test_when_the_base_of_a_gain_map_is_cut_then_it_is_refused(
        self, an_ultrahdr_jpeg, assert_refused
    ):
        whole = an_ultrahdr_jpeg.read_bytes()
        an_ultrahdr_jpeg.write_bytes(whole[: len(whole) - 60])

        assert_refused(an_ultrahdr_jpeg, "damaged or cut short", gain_map="ignore")


class TestRaw:
    @pytest.mark.parametrize(
        "tags", [{50706: bytes([1, 4, 0, 0])}, {262: 34892}], ids=["DNG", "linear raw"]
    )
    def test_when_a_tiff_holds_values_of_a_sensor_then_it_is_to_be_developed(
        self, tmp_path, assert_refused, tags
    ):
        entries = b"".join(
            struct.pack("<HHI4s", tag, 1, 4, value)
            if isinstance(value, bytes)
            else struct.pack("<HHIHH", tag, 3, 1, value, 0)
            for tag, value in tags.items()
        )
        head = b"II*\0" + struct.pack("<IH", 8, len(tags))
        (tmp_path / "a.tif").write_bytes(head + entries + bytes(4))

        assert_refused(tmp_path / "a.tif", "raw file", "Develop it")

    def test_when_the_sensor_lies_in_a_sub_directory_then_it_is_to_be_developed(
        self, tmp_path, assert_refused
    ):
        head = b"II*\0" + struct.pack("<IH", 8, 1)
        first = struct.pack("<HHIII", 330, 4, 1, 26, 0)
        second = struct.pack("<HHHIHHI", 1, 262, 3, 1, 32803, 0, 0)
        (tmp_path / "a.tif").write_bytes(head + first + second)

        assert_refused(tmp_path / "a.tif", "raw file", "Develop it")

    @pytest.mark.parametrize(
        "head",
        [b"FUJIFILMCCD-RAW 0201", b"\0\0\0\x18ftypcrx ", b"IIU\0\x18\0\0\0"],
        ids=["RAF", "CR3", "RW2"],
    )
    @pytest.mark.parametrize("name", ["a", "a.jpg"])
    def test_when_a_raw_file_is_no_tiff_then_its_signature_is_known(
        self, tmp_path, assert_refused, head, name
    ):
        (tmp_path / name).write_bytes(head + bytes(400))

        assert_refused(tmp_path / name, "raw file", "Develop it")

    def test_when_the_suffix_is_a_camera_s_then_its_thumbnail_is_not_taken(
        self, tmp_path, assert_refused
    ):
        Image.new("RGB", (16, 12)).save(tmp_path / "a.tif")
        (tmp_path / "a.tif").rename(tmp_path / "a.NEF")

        assert_refused(tmp_path / "a.NEF", "raw file", "Develop it")

    def test_when_the_first_picture_of_a_tiff_is_reduced_then_it_is_refused(
        self, tmp_path, assert_refused
    ):
        Image.new("RGB", (12, 8)).save(tmp_path / "a.tif", tiffinfo={254: 1})

        assert_refused(tmp_path / "a.tif", "thumbnail of 12x8")

    def test_when_a_later_picture_of_a_tiff_is_reduced_then_the_first_is_read(
        self, tmp_path
    ):
        small = Image.new("RGB", (6, 4))
        small.encoderinfo = {"tiffinfo": {254: 1}}
        Image.new("RGB", (12, 8)).save(
            tmp_path / "a.tif", save_all=True, append_images=[small]
        )

        assert read_plate(tmp_path / "a.tif").width == 12


class TestBadInput:
    def test_when_there_is_no_file_then_it_is_told(self, tmp_path, assert_refused):
        assert_refused(tmp_path / "gone.png", "no such file")

    def test_when_it_is_a_folder_then_it_is_told(self, tmp_path, assert_refused):
        assert_refused(tmp_path, "is a folder")

    @pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.exr", "a.null"])
    def test_when_a_file_is_empty_then_it_is_told(self, tmp_path, name, assert_refused):
        (tmp_path / name).touch()

        assert_refused(tmp_path / name, "0 bytes")

    @pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.exr", "a.txt", "plate"])
    def test_when_it_is_no_picture_then_it_is_told(
        self, tmp_path, name, assert_refused
    ):
        (tmp_path / name).write_text("dear diary, this is not a picture " * 20)

        assert_refused(tmp_path / name, "not a readable picture")

    def test_when_the_format_holds_no_plates_then_it_is_told(
        self, tmp_path, assert_refused
    ):
        Image.new("RGB", (4, 4)).save(tmp_path / "a.ppm")

        assert_refused(tmp_path / "a.ppm", "pnm is not a plate")

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.995])
    @pytest.mark.parametrize(
        "name", ["a.jpg", "p.jpg", "a.png", "a.tif", "a.bmp", "a.webp", "a.tga"]
    )
    def test_when_a_file_is_cut_short_then_it_is_refused_in_one_line(
        self, tmp_path, capfd, name, share, assert_refused
    ):
        noise = np.random.default_rng(3).integers(0, 256, (48, 64, 3), dtype=np.uint8)
        options = {"progressive": True} if name == "p.jpg" else {}
        Image.fromarray(noise).save(tmp_path / name, **options)
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])

        assert_refused(tmp_path / name)
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("name", ["a.exr", "a.dpx"])
    @pytest.mark.parametrize("share", [0.1, 0.5, 0.995])
    def test_when_an_exr_or_dpx_is_cut_short_then_it_is_refused(
        self, tmp_path, name, share, write_samples, assert_refused
    ):
        noise = np.random.default_rng(3).random((40, 40, 3), dtype=np.float32)
        path = write_samples(
            tmp_path / name, noise, "half" if name == "a.exr" else "uint16"
        )
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])

        assert_refused(path)

    def test_when_a_png_is_altered_then_its_checksum_tells(
        self, tmp_path, some_codes, assert_refused
    ):
        Image.fromarray(some_codes).save(tmp_path / "a.png")
        damaged = bytearray((tmp_path / "a.png").read_bytes())
        damaged[len(damaged) // 2] ^= 255
        (tmp_path / "a.png").write_bytes(damaged)

        assert_refused(tmp_path / "a.png", "damaged")

    def test_when_stray_bytes_lie_between_jpeg_markers_then_they_are_noted(
        self, tmp_path
    ):
        Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg")
        whole = (tmp_path / "a.jpg").read_bytes()
        tables = whole.find(b"\xff\xdb")
        (tmp_path / "a.jpg").write_bytes(whole[:tables] + b"xx" + whole[tables:])

        assert "stray bytes" in read_plate(tmp_path / "a.jpg").metadata[NOTES]

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("force", [False, True])
    def test_when_a_float_is_not_finite_then_it_is_refused(
        self, tmp_path, bad, force, write_samples, assert_refused
    ):
        values = np.full((2, 2, 3), 0.5, np.float32)
        values[0, 0, 1] = bad

        path = write_samples(tmp_path / "a.exr", values, "float")

        assert_refused(path, "1 pixel values are NaN or infinite", force=force)
