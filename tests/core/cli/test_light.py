"""``hdr-core light``: what it says, and what its calibration writes."""

import json

import numpy as np
import pytest

from hdr_core.cli.main import run
from hdr_core.errors import OptionError
from hdr_core.io.readback import read_hdr
from hdr_core.panorama.irradiance import AXES

HEIGHT, WIDTH = 64, 128


class TestCommand:
    @pytest.fixture
    def a_lit_panorama(self, write_panorama):
        """Visible light of 1 from all sides, and a lamp above with 100."""
        light = np.full((HEIGHT, WIDTH, 3), 0.5)
        light[:2] = 100.0
        return write_panorama(
            light, header={"parameters": json.dumps({"exposure_stops": 0.0})}
        )

    def test_when_asked_then_it_tells_axes_and_sources(
        self, a_lit_panorama, tmp_path, capsys
    ):
        plot = tmp_path / "light.png"

        code = run(["light", str(a_lit_panorama), "--json", "--plot", str(plot)])

        told = json.loads(capsys.readouterr().out)
        assert code == 0
        assert told["ground_lux"] == told["illuminance_lux"]["up"]
        assert set(told["irradiance"]) == set(AXES)
        assert told["sources"][0]["elevation_deg"] == pytest.approx(90.0, abs=1e-6)
        assert plot.read_bytes().startswith(b"\x89PNG")

    def test_when_asked_in_words_then_every_axis_has_a_line(
        self, a_lit_panorama, capsys
    ):
        run(["light", str(a_lit_panorama)])

        names = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
        assert names >= {*AXES, "ground", "panorama", "source"}

    def test_when_calibrated_then_the_ground_reads_so_and_visible_light_stays(
        self, a_lit_panorama, tmp_path, capsys
    ):
        output = tmp_path / "lit.exr"
        options = ["--calibrate-lux", "40", "--unit-nits", "10", "-o", str(output)]

        code = run(["light", str(a_lit_panorama), "--json", *options])

        told = json.loads(capsys.readouterr().out)
        before, after = read_hdr(a_lit_panorama).pixels, read_hdr(output)
        assert code == 0
        assert told["ground_lux"] == pytest.approx(40.0, rel=1e-5)
        np.testing.assert_array_equal(after.pixels[2:], before[2:])
        gain = told["calibration"]["gain"]
        np.testing.assert_allclose(after.pixels[:2], 1.0 + gain * 99.0, rtol=1e-5)
        assert after.header["hdr_core/calibrated_lux"] == 40.0

    def test_when_visible_light_exceeds_the_meter_then_it_is_refused(
        self, a_lit_panorama, tmp_path, capsys
    ):
        output = tmp_path / "lit.exr"

        code = run(
            ["light", str(a_lit_panorama), "--calibrate-lux", "1", "-o", str(output)]
        )

        assert code == 2
        assert "visible light alone gives 1.586 lux" in capsys.readouterr().err
        assert not output.exists()

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ("--calibrate-lux 10", "give both"),
            ("-o out.exr", "give both"),
            ("--calibrate-lux -1 -o out.exr", "must be above 0"),
        ],
    )
    def test_when_options_do_not_go_together_then_one_line_tells(
        self, a_lit_panorama, capsys, options, said
    ):
        code = run(["light", str(a_lit_panorama), *options.split()])

        assert code == 2
        assert said in capsys.readouterr().err

    def test_when_it_was_made_elsewhere_then_nobody_knows_what_was_added(
        self, write_panorama, tmp_path, capsys
    ):
        path = write_panorama(np.ones((HEIGHT, WIDTH, 3)))
        output = tmp_path / "lit.exr"

        run(["light", str(path), "--calibrate-lux", "10", "-o", str(output)])

        assert "not made by hdr-core" in capsys.readouterr().err


class TestFindGain:
    def test_when_nothing_was_added_then_it_is_refused(self):
        from hdr_core.panorama.calibrate import find_gain

        with pytest.raises(OptionError, match="nothing to scale"):
            find_gain(10.0, 1.0, 0.0)
        assert find_gain(10.0, 4.0, 3.0) == 2.0
