"""Which backend runs a batch, and what is said if it cannot."""

from dataclasses import dataclass

import pytest

from hdr_core.backends import choose
from hdr_core.backends.choose import BackendChoice, Loaders
from hdr_core.errors import BackendError
from hdr_core.options import Options


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch):
    monkeypatch.setattr(choose, "may_have_gpu", lambda: False)


@dataclass(frozen=True)
class Graphs:
    """Stands for graphs, which take half a minute to write."""

    can_fall_back: bool

    def load_ahead(self):
        pass


def chosen(options=Options(), *, has_graphs=True, **asked):  # noqa: B008 - frozen
    """Return what was loaded, and whether it can fall back to torch."""

    def graphs(sha256, folder, load_torch):
        if not has_graphs:
            raise BackendError("no graphs")
        return Graphs(can_fall_back=load_torch is not None)

    loaders = Loaders(lambda weights, device: "torch", graphs)
    return BackendChoice("compact", **asked).load(options, loaders)


class TestLoad:
    def test_auto_takes_graphs_for_a_single_plate(self):
        assert chosen() == Graphs(can_fall_back=True)

    def test_auto_takes_torch_where_there_are_no_graphs(self):
        assert chosen(has_graphs=False) == "torch"

    @pytest.mark.parametrize(
        "asked",
        [{"prefers_torch": True}, {"needs_torch": "a shot"}, {"backend": "torch"}],
        ids=["many plates", "a shot", "asked"],
    )
    def test_auto_takes_torch_for_other_batches(self, asked):
        assert chosen(**asked) == "torch"

    @pytest.mark.parametrize(
        "options",
        [
            Options(device="cuda"),
            Options(panorama="on"),
            Options(precision="bfloat16"),
            Options(skip=("refine",)),
        ],
        ids=["a device", "a panorama", "bfloat16", "a stage less"],
    )
    def test_auto_takes_torch_for_options_that_graphs_lack(self, options):
        assert chosen(options) == "torch"

    def test_a_gpu_is_better(self, monkeypatch):
        monkeypatch.setattr(choose, "may_have_gpu", lambda: True)

        assert chosen() == "torch"
        assert chosen(Options(device="cpu")) == Graphs(can_fall_back=True)

    def test_who_asks_for_onnxruntime_gets_it_for_many_plates_too(self):
        found = chosen(backend="onnxruntime", prefers_torch=True)

        assert found == Graphs(can_fall_back=True)

    def test_who_asks_for_onnxruntime_without_graphs_gets_the_reason(self):
        with pytest.raises(BackendError, match="no graphs"):
            chosen(backend="onnxruntime", has_graphs=False)


class TestLoadWithoutTorch:
    @pytest.fixture(autouse=True)
    def _no_torch(self, monkeypatch):
        monkeypatch.setattr(choose, "has_torch", lambda: False)

    @pytest.mark.parametrize("backend", ["auto", "onnxruntime"])
    def test_graphs_are_taken_without_a_way_back(self, backend):
        assert chosen(backend=backend, prefers_torch=True) == Graphs(
            can_fall_back=False
        )

    @pytest.mark.parametrize(
        "asked", [{"needs_torch": "a shot"}, {"backend": "torch"}], ids=str
    )
    def test_what_needs_torch_is_refused(self, asked):
        with pytest.raises(BackendError, match="needs torch, which is not installed"):
            chosen(**asked)
