"""``hdr-core convert``: plates to scene-linear EXR files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from hdr_core.checks import require_within
from hdr_core.cli.exit_codes import exit_code
from hdr_core.cli.heap import without_collecting
from hdr_core.cli.host import Host
from hdr_core.cli.options import CONFIG_DEFAULT
from hdr_core.cli.report import ConvertReport
from hdr_core.config import Options, Stage, TileConfig
from hdr_core.delivery.outcome import Outcome, Summary
from hdr_core.delivery.outputs import plan_outputs, require_writable
from hdr_core.delivery.write_config import Aov, WriteConfig
from hdr_core.errors import OptionError

if TYPE_CHECKING:
    from hdr_core.delivery.batch import Batch

LOOK, COLOR, STORAGE, RUN = "The light", "The colors", "The file", "The run"
DEFAULT_PRESET = "compact"
TILE_PX = (64, 16384)


def convert(
    context: typer.Context,
    plates: Annotated[
        list[Path],
        typer.Argument(
            metavar="PLATE...",
            help="Pictures, sequences (plate.####.png), movies, folders.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="A file for one plate, plate.####.exr for a shot, a folder for "
            "several: {stem}_hdr.exr.",
        ),
    ],
    *,
    frames: Annotated[
        str,
        typer.Option(
            metavar="RANGE",
            help="Of a shot: 1001-1100, 1001-1100x2, 1,5,9.",
            show_default="all on disk",
        ),
    ] = "",
    shot: Annotated[
        str,
        typer.Option(
            metavar="FILE|none",
            help="What hdr-core analyze wrote; none: every frame stands alone.",
            show_default="analyze the frames first",
        ),
    ] = "",
    preset: Annotated[
        Literal["compact", "paper", "released"] | None,
        typer.Option(help="Size of the networks.", show_default=DEFAULT_PRESET),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="A weights file instead of a preset's own.")
    ] = None,
    fidelity: Annotated[
        Literal["plate", "free"],
        typer.Option(
            help="plate: re-shot, the result gives the plate, code for code.",
            rich_help_panel=LOOK,
        ),
    ] = "plate",
    tolerance_codes: Annotated[
        float | None,
        typer.Option(
            help="Codes by which a re-shot value may be off.",
            show_default="0; by its quality for a JPEG",
            rich_help_panel=LOOK,
        ),
    ] = None,
    skip: Annotated[
        str,
        typer.Option(
            metavar="STAGES",
            help="Stages to leave out: dequantize,hallucinate,refine.",
            rich_help_panel=LOOK,
        ),
    ] = "",
    strength: Annotated[
        float,
        typer.Option(help="Share of the added light, 0..1.", rich_help_panel=LOOK),
    ] = 1.0,
    boldness: Annotated[
        float,
        typer.Option(
            help="How much light to believe in, 0..1; 0.5 is the median.",
            rich_help_panel=LOOK,
        ),
    ] = 0.5,
    ceiling: Annotated[
        float | None,
        typer.Option(
            metavar="STOPS", help="Most light above clip.", rich_help_panel=LOOK
        ),
    ] = None,
    exposure: Annotated[
        float,
        typer.Option(
            metavar="STOPS", help="Gain on the whole result.", rich_help_panel=LOOK
        ),
    ] = 0.0,
    linearize: Annotated[
        str,
        typer.Option(
            metavar="auto|network|SPACE",
            help="The plate's encoding: estimated (auto, network), or a color space's "
            "name, alias or role, or DISPLAY/VIEW.",
            rich_help_panel=COLOR,
        ),
    ] = Options.linearize,
    working_space: Annotated[
        str,
        typer.Option(
            metavar="SPACE",
            help="Scene-linear color space of the result: name, alias or role.",
            rich_help_panel=COLOR,
        ),
    ] = "scene_linear",
    color_config: Annotated[
        str | None,
        typer.Option(
            "--config",
            metavar="PATH|ocio://...",
            help="OpenColorIO config.",
            show_default=CONFIG_DEFAULT,
            rich_help_panel=COLOR,
        ),
    ] = None,
    aov: Annotated[
        str,
        typer.Option(
            metavar="LAYERS",
            help="Of mask,gain,uncertainty,linear,dequantized; or none.",
            rich_help_panel=STORAGE,
        ),
    ] = "mask,gain,uncertainty",
    depth: Annotated[
        Literal["auto", "half", "float"],
        typer.Option(
            help="auto: half where it keeps every code.", rich_help_panel=STORAGE
        ),
    ] = "auto",
    compression: Annotated[
        str, typer.Option(help="Of the EXR.", rich_help_panel=STORAGE)
    ] = "zip",
    preview: Annotated[
        bool,
        typer.Option(
            "--preview",
            help="Write PNGs at 0, -3 and -6 stops beside the EXR.",
            rich_help_panel=STORAGE,
        ),
    ] = False,
    aov_files: Annotated[
        bool,
        typer.Option(
            "--aov-files",
            help="A file for each layer, for programs that read only the first part.",
            rich_help_panel=STORAGE,
        ),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace results; without it they are skipped.",
            rich_help_panel=STORAGE,
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Take a plate that is already HDR as a clipped one.",
            rich_help_panel=RUN,
        ),
    ] = False,
    panorama: Annotated[
        Literal["auto", "on", "off"],
        typer.Option(
            help="Whether a plate is a 360 x 180 degree panorama, without border.",
            rich_help_panel=RUN,
        ),
    ] = "auto",
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"],
        typer.Option(help="Where the networks run.", rich_help_panel=RUN),
    ] = "auto",
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"],
        typer.Option(help="Numbers of the networks.", rich_help_panel=RUN),
    ] = "auto",
    tile: Annotated[
        int,
        typer.Option(metavar="PX", help="Side of a tile.", rich_help_panel=RUN),
    ] = TileConfig.size_px,
    memory: Annotated[
        float | None,
        typer.Option(
            metavar="GIB",
            help="Most memory; what does not fit lies on disk while it is needed.",
            show_default="a quarter of what is free, 2 at most",
            min=0.5,
            rich_help_panel=RUN,
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would be done.", rich_help_panel=RUN),
    ] = False,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="One object a line on stdout; the last is a summary.",
            rich_help_panel=RUN,
        ),
    ] = False,
    openjd: Annotated[
        bool,
        typer.Option(
            "--openjd",
            help="Tell progress in a farm's words: openjd_progress.",
            rich_help_panel=RUN,
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Only errors.", rich_help_panel=RUN)
    ] = False,
) -> None:
    """Make scene-linear EXR files of plates, with the light that they clipped."""
    require_within(tile, *TILE_PX, name="tile")
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
    )
    with without_collecting():
        from hdr_core.color.spaces import require_colors
        from hdr_core.delivery.batch import Batch
        from hdr_core.delivery.shots import Shots

    require_colors(config)
    writing = WriteConfig(
        aovs=cast("tuple[Aov, ...]", split_names(aov)),
        depth=depth,
        compression=compression,
        has_preview=preview,
        has_layer_files=aov_files,
        is_forced=force,
    )
    plan = plan_outputs(plates, output, frames=frames)
    require_writable(plan.tasks[0].output.parent)
    batch = Batch(
        tasks=plan.tasks,
        shots=Shots(plan.shots, asked=shot, is_forced=force),
        weights=str(weights or preset or DEFAULT_PRESET),
        config=config,
        writing=writing,
        is_overwriting=overwrite,
    )
    reporter = ConvertReport(is_json=json, is_quiet=quiet, is_openjd=openjd)
    if dry_run:
        summary = batch.plan()
        for outcome in summary.outcomes:
            reporter.plate(outcome)
    else:
        summary = run_batch(batch, context.obj, reporter)
    reporter.summary(summary)
    raise typer.Exit(exit_code(summary))


def run_batch(batch: "Batch", host: Host, reporter: ConvertReport) -> Summary:
    """Convert all plates of ``batch``, and report each one when it is done."""
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

        return batch.run(Caller(host.model, stop, on_outcome, bar.update))


def split_names(text: str) -> tuple[str, ...]:
    """Return the names of a comma-separated list; "none" is an empty one."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    return () if names == ("none",) else names
