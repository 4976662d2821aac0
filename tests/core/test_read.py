"""A file becomes a plate, or one line on why it cannot."""

import numpy as np
import OpenImageIO as oiio
import pytest
from PIL import Image, ImageCms, ImageOps

from hdr_core.errors import PlateError
from hdr_core.io.lossy import estimate_quality, jpeg_quality
from hdr_core.io.read import NOTES, read_plate
from hdr_core.plate import Window

ULTRAHDR_XMP = (
    b"http://ns.adobe.com/xap/1.0/\0"
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    b'"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


@pytest.fixture
def some_codes():
    return np.random.default_rng(7).integers(0, 256, (5, 7, 4), dtype=np.uint8)


def write(path, samples, kind, *, names=None, window=None, **attributes):
    height, width, channels = samples.shape
    spec = oiio.ImageSpec(width, height, channels, kind)
    if names:
        spec.channelnames = names
    if window:
        spec.x, spec.y = window.x, window.y
        spec.full_x, spec.full_y = window.full_x, window.full_y
        spec.full_width, spec.full_height = window.full_width, window.full_height
    for name, value in attributes.items():
        spec.attribute(name.replace("__", ":"), value)
    target = oiio.ImageOutput.create(str(path))
    assert target.open(str(path), spec), target.geterror()
    assert target.write_image(samples), target.geterror()
    assert target.close()
    return path


def codes_of(plate):
    return np.rint(plate.pixels * np.float32(plate.max_code)).astype(np.int64)


def assert_refused(path, *words, **options):
    with pytest.raises(PlateError) as caught:
        read_plate(path, **options)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(path))
    for word in words:
        assert word in line


class TestCodes:
    @pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "tga"])
    def test_when_a_file_holds_every_8_bit_code_then_each_is_kept(
        self, tmp_path, suffix
    ):
        ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
        path = tmp_path / f"ramp.{suffix}"
        Image.fromarray(ramp).save(path)

        plate = read_plate(path)

        assert plate.bits == 8
        assert plate.pixels.dtype == np.float32
        assert np.array_equal(plate.pixels, (ramp / 255.0).astype(np.float32))
        assert np.array_equal(codes_of(plate), ramp)

    @pytest.mark.parametrize("suffix", ["png", "tif"])
    def test_when_a_file_holds_every_16_bit_code_then_each_is_kept(
        self, tmp_path, suffix
    ):
        ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1).repeat(3, axis=2)

        plate = read_plate(write(tmp_path / f"ramp.{suffix}", ramp, "uint16"))

        assert plate.bits == 16
        assert np.array_equal(plate.pixels, (ramp / 65535.0).astype(np.float32))
        assert np.array_equal(codes_of(plate), ramp)

    @pytest.mark.parametrize("suffix", ["dpx", "tif"])
    @pytest.mark.parametrize("bits", [10, 12])
    def test_when_codes_have_10_or_12_bits_then_each_is_gathered_again(
        self, tmp_path, suffix, bits
    ):
        n = 2**bits
        ramp = np.arange(n, dtype=np.int64).reshape(32, -1, 1).repeat(3, axis=2)
        spread = (ramp << (16 - bits) | ramp >> (2 * bits - 16)).astype(np.uint16)
        path = write(
            tmp_path / f"ramp.{suffix}", spread, "uint16", oiio__BitsPerSample=bits
        )

        plate = read_plate(path)

        assert plate.bits == bits
        assert np.array_equal(codes_of(plate), ramp)
        assert np.array_equal(plate.pixels, (ramp / (n - 1)).astype(np.float32))

    def test_when_a_10_bit_dpx_is_read_then_the_words_on_disk_are_its_codes(
        self, tmp_path
    ):
        ramp = np.arange(1024, dtype=np.uint16).reshape(32, 32, 1).repeat(3, axis=2)
        spread = ramp << 6 | ramp >> 4
        path = write(tmp_path / "a.dpx", spread, "uint16", oiio__BitsPerSample=10)
        raw = path.read_bytes()
        order = ">u4" if raw[:4] == b"SDPX" else "<u4"
        start = int(np.frombuffer(raw[4:8], order)[0])
        words = np.frombuffer(raw[start : start + 4096], order)

        plate = read_plate(path)

        assert np.array_equal(codes_of(plate)[..., 0].ravel(), words >> 22)

    def test_when_an_exr_holds_encoded_floats_then_it_has_no_bits(self, tmp_path):
        values = np.linspace(0, 1, 30, dtype=np.float32).reshape(2, 5, 3)

        plate = read_plate(write(tmp_path / "a.exr", values, "float"))

        assert plate.bits is None
        assert np.array_equal(plate.pixels, values)
        assert "not scene-linear" in plate.metadata[NOTES]

    def test_when_a_plate_is_one_pixel_then_it_is_read(self, tmp_path):
        Image.new("RGB", (1, 1), (1, 2, 3)).save(tmp_path / "a.png")

        plate = read_plate(tmp_path / "a.png")

        assert codes_of(plate).tolist() == [[[1, 2, 3]]]


