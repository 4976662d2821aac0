"""The errors of hdr_core; each message is one line that an artist can act on."""


class HdrError(Exception):
    """Base of all errors of hdr_core: one line, exit code 2."""


class PlateError(HdrError):
    """A plate cannot be read, or cannot be used."""


class OutputError(HdrError):
    """A result cannot be written."""


class OptionError(HdrError, ValueError):
    """The value of an option is not valid."""


class ColorError(OptionError):
    """A color config cannot be used, or has no color space of a name."""


class BackendError(OptionError):
    """A backend is not installed, lacks its graphs, or cannot run a plate."""


class WeightsError(HdrError):
    """A weights file is missing, damaged, or for another network."""


class ShapeError(HdrError, ValueError):
    """A tensor has not the shape or the values that a function needs."""


class TrainingError(HdrError):
    """A training run cannot start or continue."""
