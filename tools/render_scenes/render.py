"""Cycles renders a scene to a half-float EXR of Linear Rec.709 light."""

from pathlib import Path

import bpy

# Paths of few bounces end early, so that six frames take minutes on two cores.
BOUNCES = 6


def empty_scene() -> None:
    """Start from a scene without objects, worlds and materials."""
    bpy.ops.wm.read_factory_settings(use_empty=True)


def render(path: Path, *, size: tuple[int, int], samples: int, stops: float) -> None:
    """Render the current scene.

    Samples are weighted by a Blackman-Harris filter of 1.5 pixels in linear light, and
    Open Image Denoise removes what noise is left. No view transform touches the light.

    Args:
        path: EXR to write.
        size: Width and height, in pixels.
        samples: Samples of each pixel.
        stops: Exposure.
    """
    scene = bpy.context.scene
    _set_cycles(scene, samples)
    scene.cycles.film_exposure = 2.0**stops
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.render.film_transparent = False
    scene.render.use_compositing = scene.render.use_sequencer = False
    output = scene.render.image_settings
    output.media_type = "IMAGE"
    output.file_format, output.color_mode = "OPEN_EXR", "RGB"
    output.color_depth, output.exr_codec = "16", "ZIP"
    scene.render.filepath = str(path.resolve())
    bpy.ops.render.render(write_still=True)


def _set_cycles(scene: bpy.types.Scene, samples: int) -> None:
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device, cycles.seed = "CPU", 0
    cycles.samples, cycles.use_adaptive_sampling = samples, True
    cycles.adaptive_threshold = 0.02
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", 1.5
    cycles.max_bounces = BOUNCES
    cycles.diffuse_bounces, cycles.glossy_bounces = 3, 3
    cycles.transmission_bounces, cycles.transparent_max_bounces = BOUNCES, 12
    cycles.sample_clamp_indirect = 8.0
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.denoising_prefilter, cycles.denoising_quality = "ACCURATE", "HIGH"
