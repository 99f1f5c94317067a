"""The whole circle of a small chain: a campaign is approved and begins, its mails go out, tills redeem its offer.

Seeded like `world`, and as stubborn: every request is sent until it is answered. Whatever happens on the way, it ends
with the same figures. Who of the tills got the last uses is the one thing that depends on chance.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from shared.access.issuer import Grant
from shared.database.batch import fetch
from shared.kernel.ids import derived_id
from shared.testing.waiting import until
from tests.support.access import bearer, issuer
from tests.support.jobs import run_job
from tests.support.mailbox import Mailbox, MailServer
from tests.support.playing import Ended, ended, send_all
from tests.support.processes import business_time
from tests.support.world import STORES, ZONE, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Engine

    from tests.support.processes import Processes

Beginning = Literal["start", "schedule"]
"""Whether somebody starts the campaign, or the clock does."""

NEXT_DAY = datetime(2026, 3, 21, 12, tzinfo=ZONE)
MEMBERS = 1_200
"""More than a page of an audience."""
AGREED = 60
"""So many of them agreed to e-mail: few enough to be written to in a moment, and some of them on each page."""
HOLD_OUT_PERCENT = 20
USES = 12
OFF_MINOR = 500
CHANGED_MIND = 5
"""Checkouts that are given back before the others come: all of `USES` are left for these."""
TILLS = 6
"""They ask at once."""
SENDERS = 2

FIGURES = {
    "campaign": ("campaigns", "select code, version, status, starts_at, ends_at from campaigns"),
    "arms": ("campaigns", "select experiment, customer_id, arm from arms order by 1, 2"),
    "left out": ("campaigns", "select rule, customer_id from excluded_members order by 1, 2"),
    "requests": (
        "notifications",
        """
        select data->>'message_id', stream_id, count(*) from events where type = 'message_planned'
        group by 1, 2 order by 1, 2
        """,
    ),
    "messages": ("notifications", "select message_id, customer_id, standing from messages order by 1"),
    "told of messages": ("campaigns", "select message_id, status, rule from message_outcomes order by 1"),
    "limits": ("campaigns", "select budget, uses, money_minor, uses_over, money_minor_over from budgets order by 1"),
    "checkouts": ("campaigns", "select status, count(*) from checkouts group by 1 order by 1"),
    "offers": (
        "campaigns",
        """
        select status, over_limit, count(*), sum(amount_minor), sum(discount_minor) from redemptions
        group by 1, 2 order by 1, 2
        """,
    ),
}
"""Beside those of `auditing`: what must come out the same, whatever happened on the way."""


@dataclass
class Circle:
    """One chain whose processes run, and the mailbox of its members."""

    seed: int
    processes: Processes
    mailbox: Mailbox
    told: dict[UUID, int] = field(default_factory=dict)
    """What tills were told to take off, by checkout."""
    _engines: dict[str, Engine] = field(default_factory=dict)

    @property
    def campaign_id(self) -> UUID:
        return derived_id("campaign", f"circle-{self.seed}")

    def member(self, n: int) -> UUID:
        return derived_id("circle", self.seed, "member", n)

    def opens(self, begun_by: Beginning = "start") -> None:
        """Stores, members, and a campaign that runs."""
        send_all(self.processes, [_stores(), *self._members()])
        self.processes.settle()
        send_all(self.processes, self._approved(begun_by))
        self._wait("select 1 from campaigns where status = 'running'", "campaigns", "the campaign to run")
        self.processes.settle()

    def mails(self) -> None:
        """Every message comes to an end, or in doubt."""
        waiting = "('planned', 'deferred', 'attempting')"
        self._wait(
            f"select 1 where not exists (select from messages where standing in {waiting})",
            "notifications",
            "every message to be sent, or in doubt",
        )

    def sells(self) -> None:
        """More checkouts than there are uses, at several tills at once, each reserved and then confirmed.

        Once all uses are confirmed the campaign ends by itself.
        """
        with ThreadPoolExecutor(TILLS) as tills:
            # One after the other: what is given back is there for those who come then.
            self.told |= tills.map(partial(self._checkout, "release"), range(CHANGED_MIND))
            self.told |= tills.map(partial(self._checkout, "confirmation"), range(AGREED))
        self._wait("select 1 from campaigns where status = 'ended'", "campaigns", "the campaign to end")

    def in_doubt(self) -> list[UUID]:
        """The messages of which nobody knows whether they arrived."""
        unknown = "select message_id from messages where standing = 'unknown' order by 1"
        return [id_ for (id_,) in self._rows("notifications", unknown)]

    def day_passes(self) -> None:
        """Each sender runs again when whatever may be tried again is due."""
        later = self.processes.environment | business_time(NEXT_DAY)
        for sender in range(SENDERS):
            again = partial(run_job, f"notifications.send.{sender}", later)
            until(lambda: again() == 0, what="the worker to leave the sender to us")  # noqa: B023 - called at once

    def reconciles(self) -> None:
        """Somebody looks what arrived, and says so of each message in doubt."""
        arrived = self.arrived()
        for id_ in self.in_doubt():
            said = {"accepted": arrived[id_] > 0, "note": "looked up at the provider"}
            send_all(self.processes, [Step(f"/notifications/v1/messages/{id_}/reconciliation", said)])
        self.mails()

    def arrived(self) -> Counter[UUID]:
        """How often each message was taken by the mail server."""
        return Counter(UUID(mail["Message-ID"].strip("<>").partition("@")[0]) for mail in list(self.mailbox.received))

    def ended(self) -> Ended:
        """Waits until everything is handled; what it came to. Every till's checkout is as it was told."""
        end = ended(self.processes)
        kept = self._rows(
            "campaigns",
            "select checkout_id, coalesce(sum(amount_minor), 0)::int from checkouts left join redemptions"
            " using (checkout_id) group by 1",
        )
        assert dict(kept) == self.told, "a till was told something else than is kept"
        figures = {name: self._rows(service, sql) for name, (service, sql) in FIGURES.items()}
        figures["mails"] = sorted(self.arrived().items())
        invariants = (*end.invariants, "tills keep what they were told", "each mail arrived once")
        return Ended(end.figures | figures, end.deaths, invariants)

    def _members(self) -> Iterator[Step]:
        agreed = {"purpose": "marketing", "channel": "email", "text_version": "t1"}
        everybody = [
            {"customer_id": str(self.member(n)), "card": f"{770000 + n}", "home_store": STORES[0]}
            | ({"email": f"member{n}@example.com", "consents": [agreed]} if n < AGREED else {})
            for n in range(MEMBERS)
        ]
        for first in range(0, MEMBERS, 1_000):
            yield Step("/customers/v1/customers/batch", {"customers": everybody[first : first + 1_000]})

    def _approved(self, begun_by: Beginning) -> Sequence[Step]:
        """From the draft to what makes it begin; written and approved by two persons."""
        marketer, approver = bearer("marketer", name="ann"), bearer("approver", name="chef")
        path = f"/campaigns/v1/campaigns/{self.campaign_id}"
        draft = {
            "code": f"circle-{self.seed}",
            "name": {"zh-CN": "回来吧", "en": "Come back"},
            "days": 14,
            "hold_out_percent": HOLD_OUT_PERCENT,
            "budget": {"uses": USES, "money_minor": USES * OFF_MINOR, "currency": "CNY"},
            "offer": {"kind": "amount", "amount_minor": OFF_MINOR},
            "message": {
                "template": "win-back",
                "channels": ["email"],
                "values": {"offer": "5 yuan off", "ends_on": "2026-04-03"},
            },
        }
        return [
            Step("/campaigns/v1/campaigns", draft, headers=marketer),
            Step(f"{path}/submission", {}, headers=marketer),
            Step(f"{path}/approval", {}, headers=approver),
            Step(f"{path}/{begun_by}", {}, headers=marketer),
        ]

    def _checkout(self, ending: str, n: int) -> tuple[UUID, int]:
        """What one member pays at a till: the checkout, and what she was told is off."""
        id_ = derived_id("circle", self.seed, ending, n)
        basket = {
            "checkout_id": str(id_),
            "store": STORES[n % len(STORES)],
            "till": "1",
            "currency": "CNY",
            "customer_id": str(self.member(n)),
            "lines": [{"line": 1, "product": "TEA", "quantity": 1, "amount_minor": 2_000}],
        }
        reserved = self.processes.send(Step("/campaigns/v1/checkouts", basket))
        assert reserved.is_success, reserved.text
        over = self.processes.send(Step(f"/campaigns/v1/checkouts/{id_}/{ending}", {}))
        assert over.is_success, over.text
        return id_, reserved.json()["discount_minor"]

    def _wait(self, sql: str, service: str, what: str) -> None:
        def there() -> bool:
            self.processes.revive()
            return bool(self._rows(service, sql))

        until(there, timeout_s=90, what=what)

    def _rows(self, service: str, sql: str) -> list[Any]:
        if service not in self._engines:
            # Kept: who waits asks hundreds of times.
            self._engines[service] = self.processes.database.engine(service, pool_size=1)
        with self._engines[service].begin() as connection:
            return [tuple(row) for row in fetch(connection, sql)]


