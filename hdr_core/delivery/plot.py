"""Plots of camera curves and of light sources, drawn with matplotlib.

matplotlib is the extra "plots": it is imported when something is drawn.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hdr_core.camera.curves import Curve
from hdr_core.camera.responses import inverse_srgb
from hdr_core.errors import OptionError, OutputError

if TYPE_CHECKING:
    from hdr_core.panorama.irradiance import PanoramaLight


def require_matplotlib(option: str) -> None:
    """Raise OptionError if matplotlib is not installed.

    Args:
        option: The option that needs it, for the message.
    """
    try:
        import matplotlib as _  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise OptionError(
            f"{option}: needs matplotlib. Install it with "
            "`pip install hdr-core[plots]`."
        ) from error


def draw_curve(
    path: Path, curve: Curve, *, title: str, spread: Curve | None = None
) -> None:
    """Draw an inverse CRF beside that of sRGB, and their difference.

    Args:
        path: PNG or SVG file to write.
        curve: g, (N,).
        title: Title of the plot.
        spread: Standard deviation of g, (N,), drawn as a band on both sides.

    Raises:
        OptionError: matplotlib is not installed, or cannot write such files.
        OutputError: The file cannot be written.
    """
    figure = _new_figure(width=9.0, height=5.0)
    figure.suptitle(title)
    whole, difference = figure.subplots(1, 2)
    _draw_whole(whole, curve, spread)
    _draw_difference(difference, curve, spread)
    _save(figure, path)


def draw_sources(path: Path, found: "PanoramaLight", *, title: str) -> None:
    """Draw a panorama in stops with its numbered light sources and its sun.

    Args:
        path: PNG or SVG file to write.
        found: The light of the panorama.
        title: Title of the plot.

    Raises:
        OptionError: matplotlib is not installed, or cannot write such files.
        OutputError: The file cannot be written.
    """
    figure = _new_figure(width=10.0, height=5.4)
    luminance = found.light_map.luminance
    dark = max(float(np.quantile(luminance, 0.02)), 1e-4)
    axes = figure.subplots()
    shown = axes.imshow(
        np.log2(np.maximum(luminance, dark)),
        extent=(180.0, -180.0, -90.0, 90.0),
        cmap="magma",
        aspect="auto",
    )
    figure.colorbar(shown, label="luminance, stops above 1")
    for number, source in enumerate(found.sources, start=1):
        at, color = (source.azimuth_deg, source.elevation_deg), "cyan"
        label = "sun" if source.is_sun else str(number)
        axes.plot(*at, marker="o", mfc="none", mec=color, ms=12)
        axes.annotate(label, at, xytext=(8, 8), textcoords="offset points", color=color)
    axes.set(xlabel="azimuth, degrees to the left", ylabel="elevation, degrees")
    axes.set_title(f"{title}: ground {found.ground:.4g}")
    _save(figure, path)


def _new_figure(*, width: float, height: float) -> Any:  # noqa: ANN401 - matplotlib's
    """Return an empty figure; sizes are in inches."""
    require_matplotlib("--plot")
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra

    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Any, path: Path) -> None:  # noqa: ANN401 - matplotlib's
    """Write a figure as PNG or SVG."""
    # The file holds no time and no version, so that equal plots have equal bytes.
    metadata = {"Software": None} if path.suffix.lower() == ".png" else None
    try:
        figure.savefig(path, metadata=metadata)
    except ValueError as error:
        raise OptionError(f"--plot {path}: {error}.") from error
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error


def _draw_whole(axes: Any, curve: Curve, spread: Curve | None) -> None:  # noqa: ANN401 - matplotlib's
    """Draw the curve and that of sRGB from black to clip."""
    encoded = np.linspace(0.0, 1.0, len(curve))
    axes.plot(encoded, curve, label="estimated")
    if spread is not None:
        _draw_band(axes, encoded, curve, spread)
    axes.plot(encoded, inverse_srgb(encoded), "--", label="sRGB")
    axes.set(
        xlabel="encoded", ylabel="scene-linear, 1 = clip", xlim=(0, 1), ylim=(0, 1)
    )
    axes.grid(alpha=0.3)
    axes.legend()


def _draw_difference(axes: Any, curve: Curve, spread: Curve | None) -> None:  # noqa: ANN401 - matplotlib's
    """Draw the difference between the curve and that of sRGB."""
    encoded = np.linspace(0.0, 1.0, len(curve))
    difference = curve - inverse_srgb(encoded)
    axes.plot(encoded, difference, label="estimated - sRGB")
    if spread is not None:
        _draw_band(axes, encoded, difference, spread)
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set(xlabel="encoded", ylabel="more light than sRGB's", xlim=(0, 1))
    axes.grid(alpha=0.3)
    axes.legend()


def _draw_band(axes: Any, encoded: Curve, middle: Curve, spread: Curve) -> None:  # noqa: ANN401 - matplotlib's
    """Draw one standard deviation on both sides."""
    label = "spread of the frames"
    axes.fill_between(
        encoded, middle - spread, middle + spread, alpha=0.25, label=label
    )
