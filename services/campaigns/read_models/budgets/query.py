"""Reads what is spent of limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.budget.limits import Spent
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection


def spent(connection: Connection, budgets: Collection[str]) -> dict[str, Spent]:
    """By the limits' names; those of which nothing ever was taken are not in the answer."""
    rows = fetch(
        connection,
        "select budget, uses, money_minor from budgets where budget = any(%(budgets)b::text[])",
        {"budgets": list(budgets)},
    )
    return {budget: Spent(uses, money_minor) for budget, uses, money_minor in rows}
