"""The nodes: what ComfyUI shows of them, and what they call.

An IMAGE is float32 (B, H, W, 3). The plate is encoded, in [0, 1]; the result is
scene-linear, 1 = sensor clip, without upper limit.
"""

import asyncio
from pathlib import Path

import torch
from comfy_api.latest import IO

from . import engine
from .host import output_path, progress_of_node

CATEGORY = "image/hdr"
SPACES = [
    "lin_rec709_scene",
    "lin_ap1_scene",
    "lin_ap0_scene",
    "lin_rec2020_scene",
    "lin_p3d65_scene",
]


class HdrReconstruct(IO.ComfyNode):
    """A plate, or the frames of a shot, to scene-linear HDR."""

    @classmethod
    def define_schema(cls) -> IO.Schema:
        """Return inputs and outputs."""
        return IO.Schema(
            node_id="HdrCoreReconstruct",
            display_name="HDR Reconstruct",
            category=CATEGORY,
            description="Scene-linear HDR from an 8-bit image: values between the "
            "codes, the camera's response, and the light above the clip. A batch is a "
            "shot: one camera, and no flicker.",
            inputs=[
                IO.Image.Input("image", tooltip="The plate, encoded, in [0, 1]."),
                IO.Float.Input(
                    "strength",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="Share of the added light in stops.",
                ),
                IO.Float.Input(
                    "boldness",
                    default=0.5,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="Quantile of the predicted light; 0.5 is the median.",
                ),
                IO.Float.Input(
                    "ceiling",
                    default=20.0,
                    min=0.0,
                    max=20.0,
                    step=0.1,
                    tooltip="Largest light above the clip, in stops; 20 is no limit.",
                ),
                IO.Float.Input(
                    "exposure",
                    default=0.0,
                    min=-30.0,
                    max=30.0,
                    step=0.1,
                    tooltip="Gain on the whole result, in stops.",
                ),
                IO.String.Input(
                    "linearize",
                    default="network",
                    tooltip="network: estimate the camera. Or the encoding of the "
                    "plate: an OpenColorIO name, such as sRGB - Texture, or an "
                    "output transform, such as agx.",
                ),
                IO.Combo.Input(
                    "working_space",
                    options=SPACES,
                    tooltip="Color space of the result.",
                ),
                IO.Combo.Input(
                    "panorama",
                    options=["auto", "on", "off"],
                    tooltip="Whether the plate is a 360 x 180 degree panorama.",
                ),
                IO.Combo.Input(
                    "fidelity",
                    options=["plate", "free"],
                    tooltip="plate: every value photographs back to its code.",
                ),
            ],
            outputs=[
                IO.Image.Output("hdr", display_name="hdr"),
                IO.Mask.Output("clipped", display_name="clipped"),
                IO.Mask.Output("uncertainty", display_name="uncertainty"),
            ],
        )

    @classmethod
    async def execute(
        cls, image: torch.Tensor, ceiling: float, **chosen: float | str
    ) -> IO.NodeOutput:
        """Return the HDR, how clipped each pixel is, and the spread in stops."""
        options = engine.make_options(ceiling=ceiling, **chosen)
        on_progress = progress_of_node()
        result = await asyncio.to_thread(
            engine.reconstruct_batch, image, options, on_progress
        )
        return IO.NodeOutput(*result)


class HdrSaveExr(IO.ComfyNode):
    """Scene-linear pixels to EXR files with the right tags."""

    @classmethod
    def define_schema(cls) -> IO.Schema:
        """Return inputs."""
        return IO.Schema(
            node_id="HdrCoreSaveExr",
            display_name="HDR Save EXR",
            category=CATEGORY,
            description="Writes scene-linear pixels as EXR, tagged with their color "
            "space. Files appear whole or not at all.",
            inputs=[
                IO.Image.Input("image", tooltip="Scene-linear pixels."),
                IO.String.Input("filename_prefix", default="hdr_core"),
                IO.Combo.Input(
                    "color_space",
                    options=SPACES,
                    tooltip="The same as working_space of HDR Reconstruct.",
                ),
                IO.Combo.Input("depth", options=["half", "float"]),
                IO.Mask.Input("clipped", optional=True),
                IO.Mask.Input("uncertainty", optional=True),
            ],
            outputs=[IO.String.Output("path", display_name="path")],
            is_output_node=True,
        )

    @classmethod
    async def execute(
        cls,
        image: torch.Tensor,
        filename_prefix: str,
        color_space: str,
        depth: str,
        clipped: torch.Tensor | None = None,
        uncertainty: torch.Tensor | None = None,
    ) -> IO.NodeOutput:
        """Write one file a frame and return the path of the first."""
        layers = {"clip_mask": clipped, "uncertainty": uncertainty}
        height, width = image.shape[1:3]
        paths = [
            Path(path)
            for path in output_path(filename_prefix, width, height, len(image))
        ]
        await asyncio.to_thread(
            engine.write_batch, image, layers, paths, space=color_space, depth=depth
        )
        return IO.NodeOutput(str(paths[0]))


class HdrView(IO.ComfyNode):
    """Scene-linear pixels as they look on a display, at some exposure."""

    @classmethod
    def define_schema(cls) -> IO.Schema:
        """Return inputs and outputs."""
        return IO.Schema(
            node_id="HdrCoreView",
            display_name="HDR View",
            category=CATEGORY,
            description="Encodes scene-linear pixels for a display, for previews. "
            "Lower the exposure to look into the highlights.",
            inputs=[
                IO.Image.Input("image", tooltip="Scene-linear pixels."),
                IO.Float.Input("exposure", default=0.0, min=-30.0, max=30.0, step=0.5),
                IO.Combo.Input(
                    "color_space",
                    options=SPACES,
                    tooltip="The same as working_space of HDR Reconstruct.",
                ),
            ],
            outputs=[IO.Image.Output("image", display_name="image")],
        )

    @classmethod
    def execute(
        cls, image: torch.Tensor, exposure: float, color_space: str
    ) -> IO.NodeOutput:
        """Return sRGB pixels in [0, 1]."""
        return IO.NodeOutput(engine.view(image, exposure=exposure, space=color_space))
