"""`regulars parked`: records that could not be handled."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from services.commands.terminal import DataDir, attached, console, find_consumer
from services.embedded import DEFAULT_DATA_DIR
from shared.messaging.parking import forget, list_parked
from shared.messaging.redrive import redrive
from shared.messaging.relay import parked_rows, publish_again

parked = typer.Typer(no_args_is_help=True, help="Records that could not be handled: look, redrive, drop.")


@parked.command("list")
def parked_list(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The oldest so many of each service.")] = 100,
) -> None:
    """Show parked records: why each is there, and how many wait behind it. Never shows what is in them."""
    table = Table("consumer", "id", "parked at", "reason", "detail", "record")
    with attached(data_dir) as system:
        for service in system.services:
            with service.engine.begin() as connection:
                for p in list_parked(connection, limit=limit):
                    place = f"{p.record.topic}/{p.record.partition}@{p.record.offset}"
                    table.add_row(p.consumer, str(p.id), f"{p.parked_at:%Y-%m-%d %H:%M:%S}", p.reason, p.detail, place)
                for row in parked_rows(connection, limit=limit):
                    at = f"{row.parked_at:%Y-%m-%d %H:%M:%S}"
                    table.add_row(f"{service.name}.relay", str(row.id), at, "refused_by_log", row.reason, row.topic)
    if table.row_count:
        console.print(table)
    else:
        console.print("Nothing is parked.")


@parked.command("redrive")
def parked_redrive(
    consumer: Annotated[str, typer.Argument(help="For example loyalty.sales, or stores.relay.")],
    parked_id: Annotated[int, typer.Argument(help="The id that `parked list` shows.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Handle a parked record again, and what waits behind it, in order. What fails again stays parked.

    For <service>.relay: publish a row that the log refused, and what waits behind it.
    """
    with attached(data_dir) as system:
        relays = {f"{service.name}.relay": service for service in system.services}
        if consumer in relays:
            with relays[consumer].engine.begin() as connection:
                rows = publish_again(connection, parked_id)
            console.print(f"{rows} back in the outbox")
            raise typer.Exit(0 if rows else 1)
        service, declared = find_consumer(system.services, consumer)
        done = redrive(service.engine, declared, system.event_log, parked_id)
    console.print(f"{done.handled} handled, {done.still_parked} parked again")
    raise typer.Exit(1 if done.still_parked else 0)


@parked.command("drop")
def parked_drop(
    consumer: Annotated[str, typer.Argument(help="For example loyalty.sales, or stores.relay.")],
    parked_id: Annotated[int, typer.Argument(help="The id that `parked list` shows.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget one parked record for good. What waits behind it stays; redrive that afterwards."""
    if not yes:
        typer.confirm(f"Forget parked record {parked_id} of {consumer}? Its bytes are gone then", abort=True)
    with attached(data_dir) as system:
        service, _ = find_consumer(system.services, consumer)
        with service.engine.begin() as connection:
            dropped = forget(connection, consumer, [parked_id])
    console.print("dropped" if dropped else f"{consumer} has no parked record {parked_id}")
    raise typer.Exit(0 if dropped else 1)
