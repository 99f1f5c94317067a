"""Stored types and their classes. A stored type is a registered name and a version, never a class path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shared.kernel.decider import Decider
    from shared.kernel.messages import DomainEvent


class UnknownEventType(LookupError):
    """An event is stored under a type or version that no code knows: the release is older than the data."""


class EventRegistry:
    """Reads stored events as the newest class of their type, one upcaster step at a time."""

    def __init__(self, deciders: Iterable[Decider[Any, Any, Any]]) -> None:
        self._classes: dict[str, type[DomainEvent]] = {}
        self._upcasters: dict[tuple[str, int], Callable[[dict[str, object]], dict[str, object]]] = {}
        for decider in deciders:
            for event in decider.events:
                if event.type in self._classes:
                    msg = f"event type {event.type!r} is registered twice"
                    raise ValueError(msg)
                self._classes[event.type] = event
            self._upcasters.update(decider.upcasters or {})

    @property
    def classes(self) -> dict[str, type[DomainEvent]]:
        """Every class by its stored type."""
        return dict(self._classes)

    def read(self, stored_type: str, version: int, data: str | bytes) -> DomainEvent:
        """The event in its newest shape. Raises `UnknownEventType`."""
        event = self._classes.get(stored_type)
        if event is None or version > event.schema_version:
            msg = f"event type {stored_type!r} version {version} is not known to this release"
            raise UnknownEventType(msg)
        if version == event.schema_version:
            return event.model_validate_json(data)
        payload: dict[str, object] = orjson.loads(data)
        for step in range(version, event.schema_version):
            payload = self._upcasters[stored_type, step](payload)
        return event.model_validate(payload)
