"""Decide whether a plate is the picture of an output transform, and of which.

A picture that no camera took was made by an output transform, such as ACES or AgX. Then
its curve need not be estimated: it is known. The networks of ``classifier.py`` give the
probability of each transform and of a camera. A transform is taken only if it is sure.
"""

from dataclasses import dataclass

import numpy as np

from hdr_core.color.output_transforms import family
from hdr_core.color.own_primaries import own_primaries
from hdr_core.color.recognized import Recognized
from hdr_core.config import ModelConfig
from hdr_core.options import Options
from hdr_core.plate import CURVE, LOCAL_TONES, Pixels, Plate
from hdr_core.recognize.classes import CAMERA, CLASSES
from hdr_core.recognize.facts import cut_tiles, plate_facts
from hdr_core.recognize.recognizer import Recognizer

SURE, SURE_LOSSY = 0.5, 0.6
"""Probability of a family from which it is taken, without a codec and with one
(docs/decisions/026)."""
SURE_OF_DISPLAY, SURE_OF_DISPLAY_LOSSY = 0.9, 0.95
"""The same for sRGB, Rec.709 and gamma: stage 2 finds these curves too, and a
photograph that is taken for one of them loses most."""
DISPLAY = family("srgb")
# Codes of the pictures that the networks learnt.
LEARNT_CODE = 255
# What Exif says of pictures that a camera took.
OF_A_CAMERA = ("Make", "Model", "ExposureTime")
# Plates with fewer pixels along a side say too little.
LEAST_PX = 48
# Largest difference of a matrix from that of Rec.709.
SAME_PRIMARIES = 1e-3


@dataclass(frozen=True)
class Recognition:
    """What a plate may be.

    Attributes:
        likeliest: Names of output transforms, or ``CAMERA``, each with its probability,
            by falling probability.
        is_lossy: Whether a codec may have changed the codes.
    """

    likeliest: tuple[tuple[str, float], ...]
    is_lossy: bool = False

    @property
    def recognized(self) -> Recognized:
        """The transform that is taken, or none; and the reason in words.

        It is the likeliest member of the likeliest family, if that family is sure.
        """
        shares: dict[str, float] = {}
        for name, share in self.likeliest:
            shares[family(name)] = shares.get(family(name), 0.0) + share
        best = max(shares, key=lambda name: shares[name])
        if best == CAMERA or shares[best] < self._least_share(best):
            (first, one), (second, other) = self.likeliest[:2]
            both = f"{first} {one:.0%}, {second} {other:.0%}"
            return Recognized(None, f"no output transform is sure ({both})")
        own = [pair for pair in self.likeliest if family(pair[0]) == best]
        rest = [pair for pair in self.likeliest if pair != own[0]]
        name, share = own[0]
        (second, other), kind = rest[0], ""
        if len(own) > 1:
            kind = f", or its like {shares[best]:.0%}"
        sure = f"{name} {share:.0%}{kind}; next {second} {other:.0%}"
        # In brackets, because the clip level may follow.
        why = f"recognized ({sure}; --linearize network estimates a curve)"
        return Recognized(name, why)

    def _least_share(self, best: str) -> float:
        """Return the probability from which a family is taken."""
        if best == DISPLAY:
            return SURE_OF_DISPLAY_LOSSY if self.is_lossy else SURE_OF_DISPLAY
        return SURE_LOSSY if self.is_lossy else SURE


def recognize_plate(
    plate: Plate,
    encoded: Pixels,
    options: Options,
    config: ModelConfig,
    networks: Recognizer,
) -> Recognized | None:
    """Return the output transform of a plate, if it can be asked for one.

    Args:
        plate: The plate, with the metadata of its file.
        encoded: Its encoded pixels, not premultiplied, (H, W, 3), in [0, 1].
        options: The artist's choices. Only ``linearize`` "auto" recognizes.
        config: The networks. Those of the paper always estimate, as in the paper.
        networks: Computes the networks of recognition.

    Returns:
        None for plates of which the file or the artist says what they are: anchors,
        Exif of a camera, gain maps, linear light, more than 8 bits, and primaries
        other than Rec.709.
    """
    is_asked = options.linearize == "auto" and not options.anchors
    if not is_asked or config.is_of_paper or _is_known(plate, options):
        return None
    is_lossy = plate.lossy_quality is not None
    return recognize(encoded, networks, is_lossy=is_lossy).recognized


def recognize(
    encoded: Pixels, networks: Recognizer, *, is_lossy: bool = False
) -> Recognition:
    """Return what an encoded plate of 8 bits may be.

    Args:
        encoded: Encoded pixels, not premultiplied, (H, W, 3), in [0, 1].
        networks: Computes the networks of recognition.
        is_lossy: Whether a codec may have changed the codes.
    """
    facts = plate_facts(cut_tiles(encoded), networks, is_lossy=is_lossy)
    found = networks.recognize(facts.astype(np.float32))
    pairs = zip(CLASSES, found, strict=True)
    return Recognition(tuple(sorted(pairs, key=lambda pair: -pair[1])), is_lossy)


def _is_known(plate: Plate, options: Options) -> bool:
    has_map = plate.gain_map is not None and options.gain_map != "ignore"
    has_curve = bool(plate.metadata.get(CURVE) or plate.metadata.get(LOCAL_TONES))
    own = own_primaries(plate)
    is_other = own is not None and np.abs(own[1] - np.eye(3)).max() > SAME_PRIMARIES
    is_deep = plate.max_code > LEARNT_CODE
    is_shot = any(plate.metadata.get(name) for name in OF_A_CAMERA)
    has_white = plate.clip_code is not None
    is_small = min(plate.width, plate.height) < LEAST_PX
    return any((has_map, has_curve, is_shot, is_other, is_deep, has_white, is_small))
