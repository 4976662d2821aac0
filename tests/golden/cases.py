"""The golden cases: command lines of hdr-core that between them reach every branch.

In a command line, ``{plates}`` is the folder of the plates and ``{out}`` that of the
results. Only the command line is used: the modules behind it may move and be renamed.
"""

from dataclasses import dataclass

STUDIO = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
VIEW = "sRGB - Display/ACES 2.0 - SDR 100 nits (Rec.709)"
SPHERE = ("{plates}/sphere.png", "--panorama", "on")
ALL_LAYERS = ("--aov", "mask,gain,uncertainty,linear,dequantized")


@dataclass(frozen=True)
class Case:
    """Some commands, and whether their result is stored in the repository.

    Attributes:
        name: Of the case.
        commands: Command lines of hdr-core, run in this order.
        is_stored: Whether the tolerance test compares it with stored arrays.
    """

    name: str
    commands: tuple[tuple[str, ...], ...]
    is_stored: bool = True


def _convert(name, plate, *options, **rest):
    command = ("convert", f"{{plates}}/{plate}", "-o", f"{{out}}/{name}.exr")
    return Case(name, ((*command, *options),), **rest)


CASES = (
    _convert("png", "lamps.png", *ALL_LAYERS, "--preview"),
    _convert("jpeg_75", "lamps_q75.jpg", "--working-space", "Linear Rec.709 (sRGB)"),
    _convert("jpeg_95", "sun_q95.jpg", "--boldness", "0.8"),
    _convert("photograph", "photograph.jpg"),
    _convert("dpx_10_bits", "sun_10bit.dpx", "--tolerance-codes", "1"),
    _convert("p3", "sun_p3.png", "--working-space", "ACEScg", *ALL_LAYERS),
    _convert("p3_files", "sun_p3.png", "--aov-files", *ALL_LAYERS),
    # Apart: its layer "linear" is known to be wrong, and to change when it is mended.
    _convert(
        "p3_free",
        "sun_p3.png",
        *("--fidelity", "free", "--aov-files", *ALL_LAYERS),
        is_stored=False,
    ),
    _convert(
        "log",
        "lamps_10bit.dpx",
        *("--linearize", "ARRI LogC3 (EI800)", "--config", STUDIO, *ALL_LAYERS),
    ),
    _convert("named_curve", "sun.png", "--linearize", "sRGB Encoded Rec.709 (sRGB)"),
    _convert(
        "plain",
        "lamps_10bit.dpx",
        *("--linearize", "ARRI LogC3 (EI800)", "--config", STUDIO),
        *("--skip", "dequantize,refine"),
    ),
    _convert("view", "sun.png", "--linearize", VIEW, "--aov-files", *ALL_LAYERS),
    _convert("premultiplied", "lamps_cutout.tif", "--exposure", "1.5", *ALL_LAYERS),
    Case(
        "panorama",
        (
            # A drawn picture may be recognized as a render's. How sure that is may
            # differ in the last digit, so the case estimates the camera.
            (
                *("convert", *SPHERE, "--linearize", "network"),
                *("-o", "{out}/panorama.exr"),
            ),
            ("light", "{out}/panorama.exr", "--json"),
        ),
    ),
    _convert("panorama_of_snow", "snow.png"),
    # The promise moves some values that float32 had put into another code. By how much
    # depends on the last digit, so it is not stored.
    _convert(
        "moved_to_code",
        "red_lamps.png",
        *("--linearize", "ARRI LogC3 (EI800)", "--config", STUDIO),
        is_stored=False,
    ),
    Case(
        "shot",
        (
            ("analyze", "{plates}/pan.####.png", "-o", "{out}/shot.json"),
            (
                *("convert", "{plates}/pan.####.png", "-o", "{out}/pan.####.exr"),
                *("--shot", "{out}/shot.json"),
            ),
        ),
    ),
    Case(
        "shot_with_cut",
        (("convert", "{plates}/cut.###.png", "-o", "{out}/cut.###.exr"),),
    ),
    _convert("one_pixel", "one.png"),
    _convert("all_clipped", "clipped.png", "--depth", "float"),
    _convert(
        "free",
        "lamps.png",
        *("--fidelity", "free", "--strength", "0.7", "--ceiling", "3"),
        *("--aov-files", "--aov", "gain,linear"),
    ),
    _convert("skip_refine", "lamps.png", "--skip", "refine", "--depth", "float"),
    _convert("skip_most", "sun.png", "--skip", "dequantize,hallucinate,refine"),
    _convert("paper", "lamps.png", "--weights", "{plates}/paper.safetensors"),
    Case(
        "camera",
        (("crf", "{plates}/lamps.png", "{plates}/sun.png", "-o", "{out}/camera"),),
        is_stored=False,
    ),
)
