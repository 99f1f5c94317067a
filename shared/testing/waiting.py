"""Waiting for a condition, never for a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")


def until(condition: Callable[[], R], *, timeout_s: float = 30.0, what: str = "the condition") -> R:
    """The first truthy result of `condition`; raises `TimeoutError` after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    pause_s = 0.005
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            msg = f"waited {timeout_s} s for {what}; last saw {result!r}"
            raise TimeoutError(msg)
        time.sleep(pause_s)
        pause_s = min(0.1, pause_s * 1.5)
