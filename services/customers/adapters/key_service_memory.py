"""A key service without cryptography, for tests: it remembers, and forgets with the process."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from services.customers.application.ports import VaultError

if TYPE_CHECKING:
    from uuid import UUID


class MemoryKeyService:
    """Hands out tickets for data keys."""

    version = 1

    def __init__(self) -> None:
        self._kept: dict[tuple[bytes, UUID, int], bytes] = {}

    def wrap(self, data_key: bytes, owner: UUID) -> bytes:
        ticket = secrets.token_bytes(16)
        self._kept[ticket, owner, self.version] = data_key
        return ticket

    def unwrap(self, wrapped: bytes, owner: UUID, version: int) -> bytes:
        try:
            return self._kept[wrapped, owner, version]
        except KeyError:
            message = f"the data key of {owner} was not wrapped here with key version {version}"
            raise VaultError(message) from None
