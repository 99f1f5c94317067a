"""Named places where a test may kill, stop or fail the process. They cost one `if` when none is set.

`REGULARS_FAILPOINTS="consumer.before_commit:kill@3,relay.after_publish:kill"` kills the process with
SIGKILL at the third pass of the first point, or at the first pass of the second. `stop` instead of `kill`
freezes the process where it is (SIGSTOP) until somebody lets it go on; `raise` raises `TransientError` once.
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
    "checkout.before_commit",
    "consumer.before_claim",
    "consumer.before_append",
    "projection.before_table",
    "consumer.before_commit",
    "consumer.after_commit",
    "relay.before_publish",
    "relay.after_publish",
    "log.before_commit",
    "rebuild.after_page",
    "rebuild.before_switch",
    "scheduler.before_finish",
    "campaign.before_start",
    "campaign.after_page",
    "send.after_begin",
    "send.after_accept",
    "till.before_spooled",
    "till.after_spooled",
    "till.after_sent",
)

_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
ACTIONS = (*_SIGNALS, "raise")


def _parse(text: str) -> dict[str, tuple[str, int]]:
    planned: dict[str, tuple[str, int]] = {}
    for item in filter(None, text.split(",")):
        name, _, action = item.partition(":")
        action, _, nth = action.partition("@")
        if name not in NAMES or action not in ACTIONS:
            msg = f"unknown failpoint {item!r}; points: {', '.join(NAMES)}; actions: {', '.join(ACTIONS)}"
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
    if action == "raise":
        raise TransientError(f"failpoint {name}")
    os.kill(os.getpid(), _SIGNALS[action])
