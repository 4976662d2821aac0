"""Output transforms with a name: published points, round trips, ends."""

import numpy as np
import pytest

from hdr_core.camera.responses import inverse_srgb
from hdr_core.color.output_transforms import NAMES, find_output_transform
from hdr_core.color.output_transforms.agx import make_guard_table, make_table
from hdr_core.color.output_transforms.refine import damped_step, refine
from hdr_core.errors import ColorError

CURVES = (
    "srgb",
    "gamma-2.2",
    "gamma-2.4",
    "rec709",
    "reinhard",
    "reinhard-extended",
    "hable",
    "aces-narkowicz",
)
# Light of grey, and of the display, worked out by hand from the published formula.
POINTS = {
    "srgb": (0.2, 0.2),
    "reinhard": (1.0, 0.5),
    "reinhard-extended": (1.0, 1.0625 / 2.0),
    # f(2) = 0.704 / 1.66 - 1/15 and f(11.2) = 19.38 / 24.476 - 1/15.
    "hable": (1.0, 0.357430 / 0.725129),
    "aces-narkowicz": (1.0, 2.54 / 3.16),
    # Grey stays grey in both matrices: 1.024488063 / 1.654761.
    "aces-hill": (1.0, 0.619115),
    # C = p = 0.96, q = 1 - 0.24^2 / 0.44; a grey is q.
    "pbr-neutral": (1.0, 1.0 - 0.0576 / 0.44),
    # ACES 2.0: middle grey is 10 of 100 cd/m2.
    "aces-2.0": (0.18, 0.1),
    # The sigmoid goes through middle grey.
    "agx": (0.18, 0.18),
}
# Light at which grey reaches code 1.
WHITES = {
    "srgb": 1.0,
    "rec709": 1.0,
    "reinhard-extended": 4.0,
    "hable": 11.2 / 2.0,
    # 0.08 H^2 - 0.56 H - 0.14 = 0
    "aces-narkowicz": (0.56 + np.sqrt(0.3584)) / 0.16,
    # 0.016271 v^2 - 0.4083724 v - 0.238171537 = 0
    "aces-hill": 25.668,
    # 6.5 stops above 0.18.
    "aces-1.3": 16.29,
    "filmic": 16.29,
    "aces-2.0": 128.0,
}


def grey(*levels):
    return np.repeat(np.array(levels, float)[:, None], 3, axis=1)


def codes_of(transform, light, max_code=255):
    return np.rint(transform.encode(light) * max_code)


@pytest.fixture
def some_light():
    """Light of 16 stops, of all hues, some of it in one or two channels alone."""
    rng = np.random.default_rng(5)
    light = 2.0 ** rng.uniform(-10, 5, (4000, 1)) * rng.random((4000, 3)) ** 2
    light[:300, 0] = 0.0
    light[300:400, 1:] = 0.0
    return light


class TestPoints:
    @pytest.mark.parametrize("name", POINTS)
    def test_when_light_is_known_then_the_display_shows_what_the_paper_says(self, name):
        light, shown = POINTS[name]

        code = find_output_transform(name).encode(grey(light))[0, 1]

        assert inverse_srgb(code) == pytest.approx(shown, abs=2e-4)

    @pytest.mark.parametrize(
        ("name", "light", "code"),
        [
            ("gamma-2.2", 0.5, 0.5 ** (1 / 2.2)),
            ("gamma-2.4", 0.5, 0.5 ** (1 / 2.4)),
            ("rec709", 0.01, 0.045),
            ("rec709", 0.18, 0.409),
            # Half of the codes is Filmic's middle grey.
            ("filmic", 0.18, 0.5),
            ("filmic", 1.0, 0.807),
        ],
    )
    def test_when_the_curve_is_no_srgb_then_its_codes_are_the_standards(
        self, name, light, code
    ):
        found = find_output_transform(name).encode(grey(light))

        assert found == pytest.approx(code, abs=1e-3)

    def test_when_pbr_neutral_is_below_its_shoulder_then_only_an_offset_is_taken(self):
        # x = 0.08 is the place where both offsets are 0.04.
        codes = find_output_transform("pbr-neutral").encode([0.5, 0.08, 0.08])

        assert inverse_srgb(codes) == pytest.approx([0.46, 0.04, 0.04], abs=1e-6)

    def test_when_hill_gets_red_then_the_matrices_mix_the_channels(self):
        codes = find_output_transform("aces-hill").encode([1.0, 0.0, 0.0])

        # v = (0.59719, 0.076, 0.0284), f(v) = (0.438038, 0.027301, 0.005630)
        red = 1.60475 * 0.438038 - 0.53108 * 0.027301 - 0.07367 * 0.005630
        blue = -0.00327 * 0.438038 - 0.07276 * 0.027301 + 1.07602 * 0.005630
        assert inverse_srgb(codes) == pytest.approx([red, 0.0, blue], abs=2e-5)

    @pytest.mark.parametrize("name", WHITES)
    def test_when_light_is_the_transforms_white_then_its_code_is_1(self, name):
        transform = find_output_transform(name)

        below, at = transform.encode(grey(0.97 * WHITES[name], 1.001 * WHITES[name]))

        assert below.max() < 1.0
        assert at == pytest.approx(1.0, abs=1e-4)
        assert transform.white == pytest.approx(WHITES[name], rel=1e-3)
        np.testing.assert_allclose(transform.decode(grey(1.0)), transform.white)

    def test_when_agx_is_made_then_its_tables_are_complete(self):
        table, guard = make_table(), make_guard_table()

        # Greys of the display are those of the formula: middle grey is node 22.4 of 56.
        middle = np.interp(
            22.4, np.arange(57), table[range(57), range(57), range(57), 1]
        )
        assert middle**2.4 == pytest.approx(0.18, abs=2e-3)
        assert table[37, 37, 37] == pytest.approx(1.0)
        assert np.isfinite(table).all()
        assert np.isfinite(guard).all()


