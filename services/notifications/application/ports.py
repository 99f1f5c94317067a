"""What the application needs from outside: read models, the vault, and the providers of channels."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol
from uuid import UUID

from services.notifications.domain.values import (
    Attempting,
    Channel,
    Due,
    Language,
    Purpose,
    Rule,
    Template,
    TemplateKey,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection

    from services.notifications.domain.policy.facts import CampaignStanding, Facts


class ContactFacts(Protocol):
    """Facts of members for the policy; one query, however many. Standing of campaigns and holidays are not in them."""

    def __call__(
        self,
        connection: Connection,
        customers: Collection[UUID],
        chain_zone: ZoneInfo,
    ) -> Mapping[UUID, Facts]: ...


class CampaignStandings(Protocol):
    """How campaigns stand, as far as was heard of them."""

    def __call__(self, connection: Connection, campaigns: Collection[UUID]) -> Mapping[UUID, CampaignStanding]: ...


class KnownMessages(Protocol):
    """Those of `messages` that were ever planned. Right for decisions only while their contacts are locked."""

    def __call__(self, connection: Connection, messages: Collection[UUID]) -> Collection[UUID]: ...


class DueMessages(Protocol):
    """At most `limit` messages of one lane that are due at `now`, the oldest first.

    One whose member or campaign was not heard of yet is left out until it expires: topics are apart, and its facts
    may still be on their way.
    """

    def __call__(
        self, connection: Connection, now: datetime, *, lane: int, lanes: int, limit: int
    ) -> Sequence[Due]: ...


class MessageValues(Protocol):
    """What the templates of messages are to say, by message."""

    def __call__(self, connection: Connection, messages: Collection[UUID]) -> Mapping[UUID, Mapping[str, str]]: ...


class OpenAttempts(Protocol):
    """At most `limit` attempts without an outcome that were begun by others than `sender`."""

    def __call__(self, connection: Connection, *, sender: UUID, limit: int) -> Sequence[Attempting]: ...


class FindMessage(Protocol):
    """Whose message it is; None if the id was never used."""

    def __call__(self, connection: Connection, message_id: UUID) -> UUID | None: ...


class Members(Protocol):
    """The next members, by id after `after`, of those that a greeting is for."""

    def __call__(self, connection: Connection, after: UUID, limit: int) -> Sequence[UUID]: ...


class Templates(Protocol):
    """Every wording of the templates called `codes`."""

    def __call__(self, connection: Connection, codes: Collection[str]) -> Mapping[TemplateKey, Template]: ...


class Ask(NamedTuple):
    """What the vault is asked for."""

    customer_id: UUID
    purpose: Purpose
    channel: Channel


@dataclass(frozen=True, slots=True)
class Released:
    """Where a member is reached, what she is called, and in which language. Kept nowhere, shown in no `repr`."""

    address: str
    name: str | None
    language: Language

    def __repr__(self) -> str:
        return "Released(...)"


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why the vault gives no address."""

    rule: Rule
    detail: str


class VaultAway(Exception):
    """The vault gave no answer; nobody was told anything."""


class Vault(Protocol):
    """The one synchronous call to another service. Blocks for some seconds at most; raises `VaultAway`."""

    def reachable(self) -> bool:
        """Whether it answers at all. Cheap; raises nothing."""
        ...

    def release(self, asked: Sequence[Ask]) -> Sequence[Released | Withheld]:
        """One answer for each of at most 500, in order. The vault checks consent itself and writes each down."""
        ...

    def birthdays(self, day: date, calendar: Literal["solar", "lunar"]) -> Sequence[UUID]:
        """Whose birthday `day` is."""
        ...


@dataclass(frozen=True, slots=True)
class Content:
    """A rendered message."""

    text: str
    language: Language
    subject: str | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one address. Shown in no `repr`."""

    message_id: UUID
    attempt: int
    channel: Channel
    address: str
    content: Content
    unsubscribe_url: str | None

    def __repr__(self) -> str:
        return f"Delivery({self.message_id}, {self.channel})"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider certainly did not take it. `passing`: it may do so later."""

    detail: str
    passing: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """The provider may have taken it."""

    detail: str


Delivered = Accepted | Refused | Unknown


class Line(Protocol):
    """An open line to a provider."""

    def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Delivered]:
        """One outcome for each, in order. Blocks until all are known; tries nothing twice; raises nothing expected.

        `Refused` only where the provider cannot have taken it. Details never hold an address, a name or a text.
        """
        ...


class Provider(Protocol):
    """Carries messages of one channel to where members read them. One port for all channels."""

    def open(self) -> AbstractContextManager[Line]:
        """A line for one sender, used by one thread. Connects when there is something to deliver."""
        ...
