"""One plate from file to file: read, reconstruct, choose the depth, write, preview.

There are three steps: ``open_plate``, ``reconstruct_frame`` and ``write_result``. With
many plates, the steps of different plates run at the same time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from hdr_core.backends.prepare import Model
from hdr_core.delivery.header import make_header
from hdr_core.delivery.layer_files import write_layer_files
from hdr_core.delivery.light_source import light_source, share_sources
from hdr_core.delivery.notes import alpha_kind, make_notes
from hdr_core.delivery.outcome import Converted
from hdr_core.delivery.outputs import report_path
from hdr_core.delivery.pictures import write_pictures
from hdr_core.delivery.previews import write_previews
from hdr_core.delivery.rigs import write_rig_beside
from hdr_core.delivery.sidecar import make_report, write_report
from hdr_core.delivery.without_light import without_light
from hdr_core.delivery.write_config import Aov, WriteConfig
from hdr_core.execution.run import Progress, Run, ignore_progress
from hdr_core.execution.scratch import Scratch, extent
from hdr_core.fidelity.depth import DepthChoice, choose_depth
from hdr_core.io.compression import LOSSY
from hdr_core.io.read import read_plate
from hdr_core.io.write import write_hdr
from hdr_core.options import Options
from hdr_core.panorama.detect import panorama_notes
from hdr_core.plate import Pixels, Plate
from hdr_core.reconstruction import Reconstruction, reconstruct
from hdr_core.shot.plan import PARTS, FramePlan


@dataclass(frozen=True)
class Opened:
    """A plate that has been read.

    Attributes:
        plate: The plate.
        source: Path of the plate file.
        scratch: Memory for arrays of the size of the plate.
        seconds: Time to read it.
    """

    plate: Plate
    source: Path
    scratch: Scratch
    seconds: float


def open_plate(
    source: Path,
    *,
    config: Options,
    writing: WriteConfig,
    n_at_once: int = 1,
    tiles_at_once: int = 1,
) -> Opened:
    """Read the plate in ``source``.

    Args:
        source: Path of a picture, or of a frame of a movie.
        config: Options of the reconstruction.
        writing: How the result will be written.
        n_at_once: Number of plates that share the memory.
        tiles_at_once: Number of tiles that are processed at the same time.

    Raises:
        PlateError: The plate cannot be read, or is HDR already.
    """
    started = time.perf_counter()
    scratch = Scratch(
        config.memory_gib, n_at_once=n_at_once, tiles_at_once=tiles_at_once
    )
    plate = read_plate(
        source, force=writing.is_forced, gain_map=config.gain_map, scratch=scratch
    )
    plate = plate.clipped_at(config.clip_code)
    return Opened(plate, source, scratch, time.perf_counter() - started)


def write_result(
    target: Path,
    opened: Opened,
    result: Reconstruction,
    *,
    config: Options,
    writing: WriteConfig,
    weights_sha256: str,
    seconds: float,
) -> Converted:
    """Write the result of a plate to ``target``; an existing file is replaced.

    Args:
        target: Path of the EXR.
        opened: The plate.
        result: The reconstruction of the plate.
        config: Options of the reconstruction.
        writing: How the result is written.
        weights_sha256: SHA-256 of the weights file, for the header.
        seconds: Time that the reconstruction took.

    Raises:
        OutputError: ``target`` cannot be written.
    """
    started = time.perf_counter()
    plate = opened.plate
    if writing.compression in LOSSY:
        # A lossy compression changes codes: nothing can be promised.
        result = replace(result, promise=None)
    depth, reason, violations = choose_stored(result, writing.depth)
    header = make_header(
        plate,
        result,
        config=config,
        weights_sha256=weights_sha256,
        violations=violations,
    )
    if writing.has_authors_padding:
        header["hdr_core/authors_padding"] = 1
    layers = choose_aovs(result, writing.aovs)
    # The result comes last: where it exists, all that was asked for exists.
    layer_files: dict[str, Path] = {}
    if writing.has_layer_files:
        layer_files = write_layer_files(target, result, layers, depth=depth)
    pictures = write_pictures(target, plate, result, writing)
    rig: tuple[Path | None, tuple[str, ...]] = None, ()
    if writing.has_rig:
        rig = write_rig_beside(target, result, depth, boldness=config.boldness)
    written = write_hdr(
        target,
        result.hdr,
        aovs={} if layer_files else layers,
        header=header,
        depth=depth,
        compression=writing.compression,
        overwrite=True,
    )
    previews = write_previews(target, plate, result) if writing.has_preview else []
    converted = Converted(
        plate=opened.source,
        output=target,
        previews=tuple(previews),
        layers={name: str(path) for name, path in layer_files.items()},
        pictures={kind: str(path) for kind, path in pictures.paths.items()},
        alpha=alpha_kind(plate),
        width=plate.width,
        height=plate.height,
        clipped_percent=float(header["hdr_core/clipped_percent"]),
        brightest=extent(result.hdr.pixels)[1],
        depth=depth,
        depth_reason=reason,
        tolerance_codes=result.tolerance_codes,
        violations=violations,
        light_sources=share_sources(result)._asdict(),
        gain_map=result.gain_map.describe() if result.gain_map else None,
        plate_space=result.colors.assumed,
        working_space=result.colors.working_space,
        notes=(
            *make_notes(plate, result, writing.compression, written.clamped_values),
            *pictures.notes,
            *panorama_notes(plate, config.panorama),
            *rig[1],
            *([f"by {result.backend}"] if writing.names_backend else []),
        ),
        seconds=opened.seconds + seconds + time.perf_counter() - started,
        report=report_path(target) if writing.has_report else None,
        rig=rig[0],
        anchors=result.crf_move.describe() if result.crf_move else None,
        backend=result.backend,
    )
    if converted.report is not None:
        content = make_report(plate, result, header, converted)
        write_report(converted.report, content)
    return converted


def choose_stored(
    result: Reconstruction, asked: Literal["auto", "half", "float"]
) -> DepthChoice:
    """Return the depth of a result, and how many values break the promise there.

    Args:
        result: The reconstruction.
        asked: The depth that the artist chose; "auto" keeps the promise.
    """
    choice = choose_depth(result.hdr, result.promise, is_panorama=result.is_panorama)
    if asked != "auto":
        known = choice.violations if asked == choice.depth else None
        choice = DepthChoice(asked, "as asked", known)
    if result.promise is None or choice.violations is not None:
        return choice
    count = result.violations
    if choice.depth == "half":
        count = result.promise.count_violations(result.hdr, depth="half")
    return choice._replace(violations=count)


def reconstruct_frame(
    plate: Plate,
    model: Model,
    config: Options,
    shot: FramePlan | None,
    scratch: Scratch | None,
    on_progress: Progress | None,
) -> Reconstruction:
    """Return the reconstruction of a plate.

    Args:
        plate: Encoded.
        model: The networks.
        config: Options of the reconstruction.
        shot: The frame's part of its shot's plan; None means that it has no shot.
        scratch: Memory for arrays of the size of the plate; None: by ``config``.
        on_progress: Called with the share that is done, in (0, 1]; may raise to stop.

    Raises:
        PlateError: The plate is not encoded, or holds NaN or infinite pixels.
    """
    run = Run(scratch, on_progress or ignore_progress)
    if shot is None:
        return reconstruct(plate, model, config, run=run)
    deflicker = None
    if shot.deflicker is not None:
        deflicker = shot.deflicker.astype(np.float32) / np.float32(PARTS)
    return reconstruct(
        plate,
        model,
        replace(config, panorama="on" if shot.is_panorama else "off"),
        inverse_crf=shot.inverse_crf,
        shot_stops=deflicker,
        run=run,
    )


def choose_aovs(result: Reconstruction, names: tuple[Aov, ...]) -> dict[str, Pixels]:
    """Return the layers called ``names``, by their name in the file."""
    layers: dict[Aov, Callable[[], Pixels]] = {
        "mask": lambda: result.clip_mask,
        "gain": lambda: result.gain,
        "uncertainty": lambda: result.uncertainty,
        "linear": lambda: without_light(result).pixels,
        "dequantized": lambda: result.dequantized,
        "light_source": lambda: light_source(result),
    }
    return {name: layers[name]() for name in names}
