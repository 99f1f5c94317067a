"""Personal data of one member, in every field of every route, through every service: and then it is nowhere but sealed.

The hunt looks at every table, topic, log line, metric, span and refusal that the chain has left behind, in every
spelling of `tests.support.canary`. Then she is erased and every read model is rebuilt, and it looks again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from prometheus_client import CollectorRegistry, Counter, generate_latest
from sqlalchemy import text

from services.rebuilding import read_models
from shared.access.users import Users
from shared.contracts.customers import CustomerErased
from shared.contracts.envelope import Outgoing
from shared.database.migrate import application_role
from shared.kernel.ids import derived_id, new_id
from shared.observability import tracing
from shared.projections.rebuild import rebuild_projection, rebuild_topic_read_model
from shared.runtime.access import Access
from shared.runtime.http import build_app
from tests.support.access import access, bearer, issuer
from tests.support.canary import CANARY, hits, logging_to
from tests.support.four_stores import FourStores
from tests.support.hostile_http import Caller, serving
from tests.support.hostile_routes import Operation, operations
from tests.support.hostile_values import Place, places, replaced

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Database
    from tests.support.proof_keeping import Proof

HER_ID = str(derived_id("canary", "customer"))
PERSON = CANARY | {"customer_id": HER_ID, "home_store": "E1"}
PERSONAL = {"/": ("phone", "card", "email", "birthday", "username", "password"), "/api/customers/": ("name", "value")}
"""Fields in which something personal is expected, by what a path begins with: the name of a store is public."""
SHOWS = ("/profile", "/profile-views", "/address-releases")
"""Routes whose answers are what the vault is for."""


NEEDED = ("stream_state", "blind_index", "store_directory", "account_balance", "member_scores", "members")


@dataclass
class Left:
    """What the chain has left behind, by place."""

    database: Database
    folder: Path
    refusals: list[str] = field(default_factory=list)
    registry: CollectorRegistry | None = None

    def find(self) -> dict[str, set[bytes]]:
        """Where something personal is, and which spelling of it."""
        tracing.shut_down()
        found = {name: hits(content) for name, content in self._everything()}
        return {name: needles for name, needles in found.items() if needles}

    def _everything(self) -> Iterator[tuple[str, bytes]]:
        yield "log lines", (self.folder / "log.jsonl").read_bytes()
        yield "spans", (self.folder / "spans.jsonl").read_bytes()
        yield "metrics", generate_latest() + (generate_latest(self.registry) if self.registry else b"")
        yield "refusals", "\n".join(self.refusals).encode()
        with self.database.superuser().connect() as connection:
            tables = connection.execute(text("select schemaname, tablename from pg_tables where schemaname !~ '^pg_'"))
            for schema, table in tables.all():
                rows = connection.scalars(text(f'select t::text from "{schema}"."{table}" t'))
                # PostgreSQL shows bytes as hex, in which base64 and escapes would hide: it is read as bytes, too.
                shown = "\n".join(rows)
                yield f"{schema}.{table}", shown.encode() + b"\n" + _bytes_in(shown)


def _bytes_in(shown: str) -> bytes:
    parts = [part for part in shown.replace('"', " ").replace(",", " ").replace(")", " ").split() if "\\x" in part]
    found = []
    for part in parts:
        digits = part.rpartition("\\x")[2]
        if len(digits) % 2 == 0 and all(digit in "0123456789abcdef" for digit in digits):
            found.append(bytes.fromhex(digits))
    return b"\n".join(found)


@pytest.fixture
def left(database: Database, tmp_path: Path) -> Iterator[Left]:
    tracing.set_up("canary", endpoint=None, file=tmp_path / "spans.jsonl", ratio=1)
    with logging_to(tmp_path / "log.jsonl"):
        yield Left(database, tmp_path)
    tracing.shut_down()


@pytest.fixture
def chain(left: Left, tmp_path: Path) -> Iterator[FourStores]:
    with FourStores(left.database, tmp_path / "keys") as made:
        made.open_for_business()
        yield made


def test_what_is_personal_is_nowhere_but_in_the_vault(left: Left, chain: FourStores, proof: Proof) -> None:
    live(chain, left)
    lines = (left.folder / "log.jsonl").read_text()
    tracing.shut_down()
    assert lines.count('"request_failed"') > len(chain.services)
    assert (left.folder / "spans.jsonl").stat().st_size > 0
    assert left.find() == {}, [said[-500:] for said in left.refusals if hits(said.encode())]
    proof(
        "personal data in every field of every route",
        case="7",
        promises=["P7"],
        invariants=["nothing personal in tables, topics, lines, metrics, spans, refusals"],
    )


def test_what_was_erased_does_not_come_back_by_a_rebuild(left: Left, chain: FourStores, proof: Proof) -> None:
    chain.done("POST /customers/v1/customers", PERSON)
    buy(chain)
    chain.done(f"POST /customers/v1/customers/{HER_ID}/erasure")
    chain.settle()
    rebuild_everything(chain)
    assert left.find() == {}
    for path in ("customers/v1/customers/{}/profile", "segmentation/v1/customers/{}/scores", "console/v1/members/{}"):
        assert chain.call(f"GET /{path.format(HER_ID)}").status_code == 404, path
    assert chain.call("POST /customers/v1/lookups", {"card": CANARY["card"]}).status_code == 404
    with left.database.superuser().connect() as connection:
        for table in ("customers.vault_keys", "customers.vault_records", "customers.blind_index"):
            rows = connection.scalars(text(f"select count(*) from {table} where customer_id = '{HER_ID}'"))
            assert rows.one() == 0, table
    proof("erased, then everything rebuilt", case="7", promises=["P5", "P7"], invariants=["erased stays erased"])


@pytest.mark.usefixtures("chain")
def test_the_hunt_finds_what_is_there(left: Left) -> None:
    assert left.find() == {}
    tracing.set_up("canary", endpoint=None, file=left.folder / "spans.jsonl", ratio=1)
    structlog.get_logger().info("met", who="zanzibar quillfeather")
    with tracing.begin("GET /lookups?phone=%2B8613987654321"):
        pass
    left.registry = CollectorRegistry()
    Counter("met", "-", ["who"], registry=left.registry).labels("QUILL-7788-9900").inc()
    left.refusals.append('{"detail": "no member has the card quill77889900"}')
    body = json.dumps({"note": "eDEzOTg3NjU0MzIx"}).encode()
    assert left.database.log().publish([Outgoing(CustomerErased.topic, b"k", new_id(), b"{}", body)]) == []
    assert {"log lines", "spans", "metrics", "refusals"} <= left.find().keys()
    assert any(name.startswith("log.") for name in left.find()), left.find()


def live(chain: FourStores, left: Left) -> None:
    """Every route with her data: well, wrongly, and while a table of its service is away."""
    users = Users(left.folder / "users")
    app = build_app(list(chain.services.values()), access=Access(access().verifier, issuer(), users))
    chain.done("POST /customers/v1/customers", PERSON)
    buy(chain)
    with serving(app) as port, closing(Caller(port, bearer(("operator", "privacy_officer", "service")))) as caller:
        routes = [route for route in operations(app) if not route.path.endswith("/erasure")]
        for route in routes:
            for body in bodies(route):
                send(caller, route, left, body)
            send(caller, route, left, None, f"{route.harmless()}?phone={CANARY['phone']}&q={CANARY['email']}")
            for name in (name for name in route.in_path if name.endswith("_id")):
                send(caller, route, left, None, route.at(**{name: CANARY["phone"]}))
        for service in chain.services:
            with away(left.database, service):
                for route in (route for route in routes if f"/api/{service}/" in route.path):
                    send(caller, route, left, next(bodies(route), None))
    chain.settle()


def buy(chain: FourStores) -> None:
    receipts = [
        {
            "store": "E1",
            "till": "1",
            "number": f"canary-{n}",
            "occurred_at": "2026-03-01T18:30:00+08:00",
            "total_minor": 100,
            "member": {kind: CANARY[kind]},
            "lines": [{"product": "p", "quantity": 1, "amount_minor": 100}],
        }
        for n, kind in enumerate(("card", "phone"))
    ]
    chain.done("POST /stores/v1/receipts", {"receipts": receipts})
    chain.settle()


def bodies(route: Operation) -> Iterator[Any]:
    """A good one with her data in every personal field, and that one with each such field, or a name, spoiled."""
    if route.body is None:
        return
    personal: list[Place] = []
    good = route.example(route.body)
    for place in list(places(good)):
        name = str(place[-1])
        if any(route.path.startswith(start) and name in names for start, names in PERSONAL.items()):
            good = replaced(good, place, CANARY.get(name, CANARY["phone"]))
            personal.append(place)
    yield good
    for place in personal:
        spoiled = f"{CANARY['phone']} {CANARY['name']}"
        yield replaced(good, place, spoiled)
        yield replaced(good, place, {spoiled: CANARY["email"]})
    yield good | {CANARY["phone"]: CANARY["name"]}


def send(caller: Caller, route: Operation, left: Left, body: Any, path: str = "") -> None:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": CANARY["name"],
        "Baggage": f"who={CANARY['phone']}",
        "Tracestate": f"who={CANARY['phone']}",
    }
    at = path or route.harmless()
    answer = caller.call(route.method, at, None if body is None else json.dumps(body).encode(), headers)
    if answer.status >= 400 or not route.path.endswith(SHOWS):
        left.refusals.append(f"{route}: {answer}")


@contextmanager
def away(database: Database, service: str) -> Iterator[None]:
    """While it lasts, the tables that the service's routes need most are not there, and whatever they do fails."""
    with database.superuser().begin() as connection:
        there = [name for name in NEEDED if connection.scalar(text(f"select to_regclass('{service}.{name}')"))]
        for name in there:
            connection.execute(text(f"alter table {service}.{name} rename to {name}_away"))
    yield
    with database.superuser().begin() as connection:
        for name in there:
            connection.execute(text(f"alter table {service}.{name}_away rename to {name}"))


def rebuild_everything(chain: FourStores) -> None:
    services = list(chain.services.values())
    assert len(read_models(services)) > 10
    for service in services:
        owner, role = chain.database.owner_engine(service.name), application_role(service.name)
        for projection in service.handler.projections:
            assert rebuild_projection(owner, service.handler.store, projection, role).equal, projection.name
        for model in service.topic_read_models:
            assert rebuild_topic_read_model(owner, chain.database.log(), model, role).equal, model.name
