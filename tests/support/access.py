"""Who calls in tests: anybody, with a real token of a real issuer whose key lives as long as the test run."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.testclient import TestClient

from shared.access.issuer import BuiltInIssuer, Grant
from shared.access.tokens import Verifier
from shared.runtime.access import Access
from shared.runtime.http import build_app

if TYPE_CHECKING:
    from collections.abc import Collection

    from shared.runtime.service import Service


@cache
def issuer() -> BuiltInIssuer:
    """The issuer that every service in tests believes."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-issuer-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return BuiltInIssuer(folder)


def access() -> Access:
    """For `build_app`: lets in whom `issuer` vouches for."""
    return Access(Verifier([issuer().trusted()]))


def bearer(
    role: str | Collection[str] = "operator",
    *,
    stores: Collection[str] | None = None,
    regions: Collection[str] | None = None,
    partner: str | None = None,
    device: str | None = None,
    name: str | None = None,
) -> dict[str, str]:
    """The header of a request by somebody with `role`, or several."""
    roles = [role] if isinstance(role, str) else list(role)
    grant = Grant(name or roles[0], roles, stores, regions, partner, device)
    return {"Authorization": f"Bearer {issuer().token(grant, minutes=60)}"}


def client(
    *services: Service,
    role: str | Collection[str] = "operator",
    stores: Collection[str] | None = None,
    regions: Collection[str] | None = None,
    partner: str | None = None,
    device: str | None = None,
    name: str | None = None,
    **options: Any,
) -> TestClient:
    """A client of `services` who has signed in. By default she may do what an operator may, in the whole chain."""
    headers = bearer(role, stores=stores, regions=regions, partner=partner, device=device, name=name)
    return TestClient(build_app(services, access=access()), headers=headers, **options)
