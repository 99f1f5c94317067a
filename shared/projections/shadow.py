"""Shadow tables: a read model's tables made anew beside the live ones, then put in their place.

`<table>__rebuild` is filled while the live table serves; at the switch the live one becomes `<table>__replaced`
and the shadow gets its name, its indexes' names and its rights. What an interrupted rebuild leaves is dropped
by the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.database.batch import fetch, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

KEYS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class TableComparison:
    """How the rebuilt table differs from the one it replaced."""

    table: str
    rows: int
    """In the rebuilt table."""
    missing: int
    """Rows that only the replaced table had."""
    surplus: int
    """Rows that only the rebuilt table has."""
    changed: int
    """Rows that both have, with other values."""
    keys: tuple[str, ...]
    """The first keys of rows that differ; never their values."""

    @property
    def equal(self) -> bool:
        """Whether both held the same rows."""
        return not (self.missing or self.surplus or self.changed)


def shadow_of(table: str) -> str:
    """The name of the table that is being filled."""
    return f"{table}__rebuild"


def replaced(table: str) -> str:
    """The name of the table that served before."""
    return f"{table}__replaced"


def create_shadows(connection: Connection, tables: Sequence[Table], application_role: str) -> None:
    """Empty tables like the live ones: columns, defaults, constraints, indexes, storage, comments, rights."""
    drop_leftovers(connection, tables)
    for table in tables:
        shadow = shadow_of(table.name)
        run(connection, f"create table {shadow} (like {table.name} including all)")
        run(connection, f"grant select, insert, update, delete on {shadow} to {application_role}")
        for (statement,) in fetch(
            connection,
            f"""
            select format('alter table {shadow} set (%s)', array_to_string(reloptions, ', '))
            from pg_class where oid = '{table.name}'::regclass and reloptions is not null
            union all
            select format('comment on table {shadow} is %L', description)
            from obj_description('{table.name}'::regclass, 'pg_class') as description where description is not null
            """,
        ):
            run(connection, statement)


def lock_live(connection: Connection, tables: Sequence[Table]) -> None:
    """Keeps even readers out of the live tables until the transaction ends; waits for those inside."""
    run(connection, f"lock table {', '.join(table.name for table in tables)} in access exclusive mode")


def switch(connection: Connection, tables: Sequence[Table]) -> None:
    """Gives the shadows the names of the live tables. Readers see it when the transaction commits.

    A statement that waited for the live table then finds the shadow: PostgreSQL looks the name up again.
    """
    for table in tables:
        live, shadow = table.name, shadow_of(table.name)
        # Later migrations know indexes by name. `like` made up other names, so equal definitions are paired.
        pairs = list(zip(_indexes(connection, live), _indexes(connection, shadow), strict=True))
        run(connection, f"alter table {live} rename to {replaced(live)}")
        run(connection, f"alter table {shadow} rename to {live}")
        for old, new in pairs:
            run(connection, f'alter index "{old}" rename to "{replaced(old)}"')
            run(connection, f'alter index "{new}" rename to "{old}"')


def compare(connection: Connection, table: Table) -> TableComparison:
    """Compares the table with the one that it replaced, row by row and key by key."""
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    key = f"concat_ws('/', {keys})"
    missing, surplus, changed, shown = fetch(
        connection,
        f"""
        select count(*) filter (where n.content is null), count(*) filter (where o.content is null),
               count(*) filter (where o.content is not null and n.content is not null),
               (array_agg({key} order by {keys}))[1:{KEYS_SHOWN}]
        from (select {keys}, t::text as content from {replaced(table.name)} t) o
        full join (select {keys}, t::text as content from {table.name} t) n using ({keys})
        where o.content is distinct from n.content
        """,
    )[0]
    rows = fetch(connection, f"select count(*) from {table.name}")[0][0]
    return TableComparison(table.name, rows, missing, surplus, changed, tuple(shown or ()))


def drop_leftovers(connection: Connection, tables: Sequence[Table]) -> None:
    """Removes the replaced tables, and shadows that never got into place."""
    for table in tables:
        run(connection, f"drop table if exists {shadow_of(table.name)}, {replaced(table.name)}")


def _indexes(connection: Connection, table: str) -> list[str]:
    """The names of a table's indexes, in the order of what they index."""
    rows = fetch(
        connection,
        f"""
        select c.relname, pg_get_indexdef(i.indexrelid), i.indisunique
        from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = '{table}'::regclass
        """,
    )
    # The definition up to USING holds the names of index and table.
    described = [(definition.partition(" USING ")[2], unique, name) for name, definition, unique in rows]
    return [name for _, _, name in sorted(described)]
