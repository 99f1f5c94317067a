from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import text

from services.customers.adapters.key_service_file import FileKeyService
from services.customers.adapters.vault_postgres import PostgresVault
from services.customers.application.ports import VaultError
from services.customers.bootstrap import build
from shared.identity.keys import KeyFileError, load_key

if TYPE_CHECKING:
    from services.customers.settings import CustomersSettings
    from tests.integration.customers.conftest import Api


NAMES = ("vault", "blind-index", "member-token")


def vault_of(settings: CustomersSettings) -> PostgresVault:
    keys = {name: load_key(path) for name, path in settings.key_files.items()}
    return PostgresVault(FileKeyService(keys["vault"]), keys["blind-index"])


def test_the_first_start_makes_three_keys_and_the_next_one_uses_them(settings: CustomersSettings) -> None:
    build(settings).engine.dispose()
    made = {name: path.read_bytes() for name, path in settings.key_files.items()}
    assert len(set(made.values())) == len(NAMES)
    build(settings).engine.dispose()
    assert made == {name: path.read_bytes() for name, path in settings.key_files.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_key_stops_the_start_and_is_not_made_anew(settings: CustomersSettings, name: str) -> None:
    build(settings).engine.dispose()
    path = settings.key_files[name]
    path.unlink()
    with pytest.raises(KeyFileError, match=f"{path} is missing; put it back"):
        build(settings)
    assert not path.exists()


@pytest.mark.parametrize("name", NAMES)
def test_another_key_stops_the_start(settings: CustomersSettings, name: str) -> None:
    build(settings).engine.dispose()
    path = settings.key_files[name]
    path.write_bytes(secrets.token_bytes(32))
    with pytest.raises(KeyFileError, match=f"{path} holds another key"):
        build(settings)


def test_one_key_is_not_used_for_two_things(settings: CustomersSettings) -> None:
    key = secrets.token_bytes(32)
    settings.keys_dir.mkdir()
    for name in ("blind-index", "member-token"):
        settings.key_files[name].touch(mode=0o600)
        settings.key_files[name].write_bytes(key)
    with pytest.raises(KeyFileError, match="hold the same key"):
        build(settings)


@pytest.mark.parametrize(
    "damage",
    [
        "update vault_records set sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)",
        "update vault_records set sealed = substr(sealed, 1, 5)",
        "update vault_records set schema_version = schema_version + 1",
        "update vault_keys set wrapped_key = set_byte(wrapped_key, 20, get_byte(wrapped_key, 20) # 1)",
        "update vault_keys set key_version = key_version + 1",
        "update vault_keys k set wrapped_key = o.wrapped_key from vault_keys o where o.customer_id <> k.customer_id",
        "update vault_records r set sealed = o.sealed from vault_records o where o.customer_id <> r.customer_id",
    ],
    ids=["record", "short record", "schema", "key", "key version", "key of another", "record of another"],
)
def test_what_was_changed_or_moved_does_not_open(api: Api, damage: str) -> None:
    customer_id = api.register(card="1", name="王芳")
    api.register(card="2", name="李丽")
    with api.service.engine.begin() as connection:
        connection.execute(text(damage))
    answer = api.get(f"/customers/{customer_id}/profile")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    with api.service.engine.connect() as connection, pytest.raises(VaultError):
        vault_of(api.settings).profile(connection, UUID(customer_id))


def test_a_destroyed_key_leaves_nothing_to_read_even_with_the_old_record(api: Api) -> None:
    customer_id = api.register(card="1", name="王芳")
    [(sealed, fingerprint)] = api.rows("select sealed, registration_fingerprint from vault_records")
    api.post(f"/customers/{customer_id}/erasure")
    # As after a restore of the records from an old backup, beside keys from another.
    with api.service.engine.begin() as connection:
        connection.execute(
            text("insert into vault_keys values (:id, 1, :wrapped)"),
            {"id": customer_id, "wrapped": secrets.token_bytes(60)},
        )
        connection.execute(
            text("insert into vault_records values (:id, 1, :sealed, :fingerprint)"),
            {"id": customer_id, "sealed": sealed, "fingerprint": fingerprint},
        )
    assert api.get(f"/customers/{customer_id}/profile").status_code == 500
