"""The JPEG of PyTorch beside that of Pillow."""

import numpy as np
import pytest
import torch

from hdr_core.camera.jpeg import jpeg
from hdr_core.camera.torch_jpeg import jpeg_codes


@pytest.fixture
def a_picture():
    """Soft colors with some grain, (3, 70, 90), whole codes."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[0:70, 0:90]
    waves = [np.sin(rows / 9 + k) * np.cos(columns / 13 - k) for k in range(3)]
    picture = 128 + 100 * np.stack(waves) + rng.normal(0, 3, (3, 70, 90))
    return torch.from_numpy(np.rint(picture.clip(0, 255))).float()


class TestJpegCodes:
    @pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
    @pytest.mark.parametrize("quality", [30, 75, 95])
    def test_it_is_pillows_within_rounding(self, a_picture, quality, subsampling):
        wanted = jpeg(a_picture / 255, quality=quality, subsampling=subsampling) * 255

        found = jpeg_codes(
            a_picture, quality=quality, halves_chroma=subsampling == "4:2:0"
        )

        apart = (found - wanted).abs()
        lost = (wanted - a_picture).abs().mean()
        assert found.shape == a_picture.shape
        assert apart.mean() < 0.8
        assert (found - a_picture).abs().mean() == pytest.approx(lost.item(), rel=0.05)

    def test_even_grey_comes_back(self):
        grey = torch.full((3, 16, 24), 77.0)

        assert torch.equal(jpeg_codes(grey, quality=90, halves_chroma=True), grey)
