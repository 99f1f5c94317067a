"""What happens to a limit. Its stream is `budget-<campaign>`, `budget-<campaign>.member.<id>` or `.store.<id>`."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from shared.kernel.messages import DomainEvent


class BudgetFact(DomainEvent):
    """What every event of a limit says; `..._left` is not told, since a limit may be none: `..._spent` is, after it."""

    redemption_id: UUID
    uses: int
    money_minor: int
    over_limit: bool
    """Counted apart: it came when nothing was left, and happened all the same."""
    uses_spent: int
    money_minor_spent: int
    uses_over: int
    money_minor_over: int


class BudgetTaken(BudgetFact):
    """A use was taken, for a reservation or for a sale that came late."""

    type: ClassVar[str] = "budget_taken"

    uses_max: int | None
    money_minor_max: int | None


class BudgetGivenBack(BudgetFact):
    """A reservation ended, lines came back, or a sale was voided."""

    type: ClassVar[str] = "budget_given_back"


BudgetEvent = BudgetTaken | BudgetGivenBack
