"""Follows who is who: a token that gets a customer gives them the receipts that waited for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import AwareDatetime

from services.stores.application.ports import Awaited, Holder
from services.stores.domain.receipt.commands import AttributeReceipt
from services.stores.domain.receipt.decider import CATEGORY
from shared.commands.handler import Addressed
from shared.contracts.base import MemberToken, View
from shared.kernel.decider import StreamId
from shared.messaging.consumer import DONE, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from services.stores.application.ports import FindWaiting, MemberTokens
    from shared.commands.handler import CommandHandler
    from shared.messaging.message import Message


class LinkedView(View):
    """What `stores` uses of `customers.identifier_linked`."""

    customer_id: UUID
    occurred_at: AwareDatetime
    token: MemberToken


class ErasedView(View):
    """What `stores` uses of `customers.erased`."""

    customer_id: UUID
    occurred_at: AwareDatetime
    tokens: tuple[MemberToken, ...] = ()


@dataclass
class _Effects:
    """What a batch, read in order, leaves of the tokens that it names."""

    holders: dict[str, Holder]
    """Every token that the batch names; first as it was, then as the batch leaves it."""
    erased: set[UUID]
    linked: dict[str, int] = field(default_factory=dict)
    """Token -> place in the batch of the message that gave it its holder."""

    def link(self, place: int, view: LinkedView) -> None:
        # An erasure is urgent and may have overtaken this link: it must not bring anybody back.
        if view.customer_id not in self.erased:
            self.holders[view.token] = Holder(view.customer_id, self.holders[view.token].erased_on)
            self.linked[view.token] = place

    def erase(self, view: ErasedView) -> None:
        self.erased.add(view.customer_id)
        for token in view.tokens:
            # Somebody else may have the phone number by now; theirs it stays.
            if self.holders[token].customer_id in {None, view.customer_id}:
                self.holders[token] = Holder(None, view.occurred_at.date())
                self.linked.pop(token, None)


class MemberFollower:
    """Handles batches of `customers.events.v1` (`shared.messaging.consumer.Handle`)."""

    def __init__(self, handler: CommandHandler, tokens: MemberTokens, find_waiting: FindWaiting) -> None:
        self._handler = handler
        self._tokens = tokens
        self._find_waiting = find_waiting

    def __call__(
        self,
        connection: Connection,
        batch: Sequence[Message[LinkedView | ErasedView]],
        *,
        lock: bool,
    ) -> Sequence[Outcome]:
        views = [message.body for message in batch]
        effects = _Effects(
            dict(self._tokens.take(connection, _named_tokens(views))),
            set(self._tokens.erased(connection, {view.customer_id for view in views})),
        )
        before = dict(effects.holders)
        for place, view in enumerate(views):
            if isinstance(view, LinkedView):
                effects.link(place, view)
            else:
                effects.erase(view)
        self._tokens.erase(connection, {view.customer_id for view in views if isinstance(view, ErasedView)})
        self._tokens.hold(connection, _changed(before, effects.holders))
        return self._attribute(connection, batch, effects, lock=lock)

    def _attribute(
        self,
        connection: Connection,
        batch: Sequence[Message[LinkedView | ErasedView]],
        effects: _Effects,
        *,
        lock: bool,
    ) -> Sequence[Outcome]:
        outcomes = [DONE] * len(batch)
        awaited = [
            Awaited(token, batch[place].body.occurred_at.date(), effects.holders[token].erased_on)
            for token, place in effects.linked.items()
        ]
        waiting = self._find_waiting(connection, awaited) if awaited else ()
        if not waiting:
            return outcomes
        units, places = [], []
        for token, receipt_id in waiting:
            place = effects.linked[token]
            message = batch[place]
            command = AttributeReceipt(message.body.customer_id)
            units.append([Addressed(StreamId(CATEGORY, str(receipt_id)), command, message.cause)])
            places.append(place)
        decisions = self._handler.run(connection, units, lock=lock)
        for place, decision in zip(places, decisions, strict=True):
            if decision.error is not None:
                outcomes[place] = Outcome(decision.error)
        return outcomes


def _named_tokens(views: Sequence[LinkedView | ErasedView]) -> Collection[str]:
    named: set[str] = set()
    for view in views:
        named.update((view.token,) if isinstance(view, LinkedView) else view.tokens)
    return named


def _changed(before: Mapping[str, Holder], after: Mapping[str, Holder]) -> dict[str, Holder]:
    return {token: holder for token, holder in after.items() if before[token] != holder}
