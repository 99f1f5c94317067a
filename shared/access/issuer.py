"""The built-in issuer: an Ed25519 key in a folder, which signs tokens as any OpenID Connect provider would.

For embedded mode, for tills, for services among themselves, and for scripts on the machine. Whoever may read the
folder can be anybody: it belongs to the keys, and is backed up with them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from shared.access.documents import FreshDocument
from shared.access.keys import parse_keys, parse_revoked
from shared.access.private_files import exclusive, read_private, write_private
from shared.access.roles import DEVICE_ROLE, ROLES
from shared.access.tokens import TrustedIssuer
from shared.kernel.errors import InvalidInput
from shared.kernel.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

ALGORITHM = "Ed25519"
KEYS_KEPT = 2
"""The newest signs; the one before is still believed, until the next rotation."""
MINUTES_MAX = 366 * 24 * 60
_KEYS_FILE = "signing-keys.json"
_REVOKED_FILE = "revoked-devices.json"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is to say about whom."""

    subject: str
    roles: Collection[str]
    stores: Collection[str] | None = None
    regions: Collection[str] | None = None
    partner: str | None = None
    device: str | None = None

    def check(self) -> None:
        """Raises `InvalidInput` for a role that does not exist, or a till's token without its device."""
        for role in self.roles:
            if role not in ROLES:
                msg = f"role {role!r} does not exist; the roles are {', '.join(ROLES)}"
                raise InvalidInput(msg, field="role")
        if DEVICE_ROLE in self.roles and not self.device:
            msg = "device is missing; a till's token names it, so that it can be revoked alone, for example SH-001/1"
            raise InvalidInput(msg, field="device")

    def claims(self) -> dict[str, Any]:
        """In a token's words; what is None is left out."""
        named = {
            "sub": self.subject,
            "roles": sorted(self.roles),
            "stores": None if self.stores is None else sorted(self.stores),
            "regions": None if self.regions is None else sorted(self.regions),
            "partner": self.partner,
            "device": self.device,
        }
        return {name: value for name, value in named.items() if value is not None}


class BuiltInIssuer:
    """Signs with the newest key in `folder`; the folder and its first key are made when they are missing."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "regulars",
        audience: str = "regulars",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self.name = name
        self.audience = audience
        self._now = now
        with exclusive(folder):
            if not self._private_keys():
                write_private(folder / _KEYS_FILE, [_new_key()])

    def token(self, grant: Grant, *, minutes: int) -> str:
        """A signed token. Raises `InvalidInput`."""
        grant.check()
        if not 1 <= minutes <= MINUTES_MAX:
            msg = f"minutes {minutes} is out of bounds; a token lives for 1 to {MINUTES_MAX} minutes"
            raise InvalidInput(msg, field="minutes", limit=MINUTES_MAX)
        key = OKPKey.import_key(self._private_keys()[0])
        issued_at = int(self._now())
        if grant.device is not None:
            # Times of tokens are whole seconds: one that is made right after a revocation must not fall under it.
            issued_at = max(issued_at, self.revoked().get(grant.device, -1) + 1)
        claims = {"iss": self.name, "aud": self.audience, "iat": issued_at, "exp": issued_at + minutes * 60}
        header = {"alg": ALGORITHM, "kid": key.kid}
        return jwt.encode(header, claims | {"jti": str(new_id())} | grant.claims(), key, algorithms=[ALGORITHM])

    def jwks(self) -> dict[str, Any]:
        """The public keys that are believed now."""
        public = [OKPKey.import_key(key).as_dict(private=False) for key in self._private_keys()]
        return {"keys": public}

    def rotate(self) -> str:
        """Signs with a new key from now on, and forgets all but the one before it; the new key's id."""
        with exclusive(self.folder):
            key = _new_key()
            write_private(self.folder / _KEYS_FILE, [key, *self._private_keys()][:KEYS_KEPT])
        return str(key["kid"])

    def revoke(self, device: str) -> None:
        """Makes void every token that `device` holds now. One that it is given later is good."""
        with exclusive(self.folder):
            write_private(self.folder / _REVOKED_FILE, self.revoked() | {device: int(self._now())})

    def revoked(self) -> dict[str, int]:
        """Each revoked device, and when."""
        revoked: dict[str, int] = read_private(self.folder / _REVOKED_FILE, {})
        return revoked

    def trusted(self) -> TrustedIssuer:
        """The issuer as those see it who believe its tokens, and read its folder themselves."""
        return TrustedIssuer(
            name=self.name,
            audience=self.audience,
            keys=FreshDocument("keys of the built-in issuer", self.jwks, parse_keys, age_s_max=5, pause_s=1),
            revoked=FreshDocument("revoked devices", self.revoked, parse_revoked, age_s_max=1, pause_s=1),
        )

    def _private_keys(self) -> list[dict[str, Any]]:
        keys: list[dict[str, Any]] = read_private(self.folder / _KEYS_FILE, [])
        return keys


def _new_key() -> dict[str, Any]:
    key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": ALGORITHM}, private=True)
    key.ensure_kid()
    return dict(key.as_dict(private=True))
