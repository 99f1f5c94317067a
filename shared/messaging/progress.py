"""What a consumer or a relay of this process has done last: written by its thread, read by whoever asks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.messaging.message import TopicPartition


@dataclass
class Progress:
    """One thread's. Each field is written whole, so nobody needs a lock."""

    partitions: Sequence[TopicPartition] | None = None
    """What a consumer reads: None before it was told, empty for a spare member."""
    stepped_at: float = field(default_factory=time.monotonic)
    """When its last step succeeded; at first, when it was made."""
    stopped: str | None = None
    """Why it waits for an operator, if it does."""

    def step(self) -> None:
        """A step succeeded."""
        self.stepped_at = time.monotonic()

    @property
    def idle_s(self) -> float:
        """Seconds since the last step."""
        return time.monotonic() - self.stepped_at
