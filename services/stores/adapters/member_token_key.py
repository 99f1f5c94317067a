"""Opens the key of member tokens, and makes sure that it is the one that this database was filled with.

With another key every member would be a stranger, without any error; so a missing or exchanged file stops the start.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from shared.database.batch import fetch, run
from shared.identity.keys import KeyFileError, load_key, load_or_create_key

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


def open_member_token_key(engine: Engine, path: Path) -> bytes:
    """The key in `path`, made there only for a database that has seen none. Raises `KeyFileError`."""
    with engine.begin() as connection:
        # One start at a time: the first says which key it is.
        run(connection, "lock table member_token_key_check in share row exclusive mode")
        known = fetch(connection, "select digest from member_token_key_check")
        key = load_key(path) if known else load_or_create_key(path)
        digest = hmac.digest(key, b"key check: member-token", "sha256")
        if not known:
            run(connection, "insert into member_token_key_check (digest) values (%(digest)b)", {"digest": digest})
        elif not hmac.compare_digest(bytes(known[0][0]), digest):
            msg = f"key file {path} holds another key than the one this database was filled with; put the old one back"
            raise KeyFileError(msg)
    return key
