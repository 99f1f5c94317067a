"""What a command does once the system runs: say where, and wait until somebody stops it."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

from services.local import DEFAULT_DATA_DIR, SERVICES

if TYPE_CHECKING:
    from rich.console import Console

    from services.local import LocalSystem


def show_addresses(console: Console, system: LocalSystem) -> None:
    """Prints where the APIs are."""
    console.print(f"Regulars serves at [bold]{system.address_of(SERVICES[0])}[/]")
    for service in SERVICES:
        console.print(f"  {system.address_of(service)}/api/{service}/v1/docs")
    metrics = ", ".join(f"{name} {address}/metrics" for name, address in system.processes.items())
    console.print(f"Health and metrics: {metrics}")
    where = "" if system.data_dir == DEFAULT_DATA_DIR.absolute() else f" --data-dir {system.data_dir}"
    console.print(f"Users and their passwords: regulars users{where}", soft_wrap=True)
    console.print(f'For curl: AUTH="Authorization: Bearer $(regulars token{where})"', soft_wrap=True)
    console.print(f"Data in {system.data_dir}, logs in {system.log_folder}. Ctrl-C stops it.")


def wait_for_stop() -> None:
    """Waits for Ctrl-C or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
