"""Which arm somebody falls into: a hash, so that it is the same however often and wherever it is asked.

The salt differs between experiments, so that who is held out of one says nothing about the next.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from uuid import UUID

Arm = Literal["treated", "held_out"]
GLOBAL = "global"
"""The experiment whose hold-out gets no marketing at all. Every other is named by its campaign's id."""
_BUCKETS = 2**64


def arm_of(salt: str, customer_id: UUID, hold_out_percent: int) -> Arm:
    """`held_out` for `hold_out_percent` of all customers: whose place in 2**64, by SHA-256, is below that share."""
    place = int.from_bytes(hashlib.sha256(salt.encode() + b"\0" + customer_id.bytes).digest()[:8], "big")
    return "held_out" if place * 100 < hold_out_percent * _BUCKETS else "treated"
