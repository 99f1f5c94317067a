"""Commands that start the embedded system: for good, with the demo's year, or to import a file."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from services.calling import NotTakenError, UnexpectedAnswerError
from services.children import NotReadyError
from services.commands.terminal import DataDir, attached, console, fail
from services.embedded import WORKERS
from services.kafka_broker import BrokerError
from services.kafka_jars import KafkaUnavailableError
from services.local import DEFAULT_DATA_DIR
from services.profile import LOCAL, WrongFolderError
from services.serving import show_addresses, wait_for_stop
from services.systems import local_system
from shared.database.embedded import DataDirInUse, NotInstalled
from shared.kernel.errors import Rejected
from shared.observability.logs import configure_logs
from shared.runtime.moving_clock import read_moment

Kafka = Annotated[
    bool,
    typer.Option(
        "--kafka",
        help="Over Apache Kafka on this machine, one process and one database per service. Needs Java 17 and Maven.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=12,
        show_default=False,
        help=f"Processes for consumers, relays and jobs; default: {WORKERS}. With Kafka, of each service; default: 1.",
    ),
]
_NOT_STARTED = (DataDirInUse, NotInstalled, NotReadyError, BrokerError, KafkaUnavailableError)


def dev(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; default: 8080, or a free one.")] = None,
    workers: Workers = None,
    time_zone: Annotated[
        str | None,
        typer.Option(help="The chain's own zone: when its business day begins. Kept with the folder; default: UTC."),
    ] = None,
    *,
    kafka: Kafka = False,
) -> None:
    """Start a whole system on this machine and serve its APIs until Ctrl-C.

    Embedded by default. A folder keeps its kind: one that was made with --kafka, or moved to Kafka, needs no option.
    """
    configure_logs(level="WARNING", process="parent")
    try:
        with local_system(
            data_dir,
            kafka=LOCAL if kafka else None,
            port=port,
            workers=workers,
            time_zone=time_zone,
        ) as system:
            if system.clock_file is not None:
                moment = read_moment(system.clock_file).isoformat()
                console.print(f"The business clock stands at {moment}: this is a demo's folder.")
            show_addresses(console, system)
            wait_for_stop()
    except (*_NOT_STARTED, WrongFolderError) as error:
        fail(str(error))


def demo(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    *,
    exit_: Annotated[bool, typer.Option("--exit", help="End after the comparison; do not go on serving.")] = False,
    story: Annotated[bool, typer.Option(help="After the year, play the story of a campaign (regulars story).")] = True,
    report: Annotated[Path | None, typer.Option(help="Write every figure of the services as JSON.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N receipts by time.")] = None,
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; default: 8080, or a free one.")] = None,
    workers: Workers = None,
    kafka: Kafka = False,
) -> None:
    """Replay a real chain's year through the intake that tills use, and compare every figure with the data.

    155,848 receipts of 2,469 households in 457 stores (Complete Journey, 2017). Killed anywhere and started
    again, it goes on where it stopped. Exits with 1 when a figure differs.
    """
    try:
        from services.demo.replay import run_demo  # noqa: PLC0415 - the demo's packages are not part of the product
        from services.story.telling import StoryError  # noqa: PLC0415 - as above
    except ImportError as missing:
        fail(f"the demo needs {missing.name}; run: make setup")
    configure_logs(level="WARNING", process="parent")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        equal = run_demo(
            console,
            data_dir,
            serve=not exit_,
            story=story,
            report=report,
            limit=limit,
            port=port,
            workers=workers,
            kafka=LOCAL if kafka else None,
        )
    except (*_NOT_STARTED, WrongFolderError, ValueError) as error:
        fail(str(error))
    except (StoryError, UnexpectedAnswerError, NotTakenError) as error:
        fail(f"the demo does not go on: {error}")
    except KeyboardInterrupt:
        console.print("Stopped. Start it again and it goes on where it stopped.")
        raise typer.Exit(130) from None
    raise typer.Exit(0 if equal else 1)


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
