"""Answers what a basket costs now. Reads only and locks nothing: what it says may be gone a moment later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.campaigns.domain.budget.limits import limits_of
from services.campaigns.domain.quote.quote import holding, quote

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.campaigns.application.situations import Question, Situations
    from services.campaigns.application.till_ports import TillReads
    from services.campaigns.domain.quote.quote import Policy, Quote


class Quotes:
    """Two queries for most baskets: one for the buyer, one for what is left of the limits that matter."""

    def __init__(self, situations: Situations, reads: TillReads, policy: Policy) -> None:
        self._situations = situations
        self._reads = reads
        self._policy = policy

    def quote(self, connection: Connection, question: Question) -> Quote:
        """What applies now, and why the rest does not."""
        looked = self._situations.look(connection, question)
        held, _ = holding(looked.campaigns, looked.situation)
        budgets = {
            limit.budget
            for campaign in held
            for limit in limits_of(campaign, question.basket.store, question.customer_id)
        }
        spent = self._reads.spent(connection, budgets) if budgets else {}
        found = quote(looked.campaigns, looked.situation, spent, self._policy)
        return replace(found, why_not=(*looked.why_not, *found.why_not))
