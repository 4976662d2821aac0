"""The base of a photograph with a gain map, as a file of its own for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hdr_core.errors import PlateError
from hdr_core.execution.scratch import scratch_folder


@contextmanager
def base_file(path: Path, base: bytes) -> Iterator[Path]:
    """Yield the path of a file with the base alone, until the block ends.

    OpenImageIO would apply the map of the whole file, which takes seconds.

    Args:
        path: Path of the whole file, for errors.
        base: The base as a JPEG.

    Raises:
        PlateError: There is no room for it.
    """
    with TemporaryDirectory(prefix="hdr_core-", dir=scratch_folder()) as folder:
        alone = Path(folder) / "base.jpg"
        try:
            alone.write_bytes(base)
        except OSError as error:
            raise PlateError(
                f"{path}: its base does not fit into {scratch_folder()} "
                f"({error.strerror}). Set $TMPDIR to another folder."
            ) from error
        yield alone
