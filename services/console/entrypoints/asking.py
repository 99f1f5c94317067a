"""What routes ask for alike: dates, stores, the parts of a filter."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Depends, Query

from services.console.read_models.members.filters import MemberFilter
from services.console.read_models.members.view import RfmClass, Stage
from shared.contracts.customers import Channel
from shared.kernel.errors import InvalidInput, NotFound
from shared.kernel.text import Code

if TYPE_CHECKING:
    from shared.access.permissions import Caller
    from shared.access.visibility import Members

DAYS_DEFAULT = 30
DAYS_MAX = 400
EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)

Day = Annotated[date, Query(ge=EARLIEST, le=LATEST)]
From = Annotated[
    date | None,
    Query(alias="from", ge=EARLIEST, le=LATEST, description=f"The first date; {DAYS_DEFAULT} days by default."),
]
To = Annotated[date | None, Query(alias="to", ge=EARLIEST, le=LATEST, description="The last date; today by default.")]
Store = Annotated[Code | None, Query(description="Only this store; for members, where they bought or registered.")]
Score = Annotated[int | None, Query(ge=1, le=5)]


def span_of(from_: date | None, to: date | None, today: date) -> tuple[date, date]:
    """The dates that were asked for, both included. Raises `InvalidInput`."""
    last = to or today
    first = from_ or last - timedelta(days=DAYS_DEFAULT - 1)
    if not 0 <= (last - first).days < DAYS_MAX:
        msg = f"from {first} to {last} is no span of 1 to {DAYS_MAX} days; choose dates that follow each other"
        raise InvalidInput(msg, field="from", value=str(first))
    return first, last


def require_store(members: Members, caller: Caller, store: str | None) -> None:
    """Raises `NotFound` for a store outside the caller's scope, as for one that nobody has."""
    if store is not None and not members.covers(caller, store):
        raise no_store()


def no_store() -> NotFound:
    """Repeats nothing: what stands in a store's place may be somebody's number."""
    return NotFound("there is no such store, or it is not yours")


def _filter(  # noqa: PLR0917 - FastAPI passes them by name
    store: Store = None,
    lifecycle: Annotated[Stage | None, Query(description="Her stage of life.")] = None,
    rfm: Annotated[RfmClass | None, Query(description="Her class.")] = None,
    r: Score = None,
    f: Score = None,
    segment: Annotated[Code | None, Query(description="Who is in this segment.")] = None,
    contactable: Annotated[
        Channel | Literal["any"] | None, Query(description="Who may be contacted by this channel, or by any.")
    ] = None,
    complaint_open: Annotated[bool | None, Query(description="Who waits for an answer to a complaint.")] = None,
    uncontacted_days: Annotated[
        int | None, Query(ge=1, le=3650, description="Whom nobody contacted for so many days.")
    ] = None,
    home_store: Annotated[Code | None, Query(description="Whose home is this store.")] = None,
) -> MemberFilter:
    return MemberFilter(
        store,
        lifecycle,
        rfm,
        r,
        f,
        segment,
        contactable,
        complaint_open,
        uncontacted_days,
        home_store=home_store,
    )


FilterDep = Annotated[MemberFilter, Depends(_filter)]
"""The parts of a filter, each a query parameter of its own."""
