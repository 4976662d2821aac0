"""``hdr-core convert``: plates to scene-linear EXR files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from hdr_core.checks import require_within
from hdr_core.cli import anchor_options, options, output_options, picture_options
from hdr_core.cli.convert_report import ConvertReport
from hdr_core.cli.exit_codes import exit_code
from hdr_core.cli.heap import without_collecting
from hdr_core.cli.host import Host
from hdr_core.delivery.outcome import Outcome, Summary
from hdr_core.delivery.outputs import Plan, plan_outputs, require_writable
from hdr_core.delivery.planning import plan_batch
from hdr_core.delivery.write_config import Aov, Picture, WriteConfig
from hdr_core.errors import OptionError
from hdr_core.options import Options, Stage, TileConfig

if TYPE_CHECKING:
    from hdr_core.delivery.batch import Batch


def convert(
    context: typer.Context,
    plates: Annotated[
        list[Path],
        options.plates("Pictures, sequences (plate.####.png), movies, folders."),
    ],
    output: Annotated[
        Path,
        options.output(
            "OUT",
            "A file for one plate, plate.####.exr for a shot, a folder for several: "
            "{stem}_hdr.exr.",
        ),
    ],
    *,
    frames: options.Frames = options.ALL_FRAMES,
    shot: options.ShotPlan = "",
    preset: options.Preset = None,
    weights: options.WeightsFile = None,
    fidelity: options.Fidelity = Options.fidelity,
    authors_padding: options.AuthorsPadding = WriteConfig.has_authors_padding,
    tolerance_codes: options.ToleranceCodes = Options.tolerance_codes,
    skip: options.Skip = options.SKIP,
    strength: options.Strength = Options.strength,
    boldness: options.Boldness = Options.boldness,
    ceiling: options.CeilingStops = Options.ceiling_stops,
    exposure: options.ExposureStops = Options.exposure_stops,
    gain_map: options.GainMap = Options.gain_map,
    grey: anchor_options.Grey = [],  # noqa: B006 - typer's
    white: anchor_options.White = [],  # noqa: B006 - typer's
    chart: anchor_options.Chart = "",
    match: anchor_options.Match = None,
    exposures: anchor_options.Exposures = [],  # noqa: B006 - typer's
    linearize: options.Linearize = Options.linearize,
    clip_level: options.ClipLevel = Options.clip_code,
    working_space: options.WorkingSpace = options.WORKING_SPACE,
    color_config: options.ColorConfig = Options.color_config,
    aov: output_options.Aovs = output_options.AOV,
    depth: output_options.Depth = WriteConfig.depth,
    compression: output_options.Compression = WriteConfig.compression,
    preview: output_options.Preview = WriteConfig.has_preview,
    aov_files: output_options.AovFiles = WriteConfig.has_layer_files,
    deliver: picture_options.Deliver = picture_options.NONE,
    reference_white: picture_options.ReferenceWhite = WriteConfig.white_nits,
    peak: picture_options.Peak = WriteConfig.peak_nits,
    keep_location: picture_options.KeepLocation = WriteConfig.keeps_place,
    write_report: output_options.Report = WriteConfig.has_report,
    split: output_options.Split = WriteConfig.has_rig,
    overwrite: output_options.Overwrite = False,
    force: options.Force = WriteConfig.is_forced,
    panorama: options.Panorama = Options.panorama,
    backend: options.Backend = "auto",
    graphs: options.Graphs = None,
    device: options.Device = Options.device,
    precision: options.Precision = Options.precision,
    tile: options.TilePx = TileConfig.size_px,
    memory: options.MemoryGib = Options.memory_gib,
    dry_run: options.DryRun = False,
    json: options.Json = False,
    openjd: options.OpenJd = False,
    quiet: options.Quiet = False,
) -> None:
    """Make scene-linear EXR files from plates, with the light that was clipped."""
    require_within(tile, *options.TILE_PX, name="tile")
    if preset and weights:
        raise OptionError("--preset and --weights: choose one of them.")
    config = Options(
        color_config=color_config,
        linearize=linearize,
        working_space=working_space,
        fidelity=fidelity,
        tolerance_codes=tolerance_codes,
        skip=cast("tuple[Stage, ...]", split_names(skip)),
        strength=strength,
        boldness=boldness,
        ceiling_stops=ceiling,
        exposure_stops=exposure,
        device=device,
        precision=precision,
        tiles=TileConfig(size_px=tile),
        panorama=panorama,
        memory_gib=memory,
        gain_map=gain_map,
        clip_code=clip_level,
        anchors=anchor_options.make_anchors(
            grey=grey, white=white, chart=chart, match=match, exposures=exposures
        ),
    )
    from hdr_core.color.spaces import require_colors
    from hdr_core.delivery.require_pictures import require_pictures

    require_colors(config)
    writing = WriteConfig(
        aovs=cast("tuple[Aov, ...]", split_names(aov)),
        depth=depth,
        compression=compression,
        has_preview=preview,
        has_layer_files=aov_files,
        has_report=write_report,
        has_rig=split,
        is_forced=force,
        has_authors_padding=authors_padding,
        pictures=cast("tuple[Picture, ...]", split_names(deliver)),
        white_nits=reference_white,
        peak_nits=peak,
        keeps_place=keep_location,
    )
    require_pictures(writing)
    plan = plan_outputs(plates, output, frames=frames)
    anchor_options.require_one_plate(
        config.anchors,
        n_plates=len(plan.tasks),
        n_shots=0 if shot == "none" else len(plan.shots),
        has_padding=authors_padding,
    )
    require_writable(plan.tasks[0].output.parent)
    reporter = ConvertReport(is_json=json, is_quiet=quiet, is_openjd=openjd)
    for path, reason in plan.left_out:
        reporter.left_out(path, reason)
    if dry_run:
        summary = plan_batch(
            plan.tasks, is_overwriting=overwrite, has_report=write_report
        )
        for outcome in summary.outcomes:
            reporter.plate(outcome)
    else:
        with without_collecting():
            from hdr_core.backends.choose import BackendChoice
            from hdr_core.delivery.batch import Batch
            from hdr_core.delivery.shots import Shots
        batch = Batch(
            tasks=plan.tasks,
            shots=Shots(plan.shots, asked=shot, is_forced=force),
            backend=BackendChoice(
                str(weights or preset or options.PRESET),
                backend,
                graphs,
                needs_torch=needs_torch(plan, shot, authors_padding=authors_padding),
                prefers_torch=len(plan.tasks) > 1,
            ),
            config=config,
            writing=writing,
            is_overwriting=overwrite,
        )
        summary = run_batch(batch, context.obj, reporter)
    reporter.summary(summary)
    raise typer.Exit(exit_code(summary))


def run_batch(batch: "Batch", host: Host, reporter: ConvertReport) -> Summary:
    """Convert all plates of ``batch``; report each one when it is done."""
    from hdr_core.delivery.batch import Caller

    with (
        host.listen() as stop,
        host.bar(
            len(batch.tasks),
            is_shown=not reporter.is_quiet,
            is_openjd=reporter.is_openjd,
        ) as bar,
    ):

        def on_outcome(outcome: Outcome, so_far: Summary) -> None:
            reporter.plate(outcome)
            speed = so_far.megapixels_per_s
            bar.update(len(so_far.outcomes), megapixels_per_s=speed)

        return batch.run(Caller(host.loaders, stop, on_outcome, bar.update))


def needs_torch(plan: Plan, shot: str, *, authors_padding: bool) -> str:
    """Return what of a batch only torch can do; "" if all plates may do without."""
    if plan.shots and shot != "none":
        return "a shot"
    return "--authors-padding" if authors_padding else ""


def split_names(text: str) -> tuple[str, ...]:
    """Return the names of a comma-separated list; "none" means an empty list."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    return () if names == ("none",) else names
