"""``hdr-core info``: what is in a plate."""

from pathlib import Path
from typing import Annotated

import typer

from hdr_core.cli import anchor_options, options, output_options
from hdr_core.cli.plate_report import report_encodings, report_plate
from hdr_core.errors import OptionError
from hdr_core.options import Options


def info(
    plate: Annotated[
        Path | None, typer.Argument(metavar="PLATE", help="A picture.")
    ] = None,
    *,
    weights: options.Networks = options.PRESET,
    plot: output_options.Plot = None,
    force: options.Force = False,
    device: options.Device = Options.device,
    gain_map: options.GainMap = Options.gain_map,
    grey: anchor_options.Grey = [],  # noqa: B006 - typer's
    white: anchor_options.White = [],  # noqa: B006 - typer's
    chart: anchor_options.Chart = "",
    match: anchor_options.Match = None,
    exposures: anchor_options.Exposures = [],  # noqa: B006 - typer's
    linearize: options.Linearize = Options.linearize,
    clip_level: options.ClipLevel = Options.clip_code,
    color_config: options.ColorConfig = Options.color_config,
    list_encodings: Annotated[
        bool,
        options.add_flag(
            "--list-encodings",
            "Instead of a plate, list the names that --linearize takes.",
            options.COLOR,
        ),
    ] = False,
    json: options.Json = False,
) -> None:
    """Report what is in a plate: size, bits, clipped share, estimated camera."""
    if list_encodings:
        from hdr_core.color.named_encoding import list_names

        report_encodings(list_names(color_config), is_json=json)
        return
    if plate is None:
        raise OptionError("info: no plate. Name one, or choose --list-encodings.")
    from hdr_core.checkpoint import load_model
    from hdr_core.delivery.inspect import inspect_plate
    from hdr_core.delivery.plot import draw_curve, require_matplotlib
    from hdr_core.io.read import read_plate

    if plot is not None:
        require_matplotlib("--plot")
    found = inspect_plate(
        read_plate(plate, force=force, gain_map=gain_map).clipped_at(clip_level),
        load_model(weights),
        config=Options(
            device=device,
            linearize=linearize,
            working_space=options.WORKING_SPACE,
            color_config=color_config,
            gain_map=gain_map,
            anchors=anchor_options.make_anchors(
                grey=grey, white=white, chart=chart, match=match, exposures=exposures
            ),
        ),
    )
    if plot is not None:
        title = plot.stem if found.path is None else found.path.name
        draw_curve(plot, found.inverse_crf, title=title)
    report_plate(found, is_json=json)
