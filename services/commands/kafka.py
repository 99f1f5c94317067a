"""`regulars kafka`: a real Apache Kafka on this machine, for demos and development."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.terminal import console, fail
from shared.runtime.stopping import stop_on_signals

if TYPE_CHECKING:
    from services.kafka_local import LocalKafka

LOOK_EVERY_S = 0.1
STOP_S_MAX = 60.0
REVIVE_EVERY_S = 1.0
DEFAULT_FOLDER = Path(".regulars/kafka")
SIZES = (1, 3)

kafka = typer.Typer(no_args_is_help=True, help="A local Apache Kafka: start it, stop it. Needs Java 17 and Maven.")

Folder = Annotated[Path, typer.Option("--data-dir", help="Where it keeps its records, ports and logs.")]


@kafka.command("up")
def kafka_up(
    data_dir: Folder = DEFAULT_FOLDER,
    brokers: Annotated[int, typer.Option(help="1, or 3 to see one fail. Fixed once the folder is made.")] = 1,
    *,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay, and stop Kafka at Ctrl-C.")] = False,
) -> None:
    """Start a Kafka that only this machine reaches, and say how to point Regulars at it.

    It goes on in the background until `regulars kafka down`, and keeps its records in the folder. The first start
    fetches the broker by Maven (45 MB). Repeatable: a Kafka that runs already is left alone.
    """
    from services.kafka_broker import BrokerError  # noqa: PLC0415 - loads Kafka's client, which help texts do not need
    from services.kafka_folder import address_of, starter_of  # noqa: PLC0415
    from services.kafka_jars import KafkaUnavailableError, find_jars, find_java  # noqa: PLC0415
    from services.kafka_local import LocalKafka  # noqa: PLC0415
    from shared.database.embedded import DataDirInUse  # noqa: PLC0415

    if brokers not in SIZES:
        fail(f"--brokers is 1 or 3, not {brokers}")
    try:
        find_java()
        with console.status("Fetching Apache Kafka with Maven (only this once)...") as status:
            find_jars(lambda file: status.update(f"Fetching Apache Kafka with Maven (only this once): {file}"))
        if foreground:
            with LocalKafka(data_dir, brokers) as running:
                _show(running.bootstrap_servers, data_dir)
                _stay(running)
            return
        if starter_of(data_dir) is None:
            with console.status("Starting Kafka..."):
                _start_in_background(data_dir, brokers)
    except (BrokerError, DataDirInUse, KafkaUnavailableError) as error:
        fail(str(error))
    address = address_of(data_dir)
    if address is None:
        fail(f"the Kafka in {data_dir} is just starting or stopping; try again in a moment")
    _show(address, data_dir)


@kafka.command("down")
def kafka_down(data_dir: Folder = DEFAULT_FOLDER) -> None:
    """Stop the Kafka of a folder. Its records stay, and `regulars kafka up` serves them again. Repeatable."""
    from services.kafka_folder import starter_of  # noqa: PLC0415 - loads Kafka's client

    starter = starter_of(data_dir)
    if starter is None:
        console.print(f"No Kafka runs in {data_dir}.")
        return
    os.kill(starter, signal.SIGTERM)
    pause, waited_s = threading.Event(), 0.0
    with console.status("Stopping Kafka..."):
        while starter_of(data_dir) is not None:
            if waited_s > STOP_S_MAX:
                fail(f"process {starter} still runs Kafka after {STOP_S_MAX:.0f} s; see {data_dir}/*.log")
            pause.wait(LOOK_EVERY_S)
            waited_s += LOOK_EVERY_S
    console.print(f"Stopped. The records stay in {data_dir}.")


def _start_in_background(data_dir: Path, brokers: int) -> None:
    """Starts this command again, in the foreground of a process of its own, and waits until it serves."""
    from services.kafka_broker import BrokerError  # noqa: PLC0415 - as above
    from services.kafka_folder import address_of  # noqa: PLC0415

    data_dir.mkdir(parents=True, exist_ok=True)
    output = data_dir / "kafka.log"
    command = ["kafka", "up", "--foreground", "--brokers", str(brokers), "--data-dir", str(data_dir.absolute())]
    with output.open("wb") as log:
        starter = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "services.cli", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    pause = threading.Event()
    while address_of(data_dir) is None:
        if starter.poll() is not None:
            raise BrokerError(output.read_text(errors="replace").strip().removeprefix("regulars: "))
        pause.wait(LOOK_EVERY_S)
    # It outlives this command on purpose.
    starter.returncode = 0


def _show(address: str, data_dir: Path) -> None:
    console.print(f"Kafka serves at [bold]{address}[/], on this machine only. Data and logs in {data_dir}.")
    console.print("To use it, in each shell that runs Regulars:")
    console.print(f"  export REGULARS_KAFKA_BOOTSTRAP_SERVERS={address}", soft_wrap=True)
    console.print("  regulars topics apply")
    console.print(f"To stop it: regulars kafka down --data-dir {data_dir}", soft_wrap=True)


def _stay(running: LocalKafka) -> None:
    """Until Ctrl-C or SIGTERM; a broker that dies meanwhile is started again."""
    stop = stop_on_signals()
    while not stop.wait(REVIVE_EVERY_S):
        for dead in running.revive():
            console.print(f"Broker {dead} had died and runs again.")
