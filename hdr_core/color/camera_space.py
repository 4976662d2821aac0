"""Write the estimated camera as a color space: LUT files and OCIO configs.

    camera codes > camera.clf (the inverse CRF) > camera's primaries > the config's own
    Linear Rec.709 > its reference space

A config cannot contain a 1D LUT, so the LUT is a file in the folder ``luts`` beside it.
The search path is relative, so the folder can be moved. Today's hosts read profiles
2.3, 2.4 and 2.5. Color spaces have an interop ID from profile 2.5 on.
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PyOpenColorIO

from hdr_core.camera.curves import Curve, curve_grid
from hdr_core.color.encoding import Matrix, find_linear
from hdr_core.color.ocio import ColorConfig, open_config
from hdr_core.errors import ColorError, OutputError
from hdr_core.interop_ids import NETWORK_SPACE

SPACE = "Camera (estimated)"
ALIAS = "camera_estimated"
LUT_NAME, LUT_FOLDER = "camera.clf", "luts"
CLF = "Academy/ASC Common LUT Format"
# The built-in config that is the base for each profile.
BASES = {
    "2.3": "ocio://cg-config-v2.1.0_aces-v1.3_ocio-v2.3",
    "2.4": "ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4",
    "2.5": "ocio://cg-config-v4.0.0_aces-v2.0_ocio-v2.5",
}
_SAME_LIGHT = 1e-4


@dataclass(frozen=True)
class CameraSpace:
    """A camera as a color space.

    Attributes:
        inverse_crf: Inverse CRF g, (N,).
        to_network: Matrix from its primaries to Linear Rec.709, for rows; None means
            that its primaries are those of Rec.709.
        description: Text in the config that says where the color space comes from.
    """

    inverse_crf: Curve
    to_network: Matrix | None
    description: str

    @property
    def interop_id(self) -> str:
        """A name in hdr_core's namespace, made from a hash of curve and matrix."""
        parts = [np.ascontiguousarray(self.inverse_crf, "<f4").tobytes()]
        if self.to_network is not None:
            parts.append(np.ascontiguousarray(self.to_network, "<f4").tobytes())
        return f"hdr_core:crf_{hashlib.sha256(b''.join(parts)).hexdigest()[:8]}"


def write_clf(path: Path, camera: CameraSpace) -> None:
    """Write the inverse CRF as a Common LUT Format file (SMPTE ST 2136-1).

    Args:
        path: Path of the file.
        camera: The camera whose curve is written.
    """
    lut = PyOpenColorIO.Lut1DTransform(
        length=len(camera.inverse_crf), inputHalfDomain=False
    )
    lut.setData(np.repeat(camera.inverse_crf[:, None], 3, 1).astype("f4").ravel())
    lut.setFileOutputBitDepth(PyOpenColorIO.BIT_DEPTH_F32)
    lut.setInterpolation(PyOpenColorIO.INTERP_LINEAR)
    group = PyOpenColorIO.GroupTransform([lut])
    metadata = group.getFormatMetadata()
    metadata.setID(camera.interop_id)
    metadata.setName(SPACE)
    metadata.addChildElement("Description", camera.description)
    raw = PyOpenColorIO.Config.CreateRaw()
    group.write(formatName=CLF, config=raw, fileName=str(path))


def write_spi1d(path: Path, camera: CameraSpace) -> None:
    """Write the inverse CRF as Sony's .spi1d, from codes in [0, 1] to light.

    Args:
        path: Path of the file.
        camera: The camera whose curve is written.
    """
    head = ["Version 1", "From 0.0 1.0", f"Length {len(camera.inverse_crf)}"]
    head += ["Components 1", "{"]
    samples = [f" {sample:.9g}" for sample in camera.inverse_crf.astype(np.float32)]
    path.write_text("\n".join([*head, *samples, "}", ""]), encoding="ascii")


