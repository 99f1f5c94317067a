"""What the routes answer about changes and profiles. Read models have their own views."""

from __future__ import annotations

from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.customers.application.birthdays import Calendar
from services.customers.application.profile import Language, Profile, mask_birthday, mask_identifier, mask_name
from services.customers.domain.values import IdentifierKind
from services.customers.read_models.consent_history.view import ConsentChange, CurrentConsent
from services.customers.read_models.customer_directory.view import CustomerEntry


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class CustomerVersion(_Answer):
    """The customer, and the stream version after the change."""

    customer_id: UUID
    version: int


class Erased(CustomerVersion):
    """What is personal of the customer does not exist any more."""

    erased: Literal[True] = True


class RegistrationResult(_Answer):
    """What became of one registration of a batch."""

    outcome: Literal["registered", "unchanged", "rejected"]
    customer_id: UUID | None = Field(default=None, description="Null when rejected.")
    version: int | None = Field(default=None, description="The stream version; null when rejected.")
    code: str | None = Field(default=None, description="When rejected: why, in one stable word.")
    reason: str | None = Field(default=None, description="When rejected: what was wrong and what to do.")


class RegistrationResults(_Answer):
    """One result per customer, in the order in which they were sent."""

    results: list[RegistrationResult]


class Found(_Answer):
    """Whose identifier it is."""

    customer_id: UUID


class CustomerState(CustomerEntry):
    """A customer without anything personal, and what they agree to now."""

    consents: list[CurrentConsent]


class ConsentPage(_Answer):
    """What the customer agreed to and took back, in order."""

    customer_id: UUID
    version: int = Field(description="The stream version that this reflects.")
    items: list[ConsentChange]
    next_cursor: int | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")


class ProfileIdentifier(_Answer):
    """One identifier, masked or whole."""

    kind: IdentifierKind
    value: str


class ProfileAnswer(_Answer):
    """Who somebody is, masked or whole."""

    customer_id: UUID
    name: str | None
    birthday: str | None = Field(description="YYYY-MM-DD; masked: ****-MM-DD.")
    identifiers: list[ProfileIdentifier]
    language: Language = Field(description="In which the customer is written to.")
    birthday_calendar: Calendar = Field(description="By which the birthday is celebrated.")

    @classmethod
    def whole(cls, customer_id: UUID, profile: Profile) -> Self:
        """Everything, in clear."""
        return cls(
            customer_id=customer_id,
            name=profile.name,
            birthday=profile.birthday and profile.birthday.isoformat(),
            identifiers=[ProfileIdentifier(kind=i.kind, value=i.value) for i in profile.identifiers],
            language=profile.language,
            birthday_calendar=profile.birthday_calendar,
        )

    @classmethod
    def masked(cls, customer_id: UUID, profile: Profile) -> Self:
        """Enough to recognise somebody who is there."""
        return cls(
            customer_id=customer_id,
            name=profile.name and mask_name(profile.name),
            birthday=profile.birthday and mask_birthday(profile.birthday),
            identifiers=[ProfileIdentifier(kind=i.kind, value=mask_identifier(i)) for i in profile.identifiers],
            language=profile.language,
            birthday_calendar=profile.birthday_calendar,
        )
