"""``hdr-core crf``: from frames of a camera to its color space."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import OpenImageIO as oiio
import pytest
import torch

from hdr_core.camera.response import CurveBasis
from hdr_core.cli.main import run
from hdr_core.color.camera_space import SPACE
from hdr_core.delivery.camera_files import combine, estimate_camera
from hdr_core.errors import OptionError, OutputError, PlateError
from hdr_core.io.atomic import whole_folder
from hdr_core.io.readback import read_hdr
from hdr_core.model import HdrModel
from hdr_core.options import Options
from hdr_core.plate import Plate
from hdr_core.reconstruction import reconstruct
from hdr_core.stages.linearize.estimate import ResponseEvidence

FILES = {
    "camera.clf",
    "camera.png",
    "camera.spi1d",
    "ocio-2.3",
    "ocio-2.4",
    "ocio-2.5",
    "ocio-extended",
}


@pytest.fixture(autouse=True)
def no_config_in_the_environment(monkeypatch):
    monkeypatch.delenv("OCIO", raising=False)


@pytest.fixture
def crf(some_weights):
    """Run ``hdr-core crf`` with random weights."""

    def run_crf(*arguments):
        told = [str(argument) for argument in arguments]
        return run(["crf", *told, "--weights", str(some_weights)])

    return run_crf


class TestCrf:
    def test_when_asked_then_all_is_written_and_told(
        self, crf, a_picture, tmp_path, capsys
    ):
        code = crf(a_picture, "-o", tmp_path / "camera", "--json")

        told = json.loads(capsys.readouterr().out)
        assert code == 0
        assert {path.name for path in (tmp_path / "camera").iterdir()} == FILES
        assert told["event"] == "crf"
        assert told["frames"] == 1
        assert told["interop_id"].startswith("hdr_core:crf_")
        assert all((tmp_path / "camera" / name).is_file() for name in told["files"])
        assert (tmp_path / "camera/camera.png").read_bytes()[1:4] == b"PNG"

    @pytest.mark.parametrize("config", ["ocio-2.3", "ocio-2.5", "ocio-extended"])
    def test_when_openimageio_converts_the_plate_then_it_is_our_linear_result(
        self, crf, convert, a_picture, some_codes, tmp_path, config
    ):
        crf(a_picture, "-o", tmp_path / "camera")
        linear = ["--aov", "linear", "--skip", "dequantize", "--depth", "float"]
        linear += ["--working-space", "lin_rec709_scene"]
        convert(a_picture, "-o", tmp_path / "a.exr", *linear)
        shutil.move(tmp_path / "camera" / config, tmp_path / "moved")

        plate = oiio.ImageBuf((some_codes / 255).astype(np.float32))
        ours = read_hdr(tmp_path / "a.exr").aovs["linear"]
        theirs = oiio.ImageBufAlgo.colorconvert(
            plate,
            SPACE,
            "lin_rec709_srgb",
            colorconfig=str(tmp_path / "moved" / "config.ocio"),
        )

        assert not theirs.has_error, theirs.geterror()
        below_clip = some_codes < 255
        assert below_clip.any()
        difference = np.abs(ours - theirs.get_pixels())
        assert difference[below_clip].max() < 1e-4

    def test_when_run_again_then_the_bytes_are_equal(self, crf, a_picture, tmp_path):
        for name in ("a", "b"):
            crf(a_picture, "-o", tmp_path / name)

        for path in (tmp_path / "a").rglob("*.*"):
            if path.is_file():
                other = tmp_path / "b" / path.relative_to(tmp_path / "a")
                assert path.read_bytes() == other.read_bytes(), path

    def test_when_a_config_is_in_use_then_it_is_the_one_extended(
        self, crf, a_picture, tmp_path
    ):
        studio = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"

        crf(a_picture, "-o", tmp_path / "camera", "--config", studio)

        text = (tmp_path / "camera/ocio-extended/config.ocio").read_text()
        assert "ARRI LogC4" in text
        assert SPACE in text

    def test_when_the_folder_holds_files_then_nothing_is_touched_unless_asked(
        self, crf, a_picture, tmp_path, capsys
    ):
        (tmp_path / "camera").mkdir()
        (tmp_path / "camera/notes.txt").write_text("mine")

        refused = crf(a_picture, "-o", tmp_path / "camera")
        said = capsys.readouterr().err
        done = crf(a_picture, "-o", tmp_path / "camera", "--overwrite")

        assert (refused, done) == (2, 0)
        assert "already contains files" in said
        names = {path.name for path in (tmp_path / "camera").iterdir()}
        assert names == FILES | {"notes.txt"}

    def test_when_one_plate_is_bad_then_nothing_is_left(
        self, crf, a_picture, tmp_path, capsys
    ):
        code = crf(a_picture, tmp_path / "gone.png", "-o", tmp_path / "camera")

        assert code == 2
        assert "gone.png: no such file" in capsys.readouterr().err
        assert {path.name for path in tmp_path.iterdir()} == {a_picture.name}


class TestEstimateCamera:
    def test_when_there_are_several_frames_then_each_is_told(
        self, a_small_model, photograph
    ):
        plates = [photograph(), photograph(height=40)]

        found = estimate_camera(plates, a_small_model, config=Options())

        assert found.each.shape == (2, 1024)
        assert found.spread.max() > 0.0
        assert "2 frames" in found.space.description

    def test_when_there_is_one_frame_then_its_curve_is_that_of_convert(
        self, a_small_model, a_plate
    ):
        found = estimate_camera([a_plate], a_small_model, config=Options())

        result = reconstruct(a_plate, a_small_model, options=Options())
        np.testing.assert_array_equal(found.inverse_crf, result.inverse_crf)

    def test_when_frames_have_other_primaries_then_they_are_refused(
        self, a_small_model, photograph
    ):
        wide = photograph()
        tagged = Plate(
            wide.pixels, "encoded", metadata={"hdr_core:tag": "srgb_p3d65_scene"}
        )

        with pytest.raises(PlateError, match="frames of one camera"):
            estimate_camera([wide, tagged], a_small_model, config=Options())

    def test_when_the_encoding_is_known_then_there_is_nothing_to_estimate(
        self, a_small_model, a_plate
    ):
        config = Options(linearize="srgb_tx")

        with pytest.raises(OptionError, match="known already"):
            estimate_camera([a_plate], a_small_model, config=config)

    def test_when_there_are_no_plates_then_it_is_told(self, a_small_model):
        with pytest.raises(PlateError, match="no plates"):
            estimate_camera([], a_small_model, config=Options())


class TestCombine:
    @pytest.fixture
    def a_model(self, a_small_model):
        """Cameras spread by twice the error of an estimate: v is a quarter."""
        linearize = replace(
            a_small_model.config.linearize, n_prior_curves=0, evidence=None
        )
        grid = np.linspace(0.0, 1.0, linearize.samples)
        spread = np.zeros((linearize.n_components, len(grid)))
        # The mean square of a sine is one half.
        spread[0] = 2.0 * linearize.prior_error * 2**0.5 * np.sin(np.pi * grid)
        config = replace(a_small_model.config, linearize=linearize)
        return HdrModel(config, CurveBasis(mean=grid, components=spread))

    @staticmethod
    def frames(model, first, *, count):
        """What ``count`` frames say that agree."""
        said = torch.zeros(1, model.config.linearize.n_components)
        said[:, 0] = first
        return [ResponseEvidence(said)] * count

    def test_when_five_frames_agree_then_the_mean_leaves_the_usual_curve(self, a_model):
        combined = combine(self.frames(a_model, -0.7, count=5), a_model)

        # M = 1 / (0.3 + 0.7 / 5) = 2.2727; M / (M - (M - 1) / 4) = 1.16279.
        ((expected, _),) = self.frames(a_model, -0.7 * 1.16279, count=1)
        torch.testing.assert_close(
            combined, a_model.linearize.curve(expected), atol=1e-4, rtol=0
        )

    def test_when_frames_have_edges_then_all_of_them_count(self, a_small_model):
        # Both curves are as near in light; in stops they are not.
        linearize = replace(
            a_small_model.config.linearize,
            n_prior_curves=2,
            prior_error_stops=math.inf,
        )
        grid = np.linspace(0.0, 1.0, linearize.samples)
        bend = np.zeros((linearize.n_components, len(grid)))
        bend[0] = 0.05 * np.sin(np.pi * grid)
        library = np.zeros((2, linearize.n_components))
        library[:, 0] = -1.0, 1.0
        model = HdrModel(
            replace(a_small_model.config, linearize=linearize),
            CurveBasis(mean=grid, components=bend, library=library),
        )
        said = torch.zeros(1, linearize.n_components)
        told = [torch.tensor([[0.0, odds]]) for odds in (3.0, -1.0, 4.0)]

        curve = combine([ResponseEvidence(said, odds) for odds in told], model)

        # Two mean odds, as of M = 1 / (0.3 + 0.7 / 3) frames: 3.75 for the second.
        share = torch.softmax(torch.tensor([0.0, 3.75]), dim=0)[1]
        expected = model.linearize.curve_mean + (2 * share - 1) * torch.from_numpy(
            bend[0]
        )
        torch.testing.assert_close(curve[0], expected.float(), atol=1e-4, rtol=0)

    def test_when_there_is_one_frame_then_its_curve_stays(self, a_model):
        alone = self.frames(a_model, -0.7, count=1)

        curve = combine(alone, a_model)

        assert torch.equal(curve, a_model.linearize.curve(alone[0].coefficients))

    def test_when_frames_go_far_then_the_curve_still_rises_from_0_to_1(self, a_model):
        (combined,) = combine(self.frames(a_model, 40.0, count=4), a_model)

        assert (combined[0], combined[-1]) == (0.0, 1.0)
        assert bool((combined.diff() > 0).all())

    def test_when_frames_disagree_then_their_order_does_not_matter(self, a_model):
        other, *_ = self.frames(a_model, -1.0, count=1)
        each = [*self.frames(a_model, 0.5, count=2), other]

        assert torch.equal(combine(each, a_model), combine(each[::-1], a_model))


class TestWholeFolder:
    def test_when_it_fails_then_neither_folder_nor_leavings_are_there(self, tmp_path):
        def stop_half_way():
            with whole_folder(tmp_path / "out", overwrite=False) as hidden:
                (hidden / "half.txt").write_text("half")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            stop_half_way()

        assert list(tmp_path.iterdir()) == []

    def test_when_the_name_is_a_file_then_it_is_refused(self, tmp_path):
        (tmp_path / "out").write_text("a file")

        with (
            pytest.raises(OutputError, match="is a file"),
            whole_folder(tmp_path / "out", overwrite=True),
        ):
            pass
