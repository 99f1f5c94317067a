"""Which members a caller may see: the one place where a scope becomes a condition of a query.

A member is visible in the stores where she bought (`member_stores`), and in those to which her own service opened her
(`member_openings`): her home store for ever, a store that looked her up by an exact identifier for a while. Who lies
outside is answered exactly like nobody at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi.concurrency import run_in_threadpool

from shared.access.calls import CallerDep
from shared.access.permissions import WHOLE_CHAIN, PermissionDenied
from shared.database.batch import fetch
from shared.database.engine import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from shared.access.permissions import Caller, Scope
    from shared.kernel.clock import BusinessClock
    from shared.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Visible:
    """A condition on rows of members and its parameters, to stand in any `where`."""

    sql: str
    parameters: Mapping[str, object] = field(default_factory=dict)


EVERYBODY = Visible("true")
NOBODY = Visible("false")

_STORES = """
any(%(scope_stores)b::text[] || array(select store_id from store_regions where region = any(%(scope_regions)b::text[])))
"""
# One set of members: PostgreSQL may look one of them up in it or join all of it, whichever is cheaper.
_MEMBERS = f"""
in (select customer_id from member_stores where store_id = {_STORES}
    union all
    select customer_id from member_openings where store_id = {_STORES} and (until is null or until > %(scope_now)s))
"""


def visible(scope: Scope, now: datetime, member: str = "customer_id") -> Visible:
    """The members in `scope` at `now`; `member` is the column that holds a row's customer id."""
    if scope == WHOLE_CHAIN:
        return EVERYBODY
    if scope.partner is not None:
        # Partners get sums of their own promotions one day, and nobody's account.
        return NOBODY
    return Visible(f"{member} {_MEMBERS}", {**_places(scope), "scope_now": now})


def at_stores(scope: Scope) -> Visible:
    """The condition that a row's `store_id` is in `scope`."""
    if scope == WHOLE_CHAIN:
        return EVERYBODY
    return NOBODY if scope.partner is not None else Visible(f"store_id = {_STORES}", _places(scope))


def stores_visible(scope: Scope, store: str = "store_id") -> Visible:
    """The stores in `scope`; `store` is the column that holds a row's store."""
    if scope == WHOLE_CHAIN:
        return EVERYBODY
    if scope.partner is not None:
        return NOBODY
    return Visible(f"{store} = {_STORES}", _places(scope))


def sees(connection: Connection, seen: Visible, customer_id: UUID) -> bool:
    """Whether one member is among the `visible`, by the column `customer_id`."""
    return _finds(connection, seen, "select %(id)s::uuid as customer_id", customer_id)


def _finds(connection: Connection, seen: Visible, rows: str, id_: UUID) -> bool:
    found = fetch(connection, f"select 1 from ({rows}) r where {seen.sql}", {"id": id_, **seen.parameters})
    return bool(found)


def _places(scope: Scope) -> dict[str, object]:
    return {"scope_stores": sorted(scope.stores or ()), "scope_regions": sorted(scope.regions)}


class Guard:
    """A check that a route declares beside its permission: that what its path names lies in the caller's scope.

    It runs before the route does anything. The architecture test looks for one on every route with a name in its path.
    """


class ForTheWholeChain(Guard):
    """Lets nobody in whose scope is a part of the chain: for what changes all of it at once."""

    async def __call__(self, caller: CallerDep) -> None:
        if caller.scope != WHOLE_CHAIN:
            msg = f"{caller.name} is in charge of a part of the chain, and this changes all of it; ask headquarters"
            raise PermissionDenied(msg)


class Members:
    """The members of a service as its callers may see them. Needs the tables of `shared.access.sightings`.

    Time is the business's: an opening ends by the clock by which it was made.
    """

    def __init__(self, engine: Engine, clock: BusinessClock) -> None:
        self._engine = engine
        self._clock = clock

    def visible_to(self, caller: Caller, member: str = "customer_id") -> Visible:
        """The condition for those whom `caller` may see now."""
        return visible(caller.scope, self._clock.now(), member)

    def covers(self, caller: Caller, store_id: str) -> bool:
        """Whether a store is in the caller's scope; one that nobody has registered is in the whole chain's."""
        scope = caller.scope
        if scope == WHOLE_CHAIN:
            return True
        if scope.partner is not None:
            return False
        if not scope.regions:
            return store_id in (scope.stores or ())
        seen = stores_visible(scope, "%(store)s")
        with reading(self._engine) as connection:
            return bool(fetch(connection, f"select 1 where {seen.sql}", {"store": store_id, **seen.parameters}))

    def require(self, caller: Caller, customer_id: UUID, otherwise: Callable[[UUID], NotFound]) -> None:
        """Raises what `otherwise` makes of the id, the route's answer to an unknown one, if she is out of scope."""
        self.require_row(caller, "select %(id)s::uuid as customer_id", customer_id, otherwise)

    def require_row(self, caller: Caller, rows: str, id_: UUID, otherwise: Callable[[UUID], NotFound]) -> None:
        """As `require`, for whatever belongs to a member: `rows` selects its `customer_id` by `%(id)s`."""
        if caller.scope == WHOLE_CHAIN:
            return
        with reading(self._engine) as connection:
            if not _finds(connection, self.visible_to(caller), rows, id_):
                raise otherwise(id_)


class SeesMember(Guard):
    """For routes with a `customer_id` in their path."""

    def __init__(self, members: Members, otherwise: Callable[[UUID], NotFound]) -> None:
        self._members = members
        self._otherwise = otherwise

    async def __call__(self, customer_id: UUID, caller: CallerDep) -> None:
        if caller.scope != WHOLE_CHAIN:
            await run_in_threadpool(self._members.require, caller, customer_id, self._otherwise)
