"""What the application needs from outside. `bootstrap` decides who gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy import Connection

    from services.stores.application.import_rows import Row


@dataclass(frozen=True, slots=True)
class KnownStore:
    """What intake needs of a store."""

    time_zone: str
    currency: str
    tills: frozenset[str]


class FindStores(Protocol):
    """The registered ones among `store_ids`."""

    def __call__(self, connection: Connection, store_ids: Collection[str]) -> Mapping[str, KnownStore]: ...


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a token is; nobody's after an erasure, whose date stays."""

    customer_id: UUID | None = None
    erased_on: date | None = None


class MemberTokens(Protocol):
    """Which customer each token stands for. Every call belongs to the caller's transaction and may wait for a lock."""

    def customers(self, connection: Connection, tokens: Collection[str]) -> Mapping[str, UUID]:
        """The customers of `tokens`; a token that nobody has is left out.

        Until the transaction ends nobody can take such a token: a receipt that is recorded without a customer is
        either seen by whoever links the token later, or saw the link.
        """
        ...

    def take(self, connection: Connection, tokens: Collection[str]) -> Mapping[str, Holder]:
        """Each token's holder, reserved for `hold` until the transaction ends."""
        ...

    def hold(self, connection: Connection, holders: Mapping[str, Holder]) -> None:
        """Writes the holders of tokens that were taken."""
        ...

    def erase(self, connection: Connection, customer_ids: Collection[UUID]) -> None:
        """Remembers for ever that these customers are erased."""
        ...

    def erased(self, connection: Connection, customer_ids: Collection[UUID]) -> frozenset[UUID]:
        """Those that are erased: a link of theirs that arrives late must not bring them back."""
        ...

    def is_member(self, connection: Connection, customer_id: UUID) -> bool:
        """Whether some token stands for this customer."""
        ...


@dataclass(frozen=True, slots=True)
class Awaited:
    """Receipts of `token` that still wait on `today`, sold after `sold_after`."""

    token: str
    today: date
    sold_after: date | None


class FindWaiting(Protocol):
    """(token, receipt id) of every receipt that is awaited."""

    def __call__(self, connection: Connection, awaited: Sequence[Awaited]) -> Sequence[tuple[str, UUID]]: ...


class OpenRows(Protocol):
    """The rows of a file, one after the other, without holding all of it.

    Raises `FileRefused` before it gives any row when format, encoding or columns are wrong.
    """

    def __call__(self, file: Path) -> Iterable[Row]: ...
