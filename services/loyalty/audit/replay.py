"""The auditor's replay: every account folded again from its raw events, by rules written down a second time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson

from shared.database.batch import driver, fetch
from shared.runtime.service import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_SHOWN_MAX = 3


@dataclass
class _Replayed:
    """An account in the auditor's hands."""

    version: int = 0
    closed: bool = False
    lots: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    debt: int = 0
    held: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    @property
    def row(self) -> tuple[int, bool, int, int, int]:
        """As `account_balance` should have it: version, closed, available, reserved, debt."""
        return self.version, self.closed, sum(self.lots.values()) - self.debt, sum(self.held.values()), self.debt

    def take(self, version: int, kind: str, event: dict[str, Any]) -> None:  # noqa: C901 - one case per type
        if version != self.version + 1:
            self.complaints.append(f"version {version} follows {self.version}")
        self.version = version
        moved = event.get("lots", {})
        match kind:
            case "points_earned":
                self.lots[event["expires_on"]] += event["points"]
            case "points_expired":
                self.lots[event["expires_on"]] -= event["points"]
            case "points_taken_back":
                self._out(moved, event["points"] - event["owed"] - event["forgiven"])
                self.debt += event["owed"]
            case "debt_paid":
                self._out(moved, event["points"])
                self.debt -= event["points"]
            case "points_reserved":
                self._out(moved, event["points"])
                self.held[event["redemption_id"]] = event["points"]
            case "points_redeemed" | "points_released":
                if self.held.pop(event["redemption_id"], None) != event["points"]:
                    self.complaints.append(f"version {version} ends what was not held")
                if kind == "points_released":
                    self._out({day: -points for day, points in moved.items()}, -event["points"])
            case "account_closed":
                self.closed = True
            case "account_opened" | "receipt_settled":
                pass
            case _:
                self.complaints.append(f"version {version} is of the unknown type {kind}")
        self._check(version, event)

    def _out(self, lots: dict[str, int], expected: int) -> None:
        if sum(lots.values()) != expected:
            self.complaints.append(f"lots of {sum(lots.values())} where {expected} moved")
        for day, points in lots.items():
            self.lots[day] -= points

    def _check(self, version: int, event: dict[str, Any]) -> None:
        available = sum(self.lots.values()) - self.debt
        if event.get("available", available) != available:
            self.complaints.append(f"version {version} says {event['available']} available, replay {available}")
        if any(points < 0 for points in self.lots.values()) or self.debt < 0:
            self.complaints.append(f"version {version} takes more than there is")


def check_replay(connection: Connection) -> Iterator[Finding]:
    """Whether the stored balances and write-side states are what the events make of them."""
    balances = {
        row[0]: tuple(row[1:])
        for row in fetch(
            connection,
            "select customer_id::text, version, closed, available, reserved, debt from account_balance",
        )
    }
    states = {
        row[0]: tuple(row[1:])
        for row in fetch(
            connection,
            """
            select stream_id, version, state->>'standing' = 'closed',
                   coalesce((select sum(value::bigint) from json_each_text(state->'lots')), 0)::bigint
                     - (state->>'debt')::bigint,
                   coalesce((select sum(l.value::bigint) from json_each(state->'reservations') r,
                             json_each_text(r.value->'lots') l), 0)::bigint,
                   (state->>'debt')::bigint
            from (select stream_id, version, state::json as state from stream_state
                  where stream_category = 'account' and version > 0) s
            """,
        )
    }
    complaints: list[str] = []
    wrong_balances, wrong_states, accounts, events = [], [], 0, 0
    for customer_id, account in _replay(connection):
        accounts += 1
        events += account.version
        complaints.extend(f"{customer_id}: {complaint}" for complaint in account.complaints)
        if balances.pop(customer_id, None) != account.row:
            wrong_balances.append(customer_id)
        if states.pop(customer_id, None) != account.row:
            wrong_states.append(customer_id)
    yield _finding("each event follows from those before it", complaints, f"{events} events")
    yield _finding("each balance is what its events make of it", [*wrong_balances, *balances], f"{accounts} accounts")
    yield _finding("each state is what its events make of it", [*wrong_states, *states], f"{accounts} accounts")


def _replay(connection: Connection) -> Iterator[tuple[str, _Replayed]]:
    # A cursor of the server: the whole history need not fit into memory.
    with driver(connection).cursor(name="loyalty_audit") as cursor:
        cursor.itersize = 5_000
        cursor.execute(
            "select stream_id, stream_version, type, data::text from events where stream_category = 'account'"
            " order by stream_id, stream_version",
        )
        for customer_id, rows in groupby(cursor, key=itemgetter(0)):
            account = _Replayed()
            for _, version, kind, data in rows:
                account.take(version, kind, orjson.loads(data))
            yield customer_id, account


def _finding(check: str, wrong: list[str], looked_at: str) -> Finding:
    if not wrong:
        return Finding(check, ok=True, detail=looked_at)
    return Finding(check, ok=False, detail=f"{len(wrong)} wrong in {looked_at}: {'; '.join(wrong[:_SHOWN_MAX])}")
