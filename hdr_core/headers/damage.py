"""What Pillow raises for headers that are damaged; such headers say nothing."""

import struct

DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    struct.error,
    ZeroDivisionError,
)
