"""Every read model gives the same rows for events seen once, twice, or in other batches."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.dialects import postgresql

from services.customers.application.commands import stream_of
from shared.database.batch import run
from shared.kernel.ids import new_id

if TYPE_CHECKING:
    from shared.eventstore.store import Recorded
    from shared.projections.projection import Projection
    from tests.conftest import Database
    from tests.integration.customers.conftest import Api


def live(api: Api) -> list[Recorded[Any]]:
    """Several lives of customers; their events in order."""
    for n in range(6):
        customer = f"/customers/{api.register(card=f'{n}', home_store='S1')}"
        api.post(f"{customer}/consents", {"purpose": "marketing", "channel": "sms", "text_version": "t1"})
        api.post(f"{customer}/identifiers", {"kind": "phone", "value": f"138{n:08}"})
        api.post(f"{customer}/consents/withdrawals", {"purpose": "marketing", "channel": "sms"})
        api.post(f"{customer}/identifiers", {"kind": "card", "value": f"C{n}"})
        for complaint_id in (str(new_id()), str(new_id())):
            complaint = {"complaint_id": complaint_id, "category": "price", "store": "S1", "text": "too dear"}
            assert api.post(f"{customer}/complaints", complaint).status_code == 201
        api.post(f"{customer}/complaints/{complaint_id}/closing", {"outcome": "resolved"})
        if n % 2:
            api.post(f"{customer}/erasure")
    store = api.service.handler.store
    with api.service.engine.connect() as connection:
        head = store.head(connection)
        return [record for _, record in store.read_all(connection, after=0, up_to=head, limit=1_000)]


@pytest.mark.parametrize("seed", range(4))
def test_rows_do_not_depend_on_how_events_are_batched_or_repeated(api: Api, database: Database, seed: int) -> None:
    rng, events = random.Random(seed), live(api)  # noqa: S311 - a seeded shuffle
    owner = database.owner_engine("customers")
    for projection in api.service.handler.projections:
        with owner.begin() as connection:
            connection.execute(text(f"create table again (like {projection.name} including all)"))
            connection.execute(text("grant all on again to regulars_customers"))
        replay(api, projection, events, rng)
        assert rows(api, "again") == rows(api, projection.name) != []
        with owner.begin() as connection:
            connection.execute(text("drop table again"))


def replay(api: Api, projection: Projection, events: list[Recorded[Any]], rng: random.Random) -> None:
    wanted = [record for record in events if record.event.type in projection.types]
    done = 0
    with api.service.engine.begin() as connection:
        while done < len(wanted):
            start, end = max(0, done - rng.randint(0, 8)), done + rng.randint(1, 7)
            projection.project(connection, "again", wanted[start:end])
            done = min(end, len(wanted))
        projection.project(connection, "again", wanted)
        # And once more without its end, which is an erasure: who was erased does not come back.
        projection.project(connection, "again", wanted[:-1])


def rows(api: Api, table: str) -> list[tuple[Any, ...]]:
    return sorted(map(str, api.rows(f"select * from {table}")))


def test_states_are_what_their_events_fold_to(api: Api) -> None:
    events = live(api)
    store = api.service.handler.store
    streams = {record.stream for record in events} | {stream_of(new_id())}
    with api.service.engine.begin() as connection:
        stored = store.load(connection, streams)
    with api.service.engine.begin() as connection:
        run(connection, "delete from stream_state")
        folded = store.load(connection, streams)
    assert stored == folded


def test_the_tables_are_as_the_code_describes_them(api: Api) -> None:
    for projection in api.service.handler.projections:
        columns = inspect(api.service.engine).get_columns(projection.name)
        described = [(c.name, c.type.compile(postgresql.dialect()), c.nullable) for c in projection.table.columns]
        assert [(c["name"], c["type"].compile(postgresql.dialect()), c["nullable"]) for c in columns] == described
