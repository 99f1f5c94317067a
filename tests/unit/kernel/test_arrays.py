"""Lists on their way to PostgreSQL arrays: whatever is in them arrives as it was."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.database.batch import fetch

if TYPE_CHECKING:
    from tests.conftest import Database

TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=12)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT | st.sampled_from(["", "null", "NULL", "{}", '"', "\\", ",", "\x1f", " a ", "中文"]),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "uuid": st.uuids(),
    "date": st.dates(date(1, 1, 1), date(9999, 12, 31)),
    "bytea": st.binary(max_size=6),
    "boolean": st.booleans(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_list_arrives_as_it_was(database: Database, kind: str) -> None:
    engine = database.engine("kernel")

    @given(values=st.lists(KINDS[kind] | st.none(), max_size=8))
    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def arrives(values: list[Any]) -> None:
        with engine.begin() as connection:
            found = fetch(connection, f"select value from unnest(%(values)b::{kind}[]) as w(value)", {"values": values})
        assert [value for (value,) in found] == values

    arrives()


def test_ids_are_ids(database: Database) -> None:
    one = UUID("0190a5e4-1111-7bbb-8ccc-000000000001")
    with database.engine("kernel").begin() as connection:
        assert fetch(connection, "select %(ids)b::uuid[]", {"ids": [one]}) == [([one],)]
