"""Opens the key files, and makes sure that they are the ones this database was filled with.

A new key is made only for a database that has never seen one. With another key, the blind index would find
nobody and let everybody register twice, without any error: so a missing or exchanged file stops the start.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from shared.database.batch import fetch, run
from shared.identity.keys import KeyFileError, load_key, load_or_create_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Connection, Engine


def open_keys(engine: Engine, files: Mapping[str, Path]) -> dict[str, bytes]:
    """The key of each name. Raises `KeyFileError`; the message names the file and the way out."""
    with engine.begin() as connection:
        keys = {name: _open(connection, name, path) for name, path in files.items()}
    if len(set(keys.values())) < len(keys):
        message = f"two of the key files {', '.join(map(str, files.values()))} hold the same key; each needs its own"
        raise KeyFileError(message)
    return keys


def _open(connection: Connection, name: str, path: Path) -> bytes:
    if _expected(connection, name) is None:
        key = load_or_create_key(path)
        # Another process may start in the same moment: the first to commit says which key it is.
        run(
            connection,
            "insert into vault_key_checks (key_name, digest) values (%(name)s, %(digest)b) on conflict do nothing",
            {"name": name, "digest": _digest(key, name)},
        )
    key = load_key(path)
    if not hmac.compare_digest(_expected(connection, name) or b"", _digest(key, name)):
        message = f"key file {path} holds another key than the one this database was filled with; put the old one back"
        raise KeyFileError(message)
    return key


def _expected(connection: Connection, name: str) -> bytes | None:
    rows = fetch(connection, "select digest from vault_key_checks where key_name = %(name)s", {"name": name})
    return bytes(rows[0][0]) if rows else None


def _digest(key: bytes, name: str) -> bytes:
    return hmac.digest(key, f"key check: {name}".encode(), "sha256")
