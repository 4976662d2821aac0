"""What ComfyUI does for a node: progress, interruption and the output folder."""

from collections.abc import Callable

import comfy.model_management
import comfy.utils
import folder_paths

# Steps of a node's progress bar.
STEPS = 100


def progress_of_node() -> Callable[[float], None]:
    """Return a function that shows the share that is done, in [0, 1].

    It raises ComfyUI's own exception if the user has interrupted the queue.
    """
    bar = comfy.utils.ProgressBar(STEPS)

    def show(share: float) -> None:
        comfy.model_management.throw_exception_if_processing_interrupted()
        bar.update_absolute(round(STEPS * share), STEPS)

    return show


def output_path(prefix: str, width: int, height: int, count: int) -> list[str]:
    """Return free paths of ``count`` EXR files in ComfyUI's output folder."""
    folder, name, counter, _, _ = folder_paths.get_save_image_path(
        prefix, folder_paths.get_output_directory(), width, height
    )
    numbers = range(counter, counter + count)
    return [f"{folder}/{name}_{number:05}_.exr" for number in numbers]
