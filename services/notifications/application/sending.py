"""Sending: decide, begin, ask the vault, render, deliver, write down the outcome.

An attempt is on record before anybody outside hears of its message. So whoever dies in between leaves an attempt
without an outcome, which the next sender turns into `unknown`: it is never sent again before somebody found out.
Only what a provider certainly refused, or was never asked, is tried again.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import structlog

from services.notifications.application.ports import (
    Accepted,
    Ask,
    Delivery,
    Released,
    Unknown,
    VaultAway,
    Withheld,
)
from services.notifications.domain.contact.commands import PutOff, RecordRefused
from services.notifications.domain.values import CALL_LIST
from shared.commands.transact import transact
from shared.kernel.failpoints import failpoint
from shared.kernel.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from services.notifications.application.composing import Composer, Wordings
    from services.notifications.application.deciding import Begun, Deciding
    from services.notifications.application.leases import Leases
    from services.notifications.application.outcomes import Outcomes
    from services.notifications.application.ports import DueMessages, Line, Provider, Vault
    from services.notifications.domain.contact.events import AttemptBegun
    from services.notifications.domain.values import Channel
    from shared.kernel.clock import BusinessClock

log = structlog.get_logger(__name__)

OUTCOMES_PER_COMMIT = 50
"""So many deliveries at most are unknown after a crash of their sender."""


class Pace(NamedTuple):
    """How much one sender takes."""

    batch_size: int = 200
    run_s_max: float = 20.0
    """Then it stops for a moment: a process that is told to end waits for its jobs no longer than half a minute."""


class Sender:
    """One lane of senders: each member belongs to one lane, so that lanes never wait for each other.

    Two senders of one lane do no harm either: what one has begun the other finds begun.
    """

    def __init__(
        self,
        engine: Engine,
        clock: BusinessClock,
        *,
        deciding: Deciding,
        outcomes: Outcomes,
        composer: Composer,
        leases: Leases,
        vault: Vault | None,
        providers: Mapping[Channel, Provider],
        due_messages: DueMessages,
        lane: int,
        lanes: int,
        pace: Pace,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._deciding = deciding
        self._outcomes = outcomes
        self._composer = composer
        self._leases = leases
        self._vault = vault
        self._providers = providers
        self._due = due_messages
        self._lane = lane
        self._lanes = lanes
        self._pace = pace

    def run(self, _business_date: date) -> None:
        """Sends what is due, until nothing is or its time is over. The job's function."""
        ends_at = time.monotonic() + self._pace.run_s_max
        with self._leases.take(new_id()) as sender, ExitStack() as lines:
            self._outcomes.recover(sender)
            opened: dict[Channel, Line] = {}
            while self._anything_due() and self._vault_answers():
                begun, wordings = transact(self._engine, partial(self._begin, sender))
                failpoint("send.after_begin")
                if begun.attempts and not self._send(begun, wordings, opened, lines):
                    return
                if time.monotonic() >= ends_at:
                    return

    def _anything_due(self) -> bool:
        with self._engine.begin() as connection:
            now = self._clock.now()
            return bool(self._due(connection, now, lane=self._lane, lanes=self._lanes, limit=1))

    def _vault_answers(self) -> bool:
        """Asked before anything is begun: while the vault is away messages wait as they are, and nothing is lost."""
        if self._vault is None:
            log.warning("vault_not_set", hint="set REGULARS_NOTIFICATIONS_VAULT_URL and _VAULT_TOKEN")
            return False
        if not self._vault.reachable():
            log.warning("vault_away")
            return False
        return True

    def _begin(self, sender: UUID, connection: Connection, _lock: bool) -> tuple[Begun, Wordings]:
        begun = self._deciding.begin(
            connection,
            self._clock.now(),
            sender,
            lane=self._lane,
            lanes=self._lanes,
            limit=self._pace.batch_size,
        )
        # Read here and not later: between the commit and the first delivery nothing but the vault may fail.
        return begun, self._composer.prepare(connection, [attempt for _, attempt in begun.attempts])

    def _send(self, begun: Begun, wordings: Wordings, opened: dict[Channel, Line], lines: ExitStack) -> bool:
        """Whether it is worth going on."""
        try:
            answers = self._addresses(begun)
        except VaultAway:
            log.warning("vault_away", put_off=len(begun.attempts))
            now = self._clock.now()
            self._outcomes.write(
                [
                    (customer_id, PutOff(attempt.message_id, attempt.attempt, detail="the vault is away", until=now))
                    for customer_id, attempt in begun.attempts
                ]
            )
            return False
        by_channel: dict[Channel, list[tuple[UUID, Delivery]]] = {}
        withheld = []
        for customer_id, attempt in begun.attempts:
            answer = answers[attempt.message_id]
            delivery = answer if isinstance(answer, Withheld) else wordings.compose(attempt, answer)
            if isinstance(delivery, Withheld):
                withheld.append((customer_id, self._refusal(attempt, delivery)))
            else:
                by_channel.setdefault(attempt.channel, []).append((customer_id, delivery))
        self._outcomes.write(withheld)
        for channel, deliveries in by_channel.items():
            if channel not in opened:
                opened[channel] = lines.enter_context(self._providers[channel].open())
            self._deliver(opened[channel], deliveries)
        return True

    def _addresses(self, begun: Begun) -> dict[UUID, Released | Withheld]:
        """One call for all of them. Clerks look a number up themselves: no address is released for the call list."""
        answers: dict[UUID, Released | Withheld] = {}
        asked = []
        for customer_id, attempt in begun.attempts:
            if attempt.channel == CALL_LIST:
                answers[attempt.message_id] = Released("", None, "zh-CN")
            else:
                asked.append((attempt.message_id, Ask(customer_id, attempt.purpose, attempt.channel)))
        if asked and self._vault is not None:
            released = self._vault.release([ask for _, ask in asked])
            answers |= {message_id: answer for (message_id, _), answer in zip(asked, released, strict=True)}
        return answers

    def _refusal(self, attempt: AttemptBegun, why: Withheld) -> RecordRefused:
        return RecordRefused(
            attempt.message_id,
            attempt.attempt,
            detail=why.detail,
            now=self._clock.now(),
            rule=why.rule,
        )

    def _deliver(self, line: Line, deliveries: Sequence[tuple[UUID, Delivery]]) -> None:
        for first in range(0, len(deliveries), OUTCOMES_PER_COMMIT):
            some = deliveries[first : first + OUTCOMES_PER_COMMIT]
            delivered = line.deliver([delivery for _, delivery in some])
            failpoint("send.after_accept")
            self._outcomes.record(
                [(member, one, outcome) for (member, one), outcome in zip(some, delivered, strict=True)]
            )
            accepted = sum(1 for outcome in delivered if isinstance(outcome, Accepted))
            unknown = sum(1 for outcome in delivered if isinstance(outcome, Unknown))
            log.info("delivered", lane=self._lane, accepted=accepted, unknown=unknown, of=len(some))
