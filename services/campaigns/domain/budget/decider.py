"""What a limit decides. Contended: whoever takes from it waits for its row and sees what is really left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, assert_never, get_args
from uuid import UUID

from services.campaigns.domain.budget.events import BudgetEvent, BudgetGivenBack, BudgetTaken
from services.campaigns.domain.budget.limits import NOTHING_SPENT, Limit, Spent, refusal
from shared.kernel.decider import Decider, StreamId
from shared.kernel.errors import Rejected
from shared.kernel.messages import Command

if TYPE_CHECKING:
    from collections.abc import Sequence

CATEGORY = "budget"


class UsedUp(Rejected):
    """Nothing is left of a limit."""

    code: ClassVar[str] = "used_up"


@dataclass(frozen=True, slots=True)
class TakeFromBudget(Command):
    """One use that costs `money_minor`. `over_limit`: take it although nothing is left, and count it apart."""

    redemption_id: UUID
    limit: Limit
    money_minor: int
    over_limit: bool = False


@dataclass(frozen=True, slots=True)
class GiveBackToBudget(Command):
    """`uses` and `money_minor` of a redemption that took them, from where they were counted."""

    redemption_id: UUID
    uses: int
    money_minor: int
    over_limit: bool


@dataclass(frozen=True, slots=True)
class Budget:
    """What is spent of a limit, and what was spent beyond it."""

    spent: Spent = NOTHING_SPENT
    over: Spent = NOTHING_SPENT


def budget_stream(budget: str) -> StreamId:
    """The stream of a limit."""
    return StreamId(CATEGORY, budget)


def decide(command: TakeFromBudget | GiveBackToBudget, budget: Budget) -> Sequence[BudgetEvent]:
    """Takes or gives back. Raises `UsedUp`. Nothing is repeated here: the checkout sees to that."""
    match command:
        case TakeFromBudget(limit=limit):
            no = refusal([limit], {limit.budget: budget.spent}, command.money_minor)
            if no is not None and not command.over_limit:
                raise UsedUp(f"budget {limit.budget}: {no[1]}", budget=limit.budget)
            after = _moved(budget, 1, command.money_minor, over_limit=command.over_limit)
            return [
                BudgetTaken(
                    redemption_id=command.redemption_id,
                    uses=1,
                    money_minor=command.money_minor,
                    over_limit=command.over_limit,
                    uses_max=limit.uses_max,
                    money_minor_max=limit.money_minor_max,
                    **_figures(after),
                ),
            ]
        case GiveBackToBudget():
            after = _moved(budget, -command.uses, -command.money_minor, over_limit=command.over_limit)
            return [
                BudgetGivenBack(
                    redemption_id=command.redemption_id,
                    uses=command.uses,
                    money_minor=command.money_minor,
                    over_limit=command.over_limit,
                    **_figures(after),
                ),
            ]
        case _:
            assert_never(command)


def evolve(budget: Budget, event: BudgetEvent) -> Budget:  # noqa: ARG001 - each event says all that is spent after it
    """The limit after `event`."""
    return Budget(
        Spent(event.uses_spent, event.money_minor_spent),
        Spent(event.uses_over, event.money_minor_over),
    )


def _moved(budget: Budget, uses: int, money_minor: int, *, over_limit: bool) -> Budget:
    before = budget.over if over_limit else budget.spent
    after = Spent(before.uses + uses, before.money_minor + money_minor)
    return Budget(budget.spent, after) if over_limit else Budget(after, budget.over)


def _figures(budget: Budget) -> dict[str, int]:
    return {
        "uses_spent": budget.spent.uses,
        "money_minor_spent": budget.spent.money_minor,
        "uses_over": budget.over.uses,
        "money_minor_over": budget.over.money_minor,
    }


BUDGET: Decider[TakeFromBudget | GiveBackToBudget, BudgetEvent, Budget] = Decider(
    category=CATEGORY,
    state_type=Budget,
    events=get_args(BudgetEvent),
    initial_state=Budget,
    decide=decide,
    evolve=evolve,
    contended=True,
)
