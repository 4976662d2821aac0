"""Reconstruct plates: the cache, the request to the engine, the images.

The functions are generators. They yield Progress while the engine or Blender works,
and never block. Closing one at any yield cancels its work. ``yield from`` gives its
return value.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy

from . import engine
from .bridge import LAYERS, Result, digest, load_result, split_number
from .errors import AddonError
from .node import show_frames, show_result
from .paths import cache_folder
from .props import preferences
from .sources import source_key, take_plates

RECEIPT = "result.json"
# Start of the names of result images.
RESULT_NAME = "HDR"


@dataclass(frozen=True)
class Progress:
    """The progress of a job: text for the status bar, and a share in [0, 1]."""

    text: str
    share: float = 0.0


def reconstruct_group(
    scene_name: str, group_name: str, frames: list[int] | None
) -> Iterator[Progress]:
    """Reconstruct the source of a group and show the result in it; return its notes.

    Scene and group are passed by name, since the artist may delete them between two
    yields.

    Args:
        scene_name: Name of the scene.
        group_name: Name of a HDR Reconstruct group.
        frames: Consecutive frames; None means the current frame.

    Raises:
        AddonError: There is no source or no engine, or the engine failed.
    """
    group = _group(group_name)
    folder = cache_folder(group.hdr_core.cache)
    worker = yield from starting()
    yield from wait_for_render()
    group, scene = _group(group_name), bpy.data.scenes[scene_name]
    key = source_key(scene, group)
    plates_folder = folder / "plates" / digest(f"{key} {group_name}".encode())[:16]
    taking = take_plates(scene, group, frames, plates_folder)
    plates = yield from _with_progress(taking, "Rendering the input")
    options = convert_options(worker, group.hdr_core)
    result = yield from convert(worker, plates.files, folder, options)

    yield from wait_for_render()
    group = _group(group_name)
    images = yield from showing(result, plates.files[0])
    group = _group(group_name)
    show_result(group, images)
    if not plates.is_still:
        show_frames(
            group,
            first=plates.first,
            n_frames=len(plates.files),
            file_offset=plates.file_offset,
        )
    group.hdr_core.result_key, group.hdr_core.result_notes = key, result.notes
    return result.notes


def is_stale(scene: bpy.types.Scene, group: bpy.types.NodeTree) -> bool:
    """Return whether the source or settings changed since the shown result."""
    made_from = group.hdr_core.result_key
    return bool(made_from) and made_from != source_key(scene, group)


def convert_options(
    worker: engine.AnyWorker, settings: bpy.types.PropertyGroup | None
) -> list[str]:
    """Return the options of ``hdr-core convert`` that the artist chose.

    Raises:
        AddonError: The engine does not know one of them.
    """
    options = ["--working-space", "lin_rec709_scene", "--fidelity"]
    # Given even if it is the default, so that the same result has only one name.
    options.append("plate" if settings is None else settings.fidelity)
    if settings is not None and (space := settings.input_space.strip()):
        require_option(worker, "--linearize")
        options += ["--linearize", space]
    if (chosen := preferences()) is not None:
        options += ["--device", chosen.device, "--tile", str(chosen.tile)]
        if chosen.weights:
            options += ["--weights", bpy.path.abspath(chosen.weights)]
    return options


def require_option(worker: engine.AnyWorker, option: str) -> None:
    """Check that the engine's convert command has an option.

    Raises:
        AddonError: It does not have the option.
    """
    if option not in worker.hello["convert_options"]:
        raise AddonError(
            f"the engine ({worker.hello['version']}) does not know {option}. Update it."
        )


def convert(
    worker: engine.AnyWorker, plates: list[Path], folder: Path, options: list[str]
) -> Iterator[Progress]:
    """Convert plates into a folder of their own; return the Result of the first one.

    An existing result of the same files, options and weights is used again.

    Raises:
        AddonError: The engine failed.
    """
    facts = [worker.hello["version"], worker.hello["weights_sha256"], *options]
    for name in [plates[0], plates[-1], *_weights_file(options)]:
        state = name.stat()
        facts += [str(name), str(state.st_mtime_ns), str(state.st_size)]
    facts.append(str(len(plates)))
    target = folder / digest("\n".join(facts).encode())[:16]
    receipt = target / RECEIPT
    if (existing := _find_result(receipt, plates)) is not None:
        return existing
    command = ["convert", *_plates_and_output(worker, plates, target), "--json"]
    command += ["--aov", ",".join(LAYERS), "--aov-files", *options]
    if receipt.is_file():
        # Some files are missing: convert all plates again.
        command.append("--overwrite")
    payload = yield from _run_convert(command, len(plates))
    if payload is None:
        # All files exist, but the run was stopped before the receipt was written.
        payload = yield from _run_convert([*command, "--overwrite"], len(plates))
    payload |= _files(target, plates[0])
    receipt.write_text(json.dumps(payload), encoding="utf-8")
    return Result.of(payload)


def _plates_and_output(
    worker: engine.AnyWorker, plates: list[Path], target: Path
) -> list[str]:
    """Return the arguments for plates and output; several plates become one shot."""
    if len(plates) == 1:
        return [str(plates[0]), "-o", str(target / f"{plates[0].stem}_hdr.exr")]
    if "--frames" not in worker.hello["convert_options"]:
        return [*map(str, plates), "-o", str(target)]
    head, first, tail = split_number(plates[0])
    _, last, _ = split_number(plates[-1])
    pattern = Path(f"{head}{'#' * len(first)}{tail}")
    output = target / f"{pattern.stem}_hdr.exr"
    frames = f"{int(first)}-{int(last)}"
    source = str(plates[0].with_name(pattern.name))
    return [source, "-o", str(output), "--frames", frames]


def _files(target: Path, plate: Path) -> dict[str, object]:
    """Return the paths of the result of ``plate`` and of its layers."""
    output = target / f"{plate.stem}_hdr.exr"
    layers = {name: output.with_name(f"{output.stem}_{name}.exr") for name in LAYERS}
    return {"output": str(output), "layers": {n: str(p) for n, p in layers.items()}}


def _find_result(receipt: Path, plates: list[Path]) -> Result | None:
    """Return an existing result; None if a file of it is missing."""
    if not receipt.is_file():
        return None
    payload = json.loads(receipt.read_text(encoding="utf-8"))
    for plate in plates:
        found = Result.of(payload | _files(receipt.parent, plate))
        if not all(path.is_file() for path in found.files().values()):
            return None
    return Result.of(payload)


def _run_convert(command: list[str], n_plates: int) -> Iterator[Progress]:
    """Run a convert command; return the message on its first plate.

    Returns None if all results existed already.
    """
    running = asking(command, "Reconstructing")
    try:
        while True:
            try:
                progress = next(running)
            except StopIteration as end:
                done = [one for one in end.value.results if _is_done(one)]
                return done[0] if done else None
            frame = min(int(progress.share * n_plates) + 1, n_plates)
            frames = f" frame {frame} of {n_plates}" if n_plates > 1 else ""
            yield Progress(f"{progress.text}{frames}", progress.share)
    finally:
        running.close()


def _is_done(payload: dict) -> bool:
    return payload.get("status") == "done"


def showing(result: Result, plate: Path) -> Iterator[Progress]:
    """Return the images of a result, by layer.

    Raises:
        AddonError: A file is missing, or the config lacks its color space.
    """
    images: dict[str, bpy.types.Image] = {}
    for images in load_result(result, name=f"{RESULT_NAME} {plate.stem}"):  # noqa: B007
        yield Progress("Reading the result", 1.0)
    return images


def wait_for_render() -> Iterator[Progress]:
    """Wait until no render is running, since data must not change during a render."""
    while bpy.app.is_job_running("RENDER"):
        yield Progress("Waiting for the render to end")


def starting() -> Iterator[Progress]:
    """Start the engine if needed, and return it once it answers.

    Raises:
        AddonError: There is no engine, or it does not answer.
    """
    steps = engine.started()
    while True:
        yield Progress("Starting the engine")
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def asking(command: list[str], text: str) -> Iterator[Progress]:
    """Run a command of the engine and return its Request.

    Raises:
        AddonError: The command failed.
    """
    running = engine.run(command)
    try:
        while True:
            try:
                request = next(running)
            except StopIteration as end:
                return end.value
            yield Progress(text, getattr(request, "share", 0.0))
    finally:
        running.close()


def _with_progress(work: Iterator[float], text: str) -> Iterator[Progress]:
    """Yield the shares of ``work`` as Progress; return its return value."""
    try:
        while True:
            try:
                share = next(work)
            except StopIteration as end:
                return end.value
            yield Progress(text, share)
    finally:
        work.close()


def _group(name: str) -> bpy.types.NodeTree:
    """Return a HDR Reconstruct group that is not linked from another file."""
    group = bpy.data.node_groups.get(name)
    if group is None or not group.hdr_core.is_node:
        raise AddonError(f"{name}: the node was deleted. Results are in its cache.")
    if group.library is not None:
        raise AddonError(
            f"{name}: is linked from {group.library.filepath}. Make it local first."
        )
    return group


def _weights_file(options: list[str]) -> list[Path]:
    """Return the weights file among the options, if there is one."""
    if "--weights" not in options:
        return []
    path = Path(options[options.index("--weights") + 1])
    if not path.is_file():
        raise AddonError(f"{path}: no such weights file. Choose another.")
    return [path]
