"""Leases of senders: as long as a sender lives, its attempts may still get their outcome."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.database.batch import fetch
from shared.database.session_lock import session_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy import Connection, Engine


class Leases:
    """A lease is a lock of a database session: it ends with its holder, however that ends."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def take(self, sender: UUID) -> Iterator[UUID]:
        """Holds the lease of a new sender. It takes a connection for as long."""
        with session_lock(self._engine, f".sender.{sender}", wait=True):
            yield sender

    @staticmethod
    def is_gone(connection: Connection, sender: UUID) -> bool:
        """Whether the sender's lease has ended. If so, nobody else finds it gone until the transaction ends."""
        key = "hashtextextended(current_schema() || '.sender.' || %(sender)s, 0)"
        [(taken,)] = fetch(connection, f"select pg_try_advisory_xact_lock({key})", {"sender": str(sender)})
        return bool(taken)