class TestRoundTrip:
    @pytest.mark.parametrize("max_code", [255, 1023])
    @pytest.mark.parametrize("name", NAMES)
    def test_when_greys_are_decoded_then_each_code_comes_back(self, name, max_code):
        transform = find_output_transform(name)
        # Punchy lifts black by 0.35 codes of 8 bits, which is 1.4 of 10 bits.
        least = 2 if name == "agx-punchy" and max_code > 255 else 0
        codes = grey(*range(least, max_code + 1))

        light = transform.decode(codes / max_code, max_code=max_code)

        np.testing.assert_array_equal(codes_of(transform, light, max_code), codes)
        assert (np.diff(light, axis=0) > 0).all()
        assert (light == light[:, :1]).all()

    @pytest.mark.parametrize("name", NAMES)
    def test_when_codes_were_shot_from_light_then_they_come_back(
        self, name, some_light
    ):
        transform = find_output_transform(name)
        codes = codes_of(transform, some_light)

        back = codes_of(transform, transform.decode(codes / 255.0))

        assert (back == codes).all(axis=-1).mean() >= 0.99
        assert len(np.unique(codes, axis=0)) > 2000

    @pytest.mark.parametrize("name", NAMES)
    def test_when_light_is_well_exposed_then_it_comes_back_itself(self, name):
        rng = np.random.default_rng(6)
        light = rng.uniform(0.05, 0.6, (200, 3))
        transform = find_output_transform(name)

        found = transform.decode(transform.encode(light))

        assert found == pytest.approx(light, rel=0.02)

    @pytest.mark.parametrize("name", NAMES)
    def test_when_it_is_a_curve_then_no_channel_changes_another(self, name):
        transform = find_output_transform(name)

        red, all_channels = transform.encode([[0.3, 0.0, 0.0], [0.3, 0.3, 0.3]])

        is_alone = red[0] == pytest.approx(all_channels[0], abs=1e-9)
        assert transform.is_curve == (name in CURVES)
        assert is_alone == (transform.is_curve or name == "filmic")

    @pytest.mark.parametrize("name", ["pbr-neutral", "agx"])
    def test_when_a_plate_repeats_its_colors_then_their_light_is_the_same(
        self, name, some_light
    ):
        transform = find_output_transform(name)
        codes = np.tile(codes_of(transform, some_light[:1500]) / 255.0, (3, 1))

        at_once, alone = transform.decode(codes), transform.decode(codes[:1500])

        assert len(codes) > 4096
        np.testing.assert_allclose(at_once, np.tile(alone, (3, 1)), rtol=1e-6)


class TestEnds:
    @pytest.mark.parametrize(
        ("name", "max_code", "light"),
        [("reinhard", 255, 248.4), ("reinhard", 1023, 998.6)],
    )
    def test_when_no_light_gives_code_1_then_it_is_the_least_that_surely_gives_n(
        self, name, max_code, light
    ):
        transform = find_output_transform(name)

        found = transform.decode(grey(1.0), max_code=max_code)

        assert transform.white == np.inf
        assert found == pytest.approx(light, rel=5e-3)
        assert (codes_of(transform, found, max_code) == max_code).all()
        assert (codes_of(transform, 0.85 * found, max_code) < max_code).all()

    @pytest.mark.parametrize("name", NAMES)
    def test_when_all_channels_are_0_then_there_is_no_light(self, name):
        transform = find_output_transform(name)

        np.testing.assert_array_equal(transform.decode(grey(0.0, -1.0)), 0.0)
        assert codes_of(transform, grey(0.0)).max() == 0.0

    @pytest.mark.parametrize("name", NAMES)
    def test_when_values_are_odd_then_codes_stay_in_range_and_nan_stays(self, name):
        transform = find_output_transform(name)
        odd = np.array([[np.nan, 0.5, 0.5], [np.inf, 1e9, 0.1], [-1.0, -0.1, 0.2]])

        codes, light = transform.encode(odd), transform.decode(odd)

        assert np.isnan(codes).sum() == 1
        assert np.isnan(light).sum() == 1
        assert (codes[1:] >= 0.0).all()
        assert (codes[1:] <= 1.0).all()
        assert np.isfinite(light[1:]).all()

    def test_when_there_is_no_such_name_then_all_names_are_listed(self):
        with pytest.raises(
            ColorError, match=r"'film'\. Choose one of: srgb, gamma-2\.2"
        ):
            find_output_transform("film")


class TestRefine:
    def test_when_the_start_is_off_then_the_light_of_the_codes_is_found(self):
        def encode(light):
            return np.clip(
                light @ np.array([[0.5, 0.1, 0], [0, 0.4, 0.1], [0, 0, 0.3]]), 0, 1
            )

        light = np.array([[0.2, 0.7, 1.3], [1.0, 0.1, 0.4]])

        found = refine(encode, encode(light), light * 1.7 + 0.2, 65535)

        assert found == pytest.approx(light, abs=2e-5)

    def test_when_a_step_is_not_damped_then_it_is_newtons(self):
        jacobian = np.random.default_rng(2).random((3, 5, 3))
        missing = np.random.default_rng(3).random((5, 3))

        step = damped_step(jacobian, missing, np.zeros(5))

        np.testing.assert_allclose(
            np.einsum("cnk,nc->nk", jacobian, step), missing, rtol=1e-6
        )
