"""The append lock: shared by every append, exclusive for the instant in which a rebuild switches.

An advisory lock per schema, held until the end of the transaction. Appends never wait for each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database.batch import run

if TYPE_CHECKING:
    from sqlalchemy import Connection

_KEY = "hashtextextended(current_schema() || '.append', 0)"


def share_append_lock(connection: Connection) -> None:
    """Taken by every append, as late as possible; waits only while a rebuild switches."""
    run(connection, f"select pg_advisory_xact_lock_shared({_KEY})")


def take_append_lock(connection: Connection) -> None:
    """Taken by a rebuild: when it returns, every earlier append is committed and no other begins."""
    run(connection, f"select pg_advisory_xact_lock({_KEY})")
