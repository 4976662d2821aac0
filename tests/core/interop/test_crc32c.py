"""The checksum of TensorFlow's files."""

import numpy as np
import pytest

from hdr_core.interop.crc32c import crc32c
from hdr_core.interop.sstable import unmask

# RFC 3720, "CRC Examples".
KNOWN = [
    pytest.param(bytes(32), 0x8A9136AA, id="zeros"),
    pytest.param(b"\xff" * 32, 0x62A8AB43, id="ones"),
    pytest.param(bytes(range(32)), 0x46DD794E, id="rising"),
    pytest.param(bytes(range(31, -1, -1)), 0x113FDB5C, id="falling"),
]


def bit_by_bit(data):
    state = 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
    return state ^ 0xFFFFFFFF


class TestCrc32c:
    @pytest.mark.parametrize(("data", "expected"), KNOWN)
    def test_when_bytes_are_those_of_the_standard_then_so_is_it(self, data, expected):
        assert crc32c(data) == expected

    @pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5, 12, 13, 255, 1000, 4093])
    def test_when_lanes_are_joined_then_it_is_as_bit_by_bit(self, length):
        data = np.random.default_rng(length).bytes(length)

        assert crc32c(data) == bit_by_bit(data)


class TestUnmask:
    def test_when_a_file_holds_it_then_it_is_turned_back(self):
        # Of LevelDB: turned right by 15 bits, plus a constant.
        checksum = 0xE3069283
        turned = (checksum >> 15 | checksum << 17) & 0xFFFFFFFF

        assert unmask((turned + 0xA282EAD8) & 0xFFFFFFFF) == checksum
