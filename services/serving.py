"""What a command does once the system runs: say where, and wait until somebody stops it."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

from services.embedded import SERVICES

if TYPE_CHECKING:
    from rich.console import Console

    from services.embedded import EmbeddedSystem


def show_addresses(console: Console, system: EmbeddedSystem) -> None:
    """Prints where the APIs are."""
    console.print(f"Regulars serves at [bold]{system.address}[/]")
    for service in SERVICES:
        console.print(f"  {system.address}/api/{service}/v1/docs")
    console.print(f"Data in {system.data_dir}, logs in {system.log_folder}. Ctrl-C stops it.")


def wait_for_stop() -> None:
    """Waits for Ctrl-C or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
