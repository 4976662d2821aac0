"""``python -m tools.render_scenes.halve``: the small scenes that ship here.

    python -m tools.render_scenes.halve out/renders examples/renders

Each 2 x 2 pixels of a rendered scene are averaged to one. Needs hdr_core, not bpy.
"""

import shutil
import sys
from pathlib import Path

import OpenImageIO as oiio

from hdr_core.evaluation.renders import MANIFEST, load_render_set
from hdr_core.evaluation.resolution import reduce
from hdr_core.io.corpus import read_light


def main(source: Path, output: Path) -> None:
    """Write the small scenes and their list."""
    output.mkdir(parents=True, exist_ok=True)
    for path in load_render_set(source).scenes.values():
        light = reduce(read_light(path), 2)
        spec = oiio.ImageSpec(light.shape[1], light.shape[0], 3, "half")
        spec["compression"] = "zip"
        spec["colorInteropID"] = "lin_rec709_scene"
        image = oiio.ImageBuf(spec)
        image.set_pixels(image.roi, light)
        if not image.write(str(output / path.name)):
            raise OSError(image.geterror())
    shutil.copy(source / MANIFEST, output / MANIFEST)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
