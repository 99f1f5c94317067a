"""Personal data is in the vault, sealed, and nowhere else: a hunt for values that nothing else would contain."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.kernel.ids import new_id
from tests.support.canary import CANARY, hits, logging_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi.routing import APIRoute
    from sqlalchemy import Connection

    from tests.conftest import Database
    from tests.integration.customers.conftest import Api


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "service.log"
    with logging_to(path):
        yield path


def consent_of(channel: str) -> dict[str, str]:
    return {"purpose": "marketing", "channel": channel}


def use_what_serves_the_circle(
    post: Callable[[str, object], int],
    get: Callable[[str], int],
    customer_id: str,
) -> None:
    """Addresses by the batch, complaints, preferences, birthdays, the timeline."""
    customer = f"/customers/{customer_id}"
    assert post("/address-releases", {"releases": [{"customer_id": customer_id, **consent_of("sms")}]}) == 200
    assert post("/address-releases", {"releases": [{"customer_id": "Zanzibar", **consent_of("sms")}]}) == 422
    said = {"category": "service", "text": f"{CANARY['name']}, {CANARY['phone']}:\nnobody was at the counter"}
    complaint = {"complaint_id": str(new_id()), **said}
    assert post(f"{customer}/complaints", complaint) == 201
    assert post(f"{customer}/complaints", complaint) == 201
    assert post(f"{customer}/complaints", complaint | {"text": CANARY["email"]}) == 409
    assert post(f"{customer}/complaints", complaint | {"category": CANARY["name"]}) == 422
    assert post(f"{customer}/complaints", complaint | {"text": CANARY["name"] + "\x00"}) == 422
    assert get(f"{customer}/complaints") == 200
    assert get(f"{customer}/complaints/{complaint['complaint_id']}") == 200
    assert post(f"{customer}/complaints/{complaint['complaint_id']}/closing", {"outcome": "Quillfeather"}) == 422
    assert post(f"{customer}/complaints/{complaint['complaint_id']}/closing", {"outcome": "resolved"}) == 200
    assert post(f"{customer}/preferences", {"language": "en", "birthday_calendar": "lunar"}) == 200
    assert post(f"{customer}/preferences", {"language": "Quillfeather"}) == 422
    assert get("/birthdays?date=2026-07-23") == 200
    assert get("/birthdays?date=Quillfeather") == 422
    assert post(f"{customer}/phone-views", {"purpose": "marketing"}) == 409
    assert post(f"{customer}/consents", consent_of("phone") | {"text_version": "t1"}) == 200
    assert post(f"{customer}/phone-views", {"purpose": "marketing"}) == 200
    assert post(f"{customer}/phone-views", {"purpose": "Zanzibar Quillfeather"}) == 422
    assert get("/celebrations?days=31") == 200
    assert get("/celebrations?days=Quillfeather") == 422
    assert get(f"{customer}/timeline") == 200
    assert get(f"{customer}/timeline?cursor=Quillfeather") == 422


def search(post: Callable[[str, object], int], customer_id: str) -> None:
    """By everything that is personal, and by what begins it."""
    for typed in (*CANARY.values(), "zanz", "QUILLFEATHER zan", "4321"):
        assert post("/searches", {"text": typed}) == 200
    assert post("/searches", {"text": CANARY["email"] + "@"}) == 422
    assert post("/searches", {"text": "Zanzibar\x00"}) == 422
    assert post("/profiles", {"customer_ids": [customer_id]}) == 200
    assert post("/profiles", {"customer_ids": ["Quillfeather"]}) == 422


def exercise(api: Api, database: Database) -> list[tuple[str, str, bytes]]:
    """Calls every route with canaries, in ways that work and in ways that fail. What was called, with which body."""
    called: list[tuple[str, str, bytes]] = []

    def post(path: str, body: object = None) -> int:
        answer = api.post(path, body, key=str(new_id()))
        called.append(("POST", path, answer.request.content))
        return int(answer.status_code)

    def get(path: str) -> int:
        called.append(("GET", path, b""))
        return int(api.get(path).status_code)

    customer_id = str(new_id())
    customer = f"/customers/{customer_id}"
    member = CANARY | {"customer_id": customer_id}
    consent = {"purpose": "profiling", "text_version": "t1"}
    assert post("/customers", member) == 201
    assert post("/customers", member) == 201
    assert post("/customers", member | {"name": "Quillfeather"}) == 409
    assert post("/customers", CANARY) == 409
    assert post("/customers", CANARY | {"phone": "139876543210"}) == 422
    assert post("/customers", CANARY | {"email": "zanzibar quillfeather"}) == 422
    assert post("/customers", CANARY | {"birthday": "1931-07-23 Zanzibar"}) == 422
    assert post("/customers", CANARY | {"Quillfeather": 1}) == 422
    assert post("/customers/batch", {"customers": [member, CANARY, "Zanzibar", CANARY | {"card": "##"}]}) == 200
    for lookup in ({"phone": CANARY["phone"]}, {"card": CANARY["card"]}, {"email": CANARY["email"]}):
        assert post("/lookups", lookup) == 200
    assert post("/lookups", {"email": "other" + CANARY["email"]}) == 404
    search(post, customer_id)
    assert post(f"{customer}/identifiers", {"kind": "card", "value": "QUILL-7788-9900-2"}) == 200
    assert post(f"{customer}/identifiers", {"kind": "phone", "value": "13987654321999"}) == 422
    assert get(f"{customer}/profile") == 200
    assert post(f"{customer}/profile-views", {"purpose": "complaint"}) == 200
    assert post(f"{customer}/profile-views", {"purpose": "Zanzibar Quillfeather called"}) == 422
    release = f"{customer}/address-releases"
    assert post(release, {"purpose": "marketing", "channel": "sms"}) == 409
    assert post(f"{customer}/consents", {"purpose": "marketing", "channel": "sms", "text_version": "t1"}) == 200
    assert post(release, {"purpose": "marketing", "channel": "sms"}) == 200
    assert post(release, {"purpose": "marketing", "channel": "13987654321"}) == 422
    assert post(f"{customer}/consents", consent) == 200
    assert post(f"{customer}/consents/withdrawals", {"purpose": "profiling"}) == 200
    use_what_serves_the_circle(post, get, customer_id)
    assert get(customer) == 200
    assert get(f"{customer}/consents") == 200
    assert get("/customers") == 200
    assert get("/customers/Quillfeather") == 422

    with database.superuser().begin() as connection:
        connection.execute(text("alter table customers.blind_index rename to hidden"))
    other = CANARY | {"customer_id": str(new_id()), "card": "QUILL-7788-9901", "phone": "13987654322"}
    assert post("/customers", other) == 500
    with database.superuser().begin() as connection:
        connection.execute(text("alter table customers.hidden rename to blind_index"))
        connection.execute(text("update customers.vault_records set sealed = '\\x00'"))
    assert get(f"{customer}/profile") == 500
    assert post(f"{customer}/erasure") == 200
    return called


def every_row(database: Database) -> dict[str, bytes]:
    with database.superuser().connect() as connection:
        tables = connection.execute(
            text("select schemaname, tablename from pg_tables where schemaname <> 'pg_catalog'"),
        ).all()
        return {
            f"{schema}.{table}": "\n".join(
                connection.scalars(text(f'select t::text from "{schema}"."{table}" t')),
            ).encode()
            for schema, table in tables
        }


def test_no_personal_data_is_outside_the_vault(
    api: Api,
    database: Database,
    log_file: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    called = exercise(api, database)
    routes: list[APIRoute] = api.service.router.routes  # type: ignore[assignment]  # the router has no other kind
    unused = {
        (method, route.path)
        for route in routes
        for method in route.methods
        if not any(method == m and route.path_regex.match(path.partition("?")[0]) for m, path, _ in called)
    }
    assert unused == set(), "every route takes part in the hunt"

    rows = every_row(database)
    assert {"customers.events", "customers.outbox", "customers.idempotency_keys", "customers.stream_state"} <= set(rows)
    stored = rows["customers.idempotency_keys"]
    assert stored, "there are stored answers to look into"
    personal = [body for _, _, body in called if hits(body)]
    assert len(personal) > len(routes)
    assert not any(hashlib.sha256(body).hexdigest().encode() in stored for body in personal)
    assert {table: hits(content) for table, content in rows.items() if hits(content)} == {}

    logged = log_file.read_bytes()
    assert logged.count(b'"request_failed"') == 2, "both failures were logged"
    assert hits(logged) == set()
    captured = capfd.readouterr()
    assert hits((captured.out + captured.err).encode()) == set()


def written_since(begin: str, connection: Connection, wal: Path) -> bytes:
    """What PostgreSQL's log of writes took since `begin`: what lies before or behind it is another test's.

    Something must hold the log from `begin` on: a checkpoint takes away the segments before it.
    """
    segment = "select pg_walfile_name({0}), (pg_walfile_name_offset({0})).file_offset"
    first, offset = connection.execute(text(segment.format(f"'{begin}'::pg_lsn"))).one()
    last, end = connection.execute(text(segment.format("pg_current_wal_lsn()"))).one()
    names = sorted(path.name for path in wal.iterdir() if path.is_file() and first <= path.name <= last)
    assert names[0] == first, "the segment that it began in is still there"
    parts = [(wal / name).read_bytes() for name in names]
    parts[-1] = parts[-1][:end]
    return parts[0][offset:] + b"".join(parts[1:])


def test_no_personal_data_reaches_the_disk_of_the_database(api: Api, database: Database) -> None:
    with database.superuser().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        hold = "select pg_create_physical_replication_slot('hunt', true, true)"  # from here on, as long as we are there
        connection.execute(text(hold))
        begin = str(connection.scalar(text("select pg_current_wal_lsn()")))
        customer_id = api.register(**CANARY)
        connection.execute(text("select pg_switch_wal()"))
        api.post(f"/customers/{customer_id}/identifiers", {"kind": "card", "value": "QUILL-7788-9900-2"})
        complaint = {"complaint_id": str(new_id()), "category": "other", "text": f"It was {CANARY['name']}."}
        assert api.post(f"/customers/{customer_id}/complaints", complaint).status_code == 201
        connection.execute(text("checkpoint"))
        folder = connection.scalar(text("show data_directory"))
        oid = connection.scalar(text("select oid from pg_database where datname = current_database()"))
        data = Path(str(folder))
        written = written_since(begin, connection, data / "pg_wal")
    assert customer_id.encode() in written or UUID(customer_id).bytes in written, "the hunt reads what was written"
    assert hits(written) == set()
    files = [*(data / "base" / str(oid)).iterdir(), *data.glob("*log*"), *data.glob("log/*")]
    assert {path.name for path in files if path.is_file() and hits(path.read_bytes())} == set()


def test_the_hunt_finds_what_is_there() -> None:
    assert hits(b"x ZANZIBAR y")
    assert hits(rb"\x" + b"zanzibar".hex().encode())
    assert hits(hashlib.sha256(b"phone:+8613987654321").hexdigest().encode())
    for plain in (b"xQUILL-7788-9900", b"xx+8613987654321 y", b"Zanzibar Quillfeather"):
        assert hits(base64.b64encode(plain))
    assert hits(quote("zanzibar@quillfeather.example").encode())
    assert not hits(b"nothing of the kind")
