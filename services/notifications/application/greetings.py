"""The calendar: birthdays, festivals, and a word some days after a purchase. Each once per member and date.

Greetings are marketing: they need the consent to it, count toward the cap, and wait for the end of quiet hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from services.notifications.application.ports import VaultAway
from services.notifications.domain.contact.commands import RequestMessage
from shared.commands.transact import transact
from shared.kernel.errors import TransientError
from shared.kernel.ids import derived_id
from shared.kernel.messages import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection, Engine

    from services.notifications.application.festivals import HolidayCalendar
    from services.notifications.application.planning import Planner
    from services.notifications.application.ports import Members, Vault
    from services.notifications.domain.values import Channel
    from shared.kernel.clock import BusinessClock

CALENDAR = "notifications.calendar"
PAGE = 500
FIRST = UUID(int=0)
GOOD_FOR = timedelta(days=2)
"""From the beginning of its day: a greeting that comes later is none."""


@dataclass(frozen=True, slots=True)
class Greetings:
    """What the chain greets for."""

    channels: tuple[Channel, ...]
    birthdays: bool = False
    festivals: frozenset[str] = frozenset()
    """English names, as the library of holidays writes them."""
    follow_up_days: int | None = None


class _Greeting(NamedTuple):
    """One kind of greeting on one day."""

    day: date
    template: str
    values: dict[str, str]


class Greeter:
    """Plans a day's greetings, in pages of one transaction each; it may be stopped and started anywhere."""

    def __init__(
        self,
        engine: Engine,
        clock: BusinessClock,
        zone: ZoneInfo,
        *,
        planner: Planner,
        greetings: Greetings,
        calendar: HolidayCalendar,
        vault: Vault | None,
        agreeing: Members,
        bought_last_on: Callable[[Connection, date, UUID, int], Sequence[UUID]],
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._zone = zone
        self._planner = planner
        self._greetings = greetings
        self._calendar = calendar
        self._vault = vault
        self._agreeing = agreeing
        self._bought_last_on = bought_last_on

    def run(self, day: date) -> None:
        """The job's function. Raises `TransientError` while the vault is away: the day is not done then."""
        if self._greetings.birthdays:
            self._plan_all(day, "birthday", {}, self._birthdays(day))
        for festival in self._calendar.beginning_on(day, self._greetings.festivals):
            values = {"festival_en": festival.english, "festival_zh": festival.chinese}
            self._plan_all(day, "festival", values, self._pages(self._agreeing))
        if self._greetings.follow_up_days is not None:
            bought_on = day - timedelta(days=self._greetings.follow_up_days)
            asked = self._pages(
                lambda connection, after, limit: self._bought_last_on(connection, bought_on, after, limit)
            )
            self._plan_all(day, "follow-up", {"bought_on": bought_on.isoformat()}, asked)

    def _birthdays(self, day: date) -> Iterator[Sequence[UUID]]:
        """By either calendar: everybody has told by which one she celebrates."""
        if self._vault is None:
            return
        try:
            found = sorted({*self._vault.birthdays(day, "solar"), *self._vault.birthdays(day, "lunar")})
        except VaultAway:
            msg = "the vault is away; birthdays wait"
            raise TransientError(msg) from None
        for first in range(0, len(found), PAGE):
            yield found[first : first + PAGE]

    def _pages(self, members: Members) -> Iterator[Sequence[UUID]]:
        after = FIRST
        while True:
            with self._engine.begin() as connection:
                page = members(connection, after, PAGE)
            if not page:
                return
            yield page
            after = page[-1]

    def _plan_all(self, day: date, template: str, values: dict[str, str], pages: Iterator[Sequence[UUID]]) -> None:
        for page in pages:
            transact(self._engine, partial(self._plan, _Greeting(day, template, values), page))

    def _plan(self, greeting: _Greeting, members: Sequence[UUID], connection: Connection, lock: bool) -> None:
        day, template, values = greeting
        now = self._clock.now()
        expires_at = datetime.combine(day, time(), self._zone) + GOOD_FOR
        # A festival has its name in the id: two may begin on one day.
        ids = {
            customer_id: derived_id(CALENDAR, template, *values.values(), day, customer_id) for customer_id in members
        }
        requests = [
            (
                customer_id,
                RequestMessage(
                    message_id=id_,
                    purpose="marketing",
                    template=template,
                    channels=self._greetings.channels,
                    send_after=now,
                    expires_at=expires_at,
                    values=values,
                ),
                Cause(id_, id_, now, CALENDAR),
            )
            for customer_id, id_ in ids.items()
        ]
        for decision in self._planner.plan(connection, requests, lock=lock):
            decision.unwrap()
