"""A chain's members as `customers` keeps them: a million people with Chinese names over a hundred stores.

The vault is filled by the code that registers people, and the read models with what their projections would have made.
The index of search terms is made at the end, as after a restore: row by row it would take as long as all the rest.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from services.customers.adapters.key_checks import open_keys
from services.customers.adapters.key_service_file import FileKeyService
from services.customers.adapters.vault_postgres import PostgresVault
from services.customers.application.identifiers import Identifier
from services.customers.application.ports import Newcomer
from services.customers.application.profile import Profile
from services.customers.settings import CustomersSettings
from shared.database.batch import copy_rows, run
from shared.database.engine import connect
from shared.database.migrate import application_role, owner_role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from bench.servers import Database

STORES = 100
BATCH = 5_000
PURCHASES = 3
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹"
    "彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
)
_GIVEN = (
    "伟芳娜秀敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华文玉建国红志"
    "梅鑫波斌宇浩凯健俊帆帅雪琳晨欣怡梓涵子轩雨泽思远佳宁嘉豪一诺"
)
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """Somebody by her number; everything about her follows from it."""

    number: int

    @cached_property
    def id(self) -> UUID:
        """A UUID whose high bits are spread, as those of ids made in one second are not."""
        return UUID(int=random.Random(self.number).getrandbits(128))  # noqa: S311 - no secret

    @cached_property
    def name(self) -> str:
        """The first surnames are the commonest, as in life; every third given name has one character."""
        chance = random.Random(-1 - self.number)  # noqa: S311 - no secret
        surname = _SURNAMES[min(int(chance.expovariate(1 / 14)), len(_SURNAMES) - 1)]
        return surname + "".join(chance.choices(_GIVEN, k=1 if self.number % 3 == 0 else 2))

    @property
    def phone(self) -> str:
        """Of a range of its own each."""
        return f"+86138{self.number:08}"

    @property
    def card(self) -> str:
        """As it is printed."""
        return f"M{self.number:09}"

    @property
    def stores(self) -> tuple[str, str]:
        """Where she registered, and where she also buys."""
        return store(self.number), store(self.number * 7 + self.number // STORES)


def store(number: int) -> str:
    """A store's code."""
    return f"S{number % STORES:03}"


def fill(database: Database, keys: Path, members: int) -> None:
    """Registers people from number 0 on."""
    url = database.url(application_role("customers"))
    settings = CustomersSettings(database_url=url, database_schema="customers", keys_dir=keys)
    engine = database.engine("customers")
    opened = open_keys(engine, settings.key_files)
    vault = PostgresVault(FileKeyService(opened["vault"]), opened["blind-index"])
    owner = connect(database.url(owner_role("customers")), schema="customers", statement_timeout_ms=0)
    with owner.begin() as connection:
        run(connection, "drop index search_index_tokens")
    for first in range(0, members, BATCH):
        with engine.begin() as connection:
            _register(connection, vault, [Person(n) for n in range(first, min(first + BATCH, members))])
    with owner.begin() as connection:
        run(connection, "set local maintenance_work_mem = '512MB'")
        run(connection, "create index search_index_tokens on search_index using gin (tokens) with (fastupdate = off)")
    owner.dispose()
    with database.superuser() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("vacuum analyze")


def _register(connection: Connection, vault: PostgresVault, people: list[Person]) -> None:
    vault.admit(connection, [Newcomer(person.id, _profile(person), b"bench") for person in people])
    copy_rows(
        connection,
        "customer_directory (customer_id, registered_on, home_store, identifier_kinds, erased, version)",
        ((p.id, date(2026, 1, 1), p.stores[0], ["card", "phone"], False, 1) for p in people),
    )
    copy_rows(
        connection,
        "member_openings (customer_id, store_id)",
        ((p.id, p.stores[0]) for p in people),
    )
    copy_rows(
        connection,
        "member_stores (customer_id, store_id)",
        ((p.id, code) for p in people for code in dict.fromkeys(p.stores)),
    )
    copy_rows(
        connection,
        "timeline_heard (customer_id, occurred_at, event_id, kind, store_id)",
        (row for p in people for row in _purchases(p)),
    )


def _profile(person: Person) -> Profile:
    identifiers = (Identifier("phone", person.phone), Identifier("card", person.card))
    return Profile(person.name, None, identifiers)


def _purchases(person: Person) -> Iterator[tuple[object, ...]]:
    for n in range(PURCHASES):
        at = _BEGAN + timedelta(minutes=person.number % 200_000 + n * 10_000)
        yield person.id, at, UUID(int=person.number * PURCHASES + n), "sale_recorded", person.stores[n % 2]
