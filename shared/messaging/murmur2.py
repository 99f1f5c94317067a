"""Kafka's default partitioner (murmur2), as every Java, aiokafka and kafka-python producer computes it.

Our own twenty lines, because importing a whole client for one function costs each process a second at start; a
test holds it against kafka-python's. Reference: org.apache.kafka.common.utils.Utils.murmur2.
"""

from __future__ import annotations

_M = 0x5BD1E995
_SEED = 0x9747B28C
_32_BITS = 0xFFFFFFFF


def murmur2(key: bytes) -> int:
    """The unsigned 32-bit hash of `key`."""
    length = len(key)
    h = _SEED ^ length
    whole = length & ~3
    for place in range(0, whole, 4):
        k = int.from_bytes(key[place : place + 4], "little") * _M & _32_BITS
        k = (k ^ k >> 24) * _M & _32_BITS
        h = (h * _M & _32_BITS) ^ k
    if whole != length:
        h = (h ^ int.from_bytes(key[whole:], "little")) * _M & _32_BITS
    h = (h ^ h >> 13) * _M & _32_BITS
    return h ^ h >> 15
