"""``hdr-core view``: a result as a page for a browser."""

from pathlib import Path
from typing import Annotated

import typer

from hdr_core.checks import require_within
from hdr_core.cli import exit_codes, options, output_options, report
from hdr_core.errors import OptionError

PAGE = (".html", ".htm")
LARGEST_PX, MOST_PX = 4096, 16384


def view(
    result: Annotated[
        Path,
        typer.Argument(metavar="RESULT.exr", help="A result, or a folder of results."),
    ],
    plate: Annotated[
        Path | None,
        typer.Argument(metavar="[PLATE]", help="Its plate, or the folder of plates."),
    ] = None,
    *,
    output: Annotated[Path, options.output("PAGE.html", "The page.")],
    largest: Annotated[
        int,
        typer.Option(
            "--largest",
            metavar="PX",
            help="Longest side of the picture in the page. A larger one is reduced.",
        ),
    ] = LARGEST_PX,
    overwrite: output_options.Overwrite = False,
    json: options.Json = False,
) -> None:
    """Make one page that shows what was photographed, what was invented, how sure.

    The page opens from disk and needs no network. A folder of results gives a contact
    page, and a folder of pages beside it.
    """
    require_within(largest, 64, MOST_PX, name="largest")
    if output.suffix.lower() not in PAGE:
        raise OptionError(f"-o {output}: is not a page. Name it {output.stem}.html.")
    if plate is not None and plate.is_dir() != result.is_dir():
        raise OptionError(
            f"{plate}: give a plate for one result, or a folder of plates for a folder."
        )
    if result.is_dir():
        raise typer.Exit(_view_folder(result, plate, output, largest, overwrite, json))
    from hdr_core.view.page import write_page

    written = write_page(result, plate, output, largest_px=largest, overwrite=overwrite)
    if json:
        report.json_line({"event": "page", **vars(written)})
        return
    size = f"{written.width}x{written.height}, {written.n_bytes / 1e6:.1f} MB"
    note = f", reduced to 1/{written.reduced}" if written.reduced > 1 else ""
    report.line(f"{result} -> {output}: {size}{note}")


def _view_folder(
    folder: Path,
    plates: Path | None,
    output: Path,
    largest: int,
    is_overwriting: bool,
    is_json: bool,
) -> int:
    """Write the pages of a folder, report each, and return the exit code."""
    from hdr_core.view.contact import write_pages

    entries = []
    for entry in write_pages(
        folder, plates, output, largest_px=largest, overwrite=is_overwriting
    ):
        entries.append(entry)
        if entry.error is not None:
            report.error(entry.error)
        if is_json:
            report.json_line(
                {"event": "page", "page": entry.page, "error": entry.error}
            )
        elif entry.error is None:
            report.line(f"{entry.result} -> {entry.page}")
    n_failed = sum(entry.error is not None for entry in entries)
    if not is_json:
        report.line(f"{len(entries) - n_failed} pages -> {output}")
    if not n_failed:
        return exit_codes.DONE
    n_all = len(entries)
    return exit_codes.NOTHING_DONE if n_failed == n_all else exit_codes.SOME_FAILED
