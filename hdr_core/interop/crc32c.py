"""CRC-32C, the checksum of TensorFlow's files, fast enough for weights.

    s' = T[(s ^ b) & 255] ^ (s >> 8)          for each byte b

s  32-bit state, all ones at first; its complement is the checksum
T  the state after each byte value, from state 0

The step is linear in the bits of s and b: the step of a sum (xor) is the sum of the
steps. So the bytes are cut into lanes of one length that are computed in parallel,
each from state 0. The 32 single-bit states are advanced too: they give the effect of
one lane's length on any state.

Source: Castagnoli et al. 1993; polynomial 0x1EDC6F41, reflected.
Differs: nothing.
"""

import math

import numpy as np
from numpy.typing import NDArray

POLYNOMIAL = 0x82F63B78
ALL_ONES = 0xFFFFFFFF
# Bytes that lead from state 0 to all ones.
OPENING = bytes.fromhex("54641f64")

Words = NDArray[np.uint32]
_BITS = np.arange(32, dtype=np.uint32)


def _byte_table() -> Words:
    """Return T."""
    table, one = np.arange(256, dtype=np.uint32), np.uint32(1)
    for _ in range(8):
        table = np.where(table & 1, POLYNOMIAL, 0).astype(np.uint32) ^ table >> one
    return table


_TABLE = _byte_table()


def crc32c(data: bytes) -> int:
    """Return the checksum of ``data``.

    Examples:
        >>> hex(crc32c(b"123456789"))
        '0xe3069283'
        >>> crc32c(b"")
        0
    """
    opened = OPENING + data
    length = math.isqrt(len(opened)) + 1
    n_lanes = -(-len(opened) // length)
    # Leading zeros do not change state 0.
    padded = np.frombuffer(opened.rjust(n_lanes * length, b"\0"), np.uint8)
    states = _advance(padded.reshape(n_lanes, length))
    lanes, effect = states[:n_lanes], states[n_lanes:]
    state = np.uint32(0)
    for lane in lanes:
        is_set = (state >> _BITS & 1).astype(bool)
        state = lane ^ np.bitwise_xor.reduce(effect[is_set])
    return int(state) ^ ALL_ONES


def _advance(lanes: NDArray[np.uint8]) -> Words:
    """Return the states after each lane of (n, L), then after each single bit."""
    n_lanes, length = lanes.shape
    steps = np.zeros((length, n_lanes + len(_BITS)), np.uint8)
    steps[:, :n_lanes] = lanes.T
    bits = np.uint32(1) << _BITS
    states = np.concatenate([np.zeros(n_lanes, np.uint32), bits])
    for step in steps:
        states = _TABLE[(states ^ step) & 255] ^ states >> 8
    return states
