"""JSON files that only their owner may read, changed as a whole, by one process at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from shared.identity.keys import KeyFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_private(path: Path, default: Any = None) -> Any:  # noqa: ANN401 - JSON
    """The document in `path`; `default` when there is none. Raises `KeyFileError` for a file that others may read."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                msg = f"{path} can be read by others; run: chmod 600 {path}"
                raise KeyFileError(msg)
            return orjson.loads(file.read())
    except FileNotFoundError:
        return default
    except orjson.JSONDecodeError:
        msg = f"{path} is not JSON; put it back from its backup"
        raise KeyFileError(msg) from None


def write_private(path: Path, document: Any) -> None:  # noqa: ANN401 - JSON
    """Replaces the document in `path`: readers see the old one or the new one, also after a crash."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Waits until no other process changes files in `folder`; makes it, for its owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield
