"""`regulars refused`: records to which the business said no."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from services.commands.terminal import DataDir, attached, console, find_consumer
from services.local import DEFAULT_DATA_DIR
from shared.messaging.refusals import list_refused


def refused(
    consumer: Annotated[str | None, typer.Argument(help="For example stores.receipts; default: all.")] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest so many of each service.")] = 100,
) -> None:
    """Show records that were refused for what is in them: each with code and reason, the newest first.

    Nothing of a refused record is kept. Mended at its source, it comes again as a new one.
    """
    table = Table("consumer", "refused at", "type", "code", "detail")
    with attached(data_dir) as system:
        services = system.services if consumer is None else [find_consumer(system.services, consumer)[0]]
        for service in services:
            with service.engine.begin() as connection:
                for row in list_refused(connection, consumer, limit=limit):
                    at = f"{row.refused_at:%Y-%m-%d %H:%M:%S}"
                    table.add_row(row.consumer, at, row.type, row.code, escape(row.detail))
    if table.row_count:
        console.print(table)
    else:
        console.print("Nothing was refused.")
