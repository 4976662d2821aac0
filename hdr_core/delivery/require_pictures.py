"""Check before any work that pictures for HDR displays can be written."""

from importlib.util import find_spec

from hdr_core.delivery.write_config import WriteConfig
from hdr_core.errors import OptionError
from hdr_core.pictures.display_light import LightOptions


def require_pictures(writing: WriteConfig) -> None:
    """Raise before any work if the pictures cannot be written.

    Args:
        writing: Kinds of pictures, reference white and peak.

    Raises:
        OptionError: White or peak make no sense, or PyAV is not installed for AVIF.
    """
    LightOptions(writing.white_nits, writing.peak_nits)
    if "avif" in writing.pictures and find_spec("av") is None:
        raise OptionError(
            "deliver: AVIF needs PyAV. Install it with `pip install hdr-core[av]`, or "
            "choose png."
        )
