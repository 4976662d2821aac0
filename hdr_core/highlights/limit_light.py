"""What the artist may still say of the light above clip: strength and ceiling.

They act on the result of stages 3 and 4 together, so that no strength means the
plate itself, and a ceiling is one.
"""

import torch
from torch import Tensor

# Light below it is black: it has no gain in stops.
DARKEST = 1e-6


def limit_light(
    hdr: Tensor, linear: Tensor, *, strength: float, ceiling_stops: float | None
) -> Tensor:
    """Return ``hdr`` with a share of its gain, and no light above the ceiling.

    Args:
        hdr: Scene-linear >= 0, (B, 3, H, W).
        linear: The plate without added light, same shape.
        strength: Share of the gain in stops: 0 gives ``linear``, 1 gives ``hdr``.
        ceiling_stops: Most stops above clip; None: no limit. The whole pixel is
            scaled, so that its hue stays, but no channel below ``linear``.

    Returns:
        Scene-linear >= 0, same shape.
    """
    if strength < 1.0:
        ratio = (hdr + DARKEST) / (linear + DARKEST)
        hdr = ((linear + DARKEST) * ratio**strength - DARKEST).clamp(min=0.0)
    if ceiling_stops is None:
        return hdr
    brightest = hdr.amax(dim=1, keepdim=True).clamp(min=DARKEST)
    scale = (2.0**ceiling_stops / brightest).clamp(max=1.0)
    return torch.maximum(hdr * scale, torch.minimum(hdr, linear))
