"""ComfyUI nodes of hdr_core: reconstruct, save and view scene-linear HDR.

ComfyUI calls ``comfy_entrypoint`` once and registers the nodes that it returns.
"""

from comfy_api.latest import IO, ComfyExtension

from .nodes import HdrReconstruct, HdrSaveExr, HdrView


class HdrCoreExtension(ComfyExtension):
    """The node pack."""

    async def get_node_list(self) -> list[type[IO.ComfyNode]]:
        """Return the nodes of the pack."""
        return [HdrReconstruct, HdrSaveExr, HdrView]


async def comfy_entrypoint() -> HdrCoreExtension:
    """Return the node pack, as ComfyUI asks for it."""
    return HdrCoreExtension()
