"""How far the energy of a source is known: by hand, and through a whole conversion."""

import json
import math

import numpy as np
import pytest

from hdr_core.cli.main import run
from hdr_core.io.write import write_hdr
from hdr_core.panorama.interval import CURVE_STOPS, EnergyInterval, quantiles
from hdr_core.panorama.irradiance import measure_light
from hdr_core.plate import Plate

LN5 = math.log(5.0)


class TestQuantiles:
    def test_80_percent_lie_within_ln_5_scales_but_not_below_the_plate(self):
        luminance, uncertainty = np.array([8.0, 8.0, 2.0]), np.array([1.0, 0.0, 1.0])

        low, median, high = quantiles(luminance, np.ones(3), uncertainty)

        np.testing.assert_allclose(low, [8 * 2**-LN5, 8.0, 1.0])
        np.testing.assert_allclose(median, luminance)
        np.testing.assert_allclose(high, [8 * 2**LN5, 8.0, 2 * 2**LN5])

    def test_when_the_result_is_bold_then_the_interval_stays(self):
        median, uncertainty = np.array([8.0]), np.array([0.5])
        bold = median * 2 ** (0.5 * LN5)

        found = quantiles(bold, np.ones(1), uncertainty, boldness=0.9)

        wanted = quantiles(median, np.ones(1), uncertainty)
        np.testing.assert_allclose(found, wanted)


class TestEnergyInterval:
    def test_when_it_is_scaled_then_no_energy_is_negative(self):
        found = EnergyInterval(1.0, 3.0, 5.0).scaled(2.0, -2.0)

        assert found == EnergyInterval(0.0, 2.0, 6.0)


@pytest.fixture
def a_result(tmp_path):
    """A dim sphere, and a lamp of 64 with 3 stops of added light, a scale of 1."""
    light, gain = np.full((90, 180, 3), 0.1, np.float32), np.zeros((90, 180, 3))
    uncertainty = np.zeros((90, 180))
    lamp = slice(40, 42), slice(60, 62)
    light[lamp], gain[lamp], uncertainty[lamp] = 64.0, 3.0, 1.0

    def write(**header):
        path = tmp_path / "pano.exr"
        write_hdr(
            path,
            Plate(light, "hdr", space="lin_rec709_scene"),
            aovs={
                "gain": gain.astype(np.float32),
                "uncertainty": uncertainty.astype(np.float32),
            },
            header={"version": "1", "parameters": '{"boldness": 0.5}'} | header,
            depth="float",
            overwrite=True,
        )
        return path

    return write


class TestSources:
    def test_when_a_known_encoding_was_used_then_only_added_light_is_uncertain(
        self, a_result
    ):
        (lamp,) = measure_light(a_result()).sources

        assert lamp.interval is not None
        assert lamp.interval.median == pytest.approx(lamp.irradiance)
        assert lamp.interval.low == pytest.approx(lamp.irradiance / 2**LN5, rel=1e-3)
        assert lamp.interval.high == pytest.approx(lamp.irradiance * 2**LN5, rel=1e-3)

    def test_when_the_curve_was_estimated_then_it_is_uncertain_too(self, a_result):
        (known,) = measure_light(a_result()).sources

        (found,) = measure_light(a_result(inverse_crf="...")).sources

        wider = found.interval.high / known.interval.high
        assert wider == pytest.approx(2**CURVE_STOPS)

    def test_when_a_meter_calibrated_it_then_nothing_is_said(self, a_result):
        (lamp,) = measure_light(a_result(calibrated_lux=100.0)).sources

        assert lamp.interval is None

    def test_when_another_program_made_it_then_nothing_is_said(self, write_panorama):
        light = np.full((32, 64, 3), 0.1)
        light[8, 20] = 100.0

        (lamp,) = measure_light(write_panorama(light)).sources

        assert lamp.interval is None

    def test_when_it_is_split_then_the_rig_has_the_interval_in_lux(
        self, a_result, tmp_path, capsys
    ):
        rig = tmp_path / "rig"
        options = ["--unit-nits", "10", "--formats", "json"]

        code = run(["light", str(a_result()), "--split", str(rig), *options])

        (light,) = json.loads((rig / "rig.json").read_text())["lights"]
        interval = light["lux_interval"]
        assert code == 0
        assert interval["median"] == pytest.approx(light["lux"], rel=1e-3)
        assert interval["low"] < light["lux"] / 2.5 < 2.5 * light["lux"]
        assert interval["high"] > 2.5 * light["lux"]
        assert capsys.readouterr().out.count("80 % interval") == 2


class TestBoldness:
    def test_energy_moves_along_the_interval_and_the_interval_stays(
        self, some_weights, tmp_path, write_picture, capsys
    ):
        codes = np.full((64, 128, 3), 60, np.uint8)
        codes[16:24, 40:52] = 255
        write_picture(tmp_path / "room.png", codes)
        found = []
        for boldness in ("0.2", "0.5", "0.8"):
            output = tmp_path / f"room_{boldness}.exr"
            options = ["--panorama", "off", "--boldness", boldness, "--quiet"]
            weights = ["--weights", str(some_weights)]
            plate = str(tmp_path / "room.png")
            assert run(["convert", plate, "-o", str(output), *options, *weights]) == 0
            found.append(measure_light(output).sources[0])
        capsys.readouterr()

        energies = [lamp.irradiance for lamp in found]
        middle = found[1].interval
        assert energies == sorted(set(energies))
        assert middle.low < energies[0] < middle.median < energies[-1] < middle.high
        for lamp in found:
            assert lamp.interval.median == pytest.approx(middle.median, rel=0.02)
