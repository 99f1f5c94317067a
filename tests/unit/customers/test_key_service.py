"""One suite for every key service."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from services.customers.adapters.key_service_file import FileKeyService
from services.customers.adapters.key_service_memory import MemoryKeyService
from services.customers.application.ports import VaultError
from shared.kernel.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.customers.application.ports import KeyService

DATA_KEY = secrets.token_bytes(32)


@pytest.fixture(params=[lambda: FileKeyService(secrets.token_bytes(32)), MemoryKeyService], ids=["file", "memory"])
def make(request: pytest.FixtureRequest) -> Callable[[], KeyService]:
    made: Callable[[], KeyService] = request.param
    return made


def test_a_wrapped_key_opens_for_its_owner(make: Callable[[], KeyService]) -> None:
    service, owner = make(), new_id()
    wrapped = service.wrap(DATA_KEY, owner)
    assert DATA_KEY not in wrapped
    assert service.unwrap(wrapped, owner, service.version) == DATA_KEY


def test_it_opens_for_nobody_else(make: Callable[[], KeyService]) -> None:
    service, owner = make(), new_id()
    wrapped = service.wrap(DATA_KEY, owner)
    with pytest.raises(VaultError):
        service.unwrap(wrapped, new_id(), service.version)


def test_it_does_not_open_with_another_key_or_version_or_changed_bytes(make: Callable[[], KeyService]) -> None:
    service, owner = make(), new_id()
    wrapped = service.wrap(DATA_KEY, owner)
    with pytest.raises(VaultError):
        make().unwrap(wrapped, owner, service.version)
    with pytest.raises(VaultError):
        service.unwrap(wrapped, owner, service.version + 1)
    with pytest.raises(VaultError):
        service.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]), owner, service.version)
