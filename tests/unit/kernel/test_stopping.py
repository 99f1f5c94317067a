"""A signal that wakes nobody ends the process all the same."""

from __future__ import annotations

import subprocess
import sys

WAITING = """
import signal, threading
from shared.runtime.stopping import stop_on_signals, wait_for

stop = stop_on_signals()


def signalled():
    begun.wait()
    # To this thread: the main one goes on sleeping.
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)


begun = threading.Event()
threading.Timer(0.2, begun.set).start()
threading.Thread(target=signalled, daemon=True).start()
wait_for(stop)
print("stopped")
"""


def test_a_signal_that_another_thread_gets_is_found() -> None:
    done = subprocess.run([sys.executable, "-c", WAITING], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")