class TestChannels:
    @pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
    def test_when_a_plate_is_grey_then_it_has_three_equal_channels(
        self, tmp_path, some_codes, suffix
    ):
        Image.fromarray(some_codes[..., 0]).save(tmp_path / f"a.{suffix}")

        plate = read_plate(tmp_path / f"a.{suffix}")

        assert plate.pixels.shape == (5, 7, 3)
        assert (plate.pixels == plate.pixels[..., :1]).all()
        assert plate.alpha is None
        assert "grey" in plate.metadata[NOTES]

    def test_when_grey_has_alpha_then_alpha_is_kept_apart(self, tmp_path, some_codes):
        Image.fromarray(some_codes[..., :2], "LA").save(tmp_path / "a.png")

        plate = read_plate(tmp_path / "a.png")

        assert np.array_equal(codes_of(plate)[..., 2], some_codes[..., 0])
        assert np.array_equal(np.rint(plate.alpha * 255), some_codes[..., 1])

    @pytest.mark.parametrize("suffix", ["png", "tif", "tga", "bmp", "webp"])
    def test_when_alpha_is_straight_then_nothing_is_premultiplied(
        self, tmp_path, some_codes, suffix
    ):
        some_codes[0, :, 3] = 0
        options = {"lossless": True, "exact": True} if suffix == "webp" else {}
        Image.fromarray(some_codes).save(tmp_path / f"a.{suffix}", **options)

        plate = read_plate(tmp_path / f"a.{suffix}")

        assert not plate.is_premultiplied
        assert np.array_equal(codes_of(plate), some_codes[..., :3])
        assert np.array_equal(np.rint(plate.alpha * 255), some_codes[..., 3])

    def test_when_16_bit_alpha_is_straight_then_its_codes_are_kept(
        self, tmp_path, some_codes
    ):
        deep = some_codes.astype(np.uint16) * 211
        path = write(tmp_path / "a.png", deep, "uint16", oiio__UnassociatedAlpha=1)

        plate = read_plate(path)

        assert np.array_equal(codes_of(plate), deep[..., :3])
        assert np.array_equal(np.rint(plate.alpha * 65535), deep[..., 3])

    @pytest.mark.parametrize(("suffix", "kind"), [("exr", "half"), ("tif", "uint8")])
    def test_when_alpha_is_associated_then_the_plate_says_premultiplied(
        self, tmp_path, suffix, kind
    ):
        samples = np.full((2, 3, 4), 0.25, np.float32)

        plate = read_plate(write(tmp_path / f"a.{suffix}", samples, kind))

        assert plate.is_premultiplied
        assert plate.pixels == pytest.approx(0.25, abs=0.002)

    def test_when_an_exr_has_further_channels_then_they_are_noted(self, tmp_path):
        names = ("R", "G", "B", "Z", "diff.R")
        samples = np.full((2, 3, 5), 0.5, np.float32)

        plate = read_plate(write(tmp_path / "a.exr", samples, "half", names=names))

        assert "2 further channels" in plate.metadata[NOTES]

    def test_when_rgb_is_missing_then_the_found_channels_are_named(self, tmp_path):
        names = ("diff.R", "diff.G", "diff.B")
        samples = np.zeros((2, 3, 3), np.float32)

        path = write(tmp_path / "a.exr", samples, "half", names=names)

        assert_refused(path, "diff.R, diff.G, diff.B")

    @pytest.mark.parametrize(
        ("suffix", "mode"), [("jpg", "CMYK"), ("tif", "CMYK"), ("tif", "LAB")]
    )
    def test_when_colors_are_for_print_then_the_plate_is_refused(
        self, tmp_path, suffix, mode
    ):
        path = tmp_path / f"a.{suffix}"
        Image.new(mode, (4, 4)).save(path)

        assert_refused(path, mode, "Convert it to RGB")

    def test_when_samples_are_32_bit_integers_then_the_plate_is_refused(
        self, tmp_path, some_codes
    ):
        path = tmp_path / "a.tif"
        Image.fromarray(some_codes[..., 0].astype(np.int32)).save(path)

        assert_refused(path, "int32", "8 or 16 bits")


