"""Everything that can go wrong, as one line an artist can act on."""


class HdrError(Exception):
    """Base of all errors of hdr_core: one line, exit code 2."""


class PlateError(HdrError):
    """A plate cannot be read, or is not what it should be."""


class OutputError(HdrError):
    """A result cannot be written where it was asked for."""


class OptionError(HdrError, ValueError):
    """An option has a value that means nothing."""


class ColorError(OptionError):
    """A color config cannot be used, or has no such color space."""


class WeightsError(HdrError):
    """A weights file is missing, damaged, or belongs to another network."""


class ShapeError(HdrError, ValueError):
    """A tensor does not have the shape or the values a function needs."""


class TrainingError(HdrError):
    """A training run cannot start or go on."""
