"""Waiting for a condition, never for a time."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")
PATIENCE = 4.0 if os.environ.get("CI") == "true" else 1.0
"""How much longer than on a developer's machine anything may take: in CI others share the cores."""


def until(
    condition: Callable[[], R], *, timeout_s: float = 30.0, what: str = "the condition", look_every_s: float = 0.1
) -> R:
    """The first truthy result of `condition`; raises `TimeoutError` after `timeout_s` of patience.

    It looks again at once, and seldomer and seldomer, down to `look_every_s`.
    """
    timeout_s *= PATIENCE
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
        pause_s = min(look_every_s, pause_s * 1.5)
