"""What the application needs from outside: a vault for what is personal, and a service that guards its keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shared.kernel.errors import RegularsError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.birthdays import Calendar
    from services.customers.application.identifiers import Identifier
    from services.customers.application.profile import Language, Profile
    from shared.access.visibility import Visible


class VaultError(RegularsError):
    """The vault cannot open what it holds: another key, or changed bytes. An operator must look; never retried."""


class KeyService(Protocol):
    """Holds the key-encryption keys. May block: a key management service is a network away.

    A wrapped key opens only for the owner that it was wrapped for, so that rows cannot be swapped.
    """

    @property
    def version(self) -> int:
        """The key-encryption key that wraps now; stored beside what it wrapped."""
        ...

    def wrap(self, data_key: bytes, owner: UUID) -> bytes:
        """`data_key`, locked for `owner`."""
        ...

    def unwrap(self, wrapped: bytes, owner: UUID, version: int) -> bytes:
        """The data key again. Raises `VaultError` for another key, owner or version, or changed bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody whom the vault takes in, and the keyed hash of what they were registered with."""

    customer_id: UUID
    profile: Profile
    fingerprint: bytes


class Vault(Protocol):
    """The only place for personal data, with a data key for each person.

    Works in the caller's transaction, after the append to the person's stream: so two changes of one person
    never meet here.
    """

    def fingerprint(self, content: bytes) -> bytes:
        """A keyed hash: equal for equal content, and no way to guess the content from it without the key."""
        ...

    def owners(self, connection: Connection, identifiers: Collection[Identifier]) -> dict[Identifier, UUID]:
        """Whose they are; what belongs to nobody is missing."""
        ...

    def fingerprints(self, connection: Connection, customer_ids: Collection[UUID]) -> dict[UUID, bytes]:
        """What each was registered with; whoever is not in the vault is missing."""
        ...

    def admit(self, connection: Connection, newcomers: Sequence[Newcomer]) -> None:
        """Takes people in. Raises `ConcurrencyConflict` when another took one of their identifiers meanwhile."""
        ...

    def add_identifier(self, connection: Connection, customer_id: UUID, identifier: Identifier) -> None:
        """Adds to somebody's profile. Raises `ConcurrencyConflict` when another took it meanwhile."""
        ...

    def profile(self, connection: Connection, customer_id: UUID) -> Profile | None:
        """Somebody's data; None when the vault does not have it. Raises `VaultError`."""
        ...

    def profiles(self, connection: Connection, customer_ids: Collection[UUID]) -> dict[UUID, Profile | VaultError]:
        """The data of many, with one statement; who is not in the vault is missing. What does not open is told."""
        ...

    def prefer(
        self,
        connection: Connection,
        customer_id: UUID,
        *,
        language: Language | None,
        birthday_calendar: Calendar | None,
    ) -> None:
        """Changes how somebody is written to, and by which calendar they celebrate; None leaves it as it is.

        Raises `InvalidInput` for a birthday that the calendar does not know.
        """
        ...

    def celebrating(
        self,
        connection: Connection,
        keys: Collection[str],
        *,
        after: UUID | None,
        limit: int,
    ) -> list[UUID]:
        """Who was born on one of these days of the year (`birthdays.birthday_key`), by id, after `after`."""
        ...

    def celebrating_among(
        self,
        connection: Connection,
        keys: Sequence[str],
        seen: Visible,
        *,
        limit: int,
    ) -> list[tuple[UUID, str]]:
        """Those of the `seen` who were born on one of these days of the year, each with her day, in the keys' order."""
        ...

    def meant(self, connection: Connection, terms: Collection[str], seen: Visible, *, limit: int) -> list[UUID]:
        """Those of the `seen` who have all of `terms` (`questions.terms_of`), in no order.

        Almost certainly: somebody may share a term by chance. Open the profile before showing her.
        """
        ...

    def bring_up_to_date(self, connection: Connection, *, after: UUID | None, limit: int) -> UUID | None:
        """Rewrites at most `limit` records of an earlier form, after `after`, with what is made of them only now.

        Who is just being changed is passed over, as is what does not open. Where to go on; None when that was all.
        """
        ...

    def destroy(self, connection: Connection, customer_id: UUID) -> None:
        """Destroys the key and all that it locks. Afterwards nobody can open a copy of the record either."""
        ...


class ComplaintTexts(Protocol):
    """What people said when they complained, sealed with their own keys: it goes when they are erased.

    Works in the caller's transaction, after the append to the person's stream.
    """

    def keep(self, connection: Connection, customer_id: UUID, complaint_id: UUID, text: str) -> None:
        """Adds the text of a new complaint."""
        ...

    def read(self, connection: Connection, customer_id: UUID, complaint_id: UUID) -> str | None:
        """The text; None when there is none. Raises `VaultError`."""
        ...
