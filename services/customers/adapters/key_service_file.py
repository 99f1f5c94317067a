"""The key service for a chain without a key management service: one key-encryption key, from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.customers.adapters.sealing import seal, unseal
from services.customers.application.ports import VaultError

if TYPE_CHECKING:
    from uuid import UUID

_PURPOSE = b"data-key"


class FileKeyService:
    """Wraps with the key that it is given; never blocks. Whoever reads the file can open every record."""

    version = 1

    def __init__(self, key: bytes) -> None:
        self._key = key

    def wrap(self, data_key: bytes, owner: UUID) -> bytes:
        return seal(self._key, data_key, owner=owner, purpose=_PURPOSE)

    def unwrap(self, wrapped: bytes, owner: UUID, version: int) -> bytes:
        if version != self.version:
            message = f"the data key of {owner} is wrapped with key version {version}; this file holds {self.version}"
            raise VaultError(message)
        return unseal(self._key, wrapped, owner=owner, purpose=_PURPOSE)
