"""Tasks that make something: results, the site, the package, the add-on."""

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from tools.tasks.environment import pip
from tools.tasks.other_environments import BPY, make_bpy_environment
from tools.tasks.steps import OUT, ROOT, SCRIPTS, SUFFIX, TaskError, step

DEMO_PLATES = [Path("examples", name) for name in ("dandelion.jpg", "rocket.jpg")]
# Folder in the add-on that holds the wheel of the engine.
ENGINE_WHEELS = "engine_wheels"


def demo(options: argparse.Namespace, _: list[str]) -> None:
    """Reconstruct the example plates; make PNGs at exposures, and a page of each."""
    plates = [plate.resolve() for plate in options.plates] or DEMO_PLATES
    names = [str(plate) for plate in plates]
    convert = ["convert", *names, "-o", str(OUT), "--preview", "--overwrite"]
    step(f"demo: hdr-core {' '.join(convert)}", ["hdr-core", *convert])
    for plate, name in zip(plates, names, strict=True):
        result = str(OUT / f"{plate.stem}_hdr.exr")
        page = str(OUT / f"{plate.stem}_hdr.html")
        view = ["view", result, name, "-o", page, "--overwrite"]
        step(f"demo: hdr-core {' '.join(view)}", ["hdr-core", *view])
    print(f"\nIn the folder {ROOT / OUT}:")
    for plate in plates:
        for path in sorted((ROOT / OUT).glob(f"{plate.stem}_hdr*")):
            print(f"  {path.name:28} {path.stat().st_size / 1e6:6.2f} MB")


def site(options: argparse.Namespace, _: list[str]) -> None:
    """Build the site into out/site, without a network."""
    pip("--no-build-isolation", "-e", ".[site]")
    build = ["python", "-m", "tools.site", "-o", str(OUT / "site")]
    build += ["--no-gallery"] if options.no_gallery else []
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    step("build the site", build)
    print(f"Open {OUT / 'site' / 'index.html'}")


def package(_: argparse.Namespace, __: list[str]) -> None:
    """Build sdist and wheel, and run the wheel in a clean environment."""
    pip("build")
    dist = OUT / "dist"
    shutil.rmtree(ROOT / dist, ignore_errors=True)
    # The sdist first, and the wheel from it: what is missing in it is found here.
    step("build", ["python", "-m", "build", "--no-isolation", "-o", str(dist)])
    (wheel,) = (ROOT / dist).glob("*.whl")
    step("install and run it", ["python", "-m", "tools.clean_install", str(wheel)])


def licences(_: argparse.Namespace, __: list[str]) -> None:
    """Write docs/licences.md: what hdr-core depends on, and under which licences."""
    step("list licences", ["python", "-m", "tools.licences"])


def addon(_: argparse.Namespace, __: list[str]) -> None:
    """Build the zip of the Blender add-on, with Blender's own tool."""
    python = make_bpy_environment(BPY).with_name(f"python{SUFFIX}")
    found = list((python.parents[1]).rglob("bl_pkg/cli/blender_ext.py"))
    if not found:
        raise TaskError(f"bpy {BPY} has no blender_ext.py. Remove {python.parents[1]}.")
    (ROOT / OUT).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "hdr_core"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "blender_addon", source, ignore=ignored)
        # The engine's own wheel: its dependencies come from an index, it does not.
        wheel = ["pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "."]
        step(
            "build the wheel",
            ["python", "-m", *wheel, "-w", str(source / ENGINE_WHEELS)],
        )
        places = ["--source-dir", str(source), "--output-dir", str(OUT)]
        step("build the add-on", [str(python), str(found[0]), "build", *places])


def env(_: argparse.Namespace, __: list[str]) -> None:
    """Only say where the environment is: by now it is there."""
    print(f"Ready: {SCRIPTS.relative_to(ROOT) / 'hdr-core'}")
