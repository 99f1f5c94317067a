"""The rows of a finished ledger as COPY writes them: what the bare limits write again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from pathlib import Path

    from bench.servers import Database

TABLES = (
    "events",
    "inbox",
    "ledger_entries",
    "receipt_points",
    "outbox",
    "stream_state",
    "account_balance",
    "lots",
)
"""What `loyalty.sales` writes, in the order of its writes."""


def dump_ledger(database: Database, folder: Path, tables: tuple[str, ...] = TABLES) -> Path:
    """Writes a file per table: its columns on the first line, then its rows as text, in the order they came."""
    folder.mkdir()
    with psycopg.connect(database.conninfo, options="-c search_path=loyalty") as connection:
        for number, table in enumerate(tables):
            found = connection.execute(
                "select column_name from information_schema.columns where table_schema = 'loyalty' and table_name = %s"
                " and is_identity = 'NO' order by ordinal_position",
                [table],
            )
            columns = ", ".join(row[0] for row in found)
            # Rows that were never updated lie in the order of their insertion.
            with (folder / f"{number}.{table}").open("wb") as file, connection.cursor() as cursor:
                file.write(f"{columns}\n".encode())
                with cursor.copy(f"copy (select {columns} from {table}) to stdout") as copy:
                    for block in copy:
                        file.write(block)
    return folder
