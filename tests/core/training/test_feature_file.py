"""``hdr-core weights features``: a state dict of VGG-16 becomes a file of features."""

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from hdr_core.cli.main import run
from hdr_core.errors import TrainingError
from hdr_core.training.feature_file import CHANNELS, wanted_shapes
from hdr_core.training.vgg_features import SCALES, VggFeatures


def a_trunk():
    """VGG-16 up to its third pooling, built as torchvision builds it."""
    layers: list[nn.Module] = []
    channels = 3
    for outputs, n_convolutions in ((64, 2), (128, 2), (256, 3)):
        for _ in range(n_convolutions):
            layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.ReLU()]
            channels = outputs
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


@pytest.fixture(scope="module")
def a_state():
    """State dict of the trunk, and of a layer that is not needed."""
    torch.manual_seed(0)
    state = {f"features.{name}": it for name, it in a_trunk().state_dict().items()}
    return state | {"classifier.6.bias": torch.zeros(1000)}


@pytest.fixture
def save(tmp_path):
    """Save something as torch does."""

    def write(thing):
        path = tmp_path / "vgg16.pth"
        torch.save(thing, path)
        return path

    return write


def convert(source, output, *more):
    return run(["weights", "features", str(source), "-o", str(output), *more])


class TestConvert:
    def test_when_converted_then_features_are_those_of_the_network(
        self, a_state, save, tmp_path, capsys
    ):
        output = tmp_path / "features" / "vgg16.safetensors"

        assert convert(save(a_state), output) == 0

        assert f"wrote {output}" in capsys.readouterr().out
        found = load_file(output)
        assert {name: tuple(it.shape) for name, it in found.items()} == wanted_shapes()
        trunk = a_trunk()
        trunk.load_state_dict(
            {name.removeprefix("features."): it for name, it in found.items()}
        )
        normalized = torch.rand(1, 3, 16, 24)
        features = VggFeatures(output)
        tone = normalized * features.deviation + features.mean
        with torch.no_grad():
            expected = [trunk[: end + 1](normalized) for end in (4, 9, 16)]
        for ours, theirs in zip(features(tone), expected, strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)

    def test_when_it_is_half_then_the_file_is_float32(self, a_state, save, tmp_path):
        output = tmp_path / "out.safetensors"
        half = {name: it.half() for name, it in a_state.items()}

        assert convert(save(half), output) == 0

        assert {it.dtype for it in load_file(output).values()} == {torch.float32}

    def test_when_the_table_is_read_then_it_has_the_layers_of_the_loss(self):
        assert list(CHANNELS) == [number for scale in SCALES for number in scale]


class TestRefused:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            pytest.param(
                {"features.7.weight": None}, "has no features.7.weight", id="missing"
            ),
            pytest.param(
                {"features.10.weight": torch.zeros(256, 128, 1, 1)},
                "features.10.weight is (256, 128, 1, 1), needs (256, 128, 3, 3)",
                id="shape",
            ),
            pytest.param(
                {"features.2.bias": torch.full((64,), torch.nan)},
                "features.2.bias holds NaN",
                id="NaN",
            ),
            pytest.param(
                {"features.16.weight": torch.zeros(256, 256, 3, 3)},
                "is VGG-19 (features.16.weight)",
                id="VGG-19",
            ),
            pytest.param(
                {"features.1.running_mean": torch.zeros(64)},
                "is VGG with batch norms",
                id="batch norms",
            ),
        ],
    )
    def test_when_the_network_is_another_then_one_line_says_why(
        self, a_state, save, tmp_path, capsys, change, reason
    ):
        changed = {k: it for k, it in (a_state | change).items() if it is not None}
        output = tmp_path / "out.safetensors"

        assert convert(save(changed), output) == 2

        error = capsys.readouterr().err
        assert reason in error
        assert error.count("\n") == 1
        assert not output.exists()

    @pytest.mark.parametrize(
        "thing",
        [[torch.zeros(1)], nn.Conv2d(1, 1, 1), {"state_dict": {}}],
        ids=["list", "whole network", "checkpoint"],
    )
    def test_when_it_is_no_state_dict_then_the_error_says_what_to_give(
        self, save, tmp_path, capsys, thing
    ):
        output = tmp_path / "out.safetensors"

        assert convert(save(thing), output) == 2

        error = capsys.readouterr().err
        assert "Give " in error
        assert error.count("\n") == 1
        assert not output.exists()

    @pytest.mark.parametrize("content", [None, b"", b"nothing"], ids=str)
    def test_when_the_file_cannot_be_read_then_one_line_says_so(
        self, tmp_path, capsys, content
    ):
        source = tmp_path / "vgg16.pth"
        if content is not None:
            source.write_bytes(content)

        assert convert(source, tmp_path / "out.safetensors") == 2

        assert capsys.readouterr().err.count("\n") == 1

    def test_when_the_output_is_there_then_it_stays(
        self, a_state, save, tmp_path, capsys
    ):
        output = tmp_path / "out.safetensors"
        output.write_bytes(b"before")

        assert convert(save(a_state), output) == 2

        assert "Choose --overwrite" in capsys.readouterr().err
        assert output.read_bytes() == b"before"
        assert convert(save(a_state), output, "--overwrite") == 0

    def test_when_layers_do_not_fit_each_other_then_features_are_refused(
        self, a_feature_file, tmp_path
    ):
        found = load_file(a_feature_file)
        found["features.5.weight"] = torch.zeros(1, 2, 3, 3)
        path = tmp_path / "odd.safetensors"
        save_file(found, path)

        with pytest.raises(TrainingError, match=r"features\.5 does not take the 1"):
            VggFeatures(path)
