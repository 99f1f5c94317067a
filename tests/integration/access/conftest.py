"""A process with a built-in issuer, and nobody signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from services.loyalty.bootstrap import build
from services.loyalty.settings import LoyaltySettings
from shared.runtime.access import Access, AccessSettings, build_access
from shared.runtime.http import build_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.runtime.service import Service
    from tests.conftest import Database


@pytest.fixture(scope="session")
def issuer_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared: making its users hashes ten passwords."""
    return tmp_path_factory.mktemp("issuer")


@pytest.fixture
def access(issuer_dir: Path) -> Access:
    return build_access(AccessSettings(built_in_dir=issuer_dir))


@pytest.fixture
def service(database: Database) -> Iterator[Service]:
    built = build(database.settings(LoyaltySettings))
    yield built
    built.engine.dispose()


@pytest.fixture
def http(service: Service, access: Access) -> Iterator[TestClient]:
    with TestClient(build_app([service], access=access), raise_server_exceptions=False) as client:
        yield client