@contextmanager
def circle(
    start: Callable[..., Processes], seed: int, planned: dict[str, str] | None = None, **settings: str
) -> Iterator[Circle]:
    """A chain that runs, with a real mail server for its members. `planned` are failpoints by role."""
    mailbox = Mailbox()
    server = MailServer(mailbox)
    server.start()
    processes: Processes = start(planned or {})
    processes.settings |= _settings(processes.port, server.port) | settings
    try:
        with processes:
            yield Circle(seed, processes, mailbox)
    finally:
        server.stop(no_assert=True)


def play(whole: Circle, begun_by: Beginning = "start") -> None:
    """Everything once."""
    whole.opens(begun_by)
    whole.mails()
    whole.sells()


def _settings(port: int, smtp_port: int) -> dict[str, str]:
    vault_token = issuer().token(Grant("notifications", ["service"], None, None, None, None), minutes=60)
    notifications = {
        "VAULT_URL": f"http://127.0.0.1:{port}",
        "VAULT_TOKEN": vault_token,
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(smtp_port),
        "SMTP_TLS": "none",
        "MAIL_FROM": "Regulars <shop@example.com>",
        "SENDERS": str(SENDERS),
        "SEND_EVERY_S": "0.2",
        # Small, so that a sender that dies leaves some of its messages done, some in doubt and some not begun.
        "SEND_BATCH": "5",
    }
    return {"REGULARS_CAMPAIGNS_CAMPAIGN_SWEEP_S": "0.2"} | {
        f"REGULARS_NOTIFICATIONS_{name}": value for name, value in notifications.items()
    }


def _stores() -> Step:
    place = {"time_zone": "Asia/Shanghai", "currency": "CNY", "tills": ["1"]}
    return Step("/stores/v1/stores/batch", {"stores": [{"store": s, "name": f"Store {s}", **place} for s in STORES]})
