"""Captured pieces give the numbers of the code that they were captured from."""

from functools import partial

import onnxruntime
import pytest
import torch

from hdr_core.camera.response import apply_curve
from hdr_core.cli.main import run
from hdr_core.errors import OptionError
from hdr_core.execution.reduce import means_over, pool_weights, reduce_to_area
from hdr_core.export import pieces
from hdr_core.export.capture import capture
from hdr_core.export.graphs import SIDES, Graph, build_graphs
from hdr_core.export.onnx_file import to_onnx
from hdr_core.export.write import export
from hdr_core.highlights.regularize_gain import fill_hollows
from hdr_core.stages.linearize import edges, statistics

SIZES = [(64, 80), (61, 83), (83, 61), (128, 90), (97, 97)]


@pytest.fixture(scope="module")
def a_graph():
    """Means of a plate: the size of the result depends on the size of the plate."""
    plate = torch.rand(1, 3, 75, 101)
    return Graph(
        "means",
        "Means of a plate.",
        capture(partial(reduce_to_area, area_px=24 * 36), [plate]),
        {"encoded": plate},
        "means",
        {"encoded": SIDES, "means": SIDES},
    )


class TestCapture:
    @pytest.mark.parametrize("size", SIZES, ids=str)
    def test_when_a_plate_has_another_size_then_torchscript_follows(
        self, a_graph, size
    ):
        plate = torch.rand(1, 3, *size)

        found = a_graph.module(plate)

        torch.testing.assert_close(found, reduce_to_area(plate, 24 * 36))

    @pytest.mark.parametrize("size", SIZES, ids=str)
    def test_when_onnxruntime_runs_it_then_it_equals_torch(self, a_graph, size):
        file = to_onnx(a_graph, {"hdr_core_version": "1.2.3", "license": "free"})
        session = onnxruntime.InferenceSession(file)
        plate = torch.rand(1, 3, *size)

        (found,) = session.run(None, {"encoded": plate.numpy()})

        wanted = reduce_to_area(plate, 24 * 36)
        torch.testing.assert_close(torch.from_numpy(found), wanted, atol=1e-4, rtol=0)

    def test_when_a_model_is_opened_then_it_says_what_it_is(self, a_graph):
        file = to_onnx(a_graph, {"hdr_core_version": "1.2.3", "license": "free"})
        about = onnxruntime.InferenceSession(file).get_modelmeta()

        assert about.custom_metadata_map["license"] == "free"
        assert about.producer_name == "hdr_core"

    def test_when_a_hollow_must_be_filled_then_the_loop_is_in_the_graph(self):
        def fill(values):
            return fill_hollows(values, values > 0.5, is_sphere=False)

        graph = capture(fill, [torch.rand(1, 1, 9, 11)])
        walls = torch.ones(1, 1, 7, 8)
        walls[..., 2:5, 2:6] = 3.0
        walls[..., 3, 3:5] = 2.0

        torch.testing.assert_close(graph(walls), fill(walls))
        assert not torch.equal(fill(walls), walls)

    def test_when_a_tensor_is_changed_in_place_then_later_uses_get_the_change(self):
        def change(values):
            total = values.clone()
            total.add_(1.0)
            return total * values

        graph = capture(change, [torch.rand(1, 1, 5, 7)])

        assert graph(torch.full((1, 1, 2, 2), 3.0)).unique().tolist() == [12.0]


class TestSameNumbers:
    """What a captured graph computes in another way than the code."""

    def test_when_cells_overlap_then_pool_weights_are_those_of_torch(self):
        planes = torch.rand(1, 2, 17, 23)

        found = pool_weights(17, 5).float() @ planes @ pool_weights(23, 7).float().T

        torch.testing.assert_close(found, means_over(planes, (5, 7)))

    def test_when_edges_are_chosen_then_a_graph_chooses_the_same(self):
        torch.manual_seed(3)
        smooth = torch.nn.functional.avg_pool2d(torch.rand(1, 3, 40, 50), 3, 1)
        plate = (smooth[0] * 255).round() / 255
        marked = torch.cat([plate, edges._number_cells(plate)])
        windows = edges._windows(marked)
        curves = torch.stack([torch.linspace(0, 1, 256) ** g for g in (1.8, 2.2, 2.6)])

        def choose(patches, cells):
            chosen, count = edges._choose(patches, cells, curves, 60)
            return torch.cat([chosen.flatten(), count.float()[None]])

        graph = capture(choose, [windows[:, :3], windows[2, 3]])
        few = windows[:, :, :300]

        assert 10 < int(choose(few[:, :3], few[2, 3])[-1]) < 60
        for some in (windows, few):
            given = some[:, :3], some[2, 3]
            torch.testing.assert_close(graph(*given), choose(*given))

    def test_when_values_are_counted_by_sums_then_the_counts_are_exact(self):
        index = torch.randint(0, 8, (5000,), dtype=torch.int32)

        graph = capture(partial(statistics._count, bins=8), [index])

        assert torch.equal(graph(index), torch.bincount(index, minlength=8).float())

    def test_when_a_quantile_is_a_tensor_then_it_is_that_of_the_artist(self):
        from hdr_core.stages.hallucinate.light import laplace_quantile

        for share in (0.0, 0.2, 0.5, 0.9, 1.0):
            found = pieces.quantile_of_laplace(torch.tensor(share))

            assert found.item() == pytest.approx(laplace_quantile(share), abs=1e-5)

    def test_when_code_0_is_lifted_then_by_the_curve_of_the_camera(self):
        from hdr_core.camera.curves import curve_grid, lift_black

        curve = curve_grid(1024) ** 2.2

        found = pieces.lift_code_0(torch.from_numpy(curve)[None].float())

        wanted = torch.from_numpy(lift_black(curve, max_code=255))[None].float()
        torch.testing.assert_close(found, wanted)
        codes = torch.tensor([[0.0]])
        assert apply_curve(codes, found).item() > 0.0


class TestRefused:
    def test_when_stage_3_works_by_tiles_then_one_line_says_what_to_choose(
        self, a_paper_like_model
    ):
        with pytest.raises(OptionError, match="Choose preset compact"):
            build_graphs(a_paper_like_model)

    def test_when_a_graph_is_unknown_then_the_known_ones_are_named(self, tmp_path):
        with pytest.raises(OptionError, match="camera, develop, means, gain"):
            export("compact", tmp_path, kind="torchscript", names=("nets",))

    def test_when_a_file_exists_then_nothing_is_written(self, tmp_path, capsys):
        (tmp_path / "plate.pt").write_text("mine")

        code = run(["export", "torchscript", "-o", str(tmp_path)])

        assert code == 2
        assert "plate.pt" in capsys.readouterr().err
        assert [path.name for path in tmp_path.iterdir()] == ["plate.pt"]
