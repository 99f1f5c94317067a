"""How the story is told: scenes, sentences, tables; and waiting for what a service does by itself."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console

WAIT_S_MAX = 60.0
LOOK_EVERY_S = 0.1
T = TypeVar("T")
R = TypeVar("R")


class StoryError(RuntimeError):
    """The story cannot go on; the message says what did not happen, and where to look."""


class Teller:
    """Prints the story to a console."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._scenes = 0

    def scene(self, title: str) -> None:
        """Begins the next part."""
        self._scenes += 1
        self.console.print(f"\n[bold]{self._scenes}. {title}[/]")

    def say(self, text: str) -> None:
        """One sentence or a few, with rich's markup."""
        self.console.print(f"   {text}", highlight=False)

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A small table; a column whose heading ends with # is of figures."""
        shown = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
        shown.add_column("")
        for heading in headings:
            shown.add_column(heading.rstrip("#"), justify="right" if heading.endswith("#") else "left")
        for row in rows:
            shown.add_row("  ", *(_shown(value) for value in row))
        self.console.print(shown, highlight=False)

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Shows that something is going on: a moving line on a terminal, one line anywhere else."""
        if self.console.is_terminal:
            with self.console.status(what):
                yield
        else:
            self.console.print(f"   {what} ...", highlight=False)
            yield

    def each(self, what: str, items: Sequence[T]) -> Iterator[T]:
        """The items one by one, with a count on a terminal."""
        if not self.console.is_terminal:
            self.console.print(f"   {what}: {len(items)} ...", highlight=False)
            yield from items
            return
        with self.console.status(what) as status:
            for n, item in enumerate(items, 1):
                status.update(f"{what}: {n} of {len(items)}")
                yield item


def wait_for(look: Callable[[], R | None], what: str, timeout_s: float = WAIT_S_MAX) -> R:
    """The first truthy answer of `look`. Raises `StoryError` when there is none: a service does not do its part."""
    deadline = time.monotonic() + timeout_s
    while not (seen := look()):
        if time.monotonic() > deadline:
            msg = (
                f"waited {timeout_s:.0f} s for {what}; see the processes' logs and: regulars lag, regulars parked list"
            )
            raise StoryError(msg)
        time.sleep(LOOK_EVERY_S)
    return seen


def money(minor: int) -> str:
    """As the story's tills print it."""
    return f"${minor / 100:,.2f}"


def _shown(value: Any) -> str:  # noqa: ANN401 - whatever a row holds
    return f"{value:,}" if isinstance(value, int) else str(value)
