"""Plates that no camera took, converted by the name of their output transform."""

import copy
import json
from dataclasses import replace

import numpy as np
import PyOpenColorIO
import pytest

from hdr_core.cli.main import run
from hdr_core.color.named_encoding import OWN_NAMES, list_names
from hdr_core.color.ocio import CONFIG
from hdr_core.color.output_transforms import NAMES, find_output_transform
from hdr_core.color.spaces import choose_colors
from hdr_core.errors import ColorError
from hdr_core.io.readback import read_hdr
from hdr_core.options import Options
from hdr_core.plate import COLOR_SOURCE, TAG, Plate
from hdr_core.primaries import PRIMARIES, to_rec709
from hdr_core.reconstruction import reconstruct

# Rendering without stages 1 and 4 leaves what the inverse gives.
PLAIN = ("dequantize", "refine")


def shoot(name, light, bits):
    """Return the codes that a renderer writes with this output transform."""
    max_code = 2**bits - 1
    return np.rint(find_output_transform(name).encode(light) * max_code) / max_code


@pytest.fixture
def a_scene():
    """A slope of light with a colored wall and a lamp that every transform clips."""
    rows, columns = np.mgrid[0:48, 0:64]
    slope = 2.0 ** (columns / 10.0 - 5.0) * (0.6 + rows / 100.0)
    light = slope[..., None] * np.array([1.0, 0.8, 0.6])
    light[30:, :20] *= np.array([0.3, 0.9, 0.5])
    light[8:20, 44:56] = 300.0
    return light


@pytest.fixture
def render(a_scene):
    def make(name, *, bits=8, metadata=None):
        pixels = shoot(name, a_scene, bits).astype(np.float32)
        return Plate(pixels, "encoded", bits=bits, metadata=metadata or {})

    return make


class TestConvert:
    @pytest.mark.parametrize("name", NAMES)
    def test_when_a_render_is_named_then_unclipped_light_is_the_scenes(
        self, a_small_model, render, a_scene, name
    ):
        options = Options("Linear Rec.709 (sRGB)", linearize=name, skip=PLAIN)

        result = reconstruct(render(name), a_small_model, options=options)

        light = result.hdr.pixels
        transform = find_output_transform(name)
        is_open = transform.encode(a_scene).max(axis=-1) < 254.0 / 255.0
        apart = np.abs(transform.encode(light) - transform.encode(a_scene)) * 255.0
        assert result.violations == 0
        assert apart[is_open].max() <= 0.61
        assert is_open.mean() > 0.5
        assert light[8:20, 44:56].min() >= 0.99 * result.colors.clip_level

    @pytest.mark.parametrize("name", ["hable", "aces-hill", "agx"])
    def test_when_stage_1_moves_values_then_no_code_is_lost(
        self, a_small_model, render, name
    ):
        options = Options("ACEScg", linearize=name, exposure_stops=0.7)

        result = reconstruct(render(name), a_small_model, options=options)

        assert result.violations == 0

    @pytest.mark.parametrize(
        ("name", "bits"),
        [
            ("reinhard", 16),
            ("pbr-neutral", 10),
            ("agx", 10),
            pytest.param("pbr-neutral", 16, marks=pytest.mark.slow),
            pytest.param("agx", 16, marks=pytest.mark.slow),
        ],
    )
    def test_when_a_render_has_more_bits_then_its_codes_are_kept(
        self, a_small_model, render, name, bits
    ):
        options = Options("ACEScg", linearize=name)

        result = reconstruct(render(name, bits=bits), a_small_model, options=options)

        assert result.violations == 0

    def test_when_a_render_has_alpha_then_covered_pixels_keep_their_light(
        self, a_small_model, render
    ):
        plate = render("agx")
        alpha = np.linspace(0.2, 1.0, 64, dtype=np.float32) * np.ones((48, 1), "f4")
        options = Options("Linear Rec.709 (sRGB)", linearize="agx", skip=PLAIN)
        premultiplied = replace(
            plate,
            pixels=plate.pixels * alpha[..., None],
            alpha=alpha,
            is_premultiplied=True,
        )

        covered = reconstruct(premultiplied, a_small_model, options=options)
        whole = reconstruct(plate, a_small_model, options=options)

        assert covered.violations == 0
        light = covered.hdr.pixels[:, :40] / alpha[:, :40, None]
        np.testing.assert_allclose(light, whole.hdr.pixels[:, :40], rtol=1e-3)

    def test_when_a_file_is_converted_by_name_then_the_header_says_so(
        self, convert, write_picture, a_scene, tmp_path
    ):
        codes = np.rint(shoot("agx", a_scene, 8) * 255).astype(np.uint8)
        plate = write_picture(tmp_path / "render.png", codes)

        code = convert(plate, "-o", tmp_path / "a.exr", "--linearize", "AgX")

        found = read_hdr(tmp_path / "a.exr")
        assert code == 0
        assert found.header["hdr_core/plate_space"] == "agx"
        assert found.header["hdr_core/violations"] == 0


