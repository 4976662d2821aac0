"""Pictures of curves, where matplotlib (the extra "plots") is installed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdr_core.errors import OptionError, OutputError

if TYPE_CHECKING:
    from hdr_core.camera.response import Curve


def require_matplotlib(option: str) -> None:
    """Raise OptionError if curves cannot be drawn."""
    try:
        import matplotlib as _  # noqa: F401
    except ImportError as error:
        raise OptionError(
            f"{option}: needs matplotlib. Install it with "
            "`pip install hdr-core[plots]`."
        ) from error


def draw_curve(
    path: Path, curve: "Curve", *, title: str, spread: "Curve | None" = None
) -> None:
    """Draw an inverse CRF beside sRGB's, and what it differs by.

    Args:
        path: PNG or SVG.
        curve: g, (N,).
        title: What it is of.
        spread: Standard deviation, (N,), drawn as a band on both sides.

    Raises:
        OptionError: matplotlib is not installed, or cannot write such files.
        OutputError: The file cannot be written.
    """
    require_matplotlib("--plot")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 5.0), layout="constrained")
    figure.suptitle(title)
    whole, difference = figure.subplots(1, 2)
    _draw_whole(whole, curve, spread)
    _draw_difference(difference, curve, spread)
    try:
        # Nothing of time or version: the same curve gives the same bytes.
        figure.savefig(path, metadata={"Software": None} if _is_png(path) else None)
    except ValueError as error:
        raise OptionError(f"--plot {path}: {error}.") from error
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error


def _is_png(path: Path) -> bool:
    return path.suffix.lower() == ".png"


def _draw_whole(axes: Any, curve: "Curve", spread: "Curve | None") -> None:  # noqa: ANN401 - matplotlib's
    """Draw the curve and sRGB's from black to clip."""
    from hdr_core.camera.response import curve_grid
    from hdr_core.camera.responses import inverse_srgb

    encoded = curve_grid(len(curve))
    axes.plot(encoded, curve, label="estimated")
    if spread is not None:
        _draw_band(axes, encoded, curve, spread)
    axes.plot(encoded, inverse_srgb(encoded), "--", label="sRGB")
    axes.set(
        xlabel="encoded", ylabel="scene-linear, 1 = clip", xlim=(0, 1), ylim=(0, 1)
    )
    axes.grid(alpha=0.3)
    axes.legend()


def _draw_difference(axes: Any, curve: "Curve", spread: "Curve | None") -> None:  # noqa: ANN401 - matplotlib's
    """Draw how much more light than sRGB's it gives."""
    from hdr_core.camera.response import curve_grid
    from hdr_core.camera.responses import inverse_srgb

    encoded = curve_grid(len(curve))
    difference = curve - inverse_srgb(encoded)
    axes.plot(encoded, difference, label="estimated - sRGB")
    if spread is not None:
        _draw_band(axes, encoded, difference, spread)
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set(xlabel="encoded", ylabel="more light than sRGB's", xlim=(0, 1))
    axes.grid(alpha=0.3)
    axes.legend()


def _draw_band(axes: Any, encoded: "Curve", middle: "Curve", spread: "Curve") -> None:  # noqa: ANN401 - matplotlib's
    """Draw one standard deviation on both sides."""
    label = "spread of the frames"
    axes.fill_between(
        encoded, middle - spread, middle + spread, alpha=0.25, label=label
    )
