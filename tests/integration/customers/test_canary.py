"""Personal data is in the vault, sealed, and nowhere else: a hunt for values that nothing else would contain."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from sqlalchemy import text

from shared.kernel.ids import new_id
from shared.observability.logs import configure_logs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.routing import APIRoute

    from tests.conftest import Database
    from tests.integration.customers.conftest import Api

CANARY = {
    "name": "Zanzibar Quillfeather",
    "phone": "13987654321",
    "card": "QUILL-7788-9900",
    "email": "Zanzibar@Quillfeather.example",
    "birthday": "1931-07-23",
}
WORDS = ("zanzibar", "quillfeather", "3987654321", "quill77889900", "quill-7788", "1931-07-23")
IDENTIFIERS = ("+8613987654321", "13987654321", "QUILL77889900", "zanzibar@quillfeather.example")


def needles() -> set[bytes]:
    """The words, as text and as the hex in which PostgreSQL shows bytes, and hashes that could be guessed from."""
    found = {word.encode() for word in WORDS}
    found |= {word.encode().hex().encode() for word in WORDS}
    found |= {word.encode().upper().hex().encode() for word in WORDS}
    kinds = ("", "phone:", "card:", "email:")
    for plain in [kind + value for kind in kinds for value in IDENTIFIERS] + [json.dumps(CANARY)]:
        found |= {hashlib.new(name, plain.encode()).hexdigest().encode() for name in ("sha256", "sha1", "md5")}
    return found


def hits(haystack: bytes) -> set[bytes]:
    lowered = haystack.lower()
    return {needle for needle in needles() if needle in lowered}


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "service.log"
    before = logging.getLogger().handlers[:], logging.getLogger().level
    configure_logs(level="DEBUG", process="canary", file=str(path))
    structlog.configure(cache_logger_on_first_use=False)  # so that later tests get their own loggers again
    yield path
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and getattr(handler.stream, "name", "") == str(path):
            handler.stream.close()
    logging.getLogger().handlers[:], level = before
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


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


def test_no_personal_data_reaches_the_disk_of_the_database(api: Api, database: Database) -> None:
    customer_id = api.register(**CANARY)
    api.post(f"/customers/{customer_id}/identifiers", {"kind": "card", "value": "QUILL-7788-9900-2"})
    with database.superuser().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("checkpoint"))
        folder = connection.scalar(text("show data_directory"))
        oid = connection.scalar(text("select oid from pg_database where datname = current_database()"))
    data = Path(str(folder))
    files = [
        *(data / "base" / str(oid)).iterdir(),
        *(path for path in (data / "pg_wal").iterdir() if path.is_file()),
        *data.glob("*log*"),
        *data.glob("log/*"),
    ]
    assert {path.name for path in files if path.is_file() and hits(path.read_bytes())} == set()


def test_the_hunt_finds_what_is_there() -> None:
    assert hits(b"x ZANZIBAR y")
    assert hits(rb"\x" + b"zanzibar".hex().encode())
    assert hits(hashlib.sha256(b"phone:+8613987654321").hexdigest().encode())
    assert not hits(b"nothing of the kind")
