"""Coupon codes: 80 random bits in Crockford's base32, shown once and kept as their hash only.

80 bits cannot be guessed nor searched for, so a plain hash keeps them: there is no list of likely codes to try.
"""

from __future__ import annotations

import hashlib
import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No I, L, O and U: what people read or mishear as another character is taken for it."""
CODE_BYTES = 10
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})
_SPOKEN = re.compile(r"[\s-]+")
_CODE = re.compile(f"[{ALPHABET}]{{16}}")


def written(random: bytes) -> str:
    """`CODE_BYTES` random bytes as people read them: `7ZK4-9QXM-2B8D-HV3C`."""
    number = int.from_bytes(random)
    text = "".join(ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def coupon_id(code: str) -> str | None:
    """The name under which the coupon of a code is kept, a SHA-256; None for what is no code at all.

    Reads codes as people type them: small letters, with or without hyphens, O for 0, I and L for 1.
    """
    plain = _SPOKEN.sub("", code).upper().translate(_READ_AS)
    if not _CODE.fullmatch(plain):
        return None
    return hashlib.sha256(b"regulars coupon " + plain.encode()).hexdigest()
