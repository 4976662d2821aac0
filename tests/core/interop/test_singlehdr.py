"""The weights of Liu et al. become a model of preset ``released``."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from hdr_core.checkpoint import read_metadata
from hdr_core.cli.main import run
from hdr_core.errors import WeightsError
from hdr_core.interop import singlehdr
from hdr_core.interop.singlehdr import import_singlehdr
from hdr_core.interop.singlehdr_names import SCOPES, scope_of, variable_names
from hdr_core.interop.tf_checkpoint import Variable
from hdr_core.model import HdrModel, straight_basis
from hdr_core.presets import RELEASED

BASIS = straight_basis(RELEASED.linearize)
KERNEL = "Dequantization_Net/conv2d_4/kernel"


@dataclass(frozen=True)
class HeldCheckpoint:
    """As ``Checkpoint``, in memory."""

    prefix: Path
    arrays: dict[str, np.ndarray] = field(repr=False)

    @property
    def variables(self):
        return {
            name: Variable(1, array.shape, 0, 0, array.nbytes, 0, is_sliced=False)
            for name, array in self.arrays.items()
        }

    def read(self, name):
        return self.arrays[name]


def in_their_order(weight):
    """A parameter as TensorFlow has it."""
    if weight.ndim == 4:
        return weight.permute(2, 3, 1, 0).numpy()
    return weight.T.numpy() if weight.ndim == 2 else weight.numpy()


@pytest.fixture(scope="module")
def a_state():
    """State of a model of preset ``released`` whose numbers are all different."""
    torch.manual_seed(0)
    model = HdrModel(RELEASED, BASIS)
    return {
        name: torch.rand_like(tensor) if tensor.is_floating_point() else tensor
        for name, tensor in model.state_dict().items()
        if "curve" not in name
    }


@pytest.fixture
def hold(monkeypatch):
    """Let checkpoints lie in memory, by their paths."""
    held = {}
    monkeypatch.setattr(singlehdr, "open_checkpoint", held.__getitem__)

    def put(arrays, name="model.ckpt"):
        path = Path(name)
        held[path] = HeldCheckpoint(path, arrays)
        return path

    return put


@pytest.fixture
def arrays(a_state):
    """Variables of a checkpoint of all four stages."""
    names = variable_names()
    return {theirs: in_their_order(a_state[ours]) for ours, theirs in names.items()}


class TestVariableNames:
    def test_when_the_table_is_made_then_every_parameter_has_one_variable(
        self, a_state
    ):
        names = variable_names()

        batches = {name for name in a_state if name.endswith("num_batches_tracked")}
        assert set(names) == set(a_state) - batches
        assert len(set(names.values())) == len(names) == 249

    @pytest.mark.parametrize(
        ("scope", "n_parameters"),
        [
            ("Dequantization_Net", 1_999_779),
            ("crf_feature_net", 1_200_971 - 512 * 11 - 11),
            ("ae_invcrf_decode_net", 512 * 11 + 11),
            ("Hallucination_Net", 24_569_118),
            ("Refinement_Net", 1_266_947),
        ],
    )
    def test_when_a_scope_is_counted_then_it_has_the_authors_parameters(
        self, arrays, scope, n_parameters
    ):
        trained = [
            array.size
            for name, array in arrays.items()
            if scope_of(name) == scope and "moving" not in name
        ]

        assert sum(trained) == n_parameters

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            ("dequantize.unet.encoder.0.first.weight", "conv2d/kernel"),
            ("dequantize.unet.decoder.0.narrow.bias", "conv2d_10/bias"),
            ("dequantize.unet.last.weight", "conv2d_18/kernel"),
        ],
    )
    def test_when_layers_have_no_names_then_they_are_counted(self, ours, theirs):
        assert variable_names()[ours] == f"Dequantization_Net/{theirs}"


class TestImport:
    def test_when_one_checkpoint_has_all_then_the_model_is_theirs(
        self, a_state, arrays, hold
    ):
        slots = {f"{KERNEL}/Adam": arrays[KERNEL], "beta1_power": np.float32(0.9)}
        path = hold(arrays | slots | {"loop/count": np.zeros(1)})

        imported = import_singlehdr([path], basis=BASIS)

        found = imported.model.state_dict()
        for name, tensor in a_state.items():
            assert torch.equal(found[name], tensor), name
        assert imported.has_refinement
        assert imported.n_of_optimizer == 2
        assert imported.unknown == ("loop/count",)

    def test_when_three_have_a_stage_each_then_the_fourth_passes_on(
        self, a_state, arrays, hold
    ):
        groups = (SCOPES[:1], SCOPES[1:3], SCOPES[3:4])
        paths = [
            hold({n: a for n, a in arrays.items() if scope_of(n) in group}, group[0])
            for group in groups
        ]

        imported = import_singlehdr(paths, basis=BASIS)

        found = imported.model.state_dict()
        for name, tensor in a_state.items():
            if not name.startswith("refine"):
                assert torch.equal(found[name], tensor), name
        assert not imported.has_refinement
        hdr = torch.rand(1, 3, 16, 16) * 9
        linear, mask = hdr.clamp(max=1.0), torch.ones(1, 1, 16, 16)
        assert torch.equal(imported.model.refine(linear, linear, hdr, mask), hdr)


class TestRefused:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            pytest.param({KERNEL: None}, "not in the checkpoint of Deq", id="missing"),
            pytest.param({KERNEL: np.ones((3, 3))}, r"needs \(3, 3,", id="shape"),
            pytest.param(
                {"Refinement_Net/conv2d_19/bias": np.ones(3)}, "fits no", id="layer"
            ),
            pytest.param(
                {"Dequantization_Net/conv2d/bias": np.full(16, np.nan, np.float32)},
                "holds NaN, infinite or too large",
                id="NaN",
            ),
        ],
    )
    def test_when_a_variable_is_wrong_then_it_is_named(
        self, arrays, hold, change, reason
    ):
        changed = {n: a for n, a in (arrays | change).items() if a is not None}
        path = hold(changed)

        with pytest.raises(WeightsError, match=reason) as error:
            import_singlehdr([path], basis=BASIS)
        assert next(iter(change)) in str(error.value)
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize("is_half", [False, True], ids=["float32", "half"])
    def test_when_a_weight_is_too_large_then_only_half_floats_refuse_it(
        self, arrays, hold, is_half
    ):
        name = "ae_invcrf_decode_net/dense/kernel"
        path = hold(arrays | {name: np.full((512, 11), 7e4, np.float32)})

        refusal = (
            pytest.raises(WeightsError, match=f"{name} holds .* too large")
            if is_half
            else nullcontext()
        )
        with refusal:
            import_singlehdr([path], basis=BASIS, is_half=is_half)

    def test_when_a_stage_is_missing_then_all_are_asked_for(self, arrays, hold):
        path = hold({n: a for n, a in arrays.items() if scope_of(n) == SCOPES[0]})

        with pytest.raises(WeightsError, match="crf_feature_net: not in any of the"):
            import_singlehdr([path], basis=BASIS)

    def test_when_a_stage_is_there_twice_then_both_are_named(self, arrays, hold):
        paths = [hold(arrays, "first.ckpt"), hold(arrays, "second.ckpt")]

        with pytest.raises(
            WeightsError, match=r"second\.ckpt: has .* which .*first\.ckpt"
        ):
            import_singlehdr(paths, basis=BASIS)


def command(*arguments):
    return run(["weights", "import", *(str(argument) for argument in arguments)])


class TestCommand:
    def test_when_it_is_run_then_the_file_holds_the_model(
        self, a_state, arrays, hold, a_basis_file, tmp_path, capsys
    ):
        output = tmp_path / "released.safetensors"

        assert command(hold(arrays), "-o", output, "--basis", a_basis_file) == 0

        assert read_metadata(output)["preset"] == "released"
        found = load_file(output)
        mean = torch.linspace(0, 1, 1024) ** 2
        torch.testing.assert_close(found["linearize.curve_mean"], mean)
        for name in variable_names():
            assert found[name].dtype == torch.float32, name
            assert torch.equal(found[name], a_state[name]), name
        assert f"wrote {output}" in capsys.readouterr().out

    def test_when_half_is_chosen_then_matrices_are_half_floats(
        self, a_state, arrays, hold, a_basis_file, tmp_path
    ):
        output = tmp_path / "released.safetensors"

        assert (
            command(hold(arrays), "-o", output, "--basis", a_basis_file, "--half") == 0
        )

        found = load_file(output)
        for name in variable_names():
            dtype = torch.float16 if a_state[name].ndim > 1 else torch.float32
            assert found[name].dtype == dtype, name
            assert torch.equal(found[name], a_state[name].to(dtype)), name

    def test_when_a_checkpoint_is_damaged_then_nothing_is_written(
        self, a_tiny_checkpoint, a_basis_file, tmp_path, capsys
    ):
        index = a_tiny_checkpoint.with_name("model.ckpt.index")
        index.write_bytes(index.read_bytes()[:-9])
        output = tmp_path / "out" / "released.safetensors"

        assert command(a_tiny_checkpoint, "-o", output, "--basis", a_basis_file) == 2

        assert capsys.readouterr().err.count("\n") == 1
        assert not output.parent.exists()

    def test_when_the_file_is_there_then_it_stays(
        self, a_tiny_checkpoint, a_basis_file, tmp_path, capsys
    ):
        output = tmp_path / "released.safetensors"
        output.write_bytes(b"before")

        assert command(a_tiny_checkpoint, "-o", output, "--basis", a_basis_file) == 2

        assert "exists already. Choose --overwrite" in capsys.readouterr().err
        assert output.read_bytes() == b"before"
