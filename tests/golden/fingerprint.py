"""What is compared of result files: a digest of each channel, and the headers.

A fingerprint is flat: a path such as ``png.exr/rgba.R`` and a short text, so that a
comparison names what differs. Left out is what says nothing of the pixels: versions,
digests of weights files, and times.
"""

import hashlib
import json

import numpy as np
import OpenEXR
from PIL import Image

SHORT = 64
LEFT_OUT = {"hdr_core/version", "hdr_core/weights_sha256", "Software", "channels"}
LEFT_OUT |= {"weights_sha256", "capDate"}


def fingerprint_folder(folder):
    """Return the fingerprint of every file in ``folder``, by path within it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (facts := _fingerprint_file(path)):
            name = path.relative_to(folder).as_posix()
            found |= {f"{name}/{key}": value for key, value in facts.items()}
    return found


def _fingerprint_file(path):
    if path.suffix == ".exr":
        return _fingerprint_exr(path)
    if path.suffix == ".json":
        return dict(flatten(json.loads(path.read_text(encoding="utf-8"))))
    if path.suffix == ".spi1d":
        return {"bytes": _digest(path.read_bytes())}
    if path.name == "camera.png":
        return {}  # A plot: fonts and matplotlib's version show in it.
    if path.suffix == ".png":
        return {"pixels": digest_array(np.asarray(Image.open(path)))}
    return {"exists": "True"}


def read_channels(path):
    """Return (header, channels by name) of each part of an EXR."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return [
            (dict(part.header), {name: c.pixels for name, c in part.channels.items()})
            for part in file.parts
        ]


def _fingerprint_exr(path):
    found = {}
    for number, (header, channels) in enumerate(read_channels(path)):
        part = header.get("name", f"part{number}")
        for name, values in channels.items():
            found[f"{part}.{name}"] = digest_array(values)
        if "hdr_core/parameters" in header:
            header["hdr_core/parameters"] = json.loads(header["hdr_core/parameters"])
        kept = {name: held for name, held in header.items() if name not in LEFT_OUT}
        found |= flatten({f"{part} header {name}": held for name, held in kept.items()})
    return found


def flatten(value, place=""):
    """Yield (path, short text) of every leaf of nested dictionaries and lists."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            if key not in LEFT_OUT:
                yield from flatten(inner, f"{place}/{key}" if place else str(key))
    else:
        yield place, _shorten(value)


def _shorten(value):
    text = repr(value)
    if " object at 0x" in text:
        raise TypeError(f"{text}: has no text of its own to compare.")
    return text if len(text) <= SHORT else _digest(text.encode())


def digest_array(values):
    """Return kind, shape and SHA-256 of an array, NaN and signs of 0 included."""
    shape = "x".join(str(length) for length in values.shape)
    return f"{values.dtype} {shape} {_digest(np.ascontiguousarray(values).tobytes())}"


def _digest(data):
    return hashlib.sha256(data).hexdigest()
