from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.customers.domain.customer import errors, events
from services.customers.domain.customer.commands import (
    EraseCustomer,
    GiveConsent,
    LinkIdentifier,
    OpenMember,
    RegisterCustomer,
    WithdrawConsent,
)
from services.customers.domain.customer.decider import CUSTOMER, IDENTIFIERS_MAX
from services.customers.domain.values import Consent, ConsentScope, MemberToken
from shared.kernel.errors import InvalidInput
from shared.testing.specs import DeciderSpec

DAY = date(2026, 3, 1)
CARD = MemberToken("card", "c" * 64)
PHONE = MemberToken("phone", "f" * 64)
SMS = ConsentScope("marketing", "sms")
PROFILING = ConsentScope("profiling")

REGISTERED = events.CustomerRegistered(registered_on=DAY, home_store="S1")
CARD_LINKED = events.IdentifierLinked(kind="card", token=CARD.token)
PHONE_LINKED = events.IdentifierLinked(kind="phone", token=PHONE.token)
SMS_GIVEN = events.ConsentGiven(purpose="marketing", channel="sms", text_version="t1")
ERASED = events.CustomerErased(tokens=(CARD.token,))

customer = DeciderSpec(CUSTOMER)
member = customer.given(REGISTERED, CARD_LINKED)


def test_registering_tells_identifiers_and_consents_once_each() -> None:
    command = RegisterCustomer(
        registered_on=DAY,
        home_store="S1",
        tokens=(CARD, PHONE, CARD),
        consents=(Consent(SMS, "t0"), Consent(SMS, "t1")),
    )
    customer.when(command).then(REGISTERED, CARD_LINKED, PHONE_LINKED, SMS_GIVEN)


def test_an_id_is_registered_once() -> None:
    member.when(RegisterCustomer(DAY, (CARD,))).then_rejected(errors.CustomerExists)


def test_an_erased_id_never_comes_back() -> None:
    member.given(ERASED).when(RegisterCustomer(DAY, (CARD,))).then_rejected(errors.CustomerErased)


def test_linking_adds_an_identifier_and_repeats_harmlessly() -> None:
    member.when(LinkIdentifier(PHONE)).then(PHONE_LINKED).when(LinkIdentifier(PHONE)).then_nothing()


def test_identifiers_are_bounded() -> None:
    many = [events.IdentifierLinked(kind="card", token=f"{n:064}") for n in range(IDENTIFIERS_MAX)]
    customer.given(REGISTERED, *many).when(LinkIdentifier(PHONE)).then_rejected(errors.TooManyIdentifiers)


def test_a_consent_is_noted_once_per_text() -> None:
    given = member.when(GiveConsent(Consent(SMS, "t1"))).then(SMS_GIVEN)
    given.when(GiveConsent(Consent(SMS, "t1"))).then_nothing()
    newer = events.ConsentGiven(purpose="marketing", channel="sms", text_version="t2")
    given.when(GiveConsent(Consent(SMS, "t2"))).then(newer).when(GiveConsent(Consent(SMS, "t2"))).then_nothing()


def test_withdrawing_ends_that_consent_and_no_other() -> None:
    both = member.given(SMS_GIVEN, events.ConsentGiven(purpose="profiling", text_version="t1"))
    withdrawn = both.when(WithdrawConsent(SMS)).then(events.ConsentWithdrawn(purpose="marketing", channel="sms"))
    withdrawn.when(WithdrawConsent(SMS)).then_nothing()
    withdrawn.when(GiveConsent(Consent(PROFILING, "t1"))).then_nothing()
    withdrawn.when(GiveConsent(Consent(SMS, "t1"))).then(SMS_GIVEN)


def test_erasing_names_the_tokens_that_resolve_to_nobody_and_repeats_harmlessly() -> None:
    erased = (
        member.given(PHONE_LINKED).when(EraseCustomer()).then(events.CustomerErased(tokens=(CARD.token, PHONE.token)))
    )
    erased.when(EraseCustomer()).then_nothing()


@pytest.mark.parametrize(
    "command",
    [LinkIdentifier(PHONE), GiveConsent(Consent(SMS, "t1")), WithdrawConsent(SMS)],
    ids=["link", "give", "withdraw"],
)
def test_nothing_is_added_to_nobody_or_to_an_erased_customer(
    command: LinkIdentifier | GiveConsent | WithdrawConsent,
) -> None:
    customer.when(command).then_rejected(errors.CustomerNotFound)
    member.given(ERASED).when(command).then_rejected(errors.CustomerErased)


def test_nobody_cannot_be_erased() -> None:
    customer.when(EraseCustomer()).then_rejected(errors.CustomerNotFound)


def test_marketing_needs_a_channel_and_nothing_else_has_one() -> None:
    with pytest.raises(InvalidInput, match="by channel"):
        ConsentScope("marketing")
    with pytest.raises(InvalidInput, match="only marketing"):
        ConsentScope("profiling", "sms")


def test_who_shows_an_identifier_is_opened_to_each_store() -> None:
    until = datetime(2026, 3, 2, tzinfo=UTC)
    opened = [events.MemberOpened(store_id=store, until=until) for store in ("S1", "S2")]
    member.when(OpenMember(("S1", "S2"), until)).then(*opened)


def test_nobody_is_opened_who_is_not_there() -> None:
    command = OpenMember(("S1",), datetime(2026, 3, 2, tzinfo=UTC))
    customer.when(command).then_rejected(errors.CustomerNotFound)
    member.given(ERASED).when(command).then_rejected(errors.CustomerErased)
