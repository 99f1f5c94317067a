"""Sealing bytes for one owner: AES-256-GCM (NIST SP 800-38D), a fresh 96-bit nonce before each ciphertext.

What is sealed opens only with its key, its owner and its purpose: nothing can be moved to another row.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.customers.application.ports import VaultError

if TYPE_CHECKING:
    from uuid import UUID

_NONCE_BYTES = 12


def seal(key: bytes, plain: bytes, *, owner: UUID, purpose: bytes) -> bytes:
    """Nonce, ciphertext and tag, in this order."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, owner.bytes + purpose)


def unseal(key: bytes, sealed: bytes, *, owner: UUID, purpose: bytes) -> bytes:
    """What was sealed. Raises `VaultError` for another key, owner or purpose, or changed bytes."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.bytes + purpose)
    except (InvalidTag, ValueError):  # ValueError: too short to be anything
        message = f"what is sealed for {owner} does not open: another key, or its bytes were changed"
        raise VaultError(message) from None
