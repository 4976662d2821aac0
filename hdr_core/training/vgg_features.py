"""phi of the perceptual loss: VGG-16 up to its third pooling, from a file.

    phi_l = pool(relu(conv3(... relu(conv3(phi_(l-1))))))        l = 1..3
    phi_0 = (x - m) / s

m, s  mean and deviation of the training set, for each channel

Source: Simonyan & Zisserman 2015; Liu et al. 2020 take pool1 to pool3.
Differs: the file has the names and the scale of torchvision (feature_file.py makes it).
No such file ships (docs/decisions/002).
"""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from hdr_core.errors import TrainingError

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Numbers of the convolutions of each scale in torchvision's ``features``.
SCALES = ((0, 2), (5, 7), (10, 12, 14))
REMEDY = "Make it with `hdr-core weights features`."


class VggFeatures(nn.Module):
    """phi: a tone-mapped image (B, 3, H, W) to the results of three poolings.

    Args:
        path: Safetensors file with ``features.0.weight``, ``features.0.bias`` and so
            on, as torchvision names the layers of VGG-16.

    Raises:
        TrainingError: The file cannot be read, misses a layer, or has layers that do
            not fit each other.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        try:
            found = load_file(path)
        except (SafetensorError, OSError) as error:
            raise TrainingError(f"{path}: cannot be read ({error}).") from error
        channels = 3
        for number in (number for scale in SCALES for number in scale):
            for kind in ("weight", "bias"):
                name = f"features.{number}.{kind}"
                if name not in found:
                    raise TrainingError(f"{path}: has no {name}. {REMEDY}")
                self.register_buffer(f"{kind}_{number}", found[name].float())
            weight, bias = found[f"features.{number}.weight"], found[name]
            if weight.shape != (len(bias), channels, 3, 3):
                raise TrainingError(
                    f"{path}: features.{number} does not take the {channels} channels "
                    f"before it: {tuple(weight.shape)}, {tuple(bias.shape)}. {REMEDY}"
                )
            channels = len(bias)
        shape = (1, 3, 1, 1)
        self.register_buffer("mean", torch.tensor(MEAN).view(shape))
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(shape))

    def forward(self, tone: Tensor) -> list[Tensor]:
        """Return phi_1, phi_2 and phi_3 of an image of at least 8 x 8 pixels."""
        features = (tone - self.get_buffer("mean")) / self.get_buffer("deviation")
        results = []
        for scale in SCALES:
            for number in scale:
                weight, bias = (
                    self.get_buffer(f"{kind}_{number}") for kind in ("weight", "bias")
                )
                features = functional.conv2d(features, weight, bias, padding=1).relu()
            features = functional.max_pool2d(features, 2)
            results.append(features)
        return results
