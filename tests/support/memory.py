"""Folders in memory for what makes thousands of files: a database is 1,300 of them, a topic fifty.

On a disk it takes up to two seconds to make a database, here a tenth of one.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in it is made by mkdtemp
FREE_BYTES_MIN = 4 * 1024**3


@contextmanager
def folder_in_memory(purpose: str) -> Iterator[Path]:
    """An empty folder that is gone afterwards; on the disk where there is no memory for it, as in most containers."""
    room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= FREE_BYTES_MIN
    folder = Path(tempfile.mkdtemp(prefix=f"regulars-{purpose}-", dir=MEMORY if room else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
