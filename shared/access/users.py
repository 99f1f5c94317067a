"""The built-in issuer's users: one for each role at first, and whomever an operator adds. Passwords as scrypt hashes.

A real chain's people sign in with its own identity provider; these are for trying the system, and for a machine that
has no provider yet.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.access.issuer import Grant
from shared.access.private_files import exclusive, read_private, write_private
from shared.access.roles import DEVICE_ROLE, ROLES
from shared.identity.keys import load_or_create_key
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "users.json"
_SEED_FILE = "first-passwords.key"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
# RFC 7914 §2 with the parameters that OWASP names as a minimum for interactive use: 16 MiB, some 40 ms.
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024}
_SECRET = ("salt", "scrypt")
_NOBODY = "00" * 16


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can sign in."""

    name: str
    roles: tuple[str, ...]
    stores: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    partner: str | None = None

    def grant(self) -> Grant:
        """What her tokens say."""
        return Grant(self.name, self.roles, self.stores, self.regions, self.partner)


class Users:
    """The users in an issuer's folder. Makes one per role of people when there are none."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._folder = folder
        self._seed = load_or_create_key(folder / _SEED_FILE)
        with exclusive(folder):
            if read_private(self._path) is None:
                people = {role.replace("_", "-"): role for role in ROLES if role not in {DEVICE_ROLE, "service"}}
                write_private(
                    self._path,
                    {name: {"roles": [role]} | _hashed(self._first_password(name)) for name, role in people.items()},
                )

    def all(self) -> list[User]:
        """Everybody, by name."""
        return [_user(name, entry) for name, entry in sorted(self._read().items())]

    def put(self, user: User) -> str | None:
        """Adds or changes somebody. The password of somebody new, which is told only now; None for a change."""
        if not _NAME.fullmatch(user.name):
            msg = f"user name {user.name!r} cannot be taken; use 1 to 64 of a-z, 0-9, dot, dash and underscore"
            raise InvalidInput(msg, field="name")
        user.grant().check()
        with exclusive(self._folder):
            everybody = self._read()
            password = None if user.name in everybody else _new_password()
            secret = _hashed(password) if password else {name: everybody[user.name][name] for name in _SECRET}
            everybody[user.name] = {
                "roles": list(user.roles),
                "stores": None if user.stores is None else list(user.stores),
                "regions": None if user.regions is None else list(user.regions),
                "partner": user.partner,
            } | secret
            write_private(self._path, everybody)
        return password

    def remove(self, name: str) -> bool:
        """Removes somebody; whether there was such a user. A token that she holds goes on until it expires."""
        with exclusive(self._folder):
            everybody = self._read()
            found = everybody.pop(name, None) is not None
            write_private(self._path, everybody)
        return found

    def sign_in(self, name: str, password: str) -> User | None:
        """The user, if that is her password. Takes as long for a name that nobody has."""
        entry = self._read().get(name)
        salt, expected = (entry["salt"], entry["scrypt"]) if entry else (_NOBODY, "")
        is_right = hmac.compare_digest(_scrypt(password, salt), expected)
        return _user(name, entry) if entry and is_right else None

    def first_password(self, name: str) -> str | None:
        """The password with which a first user was made, as long as it is still hers."""
        password = self._first_password(name)
        return password if self.sign_in(name, password) else None

    def _first_password(self, name: str) -> str:
        # Derived from a key in the folder, so that it can be shown again and stands in no file.
        return _spelled(hmac.digest(self._seed, f"first password: {name}".encode(), "sha256"))

    def _read(self) -> dict[str, Any]:
        everybody: dict[str, Any] = read_private(self._path, {})
        return everybody


def _user(name: str, entry: dict[str, Any]) -> User:
    stores, regions = entry.get("stores"), entry.get("regions")
    return User(
        name=name,
        roles=tuple(entry["roles"]),
        stores=None if stores is None else tuple(stores),
        regions=None if regions is None else tuple(regions),
        partner=entry.get("partner"),
    )


def _hashed(password: str) -> dict[str, str]:
    salt = secrets.token_hex(16)
    return {"salt": salt, "scrypt": _scrypt(password, salt)}


def _scrypt(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=bytes.fromhex(salt), dklen=32, **_SCRYPT).hex()


def _new_password() -> str:
    return _spelled(secrets.token_bytes(32))


def _spelled(value: bytes) -> str:
    """80 bits in letters and digits that are hard to mix up: `k3fq-7xma-2pdn-w5ht`."""
    text = base64.b32encode(value[:10]).decode().lower()
    return "-".join(text[n : n + 4] for n in range(0, 16, 4))
