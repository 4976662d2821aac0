"""Write each layer as an EXR, for programs that read only the first part of a file."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from hdr_core.execution.scratch import bands
from hdr_core.fidelity.camera import plate_codes
from hdr_core.io.data import write_data
from hdr_core.io.write import write_hdr
from hdr_core.plate import Depth, Pixels
from hdr_core.reconstruction import Reconstruction


def write_layer_files(
    target: Path,
    result: Reconstruction,
    layers: Mapping[str, Pixels],
    *,
    depth: Depth,
) -> dict[str, Path]:
    """Write ``layers`` beside ``target``, each to ``{stem}_{layer}.exr``.

    A host program can mix the result with the layers "linear" and "uncertainty":

    - "linear" is the result of strength 0, in the same color space and exposure.
    - "uncertainty" has a value for each channel. With a promise, it is 0 where the
      channel is not clipped.

    Args:
        target: Path of the result's EXR.
        result: The reconstruction.
        layers: Arrays (H, W) or (H, W, 3), by name.
        depth: Number format of "linear"; all other layers are half floats.

    Returns:
        Paths of the files, by the layer's name.

    Raises:
        OutputError: A file cannot be written.
    """
    files = {}
    for name, values in layers.items():
        path = target.with_name(f"{target.stem}_{name}.exr")
        if name == "linear":
            without = replace(result.hdr, pixels=values)
            write_hdr(path, without, depth=depth, overwrite=True)
        elif name == "uncertainty":
            write_data(path, channel_uncertainty(result), overwrite=True)
        else:
            write_data(path, values, overwrite=True)
        files[name] = path
    return files


def channel_uncertainty(result: Reconstruction) -> Pixels:
    """Return the uncertainty of each channel in stops; unclipped ones may have 0."""
    each = np.repeat(result.uncertainty[..., None], 3, axis=2)
    if (promise := result.promise) is not None:
        clipped_from = promise.max_code - promise.tolerance_codes
        for band in bands(each):
            codes = plate_codes(promise.encoded[band], promise.max_code)
            each[band] *= codes >= clipped_from
    return each
