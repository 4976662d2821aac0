"""Results of plates with a gain map: its light is truth, more is added above it."""

from dataclasses import replace

import numpy as np
import pytest

from hdr_core.delivery.light_source import GAIN_MAP, RECONSTRUCTED, light_source
from hdr_core.errors import ColorError, PlateError
from hdr_core.io.read import read_plate
from hdr_core.options import Options
from hdr_core.reconstruction import reconstruct
from tests.core.gain_map.conftest import formula, iso_segment, triple


@pytest.fixture
def a_plate(write_map_file):
    """The map is at its end over the last 16 columns, and the base is white there."""
    return read_plate(write_map_file(iso_segment(formula())))


class TestKnownLight:
    def test_when_it_is_all_that_counts_then_the_result_is_the_files_light(
        self, a_plate, a_small_model, stated_light
    ):
        result = reconstruct(a_plate, a_small_model, Options(gain_map="only"))

        expected = stated_light(a_plate.path)
        np.testing.assert_allclose(result.hdr.pixels, expected, rtol=1e-5, atol=1e-6)
        assert not result.gain.any()
        assert result.violations == 0
        assert result.colors.clip_level == pytest.approx(8.0)

    def test_when_the_map_is_saturated_then_light_is_added_there_alone(
        self, a_plate, a_small_model, stated_light
    ):
        result = reconstruct(a_plate, a_small_model, Options(boldness=0.9))

        known, hdr = stated_light(a_plate.path), result.hdr.pixels
        np.testing.assert_allclose(hdr[:, :44], known[:, :44], rtol=1e-5, atol=1e-6)
        assert (hdr[4:-4, 52:-4] > known[4:-4, 52:-4] * 1.001).all()
        assert result.violations == 0
        source = light_source(result)
        assert (source[:, :44] == GAIN_MAP).all()
        assert (source[4:-4, 52:-4] == RECONSTRUCTED).all()

    def test_when_the_base_is_not_white_there_then_no_light_is_added(
        self, write_map_file, a_base, a_small_model
    ):
        from tests.core.gain_map.conftest import jpeg

        base = jpeg(np.minimum(a_base, 200))
        plate = read_plate(write_map_file(iso_segment(formula()), base=base))

        result = reconstruct(plate, a_small_model, Options(boldness=0.9))

        assert not result.gain.any()

    def test_when_it_is_ignored_then_the_result_is_that_of_the_base(
        self, a_plate, a_small_model
    ):
        base = replace(a_plate, gain_map=None)

        ignored = reconstruct(a_plate, a_small_model, Options(gain_map="ignore"))

        alone = reconstruct(base, a_small_model, Options()).hdr.pixels
        np.testing.assert_array_equal(ignored.hdr.pixels, alone)
        assert ignored.gain_map is None

    def test_when_there_is_no_map_then_only_it_is_an_error(
        self, a_plate, a_small_model
    ):
        with pytest.raises(PlateError, match="has no gain map"):
            reconstruct(
                replace(a_plate, gain_map=None), a_small_model, Options(gain_map="only")
            )

    def test_when_a_curve_is_asked_for_by_name_then_it_decodes_the_base(
        self, a_plate, a_small_model
    ):
        by_config = Options(linearize="srgb_tx", gain_map="only")

        found = reconstruct(
            a_plate, a_small_model, replace(by_config, linearize="srgb")
        )

        expected = reconstruct(a_plate, a_small_model, by_config).hdr.pixels
        np.testing.assert_allclose(found.hdr.pixels, expected, rtol=1e-4, atol=1e-6)

    @pytest.mark.parametrize(
        "view", ["sRGB - Display/ACES 2.0 - SDR 100 nits (Rec.709)", "agx"]
    )
    def test_when_a_view_is_asked_for_then_it_cannot_decode_the_base(
        self, a_plate, a_small_model, view
    ):
        with pytest.raises(ColorError, match="not a curve for each channel"):
            reconstruct(a_plate, a_small_model, Options(linearize=view))


class TestPromise:
    def test_when_a_value_leaves_half_a_code_of_the_map_then_it_is_counted(
        self, a_plate, a_small_model
    ):
        result = reconstruct(a_plate, a_small_model, Options(gain_map="only"))
        half_code = 2.0 ** (3.0 / 510)
        hdr = result.hdr.pixels
        hdr[0, 20] *= half_code**1.5
        hdr[1, 20] /= half_code**1.5
        hdr[2, 20] *= half_code**0.8

        assert result.promise.count_violations(result.hdr, depth="float") == 6

    def test_when_an_open_value_is_brighter_then_it_is_kept(
        self, a_plate, a_small_model
    ):
        result = reconstruct(a_plate, a_small_model, Options(gain_map="only"))
        result.hdr.pixels[16, 58] *= 100.0

        assert result.promise.count_violations(result.hdr, depth="half") == 0

    def test_when_exposure_and_space_change_then_it_is_kept_in_half_floats(
        self, write_map_file, a_small_model
    ):
        numbers = formula(gamma=triple(1.5), base_offset=triple(1 / 64))
        plate = read_plate(write_map_file(iso_segment(numbers)))
        options = Options(working_space="lin_ap1_scene", exposure_stops=-3.0)

        result = reconstruct(plate, a_small_model, options)

        assert result.violations == 0
        assert result.promise.count_violations(result.hdr, depth="half") == 0
