"""`regulars parked`: records that could not be handled."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from services.commands.terminal import DataDir, attached, console, fail, find_consumer
from services.local import DEFAULT_DATA_DIR
from shared.messaging.parked_details import parked_details, parked_row_details
from shared.messaging.parking import forget, list_parked
from shared.messaging.redrive import redrive
from shared.messaging.relay import parked_rows, publish_again

if TYPE_CHECKING:
    from shared.messaging.parked_details import ParkedDetails

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


@parked.command("show")
def parked_show(
    consumer: Annotated[str, typer.Argument(help="For example loyalty.sales, or stores.relay.")],
    parked_id: Annotated[int, typer.Argument(help="The id that `parked list` shows.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    *,
    body: Annotated[
        bool,
        typer.Option("--body", help="Also print what is in it, on a terminal only. It may hold pseudonymous data."),
    ] = False,
) -> None:
    """Show what one parked record is, why it is there, and what waits with it. Exits with 1 if there is none."""
    if body and not sys.stdout.isatty():
        fail("--body prints to a terminal only, since a record can hold pseudonymous data; run it without pipe or file")
    with attached(data_dir) as system:
        relays = {f"{service.name}.relay": service for service in system.services}
        service = relays.get(consumer) or find_consumer(system.services, consumer)[0]
        with service.engine.begin() as connection:
            found = (
                parked_row_details(connection, parked_id)
                if consumer in relays
                else parked_details(connection, consumer, parked_id)
            )
    if found is None:
        console.print(f"{consumer} has no parked record {parked_id}")
        raise typer.Exit(1)
    _show(consumer, found)
    if body:
        console.print("[yellow]What follows may hold pseudonymous data: keep it out of tickets, chats and files.[/]")
        console.print(escaped(found.body or b""), markup=False, highlight=False, soft_wrap=True)


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


def _show(consumer: str, found: ParkedDetails) -> None:
    attributes = found.attributes
    size = "purged, or the record had none" if found.body is None else f"{len(found.body):,} bytes"
    table = Table(show_header=False)
    for name, value in (
        ("consumer", consumer),
        ("id", str(found.id)),
        ("parked at", f"{found.parked_at:%Y-%m-%d %H:%M:%S %Z}"),
        ("reason", found.reason),
        ("detail", found.detail),
        ("topic", found.topic),
        ("partition", "" if found.partition is None else str(found.partition)),
        ("offset", "not published yet" if found.offset is None else str(found.offset)),
        ("type", attributes.type if attributes else "its headers cannot be read"),
        ("event id", str(attributes.id) if attributes else ""),
        ("body", size),
        ("before it, of its key", f"{found.before:,} parked"),
        ("behind it, of its key", f"{found.behind:,} parked"),
    ):
        table.add_row(name, escape(value))
    console.print(table)


def escaped(body: bytes) -> str:
    """The body as text of which no part can act on the terminal that shows it."""
    text = body.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
