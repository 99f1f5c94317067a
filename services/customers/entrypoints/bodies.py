"""What callers send. Bounded, strict about unknown fields, and read into the application's own words."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SkipValidation, StringConstraints

from services.customers.application.birthdays import Calendar, birthday_key
from services.customers.application.identifiers import Identifier, Recogniser
from services.customers.application.profile import Language, Profile
from services.customers.application.registration import Registration
from services.customers.domain.values import Channel, Consent, ConsentScope, IdentifierKind, Purpose
from shared.identity.tokens import EMAIL_CHARACTERS_MAX
from shared.kernel.errors import InvalidInput
from shared.kernel.text import CONTROL_FREE, Code

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH_MAX = 1_000
_BORN_MIN = date(1900, 1, 1)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Phone = Annotated[str, Field(max_length=64, description="With its country code, or as dialled at home.")]
Card = Annotated[str, Field(max_length=128, description="Capitals, spaces, dots and dashes do not matter.")]
Email = Annotated[str, Field(max_length=EMAIL_CHARACTERS_MAX, description="Capitals do not matter.")]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=CONTROL_FREE, strip_whitespace=True),
]


def _written_out(value: object) -> object:
    # Pydantic also reads numbers as dates, counted in seconds since 1970: nobody means that by a birthday.
    if not (isinstance(value, str) and _DATE.fullmatch(value)):
        message = "write it as YYYY-MM-DD"
        raise ValueError(message)
    return value


Birthday = Annotated[date, BeforeValidator(_written_out, json_schema_input_type=date), Field(ge=_BORN_MIN)]
ViewPurpose = Literal["member_request", "service", "complaint", "delivery", "legal", "audit"]
"""A closed list: free text would hold names sooner or later."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConsentScopeBody(_Body):
    """What is agreed to."""

    purpose: Purpose
    channel: Channel | None = Field(default=None, description="For marketing, and only for it.")

    def scope(self) -> ConsentScope:
        """Raises `InvalidInput` for marketing without a channel, or anything else with one."""
        return ConsentScope(self.purpose, self.channel)


class ConsentBody(ConsentScopeBody):
    """An agreement."""

    text_version: Code = Field(description="The version of the text that the customer read.")

    def consent(self) -> Consent:
        """Raises `InvalidInput` as `scope` does."""
        return Consent(self.scope(), self.text_version)


class _Identifiers(_Body):
    phone: Phone | None = None
    card: Card | None = None
    email: Email | None = None

    def identifiers(self, recogniser: Recogniser) -> tuple[Identifier, ...]:
        """Those that were sent, each in its one spelling. Raises `InvalidInput` naming the field."""
        sent: list[tuple[IdentifierKind, str | None]] = [
            ("phone", self.phone),
            ("card", self.card),
            ("email", self.email),
        ]
        return tuple(recogniser.read(kind, value) for kind, value in sent if value is not None)


class NewCustomer(_Identifiers):
    """Somebody who becomes a customer; with a phone or a card, or both."""

    customer_id: UUID | None = Field(default=None, description="A UUIDv7 of the caller's; made here when absent.")
    name: Name | None = None
    birthday: Birthday | None = None
    birthday_calendar: Calendar = Field(default="solar", description="By which the birthday is celebrated.")
    language: Language = Field(default="zh-CN", description="In which the customer is written to.")
    home_store: Code | None = Field(default=None, description="By default the caller's store, if she has just one.")
    consents: list[ConsentBody] = Field(default=[], max_length=30)

    def registration(self, recogniser: Recogniser, today: date, make_id: Callable[[], UUID]) -> Registration:
        """In the application's words. Raises `InvalidInput` naming the field."""
        if self.phone is None and self.card is None:
            message = "phone and card are both missing; send at least one, tills recognise a member by it"
            raise InvalidInput(message, field="phone")
        if self.birthday is not None and self.birthday > today:
            message = f"birthday is after today, {today}; send the day of birth as YYYY-MM-DD or leave it out"
            raise InvalidInput(message, field="birthday")
        if self.birthday is not None:
            birthday_key(self.birthday, self.birthday_calendar)  # raises for a day that the calendar does not know
        return Registration(
            customer_id=self.customer_id or make_id(),
            profile=Profile(
                name=self.name,
                birthday=self.birthday,
                identifiers=self.identifiers(recogniser),
                language=self.language,
                birthday_calendar=self.birthday_calendar,
            ),
            home_store=self.home_store,
            consents=tuple(body.consent() for body in self.consents),
        )


class NewCustomers(_Body):
    """Many at once; each stands alone."""

    customers: list[SkipValidation[NewCustomer]] = Field(min_length=1, max_length=BATCH_MAX)
    """As sent: each is read on its own, so that a wrong one does not fail its neighbours."""


class Lookup(_Identifiers):
    """Exactly one identifier."""

    def identifier(self, recogniser: Recogniser) -> Identifier:
        """Raises `InvalidInput`."""
        sent = self.identifiers(recogniser)
        if len(sent) != 1:
            message = f"{len(sent)} identifiers sent; send exactly one of phone, card and email"
            raise InvalidInput(message)
        return sent[0]


class NewIdentifier(_Body):
    """Another way to recognise a customer."""

    kind: IdentifierKind
    value: str = Field(max_length=EMAIL_CHARACTERS_MAX)


class PreferencesBody(_Body):
    """What is left out stays as it is."""

    language: Language | None = Field(default=None, description="In which the customer is written to.")
    birthday_calendar: Calendar | None = Field(default=None, description="By which the birthday is celebrated.")


class ProfileView(_Body):
    """Why somebody's data is looked at."""

    purpose: ViewPurpose
