"""Write data that is not color, as an EXR that every program can open."""

from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from hdr_core.errors import OutputError
from hdr_core.io.atomic import whole_file
from hdr_core.io.write import EPOCH
from hdr_core.plate import Pixels


def write_data(path: Path, values: Pixels, *, overwrite: bool = False) -> None:
    """Write ``values`` as half floats, tagged as data. Equal values, equal bytes.

    Args:
        path: Path of the EXR.
        values: Finite values: (H, W) as channel Y, or (H, W, 3) as R, G, B.
        overwrite: Replace an existing file.

    Raises:
        OutputError: The file exists or cannot be written.
    """
    samples = np.atleast_3d(values)
    height, width, n_channels = samples.shape
    spec = oiio.ImageSpec(width, height, n_channels, "half")
    spec.channelnames = ("Y",) if n_channels == 1 else ("R", "G", "B")
    spec.attribute("colorInteropID", "data")
    spec.attribute("compression", "zip")
    spec.attribute("DateTime", EPOCH)
    image = oiio.ImageBuf(spec)
    image.set_pixels(image.roi, np.ascontiguousarray(samples, np.float32))
    with whole_file(path, overwrite=overwrite) as hidden:
        if not image.write(str(hidden)):
            reason = " ".join(image.geterror().split())
            raise OutputError(f"{path}: cannot be written ({reason}).")