class TestChoice:
    @pytest.mark.parametrize("name", NAMES)
    def test_when_it_is_asked_for_then_the_note_has_its_title(self, render, name):
        colors = choose_colors(render(name), Options(linearize=name))

        title = find_output_transform(name).title
        assert colors.assumed == name
        assert colors.note.startswith(f"taken as '{name}' ({title}), as asked")

    def test_when_the_file_names_primaries_then_a_curve_takes_them(self, render):
        tagged = {TAG: "srgb_p3d65_scene", COLOR_SOURCE: "cICP"}
        plate = render("hable", metadata=tagged)

        colors = choose_colors(plate, Options(linearize="hable"))

        right = to_rec709(PRIMARIES["p3d65"])
        np.testing.assert_allclose(colors.camera_to_network, right)
        assert "sRGB, primaries of P3-D65), as asked" in colors.note

    def test_when_the_transform_mixes_channels_then_they_do_not_count(self, render):
        tagged = {TAG: "srgb_p3d65_scene", COLOR_SOURCE: "cICP"}
        plate = render("agx", metadata=tagged)

        colors = choose_colors(plate, Options(linearize="agx"))

        assert colors.camera_to_network is None
        assert "in Rec.709: the primaries of P3-D65 do not count" in colors.note

    def test_when_the_config_has_the_name_then_the_config_wins(self, render, tmp_path):
        config = PyOpenColorIO.Config.CreateFromFile(CONFIG)
        space = copy.deepcopy(config.getColorSpace("Gamma 1.8 Encoded Rec.709"))
        space.addAlias("agx")
        config.addColorSpace(space)
        path = tmp_path / "config.ocio"
        path.write_text(config.serialize())
        options = Options(linearize="agx", color_config=str(path))

        colors = choose_colors(render("agx"), options)

        assert colors.assumed == "Gamma 1.8 Encoded Rec.709"

    def test_when_there_is_no_such_name_then_the_error_lists_what_there_is(
        self, render
    ):
        with pytest.raises(ColorError) as error:
            choose_colors(render("agx"), Options(linearize="agxx"))

        assert "no color space 'agxx'" in str(error.value)
        assert f"need no config: {', '.join(OWN_NAMES)}." in str(error.value)


class TestList:
    def test_when_encodings_are_listed_then_each_can_be_chosen(self, render):
        names = list_names()

        assert tuple(names.transforms) + tuple(names.hdr) == OWN_NAMES
        for name in (names.spaces[0], names.spaces[-1], names.views[0]):
            assert (
                choose_colors(render("srgb"), Options(linearize=name)).assumed == name
            )

    @pytest.mark.parametrize("json_flag", [(), ("--json",)], ids=["text", "json"])
    def test_when_info_is_asked_then_no_plate_is_needed(self, capsys, json_flag):
        code = run(["info", "--list-encodings", *json_flag])

        out = capsys.readouterr().out
        assert code == 0
        if json_flag:
            assert json.loads(out)["transforms"]["agx"] == "AgX of Blender, sRGB"
        else:
            assert "\n  agx                AgX of Blender, sRGB\n" in out

    def test_when_info_gets_neither_then_it_says_what_to_do(self, capsys):
        code = run(["info"])

        assert code == 2
        assert "Name one, or choose --list-encodings" in capsys.readouterr().err
