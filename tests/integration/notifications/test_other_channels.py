"""Webhooks, the call list, templates over HTTP, greetings, and who may do what."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from services.notifications.adapters.webhook import SIGNATURE, signature
from shared.contracts.stores import SaleRecorded
from shared.kernel.errors import TransientError
from shared.kernel.ids import derived_id
from shared.runtime.settings import WrongSettings, read_settings
from tests.support.access import client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.notifications.conftest import Shop

SECRET = "a-secret-of-the-gateway"  # noqa: S105 - of this test
FAR = {"phone": "+8613812341234"}


class Gateway(HTTPServer):
    """A gateway for text messages: keeps what it is sent, and answers as a test says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        at = int(self.headers[SIGNATURE].partition(",")[0].removeprefix("t="))
        assert self.headers[SIGNATURE] == signature(SECRET, at, body)
        self.server.received.append((dict(self.headers), orjson.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def texting(make_shop: Callable[..., Shop], gateway: Gateway) -> Shop:
    hook = {"url": f"http://127.0.0.1:{gateway.server_port}/sms", "secret": SECRET}
    return make_shop(webhooks={"sms": hook}, webhook_plain_http=True)


@pytest.mark.parametrize(
    ("status", "standing"),
    [(202, "sent"), (302, "failed"), (400, "failed"), (429, "planned"), (500, "unknown"), (503, "planned")],
)
def test_a_webhook_is_signed_and_its_status_is_understood(
    texting: Shop, gateway: Gateway, status: int, standing: str
) -> None:
    gateway.status = status
    message = texting.asks(texting.member("anne", consents=("sms",), **FAR), channels=("sms",))
    texting.send()
    [(headers, body)] = gateway.received
    assert (body["address"], body["language"], body["subject"]) == ("+8613812341234", "en", None)
    assert headers["Idempotency-Key"] == str(message) == body["message_id"]
    assert "20% off" in body["text"]
    assert texting.status(message)[0] == standing
    assert texting.complaints() == set()


def test_nothing_personal_is_kept(texting: Shop, gateway: Gateway) -> None:
    name = "Canary-Anne"
    anne = texting.member("canary", consents=("sms", "email"), name=name, **FAR)
    gateway.status = 400
    texting.asks(anne, channels=("sms", "email"))
    texting.send()
    assert len(texting.mailbox.received) == 1
    tables = texting.rows("select table_name from information_schema.tables where table_schema = current_schema()")
    for (table,) in tables:
        kept = str(texting.rows(f"select t::text, encode(t::text::bytea, 'escape') from {table} t"))
        for canary in ("13812341234", "canary@example.com", name):
            assert canary not in kept, table


def test_clerks_of_the_home_store_call_and_say_how_it_went(shop: Shop) -> None:
    anne, ben, cleo = (shop.member(name, consents=("phone",), **FAR | {"phone": f"+861381234000{n}"})
                       for n, name in enumerate(("anne", "ben", "cleo")))  # fmt: skip
    tasks = [str(shop.asks(who, channels=("phone",))) for who in (anne, ben, cleo)]
    shop.send()
    clerk = client(shop.service, role="clerk", stores=["31"], base_url="http://test/api/notifications/v1")
    other = client(shop.service, role="clerk", stores=["99"], base_url="http://test/api/notifications/v1")
    shown = clerk.get("/call-list", params={"store": "31", "language": "en"}).json()["items"]
    assert {task["task_id"] for task in shown} == set(tasks)
    assert (shown[0]["why"], shown[0]["purpose"]) == ("win-back", "marketing")
    assert "20% off" in shown[0]["script"]
    assert "____" in shown[0]["script"]
    assert "anne" not in str(shown)
    assert other.get("/call-list").json()["items"] == []
    assert other.post(f"/call-list/{tasks[0]}/outcome", json={"outcome": "done"}).status_code == 404
    for outcome in ("no_answer", "done", "done"):
        assert clerk.post(f"/call-list/{tasks[0]}/outcome", json={"outcome": outcome}).status_code == 200
    changed = clerk.post(f"/call-list/{tasks[0]}/outcome", json={"outcome": "wrong_number"})
    assert (changed.status_code, changed.json()["code"]) == (409, "call_done")
    assert clerk.post(f"/call-list/{tasks[1]}/outcome", json={"outcome": "not_interested"}).status_code == 200
    assert clerk.post(f"/call-list/{tasks[2]}/outcome", json={"outcome": "wrong_number"}).status_code == 200
    assert clerk.get("/call-list").json()["items"] == []
    assert sorted(shop.rows("select channel, reach, reason from suppressions")) == [
        ("phone", "everything", "wrong_number"),
        ("phone", "marketing", "not_interested"),
    ]
    next_time = shop.asks(ben, 2, channels=("phone",))
    shop.send()
    assert shop.status(next_time) == ("suppressed", "suppression_list")


def test_templates_are_saved_checked_previewed_and_used(shop: Shop) -> None:
    own = {"code": "spring", "channel": "email", "language": "en", "subject": "For {{name}}", "body": "{{offer}}!"}
    saved = shop.http.post("/templates", json=own)
    assert (saved.status_code, saved.json()["version"]) == (201, 1)
    assert shop.http.post("/templates", json=own).json()["version"] == 1
    assert shop.http.post("/templates", json=own | {"body": "{{offer}}?"}).json()["version"] == 2
    for wrong, code in (
        ({"body": "{{{offer}}}"}, "template_invalid"),
        ({"values": ["other"]}, "template_invalid"),
        ({"subject": "two\nlines"}, "invalid_input"),
        ({"code": "Spring!"}, "invalid_input"),
    ):
        refused = shop.http.post("/templates", json=own | wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, code), refused.text
    look = {"code": "spring", "channel": "email", "language": "zh-CN"}
    assert shop.http.post("/templates/preview", json=look).json()["missing"] == ["offer"]
    shown = shop.http.post("/templates/preview", json=look | {"values": {"offer": "<5>"}}).json()
    assert (shown["language"], shown["text"]) == ("en", "<5>?")
    assert "&lt;5&gt;" in shown["html"]
    assert len([t for t in shop.http.get("/templates").json()["items"] if t["code"] == "spring"]) == 1
    anne, ben = shop.member("anne"), shop.member("ben")
    used, unusable = shop.asks(anne, template="spring"), shop.asks(ben, template="spring", values={})
    missing = shop.asks(ben, 2, template="nobody-wrote-it")
    shop.send()
    assert shop.status(used) == ("sent", None)
    assert shop.status(unusable) == shop.status(missing) == ("suppressed", "template")
    assert "offer" in shop.message(unusable)["detail"]


def test_what_nobody_has_saved_yet_is_previewed_and_refused_as_it_would_be(shop: Shop) -> None:
    look = {"code": "spring", "channel": "email", "language": "zh-CN"}
    draft = {"subject": "{{name}}: {{offer}}", "body": "{{offer}}!"}
    preview = partial(shop.http.post, "/templates/preview")
    assert preview(json=look | {"draft": draft}).json()["missing"] == ["offer"]
    shown = preview(json=look | {"draft": draft, "values": {"offer": "8折", "name": "王芳"}}).json()
    assert (shown["subject"], shown["text"].startswith("8折!")) == ("王芳: 8折", True)
    refused = preview(json=look | {"draft": draft | {"body": "{{#offer}}"}})
    assert (refused.status_code, refused.json()["code"]) == (422, "template_invalid")
    assert preview(json=look | {"draft": {"body": "no subject"}}).json()["field"] == "subject"
    assert [t for t in shop.http.get("/templates").json()["items"] if t["code"] == "spring"] == []


def test_suppressions_are_listed_lifted_and_respected(shop: Shop) -> None:
    anne = shop.member("anne")
    entry = {"customer_id": str(anne), "channel": "email", "reason": "bounced", "reach": "everything"}
    for _ in range(2):
        assert shop.http.post("/suppressions", json=entry).status_code == 200
    [shown] = shop.http.get("/suppressions").json()["items"]
    assert (shown["customer_id"], shown["reason"]) == (str(anne), "bounced")
    message = shop.asks(anne)
    shop.send()
    assert shop.status(message) == ("suppressed", "suppression_list")
    assert shop.http.post("/suppressions", json=entry | {"lift": True}).json()["items"] == []
    again = shop.asks(anne, 2)
    shop.send()
    assert shop.status(again) == ("sent", None)


def test_who_may_see_and_do_what(shop: Shop) -> None:
    message = shop.asks(shop.member("anne"))
    where = "http://test/api/notifications/v1"
    marketer = client(shop.service, role="marketer", base_url=where)
    assert marketer.get("/messages").status_code == 403
    assert marketer.get(f"/campaigns/{message}/funnel").status_code == 200
    assert marketer.get("/templates").status_code == 200
    clerk = client(shop.service, role="clerk", stores=["99"], base_url=where)
    assert clerk.get(f"/messages/{message}").status_code == 404
    assert clerk.get("/messages").json()["items"] == []
    assert client(shop.service, role="clerk", stores=["31"], base_url=where).get(f"/messages/{message}").is_success
    assert clerk.post("/suppressions", json={"customer_id": str(message), "channel": "sms"}).status_code == 403
    privacy = client(shop.service, role="privacy_officer", base_url=where)
    assert privacy.get(f"/messages/{message}").is_success


def test_greetings_are_planned_once_per_member_and_date(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(festivals=["Mid-Autumn Festival"], follow_up_days=3, greeting_channels=["email"])
    anne, ben = shop.member("anne"), shop.member("ben", consents=())
    day = date(2026, 9, 25)
    sale = SaleRecorded(
        receipt_id=derived_id("receipt"), receipt_version=1, customer_id=ben, store_id="31", occurred_at=shop.now,
        business_date=day - timedelta(days=3), currency="CNY", total_minor=1, net_minor=1, standing="kept",
        till_id="1", number="1", lines=(),
    )  # fmt: skip
    shop.hears(sale)
    shop.at(datetime(2026, 9, 25, 9, tzinfo=UTC))
    [calendar] = [job for job in shop.service.jobs if job.name == "notifications.calendar"]
    for _ in range(2):
        calendar.run(day)
    calendar.run(day + timedelta(days=1))
    shop.send()
    found = shop.rows("select customer_id, template, standing, rule from messages order by template")
    assert found == [(anne, "festival", "sent", None), (ben, "follow-up", "suppressed", "consent")]
    assert "Mid-Autumn Festival" in shop.mailbox.received[0]["Subject"]


def test_birthdays_by_either_calendar_are_asked_from_the_vault(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(birthdays=True, greeting_channels=["email"])
    # The new year's days of 1990 and 2026 by the lunar calendar.
    shop.member("lunar", birthday="1990-01-27", birthday_calendar="lunar")
    shop.member("solar", birthday="1985-02-17", birthday_calendar="solar")
    shop.member("other", birthday="1990-01-27", birthday_calendar="solar")
    [calendar] = [job for job in shop.service.jobs if job.name == "notifications.calendar"]
    shop.stop_vault()
    with pytest.raises(TransientError):
        calendar.run(date(2026, 2, 17))
    shop.start_vault()
    calendar.run(date(2026, 2, 17))
    assert shop.rows("select count(*) from messages where template = 'birthday'") == [(2,)]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SMTP_HOST", "mail.example", "mail_from"),
        ("VAULT_URL", "http://vault", "vault_token"),
        ("WEBHOOKS", '{"sms": {"url": "http://x", "secret": "0123456789abcdef"}}', "https"),
        ("HOLIDAY_COUNTRY", "XX", "ISO 3166"),
        ("FREQUENCY_CAP", "-1", "greater than or equal to 0"),
    ],
)
def test_settings_that_cannot_be_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, name: str, value: str, says: str
) -> None:
    from services.notifications.settings import NotificationsSettings  # noqa: PLC0415 - beside its only use

    prefix = "REGULARS_NOTIFICATIONS_"
    monkeypatch.setenv(f"{prefix}DATABASE_URL", "postgresql+psycopg://x")
    monkeypatch.setenv(f"{prefix}KEYS_DIR", str(tmp_path))
    read_settings(NotificationsSettings)
    monkeypatch.setenv(f"{prefix}{name}", value)
    with pytest.raises(WrongSettings, match=says):
        read_settings(NotificationsSettings)
