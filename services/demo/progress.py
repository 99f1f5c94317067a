"""What a person sees while the year is replayed: receipts a second, time left, how far each consumer is behind."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from rich.columns import Columns
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from shared.messaging.lag import Lag

PLAIN_LINE_EVERY_S = 5.0
RATE_WINDOW_S = 10.0


@dataclass
class Progress:
    """A live panel on a terminal, a line every few seconds anywhere else."""

    console: Console
    total: int
    sent: int = 0
    lags: Sequence[Lag] = ()
    _started: float = field(default_factory=time.monotonic)
    _samples: list[tuple[float, int]] = field(default_factory=list)
    _live: Live | None = None
    _last_line: float = 0.0

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live = Live(console=self.console, refresh_per_second=4, transient=True, get_renderable=self._panel)
            self._live.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self, *, sent: int | None = None, lags: Sequence[Lag] | None = None) -> None:
        """Takes new figures; prints a line now and then where there is no terminal."""
        now = time.monotonic()
        if sent is not None:
            self.sent = sent
            self._samples.append((now, sent))
            self._samples = [s for s in self._samples if now - s[0] <= RATE_WINDOW_S]
        if lags is not None:
            self.lags = lags
        if self._live is None and now - self._last_line >= PLAIN_LINE_EVERY_S:
            self._last_line = now
            self.console.print(self._line())

    @property
    def _rate(self) -> float:
        if len(self._samples) < 2:  # noqa: PLR2004 - a rate needs two
            return 0.0
        (t0, n0), (t1, n1) = self._samples[0], self._samples[-1]
        return (n1 - n0) / (t1 - t0) if t1 > t0 else 0.0

    def _headline(self) -> str:
        left = self.total - self.sent
        if left <= 0:
            behind = sum(lag.records for lag in self.lags)
            return f"all {self.total:,} receipts are in; the services are {behind:,} records behind"
        eta = f", {left / self._rate:,.0f} s left" if self._rate else ""
        return f"{self.sent:,} of {self.total:,} receipts, {self._rate:,.0f} receipts/s{eta}"

    def _line(self) -> str:
        furthest = max(self.lags, key=lambda lag: lag.records, default=None)
        if furthest is None or not furthest.records:
            return self._headline()
        return f"{self._headline()}; furthest behind: {furthest.consumer}, by {furthest.records:,}"

    def _panel(self) -> Group:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for lag in self.lags:
            table.add_row(lag.consumer, f"{lag.handled:,} handled", f"{lag.records:,} behind")
        return Group(
            Text(self._headline(), style="bold"),
            Columns([ProgressBar(total=max(self.total, 1), completed=self.sent, width=60)]),
            table,
        )
