"""How long the year took, as a whole and for each consumer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.messaging.lag import Lag


@dataclass
class Timings:
    """How long the year took: sending it, and each consumer until it had caught up."""

    started: float = field(default_factory=time.monotonic)
    sent_s: float = 0.0
    caught_up_s: dict[str, float] = field(default_factory=dict)
    first_handled: dict[str, int] = field(default_factory=dict)
    handled: dict[str, int] = field(default_factory=dict)

    def watch(self, places: list[Lag]) -> None:
        """Takes a look at the consumers: one that has moved since was not done before."""
        elapsed = time.monotonic() - self.started
        for place in places:
            self.first_handled.setdefault(place.consumer, place.handled)
            if place.handled != self.handled.get(place.consumer):
                self.handled[place.consumer] = place.handled
                self.caught_up_s[place.consumer] = elapsed

    def document(self, receipts: int, seconds: float) -> dict[str, Any]:
        """As the report shows them."""
        consumers = {}
        for name, end in self.handled.items():
            records, until_s = end - self.first_handled[name], self.caught_up_s[name]
            consumers[name] = {
                "records": records,
                "seconds": round(until_s, 2),
                "records_per_second": round(records / until_s, 1) if until_s else None,
            }
        return {
            "seconds": round(seconds, 2),
            "sending_seconds": round(self.sent_s, 2),
            "receipts_per_second": round(receipts / seconds, 1) if seconds else None,
            "consumers": consumers,
        }