class TestWhatRidesAlong:
    @pytest.mark.parametrize("turn", range(1, 9))
    def test_when_exif_turns_a_plate_then_it_stands_upright(
        self, tmp_path, some_codes, turn
    ):
        image = Image.fromarray(some_codes)
        exif = image.getexif()
        exif[0x0112] = turn
        image.save(tmp_path / "a.png", exif=exif)
        with Image.open(tmp_path / "a.png") as stored:
            upright = np.asarray(ImageOps.exif_transpose(stored))

        plate = read_plate(tmp_path / "a.png")

        assert np.array_equal(codes_of(plate), upright[..., :3])
        assert np.array_equal(np.rint(plate.alpha * 255), upright[..., 3])
        assert (f"orientation {turn}" in plate.metadata[NOTES]) == (turn > 1)

    @pytest.mark.parametrize(("suffix", "kind"), [("exr", "half"), ("tif", "uint8")])
    def test_when_data_is_smaller_than_the_display_then_both_windows_are_kept(
        self, tmp_path, suffix, kind
    ):
        window = Window(2, 3, 0, 0, 20, 10)
        samples = np.full((4, 6, 3), 0.5, np.float32)

        plate = read_plate(
            write(tmp_path / f"a.{suffix}", samples, kind, window=window)
        )

        assert plate.window == window

    def test_when_the_image_fills_its_display_then_there_is_no_window(self, tmp_path):
        Image.new("RGB", (4, 4)).save(tmp_path / "a.png")

        assert read_plate(tmp_path / "a.png").window is None

    def test_when_a_dpx_has_a_time_code_then_the_plate_carries_it(self, tmp_path):
        spec = oiio.ImageSpec(4, 4, 3, "uint16")
        spec.attribute("oiio:BitsPerSample", 10)
        spec.attribute("smpte:TimeCode", oiio.TypeTimeCode, (0x01020304, 0))
        target = oiio.ImageOutput.create(str(tmp_path / "a.dpx"))
        assert target.open(str(tmp_path / "a.dpx"), spec)
        assert target.write_image(np.zeros((4, 4, 3), np.uint16))
        assert target.close()

        plate = read_plate(tmp_path / "a.dpx")

        assert plate.metadata["smpte:TimeCode"] == "01020304 00000000"

    def test_when_an_icc_profile_is_not_srgb_then_it_is_named(self, tmp_path):
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
        Image.new("RGB", (4, 4)).save(tmp_path / "a.tif", icc_profile=lab)

        notes = read_plate(tmp_path / "a.tif").metadata[NOTES]

        assert "ICC profile" in notes
        assert "Lab" in notes

    def test_when_an_icc_profile_is_srgb_then_nothing_is_noted(self, tmp_path):
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        Image.new("RGB", (4, 4)).save(tmp_path / "a.png", icc_profile=srgb)

        assert read_plate(tmp_path / "a.png").metadata[NOTES] == ""

    def test_when_a_tiff_has_no_color_tag_then_the_assumption_is_noted(self, tmp_path):
        Image.new("RGB", (4, 4)).save(tmp_path / "a.tif")

        assert "no color space tag" in read_plate(tmp_path / "a.tif").metadata[NOTES]

    def test_when_a_tiff_has_two_pages_then_the_first_is_taken(self, tmp_path):
        pages = [Image.new("RGB", (4, 4), (code,) * 3) for code in (10, 20)]
        pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])

        plate = read_plate(tmp_path / "a.tif")

        assert (codes_of(plate) == 10).all()
        assert "several pictures" in plate.metadata[NOTES]


