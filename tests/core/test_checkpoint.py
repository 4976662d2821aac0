"""Weights on disk and back: whole, the same each time, and never by surprise."""

import pickle
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from hdr_core.checkpoint import (
    describe,
    digest,
    load_model,
    save_model,
    trained_modules,
)
from hdr_core.errors import OutputError, WeightsError
from hdr_core.presets import PRESETS
from hdr_core.weights_file import weights_hash

TOLD = {"recipe": "joint", "trains": "linearize hallucinate", "data": "nine scenes"}


@pytest.fixture(autouse=True)
def _a_small_preset(a_small_model, monkeypatch):
    monkeypatch.setitem(PRESETS, "small", a_small_model.config)


@pytest.fixture
def a_model(a_small_model):
    """A small model whose norms have learnt too."""
    for name, tensor in a_small_model.state_dict().items():
        if tensor.is_floating_point() and tensor.ndim == 1 and "curve" not in name:
            nn.init.uniform_(tensor, 0.01, 0.2)
    return a_small_model


@pytest.fixture
def a_weights_file(a_model, tmp_path):
    path = tmp_path / "small.safetensors"
    save_model(a_model, path, metadata=TOLD)
    return path


def rewrite(path, change, **metadata):
    """Write ``path`` anew with its tensors changed, as some other tool might."""
    with safe_open(path, framework="pt") as file:
        told = {**file.metadata(), **metadata}
    save_file(change(load_file(path)), path, metadata=told)


class TestRoundTrip:
    def test_when_saved_and_loaded_then_weights_agree_within_half_precision(
        self, a_model, a_weights_file
    ):
        loaded = load_model(a_weights_file)

        there, back = a_model.state_dict(), loaded.state_dict()
        assert there.keys() == back.keys()
        for name, tensor in there.items():
            torch.testing.assert_close(back[name], tensor, rtol=2**-11, atol=1e-7)

    def test_when_saved_and_loaded_then_curves_and_norms_agree_exactly(
        self, a_model, a_weights_file
    ):
        loaded = load_model(a_weights_file)

        assert torch.equal(loaded.linearize.curve_mean, a_model.linearize.curve_mean)
        for name, tensor in a_model.state_dict().items():
            if tensor.ndim == 1 or "curve" in name:
                assert torch.equal(loaded.state_dict()[name], tensor), name

    def test_when_loaded_then_the_model_is_ready_to_infer(self, a_weights_file):
        model = load_model(str(a_weights_file))

        assert not model.training
        assert model.config is PRESETS["small"]
        assert not any(weight.requires_grad for weight in model.parameters())
        assert all(w.dtype == torch.float32 for w in model.parameters())

    def test_when_loaded_then_results_agree(self, a_model, a_weights_file):
        plate = torch.rand(1, 3, 8, 12)

        with torch.no_grad():
            loaded, original = load_model(a_weights_file)(plate), a_model(plate)

        torch.testing.assert_close(
            loaded.refined, original.refined, rtol=1e-2, atol=1e-3
        )

    def test_when_saved_once_more_then_nothing_is_lost(self, a_weights_file, tmp_path):
        again = tmp_path / "again.safetensors"

        save_model(load_model(a_weights_file), again, metadata=TOLD)

        assert again.read_bytes() == a_weights_file.read_bytes()


class TestSaveModel:
    def test_when_saved_twice_then_the_bytes_are_the_same(self, a_model, tmp_path):
        paths = [tmp_path / f"{i}.safetensors" for i in range(5)]

        for path in paths:
            save_model(a_model, path, metadata=TOLD)

        assert len({weights_hash(path) for path in paths}) == 1

    def test_when_saved_then_the_file_says_what_it_is(self, a_weights_file):
        with safe_open(a_weights_file, framework="pt") as file:
            metadata = file.metadata()

        assert metadata == TOLD | {
            "preset": "small",
            "config": describe(PRESETS["small"]),
            "tensors_sha256": digest(load_file(a_weights_file)),
        }
        assert trained_modules(a_weights_file) == ["linearize", "hallucinate"]

    def test_when_no_module_is_named_then_none_was_trained(self, a_model, tmp_path):
        path = tmp_path / "bare.safetensors"

        save_model(a_model, path)

        assert trained_modules(path) == []

    def test_when_saved_then_large_matrices_are_half_and_the_rest_is_not(
        self, a_weights_file
    ):
        tensors = load_file(a_weights_file)

        halves = {name for name, t in tensors.items() if t.dtype == torch.float16}
        assert "dequantize.unet.last.weight" in halves
        assert not any("curve" in name or "running" in name for name in halves)
        assert not any("num_batches" in name for name in tensors)

    def test_when_saved_then_nothing_else_is_left_in_the_folder(self, a_weights_file):
        assert list(a_weights_file.parent.iterdir()) == [a_weights_file]

    def test_when_the_folder_is_new_then_it_is_made(self, a_model, tmp_path):
        path = tmp_path / "runs" / "one" / "weights.safetensors"

        save_model(a_model, path)

        assert path.is_file()

    @pytest.mark.parametrize(
        "error", [OSError(28, "No space left on device"), KeyboardInterrupt()]
    )
    def test_when_writing_is_cut_short_then_the_old_file_stays_whole(
        self, a_model, a_weights_file, monkeypatch, error
    ):
        before = a_weights_file.read_bytes()

        def write_a_part(path, content):
            with path.open("wb") as file:
                file.write(content[:100])
            raise error

        monkeypatch.setattr(type(a_weights_file), "write_bytes", write_a_part)

        with pytest.raises((OutputError, KeyboardInterrupt)):
            save_model(a_model, a_weights_file)
        assert a_weights_file.read_bytes() == before
        assert list(a_weights_file.parent.iterdir()) == [a_weights_file]

    def test_when_the_path_is_a_folder_then_the_error_is_one_line(
        self, a_model, tmp_path
    ):
        path = tmp_path / "folder"
        path.mkdir()

        with pytest.raises(OutputError, match="folder: cannot write weights") as error:
            save_model(a_model, path)
        assert "\n" not in str(error.value)
        assert list(tmp_path.iterdir()) == [path]

    def test_when_a_file_stands_in_for_the_folder_then_it_is_told(
        self, a_model, tmp_path
    ):
        (tmp_path / "file").write_text("x", encoding="utf-8")

        with pytest.raises(OutputError, match="cannot write weights"):
            save_model(a_model, tmp_path / "file" / "weights.safetensors")


