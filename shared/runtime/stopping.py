"""Being told to stop: SIGTERM and Ctrl-C set an event, and whoever has nothing else to do waits for it."""

from __future__ import annotations

import signal
from threading import Event

LOOK_S = 1.0


def stop_on_signals(stop: Event | None = None) -> Event:
    """Lets SIGTERM and SIGINT set `stop`, or a new event, which is returned. Called in the main thread."""
    stop = stop or Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def wait_for(stop: Event) -> None:
    """Returns when `stop` is set, also by a signal that woke nobody.

    Python runs handlers in the main thread, between two of its instructions. A signal that the kernel hands to another
    thread, or an instant before this one sleeps, interrupts no wait: one that ends by itself finds it.
    """
    while not stop.wait(LOOK_S):
        pass
