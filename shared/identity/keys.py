"""Key files: 32 random bytes that only their owner may read. Made once, never replaced silently."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
MEMBER_TOKEN_KEY_FILE = "member-token.key"  # noqa: S105 - the name of a file, not a secret
"""In the folder of keys that `stores` and `customers` share: with two keys, no sale would find its member."""


class KeyFileError(RuntimeError):
    """A key file is missing where it must exist, or is not a key. The message names the file and the way out."""


def load_key(path: Path) -> bytes:
    """The key in `path`. Raises `KeyFileError`, also for a file that others may read."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                msg = f"key file {path} can be read by others; run: chmod 600 {path}"
                raise KeyFileError(msg)
            key = file.read(KEY_BYTES + 1)
    except FileNotFoundError:
        msg = f"key file {path} is missing; put it back from its backup: what it locks cannot be read without it"
        raise KeyFileError(msg) from None
    if len(key) != KEY_BYTES:
        msg = f"key file {path} does not hold a key of {KEY_BYTES} bytes; put it back from its backup"
        raise KeyFileError(msg)
    return key


def load_or_create_key(path: Path) -> bytes:
    """The key in `path`, made on first use with mode 0600. Processes that start together get the same key.

    Only for a place where nothing depends on an earlier key yet; otherwise `load_key`.
    """
    if not path.exists():
        _create(path)
    return load_key(path)


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link, not a rename: it never replaces the key that another process has made meanwhile.
            os.link(draft, path)
        except FileExistsError:
            return
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            # The name must survive a crash as well: data is sealed with this key from now on.
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink()
