"""Marketing e-mails a minute, from a pile of planned messages to a local mail server that accepts each at once.

Everything of a message is in it: it is decided by the contact policy (consent, suppressions, caps, quiet hours, with no
hour quiet), its attempt is on record before, its address comes from the vault in another process, it is rendered in the
member's language with its link to unsubscribe, handed in, and its outcome is written down. Time runs from the first
attempt until the last outcome. Two senders of one process, four connections each, as the settings have it by default.
After each round the mail server has to have one mail for each message.

Beside it aiosmtplib alone, eight connections of one process, with a mail of the same size: what handing in costs.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import httpx2

from bench.measuring import Sample, in_turn
from bench.processes import Subject
from bench.servers import Servers, publish
from bench.serving import Serving
from services.local import MAIL_FROM, free_port
from shared.contracts.envelope import wrap
from shared.contracts.notifications import SendRequested
from shared.database.batch import fetch
from shared.kernel.ids import derived_id, new_id
from shared.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from bench.measuring import Options
    from shared.contracts.envelope import Outgoing

MEASURE = "sends"
REGISTERED_AT_ONCE = 500
PLANNED_S_MAX = 120.0
SENT_S_MAX = 300.0
UNIT = "mails/min"
CONSENT = {"purpose": "marketing", "channel": "email", "text_version": "1"}
ENDED_NOT_SENT = "select standing, rule, count(*) from messages where standing <> 'sent' group by 1, 2"


def run(options: Options) -> Iterator[Sample]:
    """The product and the bare client, on the same mail server."""
    members = options.size(5_000, 500)
    with Servers() as servers, ExitStack() as parts:
        sends = Sends(servers, parts, members)
        yield from in_turn(options, {"regulars": sends.ours, "bare": sends.bare})


class Sends:
    """A chain whose members agreed to e-mail, and the mail server."""

    def __init__(self, servers: Servers, parts: ExitStack, members: int) -> None:
        self._servers, self._members = servers, members
        self._mail_port = free_port()
        self._mails = servers.folder / "mails"
        self._mails.touch()
        mail = parts.enter_context(
            Subject(["bench.subjects.mail_server", self._mail_port, self._mails], servers.folder / "mail.log")
        )
        until(lambda: any(mail.said("ready")), timeout_s=60, what="the mail server")
        self._database = servers.database()
        self._topics = servers.topics()
        customers = Serving(servers, "customers", self._topics)
        vault_port = free_port()
        customers.start(parts, self._database, "api,relay", vault_port)
        self._vault = f"http://127.0.0.1:{vault_port}"
        quiet = servers.folder / "quiet.json"
        quiet.write_text("[]")
        prefix = "REGULARS_NOTIFICATIONS_"
        settings = {
            "VAULT_URL": self._vault,
            "VAULT_TOKEN": customers.token("notifications", "service"),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self._mail_port),
            "SMTP_TLS": "none",
            "MAIL_FROM": MAIL_FROM,
            "QUIET_HOURS_FILE": str(quiet),
            # Each round writes to the same members again.
            "FREQUENCY_CAP": "none",
        }
        self._notifications = Serving(
            servers, "notifications", self._topics, {prefix + name: value for name, value in settings.items()}
        )
        self._register(customers.token("operator"))
        self._notifications.start(parts, self._database, "consumers", free_port())
        self._engine = self._database.engine("notifications")

    def ours(self) -> Iterable[Sample]:
        """Plans everything, then sends it."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            before = _count(connection, "select count(*) from messages")
            taken = self._taken()
            publish(self._topics, (self._request(number) for number in range(self._members)))
            wanted = before + self._members
            until(
                lambda: _count(connection, "select count(*) from messages") == wanted,
                timeout_s=PLANNED_S_MAX,
                what="every message to be planned",
            )
            self._servers.settle()
            began = datetime.now(UTC)
            with ExitStack() as parts:
                self._notifications.start(parts, self._database, "scheduler", free_port())
                until(
                    lambda: (
                        _count(connection, "select count(*) from messages where due_at is not null") == 0
                        and _count(connection, "select count(*) from messages where standing = 'sending'") == 0
                    ),
                    timeout_s=SENT_S_MAX,
                    what="every message to be sent",
                )
            if others := fetch(connection, ENDED_NOT_SENT):
                raise AssertionError(f"not all were sent: {others}")
            if self._taken() != taken + self._members:
                raise AssertionError(f"the mail server took {self._taken() - taken} mails for {self._members} messages")
            [(seconds,)] = fetch(
                connection,
                "select extract(epoch from max(recorded_at) - min(recorded_at))::float8 from events"
                " where type in ('attempt_begun', 'message_accepted') and recorded_at >= %(began)s",
                {"began": began},
            )
        yield Sample(MEASURE, "regulars, 2 senders of 1 process", UNIT, self._members / seconds * 60)

    def bare(self) -> Iterable[Sample]:
        """The same mail, as often."""
        log = self._servers.folder / "bare.log"
        with Subject(["bench.subjects.bare_mail", self._mail_port, self._members], log) as subject:
            subject.wait()
            seconds = next(subject.said("done"))["elapsed_s"]
        yield Sample(MEASURE, "limit: bare aiosmtplib, 8 connections", UNIT, self._members / seconds * 60)

    def _register(self, token: str) -> None:
        with httpx2.Client(headers={"Authorization": f"Bearer {token}"}, timeout=120, trust_env=False) as client:
            for first in range(0, self._members, REGISTERED_AT_ONCE):
                numbers = range(first, min(first + REGISTERED_AT_ONCE, self._members))
                customers = [
                    {
                        "customer_id": str(_member(n)),
                        "card": f"C{n}",
                        "email": f"member-{n}@members.example",
                        "name": f"Member {n}",
                        "language": ("zh-CN", "en")[n % 2],
                        "consents": [CONSENT],
                    }
                    for n in numbers
                ]
                answer = client.post(f"{self._vault}/api/customers/v1/customers/batch", json={"customers": customers})
                answer.raise_for_status()

    def _request(self, number: int) -> Outgoing:
        now, id_ = datetime.now(UTC), new_id()
        event = SendRequested(
            request_id=id_,
            customer_id=_member(number),
            purpose="marketing",
            template="win-back",
            channels=("email",),
            values={"offer": "20 %", "ends_on": "2030-12-31"},
            send_after=now,
            expires_at=now + timedelta(days=1),
            occurred_at=now,
        )
        return wrap(
            event,
            key=str(event.customer_id),
            event_id=id_,
            source="/campaigns",
            time=now,
            correlation_id=id_,
            causation_id=id_,
        )

    def _taken(self) -> int:
        return self._mails.stat().st_size


def _member(number: int) -> UUID:
    return derived_id("bench.sends", str(number))


def _count(connection: Connection, statement: str) -> int:
    return int(fetch(connection, statement)[0][0])
