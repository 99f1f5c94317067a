"""`regulars log`: the event log of a data folder as a whole."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.commands.terminal import DataDir, attached, console, fail
from services.local import DEFAULT_DATA_DIR
from services.profile import LOCAL
from shared.kernel.errors import RegularsError

log = typer.Typer(no_args_is_help=True, help="The event log as a whole: move it to Kafka.")


@log.command("export")
def log_export(
    to_kafka: Annotated[
        str,
        typer.Option(
            "--to-kafka",
            help="Bootstrap servers, host:9092,host:9093; or `local`: a Kafka in the folder, for trying it out.",
        ),
    ],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    replication: Annotated[int, typer.Option(min=1, max=7, help="Copies of each topic; 3 in a chain.")] = 1,
) -> None:
    """Move an embedded system's log to Kafka: every record to the same partition in the same order, then the offsets.

    Stop the system first. Killed anywhere and run again, it goes on. Afterwards the folder's log is on Kafka for good:
    `regulars dev` runs it from there, one process for each service, and every consumer goes on where it stood. What is
    still in the outboxes is published to Kafka then. The old log stays in PostgreSQL as it was, and nobody reads it.
    """
    from services.exporting import export_log  # noqa: PLC0415 - loads Kafka's clients, which help texts do not need
    from services.kafka_broker import BrokerError  # noqa: PLC0415 - as above
    from services.kafka_jars import KafkaUnavailableError  # noqa: PLC0415 - as above

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("records"),
        TimeRemainingColumn(),
    )
    with attached(data_dir, alone=True) as system, Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("copying", total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        try:
            moved = export_log(system, data_dir, to_kafka, replication, show)
        except (RegularsError, BrokerError, KafkaUnavailableError) as error:
            fail(str(error))
    where = "a Kafka of the folder's own" if to_kafka == LOCAL else to_kafka
    console.print(f"{moved.records:,} records of {moved.topics} topics are on {where}; {moved.offsets} offsets moved.")
    console.print(f"Start it with: regulars dev --data-dir {data_dir}", soft_wrap=True)
