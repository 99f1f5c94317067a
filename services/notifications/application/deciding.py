"""Due messages are decided by the batch: facts are gathered in a few queries, the policy speaks, attempts begin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from services.notifications.domain.contact.commands import DecideMessage
from services.notifications.domain.contact.decider import contact_stream
from services.notifications.domain.contact.events import AttemptBegun
from shared.commands.handler import Addressed
from shared.kernel.ids import new_id
from shared.kernel.messages import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection

    from services.notifications.application.ports import CampaignStandings, ContactFacts, DueMessages
    from services.notifications.domain.policy.facts import Facts, Policy
    from services.notifications.domain.values import Due
    from shared.commands.handler import CommandHandler

DECIDE = "notifications.decide"


class Begun(NamedTuple):
    """What a batch of due messages led to."""

    looked_at: int
    attempts: Sequence[tuple[UUID, AttemptBegun]]
    """Member and attempt."""


class Deciding:
    """Decides what is due. The attempts that it returns are on record only after the caller's commit."""

    def __init__(
        self,
        handler: CommandHandler,
        policy: Policy,
        chain_zone: ZoneInfo,
        *,
        due_messages: DueMessages,
        contact_facts: ContactFacts,
        campaign_standings: CampaignStandings,
        holidays_around: Callable[[str | None, date], frozenset[date]],
    ) -> None:
        self._handler = handler
        self._policy = policy
        self._chain_zone = chain_zone
        self._due = due_messages
        self._facts = contact_facts
        self._campaigns = campaign_standings
        self._holidays = holidays_around

    def begin(
        self,
        connection: Connection,
        now: datetime,
        sender: UUID,
        *,
        lane: int,
        lanes: int,
        limit: int,
    ) -> Begun:
        """One batch. Contacts are locked by it: another sender with the same messages waits, and finds them begun."""
        due = self._due(connection, now, lane=lane, lanes=lanes, limit=limit)
        if not due:
            return Begun(0, ())
        facts = self._gather(connection, due, now)
        units = [
            [
                Addressed(
                    contact_stream(message.customer_id),
                    DecideMessage(message.message_id, facts[message.message_id], self._policy, sender, now),
                    _cause(now),
                ),
            ]
            for message in due
        ]
        decisions = self._handler.run(connection, units, lock=True)
        attempts = [
            (message.customer_id, record.event)
            for message, decision in zip(due, decisions, strict=True)
            for record in decision.unwrap().events
            if isinstance(record.event, AttemptBegun)
        ]
        return Begun(len(due), attempts)

    def _gather(self, connection: Connection, due: Sequence[Due], now: datetime) -> dict[UUID, Facts]:
        members = self._facts(connection, [message.customer_id for message in due], self._chain_zone)
        named = {message.campaign_id for message in due if message.campaign_id is not None}
        standings = self._campaigns(connection, named) if named else {}
        gathered = {}
        for message in due:
            member = members[message.customer_id]
            standing = "running" if message.campaign_id is None else standings.get(message.campaign_id, "unknown")
            holidays = self._holidays(member.region, now.astimezone(member.zone).date())
            gathered[message.message_id] = replace(member, campaign=standing, holidays=holidays)
        return gathered


def _cause(now: datetime) -> Cause:
    # A new one for each message, since a member may have several; and each time, since a clock that stands may see
    # the same message decided twice in one moment.
    id_ = new_id()
    return Cause(id_, id_, now, DECIDE)
