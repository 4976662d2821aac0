"""The networks: any size, tiles, gradients, precision."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from hdr_core.config import HdrcnnConfig, ResNetConfig, UNetConfig
from hdr_core.errors import ShapeError
from hdr_core.presets import COMPACT, PAPER, RELEASED
from hdr_core.stages.hallucinate.hdrcnn import Fuse, Hdrcnn
from hdr_core.stages.layers.resnet import ResNet
from hdr_core.stages.layers.unet import UNet

SIZES = [(1, 1), (3, 5), (67, 33)]
LEGACY = UNetConfig((4, 6, 8), (5, 3, 3), legacy_resize=True)
FOLDED = UNetConfig((6, 8), (3, 3), unshuffle=2)
SMOOTH = UNetConfig((6, 8), (3, 3), unshuffle=4, is_smooth=True)
UNETS = [
    pytest.param(LEGACY, id="legacy"),
    pytest.param(FOLDED, id="folded"),
    pytest.param(SMOOTH, id="smooth"),
]
SMALL_HDRCNN = HdrcnnConfig(((4, 4), (6,)), (6, 4))
BOTTLENECK = ResNetConfig(
    "bottleneck", 8, 7, ((4, 2, 1), (6, 2, 2)), same_padding=True, norm_eps=1e-3
)
BASIC = ResNetConfig("basic", 8, 3, ((8, 1, 1), (12, 1, 2)))
RESNETS = [pytest.param(BOTTLENECK, id="bottleneck"), pytest.param(BASIC, id="basic")]


def a_unet(config: UNetConfig, *, in_channels: int = 3) -> UNet:
    return UNet(config, in_channels, 3).eval()


def a_hdrcnn() -> Hdrcnn:
    return Hdrcnn(SMALL_HDRCNN).eval()


def run_in_tiles(network, plate: torch.Tensor, *, size_px: int) -> torch.Tensor:
    """Cut columns at multiples of ``size_px``, see ``reach_px`` beyond, join."""
    width = plate.shape[-1]
    overlap = -(-network.reach_px // network.stride) * network.stride
    tiles = []
    for start in range(0, width, size_px):
        stop = min(start + size_px, width)
        left = max(start - overlap, 0)
        seen = network(plate[..., left : stop + overlap])
        tiles.append(seen[..., start - left : stop - left])
    return torch.cat(tiles, dim=-1)


def seen_beyond_a_cell(network) -> int:
    """Farthest input column that an aligned cell of output columns depends on."""
    stride, margin = network.stride, -(-network.reach_px // network.stride) + 1
    first, last = margin * stride, (margin + 1) * stride - 1
    plate = torch.ones(1, 3, stride, (2 * margin + 1) * stride, dtype=torch.float64)
    plate.requires_grad_()
    network(plate)[..., first : last + 1].sum().backward()
    columns = plate.grad.abs().sum(dim=(0, 1, 2)).nonzero().flatten()
    return max(first - columns.min().item(), columns.max().item() - last)


def make_averaging(network):
    """Give each layer equal weights: what a sample can see, it then does see."""
    for layer in network.double().modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.constant_(layer.weight, 1.0 / layer.weight[0].numel())
    if isinstance(network, Hdrcnn):
        network.mean_bgr.zero_()
    return network


def is_seen(network: Hdrcnn, column: int) -> bool:
    """Whether light in ``column`` changes the eleventh cell of columns.

    By trial: a gradient passes a maximum of equals on one side only.
    """
    stride = network.stride
    dark = torch.ones(1, 3, stride, 21 * stride, dtype=torch.float64)
    lit = dark.clone()
    lit[..., column] = 2.0
    changed = network(lit) != network(dark)
    return bool(changed[..., 10 * stride : 11 * stride].any())


def has_gradient_everywhere(network: nn.Module) -> bool:
    gradients = [weights.grad for weights in network.parameters()]
    return all(
        gradient is not None and gradient.isfinite().all() and gradient.any()
        for gradient in gradients
    )


class TestUNet:
    @pytest.mark.parametrize("size", SIZES, ids=str)
    @pytest.mark.parametrize("config", UNETS)
    def test_when_the_plate_has_any_size_then_the_result_has_it_too(self, config, size):
        result = a_unet(config, in_channels=9)(torch.rand(2, 9, *size))

        assert result.shape == (2, 3, *size)
        assert result.isfinite().all()

    @pytest.mark.parametrize(
        "config",
        [
            pytest.param(RELEASED.dequantize.unet, id="released"),
            pytest.param(PAPER.dequantize.unet, id="paper"),
            pytest.param(COMPACT.dequantize.unet, id="compact"),
            pytest.param(COMPACT.refine.unet, id="compact refine"),
        ],
    )
    def test_when_reach_is_stated_then_it_is_what_is_seen(self, config):
        thin = replace(config, channels=(2,) * len(config.channels))
        network = make_averaging(a_unet(thin))

        assert seen_beyond_a_cell(network) == network.reach_px

    @pytest.mark.parametrize("config", UNETS)
    def test_when_tiled_with_enough_overlap_then_nothing_changes(self, config):
        network = a_unet(config)
        plate = torch.rand(1, 3, 13, 8 * network.reach_px // 2 + 3)

        with torch.no_grad():
            whole = network(plate)
            tiled = run_in_tiles(network, plate, size_px=4 * network.stride)

        torch.testing.assert_close(tiled, whole, rtol=0.0, atol=1e-5)

    def test_when_smooth_then_pixels_lie_on_the_line_between_samples(self):
        network = a_unet(SMOOTH)

        with torch.no_grad():
            row = network(torch.rand(1, 3, 16, 32))[0, 0, 9]

        # Samples stand in the middle of four pixels: between them, nothing bends.
        bends = row.diff().diff()
        assert bends[2:].unfold(0, 2, 4).abs().max() < 1e-5
        assert bends.abs().max() > 1e-3

    @pytest.mark.parametrize("config", UNETS)
    def test_when_trained_then_every_weight_learns(self, config):
        network = a_unet(config)

        network(torch.rand(1, 3, 16, 16)).square().sum().backward()

        assert has_gradient_everywhere(network)


class TestResNet:
    @pytest.mark.parametrize("size", SIZES, ids=str)
    @pytest.mark.parametrize("config", RESNETS)
    def test_when_the_plate_has_any_size_then_features_are_pooled(self, config, size):
        network = ResNet(config, in_channels=5).eval()

        features = network(torch.rand(2, 5, *size))

        assert features.shape == (2, network.out_channels)
        assert features.isfinite().all()

    @pytest.mark.parametrize(
        ("config", "expected"), [(BOTTLENECK, 24), (BASIC, 12)], ids=["24", "12"]
    )
    def test_when_blocks_expand_then_out_channels_say_so(self, config, expected):
        assert ResNet(config, in_channels=5).out_channels == expected

    @pytest.mark.parametrize(
        ("config", "expected"), [(BOTTLENECK, 1), (BASIC, 0)], ids=["one", "none"]
    )
    def test_when_convolutions_have_a_bias_then_it_is_the_stem(self, config, expected):
        layers = ResNet(config, in_channels=5).modules()

        biases = [x.bias for x in layers if isinstance(x, nn.Conv2d)]

        assert sum(bias is not None for bias in biases) == expected
        assert (biases[0] is not None) == bool(expected)

    @pytest.mark.parametrize("config", RESNETS)
    def test_when_trained_then_every_weight_learns(self, config):
        network = ResNet(config, in_channels=5)

        network(torch.rand(2, 5, 32, 32)).square().sum().backward()

        assert has_gradient_everywhere(network)


class TestHdrcnn:
    @pytest.mark.parametrize("size", SIZES, ids=str)
    def test_when_the_plate_has_any_size_then_light_is_not_negative(self, size):
        light = a_hdrcnn()(torch.rand(2, 3, *size))

        assert light.shape == (2, 3, *size)
        assert light.isfinite().all()
        assert light.min() >= 0.0

    def test_when_a_plate_is_red_then_vgg_sees_it_as_bgr(self):
        seen = []
        network = a_hdrcnn()
        network.encoder[0].register_forward_pre_hook(lambda _, x: seen.append(x[0]))

        network(torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1))

        expected = torch.tensor([-103.939, -116.779, 255.0 - 123.68])
        torch.testing.assert_close(seen[0][0, :, 0, 0], expected)

    def test_when_fresh_then_a_skip_is_scaled_and_added(self):
        fused = Fuse(2)(torch.full((1, 2, 1, 1), 0.5), torch.full((1, 2, 1, 1), 51.0))

        torch.testing.assert_close(fused.flatten(), torch.tensor([0.7, 0.7]))

    def test_when_reach_is_stated_then_it_is_what_is_seen(self):
        network = make_averaging(a_hdrcnn())
        first, last = 10 * network.stride, 11 * network.stride - 1
        reach = network.reach_px

        beyond = [is_seen(network, x) for x in (first - reach - 1, last + reach + 1)]
        within = [is_seen(network, x) for x in (first - reach, last + reach)]

        assert not any(beyond)
        assert any(within)

    def test_when_tiled_with_enough_overlap_then_nothing_changes(self):
        network = a_hdrcnn()
        plate = torch.rand(1, 3, 7, 83)

        with torch.no_grad():
            whole = network(plate)
            tiled = run_in_tiles(network, plate, size_px=4 * network.stride)

        torch.testing.assert_close(tiled, whole, rtol=1e-5, atol=1e-5)

    def test_when_trained_then_every_weight_learns(self):
        network = Hdrcnn(SMALL_HDRCNN)

        network(torch.rand(2, 3, 16, 16)).square().sum().backward()

        assert has_gradient_everywhere(network)

    def test_when_the_plate_is_grey_then_the_error_says_so(self):
        with pytest.raises(ShapeError, match="linear"):
            a_hdrcnn()(torch.rand(1, 1, 8, 8))


class TestPrecision:
    @pytest.mark.parametrize(
        "build",
        [
            pytest.param(lambda: a_unet(LEGACY), id="legacy U-Net"),
            pytest.param(lambda: a_unet(FOLDED), id="folded U-Net"),
            pytest.param(lambda: ResNet(BOTTLENECK, 3).eval(), id="bottleneck"),
            pytest.param(lambda: ResNet(BASIC, 3).eval(), id="basic"),
            pytest.param(a_hdrcnn, id="HDRCNN"),
        ],
    )
    def test_when_run_in_bfloat16_then_it_stays_near_float32(self, build):
        network = build()
        plate = torch.rand(2, 3, 19, 22)

        with torch.no_grad():
            exact = network(plate)
            channels_last = torch.channels_last
            network = network.to(memory_format=channels_last)
            plate = plate.contiguous(memory_format=channels_last)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                rough = network(plate).float()

        assert rough.isfinite().all()
        assert (rough - exact).abs().mean() < 0.03 * exact.abs().mean()
