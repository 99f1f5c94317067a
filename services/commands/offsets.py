"""`regulars offsets`: where each consumer stands in each topic."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from services.commands.terminal import DataDir, attached, console, find_consumer
from services.embedded import DEFAULT_DATA_DIR
from shared.messaging.offsets import list_offsets, skip_to_start

offsets = typer.Typer(no_args_is_help=True, help="Where each consumer stands: look, skip what is lost.")


@offsets.command("show")
def offsets_show(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Show the next offset of each consumer and partition, beside what the log holds."""
    table = Table("consumer", "topic", "partition", "next offset", "log begins", "log ends")
    with attached(data_dir) as system:
        for service in system.services:
            for place in list_offsets(service.engine):
                bounds = system.event_log.bounds(place.topic)[place.partition]
                numbers = (place.partition, place.next_offset, bounds.start, bounds.end)
                table.add_row(place.consumer, place.topic, *map(str, numbers))
    console.print(table)


@offsets.command("skip")
def offsets_skip(
    consumer: Annotated[str, typer.Argument(help="For example loyalty.sales.")],
    reason: Annotated[str, typer.Option(help="Why it is right to go on without those records; kept for ever.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Let a consumer that stopped go on where the log begins. What lies before is gone and is recorded as a gap."""
    with attached(data_dir) as system:
        service, declared = find_consumer(system.services, consumer)
        skipped = skip_to_start(service.engine, declared, system.event_log, reason)
    console.print(f"{skipped:,} records skipped; start the system again and {consumer} goes on")
