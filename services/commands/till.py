"""`regulars till`: the gateway in a shop, between a till's software and the chain's Kafka."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from services.commands.terminal import console, fail
from shared.observability.logs import configure_logs
from shared.runtime.stopping import stop_on_signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.till.running import Till

R = TypeVar("R")

STILL_SPOOLED = 3
"""Exit code: everything is safe in the spool, and not all of it is at Kafka yet."""
_MIB = 1024 * 1024

till = typer.Typer(
    no_args_is_help=True,
    help="Send a till's receipts to Kafka. They are on the till's own disk first, and wait there while Kafka cannot be"
    " reached, for days if need be. Cards and phone numbers become tokens before anything is written."
    "\n\nNeeds REGULARS_TILL_KEYS_DIR, a folder with the chain's member-token.key, and"
    " REGULARS_KAFKA_BOOTSTRAP_SERVERS. Format and settings: docs/intake.md.",
)

StoreCode = Annotated[str, typer.Option("--store", help="The store's code, as it is registered.")]
TillCode = Annotated[str, typer.Option("--till", help="The till's code in that store.")]


@till.command()
def send(
    files: Annotated[list[Path], typer.Argument(help="Receipts, one JSON object a line; - is standard input.")],
    store: StoreCode,
    till_: TillCode,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to try to reach Kafka; the rest stays spooled.")] = 30.0,
) -> None:
    """Take receipts from files and send what waits.

    Lines that cannot be taken are named with their reasons in FILE.rejects.jsonl and do not disturb the others. The
    same file can be sent again at any time. Exits with 0 when everything is at Kafka; with 1 when lines were set
    aside; with 3 when all is spooled and not all is sent: the next `till send`, or `till run`, sends it.
    """
    missing = [file for file in files if file != Path("-") and not file.is_file()]
    if missing:
        fail(f"{missing[0]} is not a file; nothing was taken")
    gateway = _open(store, till_)
    aside = _guarded(lambda: gateway.take(files, console.print))
    waiting = _guarded(lambda: gateway.send(wait))
    if waiting:
        console.print(f"{waiting:,} receipts wait in the spool for Kafka; see: regulars till status")
    raise typer.Exit(1 if aside else STILL_SPOOLED if waiting else 0)


@till.command()
def run(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where the till's software drops .jsonl files.")],
    store: StoreCode,
    till_: TillCode,
) -> None:
    """Take every file that is dropped into FOLDER, and send what waits, until Ctrl-C or SIGTERM.

    A file is taken once nobody writes to it any more and removed once it is in the spool; one with bad lines is kept
    as FILE.set-aside beside FILE.rejects.jsonl. Run one per till, as a service that starts with the machine.
    """
    from services.till.running import AlreadyRunningError  # noqa: PLC0415 - loads a Kafka client

    stop = stop_on_signals()
    gateway = _open(store, till_)
    folder.mkdir(parents=True, exist_ok=True)
    console.print(f"Taking receipts of till {till_}, store {store}, from {folder}; spool: {gateway.spool_file}")
    try:
        fine = _guarded(lambda: gateway.run(folder, stop, console.print))
    except AlreadyRunningError:
        fail(f"a gateway of till {till_}, store {store}, runs already; one is enough")
    if not fine:
        fail("sending broke down, see the lines above; the spool is safe, start this again")


@till.command()
def status(store: StoreCode, till_: TillCode) -> None:
    """Show how much waits, since when and why. Exits with 1 when something waits and the last try failed."""
    gateway = _open(store, till_)
    if not gateway.spool_file.exists():
        fail(f"there is no spool {gateway.spool_file}: nothing was ever sent from here for this till")
    state = _guarded(gateway.state)
    since = f", the oldest since {state.oldest:%Y-%m-%d %H:%M:%S} UTC" if state.oldest else ""
    sent = f"{state.last_sent:%Y-%m-%d %H:%M:%S} UTC" if state.last_sent else "never"
    console.print(f"spool      {gateway.spool_file}", soft_wrap=True)
    console.print(f"size       {state.used_bytes / _MIB:.1f} of {state.limit_bytes / _MIB:,.0f} MiB")
    console.print(f"waiting    {state.waiting:,} receipts{since}")
    console.print(f"last sent  {sent}")
    if state.last_error and state.last_error_at:
        console.print(f"last error {state.last_error_at:%Y-%m-%d %H:%M:%S} UTC {state.last_error}", soft_wrap=True)
    raise typer.Exit(1 if state.waiting and state.last_error else 0)


def _open(store: str, till_code: str) -> Till:
    from services.till.running import Till  # noqa: PLC0415 - loads a Kafka client, which help texts do not need
    from services.till.settings import TillSettings  # noqa: PLC0415
    from shared.messaging.kafka_settings import KafkaSettings  # noqa: PLC0415
    from shared.runtime.settings import WrongSettings, read_settings  # noqa: PLC0415

    configure_logs(level="WARNING", process="till")
    # The client says every second that it cannot connect; we say it once, and `status` shows it.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        return Till(read_settings(TillSettings), read_settings(KafkaSettings), store, till_code)
    except WrongSettings as error:
        fail(f"{error}\nEvery setting is in docs/intake.md.")


def _guarded(work: Callable[[], R]) -> R:
    """`work`, with the errors that a technician can mend told in one line."""
    from services.till.spool import SpoolError, SpoolFullError  # noqa: PLC0415
    from shared.identity.keys import KeyFileError  # noqa: PLC0415

    try:
        return work()
    except (SpoolError, SpoolFullError, KeyFileError, OSError) as error:
        fail(str(error))
