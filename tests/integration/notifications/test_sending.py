"""From a request to a mailbox, past providers that refuse, hang, drop the line and come back."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from shared.kernel import failpoints
from shared.kernel.errors import TransientError
from shared.testing.waiting import until
from tests.support.mailbox import MailServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.notifications.conftest import Shop


def test_a_request_becomes_one_mail_in_the_members_language(shop: Shop) -> None:
    anne, li = shop.member("anne"), shop.member("li", language="zh-CN", name="李雷")
    first, second = shop.asks(anne), shop.asks(li)
    shop.send()
    assert shop.status(first) == ("sent", None), shop.message(first)
    assert shop.status(second) == ("sent", None)
    [mail] = shop.mailbox.to("anne@example.com")
    assert mail["Subject"] == "anne, it has been a while"
    assert mail["Message-ID"] == f"<{first}@example.com>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].startswith("<https://shop.example/api/notifications/v1/unsubscribe/")
    text = mail.get_body(("plain",)).get_content()
    assert "20% off" in text
    assert mail.get_body(("html",)).get_content_type() == "text/html"
    [chinese] = shop.mailbox.to("li@example.com")
    assert chinese["Subject"] == "李雷，好久不见"  # noqa: RUF001 - a Chinese comma
    shop.send()
    assert len(shop.mailbox.received) == 2
    assert shop.complaints() == set()


def test_the_same_request_is_one_message_however_often_it_comes(shop: Shop) -> None:
    anne = shop.member("anne")
    message = shop.asks(anne)
    shop.send()
    shop.asks(anne)
    shop.send()
    assert len(shop.mailbox.received) == 1
    assert shop.rows("select count(*) from events where type = 'message_planned'") == [(1,)]
    assert shop.status(message) == ("sent", None)


@pytest.mark.parametrize(("behaviour", "detail"), [("refuse", "554"), ("refuse_address", "550")])
def test_a_refusal_for_good_goes_to_the_next_channel_or_fails(shop: Shop, behaviour: Any, detail: str) -> None:
    anne, ben = shop.member("anne"), shop.member("ben", consents=("email", "phone"), phone="+8613812341234")
    shop.mailbox.behaviour = behaviour
    failed, called = shop.asks(anne), shop.asks(ben, channels=("email", "phone"))
    shop.send()
    assert shop.status(failed)[0] == "failed"
    assert detail in shop.message(failed)["detail"]
    assert (shop.status(called)[0], shop.message(called)["channel"]) == ("sent", "phone")
    shop.mailbox.behaviour = "accept"
    shop.passes(days=1)
    shop.send()
    assert shop.mailbox.received == []
    assert shop.complaints() == set()


def test_a_server_that_is_busy_or_away_is_tried_again_later_and_only_then(shop: Shop) -> None:
    anne, ben = shop.member("anne"), shop.member("ben")
    shop.mailbox.of["anne@example.com"] = "busy"
    first = shop.asks(anne)
    shop.send()
    shop.stop_mail()
    second = shop.asks(ben)
    shop.send()
    for message in (first, second):
        assert shop.status(message)[0] == "planned"
        assert shop.message(message)["attempts"] == 1
    shop.send()
    assert shop.message(first)["attempts"] == 1, "not before its time"
    shop.mailbox.of.clear()
    server = MailServer(shop.mailbox, port=shop.mail_server.port)
    server.start()
    try:
        shop.passes(minutes=1)
        shop.send()
    finally:
        server.stop(no_assert=True)
    assert {shop.status(first)[0], shop.status(second)[0]} == {"sent"}
    assert len(shop.mailbox.received) == 2


@pytest.mark.parametrize("behaviour", ["hang", "drop"])
def test_an_answer_that_never_comes_is_unknown_and_never_sent_again_without_somebody(
    shop: Shop, behaviour: Any
) -> None:
    anne, ben = shop.member("anne"), shop.member("ben")
    shop.mailbox.behaviour = behaviour
    first, second = shop.asks(anne), shop.asks(ben)
    shop.send()
    assert shop.status(first) == shop.status(second) == ("unknown", None)
    shop.mailbox.behaviour = "accept"
    taken = len(shop.mailbox.received)
    shop.passes(days=2)
    shop.send()
    assert len(shop.mailbox.received) == taken
    said = {"accepted": True, "note": "provider log 4711"}
    answer = shop.http.post(f"/messages/{first}/reconciliation", json=said)
    assert (answer.status_code, answer.json()["status"]) == (200, "sent")
    again = shop.http.post(f"/messages/{second}/reconciliation", json={"accepted": False})
    assert (again.status_code, again.json()["status"]) == (200, "planned")
    shop.send()
    assert shop.status(second) == ("sent", None)
    assert shop.status(first) == ("sent", None)
    assert len(shop.mailbox.received) == taken + 1
    refused = shop.http.post(f"/messages/{first}/reconciliation", json=said)
    assert (refused.status_code, refused.json()["code"]) == (409, "message_not_unknown")
    assert shop.complaints() == set()


def test_a_name_in_a_reconciliation_is_not_kept(shop: Shop) -> None:
    message = shop.asks(shop.member("anne"))
    answer = shop.http.post(f"/messages/{message}/reconciliation", json={"accepted": True, "note": "anne@example.com"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("point", "taken", "then"),
    [("send.after_begin", 0, "unknown"), ("send.after_accept", 1, "unknown")],
)
def test_a_sender_that_dies_leaves_its_messages_unknown(shop: Shop, point: str, taken: int, then: str) -> None:
    message = shop.asks(shop.member("anne"))
    failpoints.plan(f"{point}:raise")
    with pytest.raises(TransientError):
        shop.send()
    assert shop.status(message)[0] == "attempting"
    shop.send()
    assert shop.status(message)[0] == then
    shop.send()
    assert len(shop.mailbox.received) == taken
    assert shop.complaints() == set()


def test_the_messages_of_a_sender_that_lives_are_left_to_it(shop: Shop) -> None:
    message = shop.asks(shop.member("anne"))
    shop.mailbox.behaviour = "slow"
    with ThreadPoolExecutor() as pool:
        sending = pool.submit(shop.send)
        until(lambda: shop.status(message)[0] == "attempting" or sending.done(), what="the attempt")
        shop.send()
        assert shop.status(message)[0] in {"attempting", "sent"}
        sending.result()
    assert shop.status(message) == ("sent", None)
    assert len(shop.mailbox.received) == 1


def test_several_senders_at_once_send_each_message_once(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(frequency_cap=None, send_batch=7)
    anne, ben = shop.member("anne"), shop.member("ben")
    shop.hears(*(shop.request(who, n) for n in range(20) for who in (anne, ben)))
    others = [shop.build() for _ in range(3)]
    run = [service.jobs[0].run for service in (shop.service, *others)]
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(sender, shop.now.date()) for sender in run]:
            done.result()
    assert shop.rows("select standing, count(*) from messages group by 1") == [("sent", 40)]
    assert Counter(mail["Message-ID"] for mail in shop.mailbox.received).most_common(1)[0][1] == 1
    assert len(shop.mailbox.received) == 40
    assert shop.complaints() == set()


def test_a_cap_is_exact_although_several_senders_send_at_once(shop: Shop) -> None:
    anne = shop.member("anne")
    shop.hears(*(shop.request(anne, n) for n in range(10)))
    others = [shop.build() for _ in range(3)]
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(s.jobs[0].run, shop.now.date()) for s in (shop.service, *others)]:
            done.result()
    assert len(shop.mailbox.received) == 3
    assert shop.rows("select standing, rule, count(*) from messages group by 1, 2 order by 1") == [
        ("deferred", "frequency_cap", 7),
        ("sent", None, 3),
    ]


def test_lanes_divide_the_members_and_lose_nobody(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(senders=3)
    for n in range(6):
        shop.asks(shop.member(f"m{n}"))
    assert len([job for job in shop.service.jobs if ".send." in job.name]) == 3
    shop.send()
    assert len(shop.mailbox.received) == 6


def test_one_connection_carries_many_messages(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(smtp_connections=1, frequency_cap=None)
    anne = shop.member("anne")
    shop.hears(*(shop.request(anne, n) for n in range(12)))
    shop.send()
    assert (len(shop.mailbox.received), shop.mailbox.connections) == (12, 1)


def test_while_the_vault_is_away_messages_wait(shop: Shop) -> None:
    message = shop.asks(shop.member("anne"))
    shop.stop_vault()
    shop.send()
    assert shop.status(message) == ("planned", None)
    assert shop.rows("select count(*) from events where type = 'attempt_begun'") == [(0,)]
    shop.start_vault()
    shop.send()
    assert shop.status(message) == ("sent", None)


def test_a_vault_that_goes_away_in_the_middle_loses_nothing(shop: Shop) -> None:
    """It answers that it lives, and lets nobody in."""
    message = shop.asks(shop.member("anne"))
    stranger = shop.build(vault_token="not a token")  # noqa: S106 - that is the point
    stranger.jobs[0].run(shop.now.date())
    assert shop.status(message) == ("planned", None)
    assert [step["decision"] for step in shop.message(message)["decisions"]] == [
        "message_planned",
        "attempt_begun",
        "attempt_put_off",
    ]
    shop.send()
    assert shop.status(message) == ("sent", None)
    assert shop.complaints() == set()
