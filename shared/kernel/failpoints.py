"""Named places where a test may kill, stop or fail the process. They cost one `if` when none is set.

`REGULARS_FAILPOINTS="consumer.before_commit:kill@3,relay.after_publish:kill"` kills the process with
SIGKILL at the third pass of the first point, or at the first pass of the second. `raise` instead of
`kill` raises `TransientError` once.
"""

from __future__ import annotations

import os
import signal
import threading

from shared.kernel.errors import TransientError

VARIABLE = "REGULARS_FAILPOINTS"
NAMES = (
    "intake.before_append",
    "intake.before_commit",
    "intake.after_commit",
    "consumer.before_claim",
    "consumer.before_append",
    "consumer.before_commit",
    "consumer.after_commit",
    "relay.before_publish",
    "relay.after_publish",
    "log.before_commit",
    "rebuild.before_switch",
    "scheduler.before_finish",
    "till.before_spooled",
    "till.after_spooled",
    "till.after_sent",
)


def _parse(text: str) -> dict[str, tuple[str, int]]:
    planned: dict[str, tuple[str, int]] = {}
    for item in filter(None, text.split(",")):
        name, _, action = item.partition(":")
        action, _, nth = action.partition("@")
        if name not in NAMES or action not in {"kill", "raise"}:
            msg = f"unknown failpoint {item!r}; points: {', '.join(NAMES)}; actions: kill, raise"
            raise ValueError(msg)
        planned[name] = (action, int(nth or 1))
    return planned


_planned = _parse(os.environ.get(VARIABLE, ""))
_lock = threading.Lock()


def plan(text: str) -> None:
    """Plans failures in this process, as the environment variable does at its start."""
    _planned.clear()
    _planned.update(_parse(text))


def failpoint(name: str) -> None:
    """Pass the point `name`; what happens there is planned by the environment variable."""
    if not _planned:
        return
    with _lock:
        action, left = _planned.get(name, ("", 0))
        if not action:
            return
        if left > 1:
            _planned[name] = (action, left - 1)
            return
        del _planned[name]
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise TransientError(f"failpoint {name}")
