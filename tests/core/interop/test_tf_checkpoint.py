"""TensorFlow's checkpoints, read without TensorFlow."""

import numpy as np
import pytest
import torch

from hdr_core.errors import WeightsError
from hdr_core.interop.tf_checkpoint import open_checkpoint
from hdr_core.stages.layers.blocks import conv

KERNEL = "Dequantization_Net/conv2d/kernel"
# In the order in which TensorFlow made them: tiny/README.md.
TRAINED = [
    (KERNEL, (3, 3, 2, 3)),
    ("Dequantization_Net/conv2d/bias", (3,)),
    ("Dequantization_Net/conv2d_1/kernel", (1, 1, 3, 2)),
    ("Dequantization_Net/conv2d_1/bias", (2,)),
    ("crf_feature_net/bn_conv1/BatchNorm/gamma", (2,)),
    ("crf_feature_net/bn_conv1/BatchNorm/beta", (2,)),
    ("ae_invcrf_decode_net/dense/kernel", (2, 4)),
    ("ae_invcrf_decode_net/dense/bias", (4,)),
]


def beside(prefix, ending):
    return prefix.with_name(prefix.name + ending)


def index_of(prefix):
    return beside(prefix, ".index")


def data_of(prefix):
    return beside(prefix, ".data-00000-of-00001")


class TestTensorFlowsOwn:
    @pytest.mark.parametrize(("number", "named"), [*enumerate(TRAINED)])
    def test_when_a_variable_is_read_then_it_is_what_was_written(
        self, a_tiny_checkpoint, number, named
    ):
        name, shape = named
        size = int(np.prod(shape))
        expected = (np.arange(size) - size // 2 + number) / 16

        found = open_checkpoint(a_tiny_checkpoint).read(name)

        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, expected.reshape(shape))

    def test_when_it_is_opened_then_all_variables_are_there(self, a_tiny_checkpoint):
        checkpoint = open_checkpoint(a_tiny_checkpoint)

        trained = {name for name, _ in TRAINED}
        slots = {f"{name}/{slot}" for name in trained for slot in ("Adam", "Adam_1")}
        assert set(checkpoint.variables) == trained | slots | {
            "crf_feature_net/bn_conv1/BatchNorm/moving_mean",
            "crf_feature_net/bn_conv1/BatchNorm/moving_variance",
            "beta1_power",
            "beta2_power",
            "global_step",
            "shown/conv2d",
        }
        assert checkpoint.read("beta1_power").shape == ()

    def test_when_the_index_is_named_then_it_is_the_same(self, a_tiny_checkpoint):
        found = open_checkpoint(index_of(a_tiny_checkpoint))

        assert found == open_checkpoint(a_tiny_checkpoint)

    def test_when_a_kernel_is_turned_then_our_layer_does_what_theirs_did(
        self, a_tiny_checkpoint
    ):
        checkpoint = open_checkpoint(a_tiny_checkpoint)
        layer = conv(2, 3, 3, stride=2)
        kernel = torch.from_numpy(checkpoint.read(KERNEL)).permute(3, 2, 0, 1)
        bias = torch.from_numpy(checkpoint.read(TRAINED[1][0]))
        layer.load_state_dict({"weight": kernel, "bias": bias})
        plate = torch.arange(60.0).view(1, 5, 6, 2).permute(0, 3, 1, 2) / 64

        shown = layer(plate).permute(0, 2, 3, 1)

        theirs = torch.from_numpy(checkpoint.read("shown/conv2d"))
        torch.testing.assert_close(shown, theirs, rtol=1e-6, atol=1e-6)

    def test_when_it_is_no_float_then_it_is_not_read(self, a_tiny_checkpoint):
        with pytest.raises(WeightsError, match="global_step is not a float32"):
            open_checkpoint(a_tiny_checkpoint).read("global_step")


class TestManyBlocks:
    def test_when_the_index_has_many_blocks_then_none_is_lost(self, a_checkpoint_of):
        rng = np.random.default_rng(0)
        arrays = {
            f"net/layer_{i}/kernel": rng.random((i % 3 + 1, 300), np.float32)
            for i in range(40)
        }

        checkpoint = open_checkpoint(a_checkpoint_of(arrays))

        assert set(checkpoint.variables) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(checkpoint.read(name), array)


class TestErrors:
    def test_when_there_is_none_then_one_line_says_what_to_name(self, tmp_path):
        with pytest.raises(WeightsError, match=r"model\.ckpt\.index: cannot be read"):
            open_checkpoint(tmp_path / "model.ckpt")

    def test_when_a_data_file_is_missing_then_it_is_named(self, a_tiny_checkpoint):
        data_of(a_tiny_checkpoint).unlink()

        with pytest.raises(WeightsError, match=r"data-00000-of-00001: cannot be read"):
            open_checkpoint(a_tiny_checkpoint).read(KERNEL)

    @pytest.mark.parametrize(
        ("damage", "reason"),
        [
            pytest.param(lambda _: b"", "its end is not", id="empty"),
            pytest.param(lambda _: b"text" * 99, "its end is not", id="text"),
            pytest.param(lambda it: it[:-1], "its end is not", id="last byte lost"),
            pytest.param(lambda it: it[-48:], "cut short", id="blocks lost"),
            pytest.param(
                lambda it: it[:9] + b"?" + it[10:], "checksum", id="byte changed"
            ),
            pytest.param(
                lambda it: it[:-48] + b"\xff" * 40 + it[-8:],
                "a number does not end",
                id="footer bent",
            ),
        ],
    )
    def test_when_the_index_is_damaged_then_the_error_says_how(
        self, a_tiny_checkpoint, damage, reason
    ):
        index = index_of(a_tiny_checkpoint)
        index.write_bytes(damage(index.read_bytes()))

        with pytest.raises(WeightsError, match=reason) as error:
            open_checkpoint(a_tiny_checkpoint)
        assert str(error.value).startswith(f"{index}: ")
        assert "\n" not in str(error.value)

    def test_when_the_data_are_cut_then_the_variable_is_named(self, a_tiny_checkpoint):
        data = data_of(a_tiny_checkpoint)
        data.write_bytes(data.read_bytes()[:-1])

        with pytest.raises(WeightsError, match="cut short, shown/conv2d is incomplete"):
            open_checkpoint(a_tiny_checkpoint).read("shown/conv2d")

    def test_when_a_number_has_changed_then_its_checksum_does_not_match(
        self, a_tiny_checkpoint
    ):
        data = data_of(a_tiny_checkpoint)
        whole = bytearray(data.read_bytes())
        whole[0] ^= 1
        data.write_bytes(whole)

        with pytest.raises(WeightsError, match="conv2d/bias does not match its check"):
            open_checkpoint(a_tiny_checkpoint).read("Dequantization_Net/conv2d/bias")

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            pytest.param({"big_endian": 1}, "big endian", id="big endian"),
            pytest.param({"compression": 1}, "is compressed", id="snappy"),
        ],
    )
    def test_when_it_is_of_a_rare_kind_then_it_is_refused(
        self, a_checkpoint_of, options, reason
    ):
        prefix = a_checkpoint_of({"net/bias": np.zeros(3, np.float32)}, **options)

        with pytest.raises(WeightsError, match=reason):
            open_checkpoint(prefix)

    def test_when_a_size_is_not_that_of_the_shape_then_it_is_refused(
        self, a_checkpoint_of
    ):
        prefix = a_checkpoint_of({"net/bias": np.zeros(3)})

        with pytest.raises(
            WeightsError, match="the size of net/bias does not match its"
        ):
            open_checkpoint(prefix).read("net/bias")