def write_config(folder: Path, base: ColorConfig, camera: CameraSpace) -> Path:
    """Write ``base`` with the camera as one more color space, and its LUT files.

    Args:
        folder: New folder for ``config.ocio`` and ``luts``.
        base: Config to start from. Its LUTs are copied if its search paths are
            relative.
        camera: Color space to add.

    Returns:
        Path of the config.

    Raises:
        ColorError: ``base`` has no Linear Rec.709, or already has a color space of
            this name.
        OutputError: The written config does not give the camera's light.
    """
    own = find_linear(base, NETWORK_SPACE)
    if own is None or base.find(SPACE) is not None:
        what = f"already a color space {SPACE!r}" if own else "no Linear Rec.709"
        raise ColorError(f"{base.label}: has {what}. Choose another --config.")
    config = PyOpenColorIO.Config.CreateFromStream(base.ocio.serialize())
    config.setWorkingDir(str(folder))
    (folder / LUT_FOLDER).mkdir(parents=True, exist_ok=True)
    _copy_luts(base, folder)
    write_clf(folder / LUT_FOLDER / LUT_NAME, camera)
    if LUT_FOLDER not in list(config.getSearchPaths()):
        config.addSearchPath(LUT_FOLDER)
    config.setName(f"{base.label}_hdr_core-camera")
    config.addColorSpace(_color_space(config, own, camera))
    return _save(config, folder, camera)


def _color_space(
    config: PyOpenColorIO.Config, linear: str, camera: CameraSpace
) -> PyOpenColorIO.ColorSpace:
    """Return the camera as a color space of ``config``."""
    has_ids = (config.getMajorVersion(), config.getMinorVersion()) >= (2, 5)
    space = PyOpenColorIO.ColorSpace(
        PyOpenColorIO.REFERENCE_SPACE_SCENE,
        name=SPACE,
        aliases=[ALIAS, camera.interop_id],
        family="hdr_core",
        encoding="sdr-video",
        bitDepth=PyOpenColorIO.BIT_DEPTH_F32,
        categories=["file-io"],
        description=camera.description,
    )
    steps = [
        PyOpenColorIO.FileTransform(
            src=LUT_NAME, interpolation=PyOpenColorIO.INTERP_LINEAR
        )
    ]
    if camera.to_network is not None:
        matrix = np.eye(4)
        matrix[:3, :3] = camera.to_network.T
        steps.append(PyOpenColorIO.MatrixTransform(matrix.ravel().tolist()))
    steps += _to_reference(config.getColorSpace(linear))
    space.setTransform(
        PyOpenColorIO.GroupTransform(steps), PyOpenColorIO.COLORSPACE_DIR_TO_REFERENCE
    )
    if has_ids:
        space.setInteropID(camera.interop_id)
    return space


def _to_reference(space: PyOpenColorIO.ColorSpace) -> list[PyOpenColorIO.Transform]:
    """Return the steps from ``space`` to the reference space, which may be none."""
    if to := space.getTransform(PyOpenColorIO.COLORSPACE_DIR_TO_REFERENCE):
        return [to]
    if back := space.getTransform(PyOpenColorIO.COLORSPACE_DIR_FROM_REFERENCE):
        return [
            PyOpenColorIO.GroupTransform(
                [back], direction=PyOpenColorIO.TRANSFORM_DIR_INVERSE
            )
        ]
    return []


def _copy_luts(base: ColorConfig, folder: Path) -> None:
    """Copy the folders of a config's relative search paths."""
    home = Path(base.source).parent
    if not Path(base.source).is_file():
        return
    for search in map(Path, base.ocio.getSearchPaths()):
        if not search.is_absolute() and ".." not in search.parts:
            found = home / search
            if found.is_dir() and found.resolve() != home.resolve():
                shutil.copytree(found, folder / search, dirs_exist_ok=True)


def _save(config: PyOpenColorIO.Config, folder: Path, camera: CameraSpace) -> Path:
    """Write a config, open it again, and check that it gives the camera's light."""
    path = folder / "config.ocio"
    path.write_text(config.serialize(), encoding="utf-8")
    written = open_config(str(path))
    try:
        written.ocio.validate()
    except PyOpenColorIO.Exception as error:
        raise OutputError(f"{path}: not valid ({error}).") from error
    linear = find_linear(written, NETWORK_SPACE)
    codes = curve_grid(len(camera.inverse_crf))
    light = written.conversion(SPACE, str(linear))(np.repeat(codes[:, None], 3, 1))
    expected = np.repeat(camera.inverse_crf[:, None], 3, 1)
    if camera.to_network is not None:
        expected = expected @ camera.to_network
    if np.abs(light - expected).max() > _SAME_LIGHT:
        raise OutputError(f"{path}: does not give the camera's light. Not kept.")
    return path
