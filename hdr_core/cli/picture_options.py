"""The options of ``convert`` for pictures that HDR displays show."""

from typing import Annotated

import typer

from hdr_core.delivery.write_config import PICTURES, WriteConfig

# Title under which the help lists these options.
PICTURE = "Pictures for HDR displays"
NONE = ",".join(WriteConfig.pictures)

Deliver = Annotated[
    str,
    typer.Option(
        metavar="PICTURES",
        help=f"Pictures for HDR displays beside the EXR, of {','.join(PICTURES)}: "
        "Ultra HDR JPEG whose base is the plate, 16-bit and 10-bit PQ in BT.2020.",
        show_default="none",
        rich_help_panel=PICTURE,
    ),
]
ReferenceWhite = Annotated[
    float,
    typer.Option(
        "--reference-white",
        metavar="NITS",
        help="Their light of scene-linear 1, cd/m2.",
        rich_help_panel=PICTURE,
    ),
]
Peak = Annotated[
    float,
    typer.Option(
        metavar="NITS",
        help="Their largest light, cd/m2. More is clipped.",
        rich_help_panel=PICTURE,
    ),
]
KeepLocation = Annotated[
    bool,
    typer.Option(
        "--keep-location",
        help="Keep where a photograph was taken in its Ultra HDR.",
        rich_help_panel=PICTURE,
    ),
]