class TestLoadModel:
    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda _: b"", id="empty"),
            pytest.param(lambda _: b"not weights at all", id="text"),
            pytest.param(lambda whole: whole[:-1], id="last byte lost"),
            pytest.param(lambda whole: whole[: len(whole) // 2], id="half lost"),
            pytest.param(lambda whole: whole[:20], id="header lost"),
            pytest.param(lambda whole: whole[:9] + b"}" + whole[10:], id="header bent"),
            pytest.param(lambda _: pickle.dumps({"weight": 1.0}), id="pickle"),
        ],
    )
    def test_when_the_file_is_damaged_then_the_error_is_one_line(
        self, a_weights_file, damage
    ):
        a_weights_file.write_bytes(damage(a_weights_file.read_bytes()))

        with pytest.raises(WeightsError, match=r"damaged or not safetensors") as error:
            load_model(a_weights_file)
        assert str(error.value).startswith(f"{a_weights_file}: ")
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_when_a_weight_is_no_number_then_the_file_is_refused(
        self, a_weights_file, value
    ):
        def spoil(tensors):
            tensors["refine.unet.last.bias"][0] = value
            return tensors

        rewrite(a_weights_file, spoil)

        with pytest.raises(WeightsError, match="NaN or infinite"):
            load_model(a_weights_file)

    def test_when_a_byte_has_changed_then_the_file_is_refused(self, a_weights_file):
        whole = bytearray(a_weights_file.read_bytes())
        whole[-5] ^= 1
        a_weights_file.write_bytes(whole)

        with pytest.raises(WeightsError, match="do not match their digest"):
            load_model(a_weights_file)

    def test_when_a_weight_has_changed_then_the_file_is_refused(self, a_weights_file):
        def change(tensors):
            tensors["refine.unet.last.bias"][0] += 0.25
            return tensors

        rewrite(a_weights_file, change)

        with pytest.raises(WeightsError, match="do not match their digest"):
            load_model(a_weights_file)

    def test_when_a_tensor_is_missing_then_the_file_does_not_fit(self, a_weights_file):
        def drop(tensors):
            del tensors["refine.unet.last.bias"]
            return tensors

        rewrite(a_weights_file, drop)

        with pytest.raises(WeightsError, match="does not fit preset 'small'") as error:
            load_model(a_weights_file)
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize(
        "name", ["stranger.weight", "refine.unet.last.bias"], ids=["new", "shape"]
    )
    def test_when_a_tensor_is_strange_then_the_file_does_not_fit(
        self, a_weights_file, name
    ):
        rewrite(a_weights_file, lambda tensors: tensors | {name: torch.zeros(77)})

        with pytest.raises(WeightsError, match="does not fit preset 'small'"):
            load_model(a_weights_file)

    def test_when_it_is_of_another_program_then_the_preset_is_unknown(self, tmp_path):
        path = tmp_path / "foreign.safetensors"
        save_file({"weight": torch.zeros(3)}, path)

        with pytest.raises(WeightsError, match="made for an unknown preset ''"):
            load_model(path)

    def test_when_the_preset_has_changed_then_the_file_is_of_another_layout(
        self, a_weights_file, monkeypatch
    ):
        changed = replace(PRESETS["small"], curve_from="plate")
        monkeypatch.setitem(PRESETS, "small", changed)

        with pytest.raises(WeightsError, match="another layout of preset 'small'"):
            load_model(a_weights_file)
