"""Read models of other services' facts: fed by a consumer, rebuilt from the topics that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table

    from shared.messaging.consumer import Consumer
    from shared.messaging.message import Message


class ProjectMessages(Protocol):
    """Applies facts, in order, to the tables named by `tables` (its own name -> the name to use now)."""

    def __call__(self, connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[Any]]) -> None: ...


class Prune(Protocol):
    """Removes from the tables named by `tables` what must not be there whatever the topics say."""

    def __call__(self, connection: Connection, tables: Mapping[str, str]) -> None: ...


def prune_nothing(connection: Connection, tables: Mapping[str, str]) -> None:
    """For tables that hold nothing of people."""


@dataclass(frozen=True)
class TopicReadModel:
    """Tables that one consumer keeps, which are rebuilt together by reading its topics again.

    `project` gives equal rows for any interleaving of topics and for repeated records. It decides nothing and
    tells nobody anything, so replaying it is safe.
    """

    name: str
    tables: Sequence[Table]
    consumer: Consumer
    project: ProjectMessages
    prune: Prune = prune_nothing
    """Called once by a rebuild while no consumer runs, just before the switch: for people erased meanwhile."""
