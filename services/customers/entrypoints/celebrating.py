"""The routes about birthdays: on a day, for another service of ours; soon, for whoever serves members."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.customers.application.birthdays import Calendar, celebrated_from, keys_celebrated_on
from services.customers.application.ports import VaultError
from services.customers.application.profile import mask_name
from shared.access.calls import CallerDep
from shared.access.permissions import Scope, requires
from shared.access.visibility import ForTheWholeChain, visible
from shared.kernel.errors import NotFound
from shared.kernel.text import Code

if TYPE_CHECKING:
    from services.customers.entrypoints.wiring import Wiring
    from shared.access.permissions import Caller
    from shared.access.visibility import Visible

PAGE_MAX = 1_000
COMING_DAYS_MAX = 31
COMING_MAX = 100


class Celebrating(BaseModel):
    """Who celebrates, by id, and where the next ones begin."""

    model_config = ConfigDict(frozen=True)

    items: list[UUID]
    next_cursor: UUID | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")


class Celebration(BaseModel):
    """Somebody whose birthday comes, under the mask: the day without the year tells no age."""

    model_config = ConfigDict(frozen=True)

    customer_id: UUID
    name: str | None = Field(description="Null: she told none.")
    day: date = Field(description="On which she celebrates next.")
    calendar: Calendar


class Celebrations(BaseModel):
    """The next one first."""

    model_config = ConfigDict(frozen=True)

    items: list[Celebration]
    complete: bool = Field(description="False: there are more; fewer days have fewer.")


def add_routes(routes: APIRouter, wiring: Wiring) -> None:
    """Birthdays by day, and of the members that a caller sees."""
    _add_day(routes, wiring)
    _add_coming(routes, wiring)


def _add_day(routes: APIRouter, wiring: Wiring) -> None:

    @routes.get(
        "/birthdays",
        summary="Who celebrates a birthday on a day",
        description="Those who celebrate by this calendar; everybody has one. 29 February falls on the 28th in common"
        " years, the 30th of a lunar month on its last day, and a leap month's birthdays in the plain month.",
        dependencies=[requires("customers.birthdays.read"), Depends(ForTheWholeChain())],
    )
    def list_birthdays(
        date: date,
        calendar: Calendar = "solar",
        cursor: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 200,
    ) -> Celebrating:
        keys = keys_celebrated_on(date, calendar)
        with wiring.engine.connect() as connection:
            found = wiring.profiles.vault.celebrating(connection, keys, after=cursor, limit=limit + 1)
        return Celebrating(items=found[:limit], next_cursor=found[limit - 1] if len(found) > limit else None)


def _add_coming(routes: APIRouter, wiring: Wiring) -> None:
    @routes.get(
        "/celebrations",
        summary="Whose birthday comes within days",
        description="Of the members whom the caller sees, today's first, each by the calendar by which she celebrates.",
        dependencies=[requires("customers.celebrations.read")],
    )
    def list_celebrations(
        caller: CallerDep,
        response: Response,
        store: Annotated[Code | None, Query(description="Only members of this store.")] = None,
        days: Annotated[int, Query(ge=1, le=COMING_DAYS_MAX, description="1 is today alone.")] = 7,
        limit: Annotated[int, Query(ge=1, le=COMING_MAX)] = 20,
    ) -> Celebrations:
        response.headers["Cache-Control"] = "no-store"
        seen, vault = _seen(wiring, caller, store), wiring.profiles.vault
        coming = celebrated_from(wiring.clock.today(wiring.time_zone), days)
        with wiring.engine.connect() as connection:
            found = vault.celebrating_among(connection, list(coming), seen, limit=limit + 1)
            profiles = vault.profiles(connection, [customer_id for customer_id, _ in found[:limit]])
        items = [
            Celebration(
                customer_id=customer_id,
                name=profile.name and mask_name(profile.name),
                day=coming[key],
                calendar=profile.birthday_calendar,
            )
            for customer_id, key in found[:limit]
            # Erased a moment ago, or does not open: an operator hears of that where the profile is asked for.
            if (profile := profiles.get(customer_id)) is not None and not isinstance(profile, VaultError)
        ]
        return Celebrations(items=items, complete=len(found) <= limit)


def _seen(wiring: Wiring, caller: Caller, store: str | None) -> Visible:
    """The caller's members, or those of one of her stores. Raises `NotFound` for a store that is not hers."""
    if store is None:
        return wiring.members.visible_to(caller)
    if not wiring.members.covers(caller, store):
        raise NotFound("there is no such store, or it is not yours")
    return visible(Scope(frozenset({store})), wiring.clock.now())
