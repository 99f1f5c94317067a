"""Bare COPY of the same rows, on one connection: what writing them costs when nothing is decided.

The rows of a finished ledger, as text, in as many transactions as the ledger took batches. Rows that the ledger
updates many times (states, balances, lots) are written once, in their last form.

    python -m bench.subjects.copy_rows FOLDER BATCHES CONNINFO
"""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg

from bench.subjects.telling import tell


def main() -> None:
    """Copies every file of FOLDER, NUMBER.TABLE, with the columns on the first line."""
    folder, batches, conninfo = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    tables = []
    for path in sorted(folder.iterdir()):
        table = path.suffix.removeprefix(".")
        columns, *rows = path.read_bytes().splitlines(keepends=True)
        size = max(1, -(-len(rows) // batches))
        blocks = [b"".join(rows[n : n + size]) for n in range(0, len(rows), size)]
        tables.append((f"copy {table} ({columns.decode().strip()}) from stdin", blocks))
    with psycopg.connect(conninfo, options="-c search_path=loyalty") as connection:
        tell("began")
        for n in range(batches):
            with connection.transaction(), connection.cursor() as cursor:
                for statement, blocks in tables:
                    if n < len(blocks):
                        with cursor.copy(statement) as copy:
                            copy.write(blocks[n])
        tell("done")


if __name__ == "__main__":
    main()
