"""``python -m tools.render_scenes``: render the scenes, and write their manifest.

    python -m tools.render_scenes -o out/renders

Needs a Python with bpy 5.0 (``pip install bpy==5.0.1`` in Python 3.11). Everything in
the scenes is made by these files, so that the frames are free of other rights (CC0).
``hdr-core evaluate --renders out/renders`` makes plates of them.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bpy

from tools.render_scenes import indoor, outdoor, studio
from tools.render_scenes.render import empty_scene, render

# A function builds a scene and returns its exposure in stops.
SCENES: dict[str, Callable[[], float]] = {
    "room": indoor.room,
    "fire": indoor.fire,
    "street": outdoor.street,
    "sky": outdoor.sky,
    "product": studio.product,
    "still_life": studio.still_life,
}


def main(arguments: list[str]) -> int:
    """Render and return the exit code."""
    parser = argparse.ArgumentParser(prog="tools.render_scenes", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("scenes", nargs="*", help=f"of {', '.join(SCENES)}")
    options = parser.parse_args(arguments)
    if unknown := set(options.scenes) - set(SCENES):
        parser.error(f"no scene {', '.join(sorted(unknown))}; of {', '.join(SCENES)}")
    size = options.width, options.width * 9 // 16
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.scenes or SCENES:
        started = time.process_time()
        empty_scene()
        stops = SCENES[name]()
        path = options.output / f"{name}.exr"
        render(path, size=size, samples=options.samples, stops=stops)
        print(f"{name}: {time.process_time() - started:.0f} s of CPU", flush=True)
    write_manifest(options.output)
    return 0


def write_manifest(folder: Path) -> None:
    """Write renders.json, the list of the frames in a folder."""
    names = [name for name in SCENES if (folder / f"{name}.exr").is_file()]
    manifest = {
        "licence": "CC0-1.0",
        "made_by": f"tools/render_scenes, Blender {bpy.app.version_string}, Cycles",
        "space": "lin_rec709_scene",
        "scenes": [{"name": name, "file": f"{name}.exr"} for name in names],
    }
    text = json.dumps(manifest, indent=2) + "\n"
    (folder / "renders.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
