"""Given, when, then, for deciders: no database, no clock, thousands per second."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.kernel.decider import Decider
    from shared.kernel.errors import Rejected
    from shared.kernel.messages import Command, DomainEvent


@dataclass(frozen=True)
class DeciderSpec:
    """`DeciderSpec(decider).given(a, b).when(command).then(c)`; the state goes through JSON, as in the database."""

    decider: Decider[Any, Any, Any]
    past: Sequence[DomainEvent] = ()
    outcome: Sequence[DomainEvent] | Exception | None = None

    def given(self, *events: DomainEvent) -> DeciderSpec:
        """What has happened."""
        return replace(self, past=(*self.past, *events))

    def when(self, command: Command) -> DeciderSpec:
        """What is asked for now."""
        folded = self.decider.fold(self.past)
        adapter = self.decider.state_adapter
        state = adapter.validate_json(adapter.dump_json(folded))
        assert state == folded, "the state must survive its JSON"
        try:
            outcome: Sequence[DomainEvent] | Exception = list(self.decider.decide(command, state))
        except Exception as error:  # noqa: BLE001 - the error is the outcome
            outcome = error
        return replace(self, outcome=outcome)

    def then(self, *events: DomainEvent) -> DeciderSpec:
        """Exactly these events are decided; the result can be given further commands."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        assert list(self.outcome or ()) == list(events)
        return replace(self, past=(*self.past, *events), outcome=None)

    def then_nothing(self) -> DeciderSpec:
        """The command changes nothing."""
        return self.then()

    def then_rejected(self, kind: type[Rejected]) -> DeciderSpec:
        """The business says no, in this way."""
        assert isinstance(self.outcome, kind), f"expected {kind.__name__}, got {self.outcome!r}"
        return replace(self, outcome=None)