class TestLossyQuality:
    @pytest.mark.parametrize("quality", [10, 30, 50, 59, 75, 88, 95, 100])
    @pytest.mark.parametrize("mode", ["RGB", "L"])
    def test_when_a_jpeg_has_standard_tables_then_its_quality_is_found(
        self, tmp_path, quality, mode
    ):
        Image.new(mode, (8, 8), 9).save(tmp_path / "a.jpg", quality=quality)

        assert read_plate(tmp_path / "a.jpg").lossy_quality == quality
        assert jpeg_quality(tmp_path / "a.jpg") == quality

    def test_when_tables_are_a_cameras_own_then_the_nearest_quality_is_told(self):
        flat = [4] * 64

        assert 85 <= estimate_quality(flat) <= 99

    def test_when_webp_is_lossy_then_its_quality_is_assumed_and_noted(self, tmp_path):
        Image.new("RGB", (8, 8)).save(tmp_path / "a.webp", quality=90)

        plate = read_plate(tmp_path / "a.webp")

        assert plate.lossy_quality == 75
        assert "75 assumed" in plate.metadata[NOTES]

    @pytest.mark.parametrize("profile", [None, b"p" * 11, b"p" * 12])
    def test_when_webp_is_lossless_then_there_is_no_quality(self, tmp_path, profile):
        path = tmp_path / "a.webp"
        Image.new("RGB", (8, 8)).save(path, lossless=True, icc_profile=profile)

        assert read_plate(tmp_path / "a.webp").lossy_quality is None

    def test_when_a_tiff_holds_jpeg_then_it_counts_as_lossy(self, tmp_path):
        Image.new("RGB", (8, 8)).save(tmp_path / "a.tif", compression="jpeg")

        assert read_plate(tmp_path / "a.tif").lossy_quality == 75

    def test_when_a_file_is_png_then_there_is_no_quality(self, tmp_path):
        Image.new("RGB", (8, 8)).save(tmp_path / "a.png")

        assert read_plate(tmp_path / "a.png").lossy_quality is None


