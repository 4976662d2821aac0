"""PQ and HLG decoded by the formulas of ITU-R BT.2100."""

import numpy as np
import pytest

from hdr_core.color.bt2100 import HLG, HLG_SCENE, NAMES, PQ, bt2100_encoding
from hdr_core.color.encoding import to_network
from hdr_core.color.ocio import CONFIG, open_config
from hdr_core.color.spaces import choose_colors
from hdr_core.options import Options
from hdr_core.plate import Plate


@pytest.fixture
def a_plate():
    pixels = np.random.default_rng(4).random((4, 6, 3), dtype=np.float32)
    return Plate(pixels, "encoded", bits=10)


def greys(name, *codes):
    """Return the light of greys, by the green channel."""
    plate = Plate(np.zeros((1, 1, 3), np.float32), "encoded", bits=10)
    encoding = bt2100_encoding(plate, name, np.eye(3))
    return encoding.decode(np.repeat(np.array(codes)[:, None], 3, axis=1))[:, 1]


class TestLight:
    @pytest.mark.parametrize(
        ("name", "codes", "nits"),
        [
            # BT.2408, table 1: 203 cd/m2 is 58 % of PQ; 75 % of HLG.
            (PQ, (0.0, 0.5806, 0.7518, 1.0), (0.0, 203.0, 1000.0, 10000.0)),
            (HLG, (0.0, 0.75, 1.0), (0.0, 203.0, 1000.0)),
        ],
    )
    def test_when_codes_are_those_of_the_standard_then_so_is_the_light(
        self, name, codes, nits
    ):
        assert greys(name, *codes) * 203.0 == pytest.approx(nits, rel=2e-3)

    def test_when_hlg_is_the_light_of_the_scene_then_half_the_code_is_a_twelfth(self):
        # BT.2100, table 5: E = 1/12 at E' = 1/2, and 1 at 1.
        half, most = greys(HLG_SCENE, 0.5, 1.0)

        assert half / most == pytest.approx(1.0 / 12.0, rel=1e-5)
        assert greys(HLG_SCENE, 0.75) == pytest.approx(1.0, rel=1e-5)

    def test_when_pq_is_compared_then_it_is_opencolorio_s(self, a_plate):
        encoding = bt2100_encoding(a_plate, PQ, np.eye(3))
        theirs = to_network(open_config(CONFIG), "Rec.2100-PQ - Display")

        # OpenColorIO's 1 is 100 cd/m2.
        right = theirs(a_plate.pixels) * (100.0 / 203.0)
        assert encoding.decode(a_plate.pixels) == pytest.approx(right, rel=2e-3)

    def test_when_hlg_light_is_encoded_then_its_codes_come_back(self, a_plate):
        encoding = bt2100_encoding(a_plate, HLG, np.eye(3))

        back = encoding.encode(encoding.decode(a_plate.pixels))

        assert back == pytest.approx(a_plate.pixels, abs=2e-4)


class TestChoice:
    @pytest.mark.parametrize("name", NAMES)
    def test_when_it_is_asked_for_then_the_note_names_it(self, a_plate, name):
        colors = choose_colors(a_plate, Options(linearize=name))

        assert colors.assumed == name
        assert f"taken as '{name}', as asked, which clips at" in colors.note
