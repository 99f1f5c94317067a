"""Whether a process lives and is ready: named checks, asked by probes over HTTP and by nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[], str | None]

STOPPING = "stopping"


class Health:
    """The checks of one process. A check says what is wrong in an operator's words, or None, within seconds."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._stopping = False

    def add(self, name: str, check: Check) -> None:
        """Adds a check; a name that is there already gets the new one."""
        self._checks[name] = check

    def stop(self) -> None:
        """From now on the process is not ready: it finishes what it has and ends."""
        self._stopping = True

    @property
    def stopping(self) -> bool:
        """Whether the process is about to end."""
        return self._stopping

    def look(self) -> dict[str, str | None]:
        """Every check with what is wrong, None where nothing is. A process that ends is not looked at any more."""
        if self._stopping:
            return {STOPPING: "the process ends; send requests elsewhere"}
        return {name: _ask(check) for name, check in self._checks.items()}


def _ask(check: Check) -> str | None:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever keeps a check from answering is its answer
        # The class alone: a driver's text can hold an address or a value.
        return f"does not answer ({type(error).__name__})"
