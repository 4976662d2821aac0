"""Check that a result is complete and belongs to its plate."""

from pathlib import Path

from hdr_core.delivery.header import file_sha256
from hdr_core.delivery.outputs import report_path
from hdr_core.delivery.sidecar import check_report
from hdr_core.errors import HdrError, PlateError
from hdr_core.io.movie_frames import file_of, movie_frame
from hdr_core.io.rows import read_through


def check_result(plate: Path, result: Path) -> None:
    """Raise unless ``result`` is a complete reconstruction of ``plate``.

    Args:
        plate: Path of the plate file.
        result: Path of the EXR; it is decoded to its last row.

    Raises:
        PlateError: The result is missing, damaged, made from another plate, or breaks
            the re-shoot promise; or a report beside it says something else.
    """
    found = read_through(result)
    made_of = found.get("hdr_core/input_sha256")
    if made_of is None:
        raise PlateError(
            f"{result}: was not made by hdr-core. Convert the plate again."
        )
    frame = movie_frame(plate)
    is_other_frame = frame is not None and found.get("hdr_core/frame") != frame[1]
    if is_other_frame or made_of != file_sha256(file_of(plate)):
        raise PlateError(
            f"{result}: was made from another picture than {plate}. Convert it again."
        )
    if n_broken := int(found.get("hdr_core/violations", 0)):
        raise PlateError(f"{result}: {n_broken} values break the re-shoot promise.")
    if (report := report_path(result)).is_file():
        check_report(report, found)


def find_problem(plate: Path, result: Path) -> str | None:
    """Return the error of ``check_result`` in one line; None means no problem."""
    try:
        check_result(plate, result)
    except HdrError as error:
        return str(error)
    return None