class TestAlreadyHdr:
    @pytest.fixture
    def a_bright_exr(self, tmp_path):
        values = np.array([[[-0.5, 0.25, 9.0]]], np.float32)
        return write(tmp_path / "bright.exr", values, "half")

    @pytest.fixture
    def an_ultrahdr_jpeg(self, tmp_path, some_codes):
        path = tmp_path / "phone.jpg"
        Image.fromarray(some_codes[..., :3]).save(path, quality=90)
        plain = path.read_bytes()
        size = (len(ULTRAHDR_XMP) + 2).to_bytes(2, "big")
        path.write_bytes(plain[:2] + b"\xff\xe1" + size + ULTRAHDR_XMP + plain[2:])
        return path

    def test_when_an_exr_is_above_1_then_it_is_told_so(self, a_bright_exr):
        assert_refused(a_bright_exr, "already HDR", "-0.5 to 9", "left alone")

    def test_when_such_an_exr_is_forced_then_it_is_clipped_and_noted(
        self, a_bright_exr
    ):
        plate = read_plate(a_bright_exr, force=True)

        assert plate.pixels.tolist() == [[[0.0, 0.25, 1.0]]]
        assert "2 values clipped" in plate.metadata[NOTES]

    def test_when_a_dark_exr_is_tagged_linear_then_it_is_told_so(self, tmp_path):
        values = np.full((2, 2, 3), 0.2, np.float32)
        path = write(tmp_path / "a.exr", values, "half", colorInteropID="lin_ap1_scene")

        assert_refused(path, "already HDR", "lin_ap1_scene")

    def test_when_a_file_is_radiance_hdr_then_it_is_told_so(self, tmp_path):
        values = np.full((8, 8, 3), 0.5, np.float32)
        path = write(tmp_path / "a.hdr", values, "float")

        assert_refused(path, "already HDR")
        assert read_plate(path, force=True).pixels == pytest.approx(0.5, abs=0.01)

    def test_when_a_jpeg_has_a_gain_map_then_it_is_told_so(self, an_ultrahdr_jpeg):
        assert_refused(an_ultrahdr_jpeg, "already HDR", "UltraHDR")

    def test_when_such_a_jpeg_is_forced_then_its_base_image_is_read(
        self, an_ultrahdr_jpeg
    ):
        with Image.open(an_ultrahdr_jpeg) as image:
            base = np.asarray(image)

        plate = read_plate(an_ultrahdr_jpeg, force=True)

        assert plate.bits == 8
        assert plate.lossy_quality == 90
        assert np.array_equal(codes_of(plate), base)
        assert "UltraHDR" in plate.metadata[NOTES]

    def test_when_such_a_jpeg_is_cut_and_forced_then_it_is_refused(
        self, an_ultrahdr_jpeg
    ):
        whole = an_ultrahdr_jpeg.read_bytes()
        an_ultrahdr_jpeg.write_bytes(whole[: len(whole) - 60])

        assert_refused(an_ultrahdr_jpeg, "damaged or cut short", force=True)


class TestBadInput:
    def test_when_there_is_no_file_then_it_is_told(self, tmp_path):
        assert_refused(tmp_path / "gone.png", "no such file")

    def test_when_it_is_a_folder_then_it_is_told(self, tmp_path):
        assert_refused(tmp_path, "is a folder")

    @pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.exr", "a.null"])
    def test_when_a_file_is_empty_then_it_is_told(self, tmp_path, name):
        (tmp_path / name).touch()

        assert_refused(tmp_path / name, "0 bytes")

    @pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.exr", "a.txt", "plate"])
    def test_when_it_is_no_picture_then_it_is_told(self, tmp_path, name):
        (tmp_path / name).write_text("dear diary, this is not a picture " * 20)

        assert_refused(tmp_path / name, "not a readable picture")

    def test_when_the_format_holds_no_plates_then_it_is_told(self, tmp_path):
        Image.new("RGB", (4, 4)).save(tmp_path / "a.gif")

        assert_refused(tmp_path / "a.gif", "gif is no plate")

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.995])
    @pytest.mark.parametrize(
        "name", ["a.jpg", "p.jpg", "a.png", "a.tif", "a.bmp", "a.webp", "a.tga"]
    )
    def test_when_a_file_is_cut_short_then_it_is_refused_in_one_line(
        self, tmp_path, capfd, name, share
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
        self, tmp_path, name, share
    ):
        noise = np.random.default_rng(3).random((40, 40, 3), dtype=np.float32)
        path = write(tmp_path / name, noise, "half" if name == "a.exr" else "uint16")
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])

        assert_refused(path)

    def test_when_a_png_is_altered_then_its_checksum_tells(self, tmp_path, some_codes):
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
    def test_when_a_float_is_not_finite_then_it_is_refused(self, tmp_path, bad, force):
        values = np.full((2, 2, 3), 0.5, np.float32)
        values[0, 0, 1] = bad

        path = write(tmp_path / "a.exr", values, "float")

        assert_refused(path, "1 pixel values are NaN or infinite", force=force)
