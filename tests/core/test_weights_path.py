"""Which file of weights a name means, and which file it is."""

import pytest

from hdr_core.errors import WeightsError
from hdr_core.presets import PRESETS
from hdr_core.weights_file import SHIPPED, weights_hash, weights_path


@pytest.fixture(autouse=True)
def _a_small_preset(a_small_model, monkeypatch):
    monkeypatch.setitem(PRESETS, "small", a_small_model.config)


class TestWeightsPath:
    def test_when_a_preset_is_named_then_it_is_the_shipped_file(
        self, monkeypatch, tmp_path
    ):
        monkeypatch.setattr("hdr_core.weights_file.SHIPPED", tmp_path)
        (tmp_path / "small.safetensors").touch()

        assert weights_path("small") == tmp_path / "small.safetensors"

    def test_when_a_preset_has_no_weights_then_the_error_says_what_to_do(self):
        assert not (SHIPPED / "small.safetensors").exists()

        with pytest.raises(WeightsError, match=r"'small': no weights.*--weights"):
            weights_path("small")

    @pytest.mark.parametrize(
        "name", ["none.safetensors", ""], ids=["missing", "folder"]
    )
    def test_when_there_is_no_such_file_then_it_is_told(self, tmp_path, name):
        with pytest.raises(WeightsError, match="no such weights file"):
            weights_path(tmp_path / name)


class TestWeightsHash:
    def test_when_hashed_then_it_is_the_sha_256_of_the_file(self, tmp_path):
        path = tmp_path / "abc"
        path.write_bytes(b"abc")

        # As FIPS 180 prints it.
        assert weights_hash(path).startswith("ba7816bf8f01cfea414140de5dae2223")
