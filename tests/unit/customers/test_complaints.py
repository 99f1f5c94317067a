from __future__ import annotations

from datetime import date

import pytest

from services.customers.domain.customer import errors, events
from services.customers.domain.customer.commands import CloseComplaint, OpenComplaint
from services.customers.domain.customer.decider import COMPLAINTS_MAX, CUSTOMER
from services.customers.domain.values import Complaint
from shared.kernel.ids import derived_id
from shared.testing.specs import DeciderSpec

FIRST, SECOND = derived_id("complaint", 1), derived_id("complaint", 2)
OPENED = events.ComplaintOpened(complaint_id=FIRST, category="price", store_id="S1")
CLOSED = events.ComplaintClosed(complaint_id=FIRST, outcome="refunded")
OPEN = OpenComplaint(Complaint(FIRST, "price", "S1"))

customer = DeciderSpec(CUSTOMER)
member = customer.given(events.CustomerRegistered(registered_on=date(2026, 3, 1)))


def test_a_complaint_is_opened_once_and_closed_once() -> None:
    opened = member.when(OPEN).then(OPENED)
    closed = opened.when(OPEN).then_nothing().when(CloseComplaint(FIRST, "refunded")).then(CLOSED)
    closed.when(CloseComplaint(FIRST, "refunded")).then_nothing().when(OPEN).then_nothing()


def test_what_was_closed_in_one_way_is_not_closed_in_another() -> None:
    member.given(OPENED, CLOSED).when(CloseComplaint(FIRST, "unfounded")).then_rejected(errors.ComplaintClosed)


def test_a_known_id_with_another_content_is_refused() -> None:
    for other in (Complaint(FIRST, "service", "S1"), Complaint(FIRST, "price", None)):
        member.given(OPENED).when(OpenComplaint(other)).then_rejected(errors.ComplaintExists)


def test_several_complaints_are_each_their_own() -> None:
    both = member.given(OPENED, events.ComplaintOpened(complaint_id=SECOND, category="other"))
    both.when(CloseComplaint(FIRST, "refunded")).then(CLOSED)
    both.given(CLOSED).when(CloseComplaint(SECOND, "resolved")).then(
        events.ComplaintClosed(complaint_id=SECOND, outcome="resolved"),
    )


def test_what_was_never_opened_cannot_be_closed() -> None:
    member.given(OPENED).when(CloseComplaint(SECOND, "resolved")).then_rejected(errors.ComplaintNotFound)


@pytest.mark.parametrize("command", [OPEN, CloseComplaint(FIRST, "resolved")], ids=["open", "close"])
def test_nobody_and_nobody_erased_complains(command: OpenComplaint | CloseComplaint) -> None:
    customer.when(command).then_rejected(errors.CustomerNotFound)
    member.given(OPENED, events.CustomerErased(tokens=())).when(command).then_rejected(errors.CustomerErased)


def test_complaints_are_bounded() -> None:
    many = [
        events.ComplaintOpened(complaint_id=derived_id("many", n), category="other") for n in range(COMPLAINTS_MAX)
    ]  # fmt: skip
    member.given(*many).when(OPEN).then_rejected(errors.TooManyComplaints)
