"""`regulars offsets`: where each consumer stands in each topic."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from services.commands.terminal import DataDir, attached, console, fail, find_consumer
from services.local import DEFAULT_DATA_DIR
from shared.messaging.lag import log_bounds
from shared.messaging.message import TopicPartition
from shared.messaging.offset_moves import Move, MoveRefused, carry_out, plan_move, skip_to_start
from shared.messaging.offsets import list_offsets
from shared.runtime.trimming import INBOX_KEPT_DAYS

offsets = typer.Typer(no_args_is_help=True, help="Where each consumer stands: look, skip what is lost, set by hand.")


@offsets.command("show")
def offsets_show(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Show the next offset of each consumer and partition, beside what the log holds."""
    table = Table("consumer", "topic", "partition", "next offset", "log begins", "log ends")
    with attached(data_dir) as system:
        places = []
        for service in system.services:
            with service.engine.begin() as connection:
                places += list_offsets(connection)
        bounds = log_bounds(system.event_log, (place.topic for place in places))
        for place in places:
            held = bounds[place.topic][place.partition]
            numbers = (place.partition, place.next_offset, held.start, held.end)
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


@offsets.command("set")
def offsets_set(
    consumer: Annotated[str, typer.Argument(help="For example loyalty.sales.")],
    topic: Annotated[str, typer.Argument(help="For example stores.sales.v1.")],
    partition: Annotated[int, typer.Argument(min=0, help="As `offsets show` numbers them.")],
    offset: Annotated[int, typer.Argument(min=0, help="The next record that it shall handle.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; kept for ever with what is skipped.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Set where a consumer goes on in one partition, between where the log begins and ends.

    Forward: the records in between are never handled, and are recorded as a gap. Back: they come again, and the
    consumer drops those that it remembers. A running consumer goes on from there with the next record of the
    partition, any other when it is started. A single bad record needs none of this: it is parked by itself.
    """
    with attached(data_dir) as system:
        service, declared = find_consumer(system.services, consumer)
        try:
            place = TopicPartition(topic, partition)
            planned = plan_move(service.engine, declared, system.event_log, place, offset)
            if planned.before == planned.after:
                console.print(f"{consumer} stands at {offset} already; nothing to do.")
                return
            console.print(_consequence(planned))
            if not yes:
                typer.confirm("Set it", abort=True)
            done = carry_out(service.engine, declared, system.event_log, planned, reason)
        except MoveRefused as refused:
            fail(str(refused))
    console.print(f"Set: {consumer} went from {done.before:,} to {done.after:,} in {topic}/{partition}.")


def _consequence(move: Move) -> str:
    where = f"{move.consumer} stands at {move.before:,} in {move.partition.topic}/{move.partition.partition}."
    if move.skipped:
        return f"{where} Up to {move.skipped:,} records will never be handled: what they would have changed stays out."
    return (
        f"{where} Up to {move.again:,} records come again. What was handled in the last {INBOX_KEPT_DAYS} days is"
        " dropped as a repeat; what is older would count twice."
    )
