"""The graphs that are exported.

    camera      whole plate, encoded            ->  inverse CRF
    means       whole plate, scene-linear       ->  means over areas
    gain        means                           ->  corrected gain maps
    pixels      tile, curve and gain maps       ->  HDR of the tile
    plate       whole plate, encoded            ->  HDR of the plate

The first four are the steps of a host that works by tiles; ``develop`` gives the linear
plate for ``means``. The last one is for hosts that run one tensor in, one tensor out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from hdr_core.config import GainNetworkConfig
from hdr_core.errors import OptionError
from hdr_core.execution.reduce import reduce_to_area, sample_to_area
from hdr_core.export import pieces
from hdr_core.export.capture import capture, script
from hdr_core.export.compose import Camera, Pixels, Plate
from hdr_core.model import HdrModel

# Sizes of a plate, of its means and of a tile for the capture. No side is a multiple of
# a network's stride, so that the padding is captured too.
PLATE, MEANS, TILE = (525, 813), (183, 287), (203, 235)
SIDES = {2: "height", 3: "width"}
MAP_SIDES = {2: "map_height", 3: "map_width"}


@dataclass(frozen=True)
class Graph:
    """A graph, compiled.

    Attributes:
        name: Name of the graph and of its file.
        about: What it computes, in one line.
        module: The graph as TorchScript.
        inputs: Example of each input, by name.
        output: Name of the result.
        dynamic: Names of the axes whose length is free, by name of the tensor.
    """

    name: str
    about: str
    module: torch.jit.ScriptModule
    inputs: Mapping[str, Tensor]
    output: str
    dynamic: Mapping[str, Mapping[int, str]]


def build_graphs(
    model: HdrModel, *, on_progress: Callable[[str], None] | None = None
) -> list[Graph]:
    """Return all graphs of a model.

    Args:
        model: The networks, on the CPU.
        on_progress: Called with the name of each piece before it is captured.

    Raises:
        OptionError: Stage 3 of the model works tile by tile, as HDRCNN does, or
            stage 2 needs the result of stage 1.
    """
    require_gain_maps(model)
    return _Builder(model, on_progress or (lambda _: None)).build()


def require_gain_maps(model: HdrModel) -> None:
    """Raise OptionError if a model cannot be exported."""
    config = model.config
    has_gain_maps = isinstance(config.hallucinate.network, GainNetworkConfig)
    if has_gain_maps and config.curve_from == "plate":
        return
    raise OptionError(
        f"export: preset {config.name!r} cannot be exported, found the networks of "
        "the paper. Choose preset compact, or weights trained for it."
    )


@dataclass(frozen=True)
class _Builder:
    model: HdrModel
    on_progress: Callable[[str], None]

    def build(self) -> list[Graph]:
        size = self.model.config.linearize
        curve = torch.linspace(0.0, 1.0, size.samples)[None] ** 2.2
        plate, tile = noise(3, PLATE), noise(3, TILE)
        means, developed = noise(7, MEANS), noise(6, TILE)
        region = torch.tensor([0.0, 0.0, *map(float, PLATE)])
        controls = torch.tensor(list(pieces.CONTROLS.values()))

        camera = self._build_camera(plate)
        developing = self._capture(pieces.develop, tile, curve)
        averaging = self._capture(pieces.means, plate)
        network = self._capture(pieces.network, means)
        gain = self._capture(pieces.gain, means, network=network)
        light = self._capture(
            pieces.add_light, developed, curve, means, region, controls
        )
        parts = camera, developing, averaging, gain, light
        whole = Plate(*parts, dict(pieces.CONTROLS))

        in_tile = {
            "encoded": tile,
            "inverse_crf": curve,
            "maps": means,
            "region": region,
            "controls": controls,
        }
        return [
            Graph(
                "camera",
                "Inverse response of the camera, from the whole plate.",
                camera,
                {"encoded": plate},
                "inverse_crf",
                {"encoded": SIDES},
            ),
            Graph(
                "develop",
                "Tile after stages 1 and 2: three channels encoded, three linear.",
                developing,
                {"encoded": tile, "inverse_crf": curve},
                "developed",
                {"encoded": SIDES, "developed": SIDES},
            ),
            Graph(
                "means",
                "Means of light and clip masks over areas of the linear plate.",
                averaging,
                {"linear": plate},
                "means",
                {"linear": SIDES, "means": MAP_SIDES},
            ),
            Graph(
                "gain",
                "Gain of clipped light, from the means of the plate, once.",
                gain,
                {"means": means},
                "maps",
                {"means": MAP_SIDES, "maps": MAP_SIDES},
            ),
            Graph(
                "pixels",
                "HDR of a tile, scene-linear.",
                script(Pixels(developing, light)),
                in_tile,
                "hdr",
                {"encoded": SIDES, "maps": MAP_SIDES, "hdr": SIDES},
            ),
            Graph(
                "plate",
                "HDR of a whole plate, scene-linear.",
                script(whole),
                {"encoded": plate},
                "hdr",
                {"encoded": SIDES, "hdr": SIDES},
            ),
        ]

    def _build_camera(self, plate: Tensor) -> torch.jit.ScriptModule:
        config = self.model.config.linearize
        reduce = partial(reduce_to_area, area_px=config.fixed_area_px)
        reduce_more = partial(reduce_to_area, area_px=config.backbone_area_px)
        sample = partial(sample_to_area, area_px=config.fixed_area_px)
        reduced, samples = reduce(plate), sample(plate)
        small, distance = reduce_more(reduced), torch.tensor(2.0)
        return script(
            Camera(
                capture(reduce, [plate]),
                capture(reduce_more, [reduced]),
                capture(sample, [plate]),
                capture(pieces.distance, [plate, samples]),
                self._capture(pieces.curve, reduced, small, samples, distance),
            )
        )

    def _capture(
        self,
        piece: Callable[..., Tensor],
        *examples: Tensor,
        **leaves: torch.jit.ScriptModule,
    ) -> torch.jit.ScriptModule:
        self.on_progress(piece.__name__)
        return capture(partial(piece, self.model), examples, leaves=leaves)


def noise(channels: int, size: tuple[int, int]) -> Tensor:
    """Return values in [0, 1) for the capture, (1, channels, h, w)."""
    return torch.rand(1, channels, *size, generator=torch.Generator().manual_seed(0))
