"""Captured graphs of a small model: the same numbers as the code, at any size."""

from dataclasses import replace

import onnxruntime
import pytest
import torch

from hdr_core.camera.curves import curve_grid
from hdr_core.camera.response import CurveBasis
from hdr_core.config import (
    DequantizeConfig,
    GainNetworkConfig,
    HallucinateConfig,
    LinearizeConfig,
    ModelConfig,
    RefineConfig,
    ResNetConfig,
    UNetConfig,
)
from hdr_core.errors import OptionError
from hdr_core.export import pieces
from hdr_core.export.graphs import build_graphs
from hdr_core.export.onnx_file import to_onnx
from hdr_core.model import HdrModel
from hdr_core.options import Options
from hdr_core.plate import Plate
from hdr_core.reconstruction import reconstruct

pytestmark = pytest.mark.slow

UNET = UNetConfig((4, 6), (3, 3), unshuffle=2)
SMALL = ModelConfig(
    name="small",
    dequantize=DequantizeConfig(UNET, most_change=8 / 255, sees_codes=True),
    linearize=LinearizeConfig(
        histogram_bins=(4,),
        histogram_centres="edges",
        backbone=ResNetConfig("basic", 4, 3, ((4, 1, 1),)),
        n_components=2,
        samples=256,
        backbone_area_px=40 * 60,
        monotone="clamp",
        fixed_area_px=60 * 80,
    ),
    hallucinate=HallucinateConfig(0.9, GainNetworkConfig(48 * 64, (4, 6))),
    refine=RefineConfig(UNET, is_gain=True),
    curve_from="plate",
)
# Odd and even sides, wide and high, and multiples of all strides.
SIZES = [(160, 192), (97, 131), (131, 97), (200, 113), (128, 256)]


@pytest.fixture(scope="module")
def a_model():
    """Random networks of which every stage changes something."""
    torch.manual_seed(1)
    grid = curve_grid(SMALL.linearize.samples)
    bend = torch.stack(
        [torch.sin(torch.pi * k * torch.from_numpy(grid)) for k in (1, 2)]
    )
    model = HdrModel(SMALL, CurveBasis(grid**2.2, 0.02 * bend.numpy()))
    for weight in model.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.02)
    return model.eval().requires_grad_(requires_grad=False)


@pytest.fixture(scope="module")
def graphs(a_model):
    return {graph.name: graph for graph in build_graphs(a_model)}


@pytest.fixture(scope="module")
def sessions(graphs):
    """The same graphs, in onnxruntime."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    files = {
        name: to_onnx(graph, {"hdr_core_version": "1.2.3", "license": "Apache-2.0"})
        for name, graph in graphs.items()
    }
    return {
        name: onnxruntime.InferenceSession(file, options)
        for name, file in files.items()
    }


def a_plate_of(size):
    """Smooth light with codes of 8 bits, clipped in its middle."""
    rows = torch.linspace(0.0, 1.0, size[0])[:, None]
    columns = torch.linspace(0.0, 1.0, size[1])
    bump = torch.exp(-8.0 * ((rows - 0.4) ** 2 + (columns - 0.6) ** 2))
    tint = torch.tensor([1.5, 1.3, 1.1]).view(3, 1, 1)
    return ((bump * tint).clamp(0.0, 1.0) * 255.0).round()[None] / 255.0


def inputs_of(name, size, model):
    """Return inputs of a graph, made by the steps before it."""
    plate = a_plate_of(size)
    with torch.inference_mode():
        curve = model.linearize(plate)
        developed = pieces.develop(model, plate, curve)
        means = pieces.means(model, developed[:, 3:])
        maps = torch.rand(1, 7, *means.shape[2:])
    region = torch.tensor([8.0, 16.0, 300.0, 400.0])
    controls = torch.tensor([1.0, 0.7, 0.6, 3.0])
    return {
        "camera": [plate],
        "develop": [plate, curve],
        "means": [developed[:, 3:]],
        "gain": [means],
        "pixels": [plate, curve, maps, region, controls],
        "plate": [plate],
    }[name]


def run_onnx(session, values):
    names = [one.name for one in session.get_inputs()]
    feed = {n: v.numpy() for n, v in zip(names, values, strict=True)}
    return torch.from_numpy(session.run(None, feed)[0])


class TestPlate:
    @pytest.mark.parametrize("size", SIZES, ids=str)
    def test_when_a_plate_of_any_size_is_run_then_it_equals_a_free_reconstruction(
        self, graphs, a_model, size
    ):
        encoded = a_plate_of(size)
        pixels = encoded[0].permute(1, 2, 0).contiguous().numpy()
        options = Options(fidelity="free", linearize="network", precision="float32")
        wanted = reconstruct(Plate(pixels, "encoded"), a_model, options).hdr.pixels

        with torch.inference_mode():
            found = graphs["plate"].module(encoded)[0].permute(1, 2, 0)

        torch.testing.assert_close(
            found, torch.from_numpy(wanted), rtol=1e-4, atol=1e-4
        )
        assert wanted.max() > 1.0

    def test_when_the_exposure_of_the_graph_is_set_then_the_light_doubles(self, graphs):
        plate, module = a_plate_of((97, 131)), graphs["plate"].module
        before = module(plate)

        module.exposure = 1.0
        after = module(plate)
        module.exposure = 0.0

        torch.testing.assert_close(after, 2.0 * before)

    def test_when_strength_is_0_then_no_light_is_added(self, graphs):
        plate, module = a_plate_of((97, 131)), graphs["plate"].module

        module.strength = 0.0
        plain = module(plate)
        module.strength = 1.0

        assert plain.max() <= 1.0 + 1e-6
        assert module(plate).max() > 1.0


class TestOnnx:
    @pytest.mark.parametrize("size", SIZES, ids=str)
    @pytest.mark.parametrize(
        "name", ["camera", "develop", "means", "gain", "pixels", "plate"]
    )
    def test_when_onnxruntime_runs_a_graph_then_it_equals_torch(
        self, graphs, sessions, a_model, name, size
    ):
        values = inputs_of(name, size, a_model)
        with torch.inference_mode():
            wanted = graphs[name].module(*values)

        found = run_onnx(sessions[name], values)

        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)

    def test_when_a_model_is_opened_then_it_says_what_it_is(self, sessions):
        about = sessions["plate"].get_modelmeta()

        assert about.custom_metadata_map["license"] == "Apache-2.0"
        assert about.custom_metadata_map["hdr_core_version"] == "1.2.3"
        assert about.producer_name == "hdr_core"
        assert about.graph_description or about.description

    def test_when_a_whole_plate_is_run_then_one_tensor_goes_in_and_one_comes_out(
        self, sessions
    ):
        session = sessions["plate"]

        assert [one.name for one in session.get_inputs()] == ["encoded"]
        assert [one.name for one in session.get_outputs()] == ["hdr"]


class TestRefused:
    def test_when_stage_3_works_by_tiles_then_one_line_says_what_to_choose(
        self, a_paper_like_model
    ):
        with pytest.raises(OptionError, match="Choose preset compact"):
            build_graphs(a_paper_like_model)

    def test_when_the_curve_needs_stage_1_then_it_is_refused(self, a_model):
        other = HdrModel(
            replace(SMALL, curve_from="dequantized"),
            CurveBasis(curve_grid(256), torch.zeros(2, 256).double().numpy()),
        )

        with pytest.raises(OptionError, match="cannot be exported"):
            build_graphs(other)
