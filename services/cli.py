"""`regulars`: the one command of people who run the system. Each subcommand's help says what it does and costs."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from services.embedded import DEFAULT_DATA_DIR, WORKERS, EmbeddedSystem, NotReadyError, OfflineError
from services.profile import WrongFolderError
from services.serving import show_addresses, wait_for_stop
from shared.database.embedded import DataDirInUse
from shared.kernel.errors import Rejected
from shared.messaging.lag import lags, outbox_size
from shared.messaging.offsets import list_offsets, skip_to_start
from shared.messaging.parking import forget, list_parked
from shared.messaging.redrive import redrive
from shared.messaging.relay import parked_rows, publish_again
from shared.observability.logs import configure_logs

if TYPE_CHECKING:
    from services.attached import Attached
    from shared.messaging.consumer import Consumer
    from shared.runtime.service import Service

main = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Regulars (熟客): customers, points and campaigns of a retail chain, from the sales of its tills.",
)
parked_commands = typer.Typer(no_args_is_help=True, help="Records that could not be handled: look, redrive, drop.")
main.add_typer(parked_commands, name="parked")
offsets_commands = typer.Typer(no_args_is_help=True, help="Where each consumer stands: look, skip what is lost.")
main.add_typer(offsets_commands, name="offsets")

console = Console()
errors = Console(stderr=True)

DataDir = Annotated[
    Path,
    typer.Option("--data-dir", help="The folder of the embedded system: its database, keys and logs."),
]


@main.command()
def dev(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; default: 8080, or a free one.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=12, help="Processes for consumers, relays and jobs.")] = WORKERS,
    time_zone: Annotated[
        str | None,
        typer.Option(help="The chain's own zone: when its business day begins. Kept with the folder; default: UTC."),
    ] = None,
) -> None:
    """Start the embedded system and serve its APIs until Ctrl-C."""
    configure_logs(level="WARNING", process="parent")
    try:
        with EmbeddedSystem(data_dir, port=port, workers=workers, time_zone=time_zone) as system:
            if system.profile.business_time:
                console.print(f"The business clock stands at {system.profile.business_time}: this is a demo's folder.")
            show_addresses(console, system)
            wait_for_stop()
    except (DataDirInUse, NotReadyError, WrongFolderError) as error:
        fail(str(error))


@main.command()
def demo(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    *,
    exit_: Annotated[bool, typer.Option("--exit", help="End after the comparison; do not go on serving.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write every figure of the services as JSON.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N receipts by time.")] = None,
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; default: 8080, or a free one.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=12, help="Processes for consumers, relays and jobs.")] = WORKERS,
) -> None:
    """Replay a real chain's year through the intake that tills use, and compare every figure with the data.

    155,848 receipts of 2,469 households in 457 stores (Complete Journey, 2017). Killed anywhere and started
    again, it goes on where it stopped. Exits with 1 when a figure differs.
    """
    try:
        from services.demo.replay import run_demo  # noqa: PLC0415 - the demo's packages are not part of the product
    except ImportError as missing:
        fail(f"the demo needs {missing.name}; run: make setup")
    configure_logs(level="WARNING", process="parent")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        equal = run_demo(
            console,
            data_dir,
            serve=not exit_,
            report=report,
            limit=limit,
            port=port,
            workers=workers,
        )
    except (DataDirInUse, NotReadyError, ValueError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        console.print("Stopped. Start it again and it goes on where it stopped.")
        raise typer.Exit(130) from None
    raise typer.Exit(0 if equal else 1)


@main.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A .csv, .jsonl or .parquet file.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    rejects: Annotated[
        Path | None, typer.Option(help="Where to write what was not taken; default: FILE.rejects.jsonl.")
    ] = None,
) -> None:
    """Import receipts from a file, through the same intake as the tills.

    Repeatable: a receipt that is there already counts as duplicate. What follows from the receipts (points, scores)
    is worked out by the running system, or as soon as it runs. The columns are in docs/import.md.
    """
    from services.importing import run_import  # noqa: PLC0415 - pyarrow loads slowly and only this needs it

    with attached(data_dir):
        try:
            complete = run_import(console, file, rejects or file.with_name(f"{file.name}.rejects.jsonl"))
        except Rejected as error:
            fail(error.message)
    raise typer.Exit(0 if complete else 1)


@main.command()
def audit(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Check every invariant of the ledgers with code of its own. Exits with 1 when one does not hold."""
    table = Table("service", "check", "", "detail")
    broken = 0
    with attached(data_dir) as system:
        for service in system.services:
            if service.audit is None:
                continue
            with service.engine.begin() as connection:
                for finding in service.audit(connection):
                    broken += not finding.ok
                    mark = "[green]holds[/]" if finding.ok else "[red bold]BROKEN[/]"
                    table.add_row(service.name, finding.check, mark, finding.detail)
    console.print(table)
    raise typer.Exit(1 if broken else 0)


@main.command()
def rebuild(
    read_model: Annotated[str, typer.Argument(help="For example loyalty.account_balance; `list` shows them all.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Make a read model anew beside the live one, compare them, and switch.

    The live one serves meanwhile; appends wait only for the instant of the switch. Nothing is sent. Exits
    with 1 when the two differed.
    """
    from services.rebuilding import read_models, rebuild_read_model  # noqa: PLC0415 - alone in needing it

    with attached(data_dir) as system:
        known = read_models(system.services)
        if read_model == "list":
            for name, fed_by in known.items():
                console.print(f"{name}  [dim]from {fed_by}[/]")
            return
        if read_model not in known:
            fail(f"no read model {read_model!r}; there are: {', '.join(known)}")
        raise typer.Exit(0 if rebuild_read_model(console, system, read_model) else 1)


@main.command()
def lag(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Show how far each consumer and each relay is behind."""
    table = Table("what", "handled", "behind", title="By the databases' own offsets")
    with attached(data_dir) as system:
        for service in system.services:
            table.add_row(f"{service.name}.relay", "", f"{outbox_size(service.engine):,}")
            for place in lags(service.engine, service.consumers, system.event_log):
                table.add_row(place.consumer, f"{place.handled:,}", f"{place.records:,}")
    console.print(table)


@parked_commands.command("list")
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


@parked_commands.command("redrive")
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


@parked_commands.command("drop")
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


@offsets_commands.command("show")
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


@offsets_commands.command("skip")
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


def attached(data_dir: Path, *, running: bool = False) -> Attached:
    """The system in `data_dir`: the running one, or its database started for this command.

    With `running`, its processes run too, for as long as the command does.
    """
    from services.attached import attach  # noqa: PLC0415 - loads every service, which help texts do not need

    configure_logs(level="WARNING", process="cli")
    try:
        return attach(data_dir, running=running)
    except OfflineError as error:
        fail(str(error))


def find_consumer(services: list[Service], name: str) -> tuple[Service, Consumer]:
    """The consumer called `name` and its service; ends the command if there is none."""
    found = {consumer.name: (service, consumer) for service in services for consumer in service.consumers}
    if name not in found:
        fail(f"no consumer {name!r}; there are: {', '.join(sorted(found))}")
    return found[name]


def fail(message: str) -> NoReturn:
    """Ends the command with a message that says what was wrong and what to do."""
    errors.print(f"[red]regulars:[/] {message}")
    raise typer.Exit(2)


if __name__ == "__main__":
    main()
