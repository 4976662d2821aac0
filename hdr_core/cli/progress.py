"""Progress of a command: a bar in a terminal, or lines for a farm."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hdr_core.cli.report import line


class Bar:
    """Shows how many plates are done.

    Args:
        draw: Called with the number of plates and the speed; None shows nothing.
    """

    def __init__(self, draw: Callable[[float, str], None] | None = None) -> None:
        self._draw = draw
        self._speed = ""

    def update(self, n_done: float, *, megapixels_per_s: float | None = None) -> None:
        """Show the progress.

        Args:
            n_done: Number of plates that are done, parts included.
            megapixels_per_s: Speed; None keeps the last one.
        """
        if megapixels_per_s:
            self._speed = f"{megapixels_per_s:.2f} megapixels/s"
        if self._draw is not None:
            self._draw(n_done, self._speed)


@contextmanager
def progress_bar(
    n_plates: int, *, is_shown: bool, is_openjd: bool = False
) -> Iterator[Bar]:
    """Give a bar on stderr; without a terminal it shows nothing.

    Args:
        n_plates: Number of all plates.
        is_shown: False shows nothing.
        is_openjd: Print lines of Open Job Description on stdout instead.
    """
    if is_openjd:
        yield _openjd_bar(n_plates)
        return
    if not is_shown or not sys.stderr.isatty():
        yield Bar()
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.BarColumn(),
        progress.TextColumn("{task.completed:.1f} of {task.total:.0f} plates"),
        progress.TextColumn("{task.description}"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(
        *columns,
        console=Console(stderr=True),
        # Results in a pipe must not become a part of the bar.
        redirect_stdout=sys.stdout.isatty(),
    ) as shown:
        task = shown.add_task("", total=n_plates)

        def draw(n_done: float, speed: str) -> None:
            shown.update(task, completed=n_done, description=speed)

        yield Bar(draw)


def _openjd_bar(n_plates: int) -> Bar:
    """Return a bar that prints a line at each new percent."""
    last_percent = -1

    def draw(n_done: float, speed: str) -> None:
        nonlocal last_percent
        percent = int(100 * n_done / n_plates)
        if percent != last_percent:
            last_percent = percent
            line(f"openjd_progress: {percent}")
            line(f"openjd_status: {n_done:.1f} of {n_plates} plates {speed}".rstrip())

    return Bar(draw)
