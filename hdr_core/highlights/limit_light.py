"""Limit the light above the clip by the artist's strength and ceiling.

Both act on the result of stages 3 and 4 together. So a strength of 0 returns the plate
itself, and no stage exceeds the ceiling.
"""

import torch
from torch import Tensor

# Light below this counts as black. It has no gain in stops.
DARKEST = 1e-6


def limit_light(
    hdr: Tensor,
    linear: Tensor,
    *,
    strength: float,
    ceiling_stops: float | Tensor | None,
) -> Tensor:
    """Return ``hdr`` with a share of its gain, and no light above the ceiling.

    Args:
        hdr: Scene-linear >= 0, (B, 3, H, W).
        linear: The plate without added light, same shape.
        strength: Share of the gain in stops, 0 to 1. 0 returns ``linear``, and 1
            returns ``hdr``.
        ceiling_stops: Largest light above the clip, in stops; None means no limit.
            The whole pixel is scaled, so that its hue stays. No channel becomes
            darker than in ``linear``.

    Returns:
        Scene-linear >= 0, same shape.
    """
    if strength < 1.0:
        hdr = scale_gain(hdr, linear, strength)
    if ceiling_stops is None:
        return hdr
    brightest = hdr.amax(dim=1, keepdim=True).clamp(min=DARKEST)
    scale = (2.0**ceiling_stops / brightest).clamp(max=1.0)
    return torch.maximum(hdr * scale, torch.minimum(hdr, linear))


def scale_gain(hdr: Tensor, linear: Tensor, strength: float | Tensor) -> Tensor:
    """Return ``hdr`` with a share of its gain over ``linear``, in stops."""
    ratio = (hdr + DARKEST) / (linear + DARKEST)
    return ((linear + DARKEST) * ratio**strength - DARKEST).clamp(min=0.0)
