"""Whoever follows the link of a message has taken the consent back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from shared.contracts.notifications import Unsubscribed
from shared.kernel.ids import new_id
from tests.support.sales import NOON, outgoing

if TYPE_CHECKING:
    from shared.contracts.customers import Channel
    from tests.integration.customers.conftest import Api, Topics

BY_SMS = {"purpose": "marketing", "channel": "sms", "text_version": "t1"}
BY_EMAIL = BY_SMS | {"channel": "email"}


def unsubscribed(customer_id: str, channel: Channel = "sms") -> Unsubscribed:
    return Unsubscribed(customer_id=UUID(customer_id), channel=channel, message_id=new_id(), occurred_at=NOON)


def channels(api: Api, customer_id: str) -> list[str]:
    return sorted(consent["channel"] for consent in api.get(f"/customers/{customer_id}").json()["consents"])


def test_the_consent_of_that_channel_ends_and_is_told_and_written_down(api: Api, topics: Topics) -> None:
    customer_id = api.register(phone="13812341234", consents=[BY_SMS, BY_EMAIL])
    topics.tell(unsubscribed(customer_id))
    assert channels(api, customer_id) == ["email"]
    assert api.told()[-1] == "customers.consent_withdrawn.v1"
    assert api.rows("select actor, action, subject, details from audit_log where action = 'consent_withdrawn'") == [
        ("/test", "consent_withdrawn", f"customer/{customer_id}", {"purpose": "marketing", "channel": "sms"}),
    ]


def test_twice_withdrawn_unknown_and_erased_are_all_done(api: Api, topics: Topics) -> None:
    customer_id, erased = (api.register(phone=f"1381234123{n}", consents=[BY_SMS]) for n in range(2))
    api.post(f"/customers/{erased}/erasure")
    topics.tell(*[unsubscribed(id_) for id_ in (customer_id, customer_id, erased, str(new_id()))])
    assert channels(api, customer_id) == []
    assert api.told().count("customers.consent_withdrawn.v1") == 1
    assert api.rows("select (select count(*) from parked), (select count(*) from refused)") == [(0, 0)]


def test_one_that_comes_again_does_not_end_a_later_consent(api: Api, topics: Topics) -> None:
    customer_id = api.register(phone="13812341234", consents=[BY_SMS])
    again = outgoing(unsubscribed(customer_id))
    topics.publish([again])
    api.post(f"/customers/{customer_id}/consents", BY_SMS)
    topics.publish([again, again])
    assert channels(api, customer_id) == ["sms"]
