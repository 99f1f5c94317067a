"""What a process does for its services: any of four roles, in as many processes as it takes."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Every role may run in any number of processes at once.

    Consumers share partitions, of the relays one leads, a job is run by whoever gets its lease.
    """

    API = "api"
    CONSUMERS = "consumers"
    RELAY = "relay"
    SCHEDULER = "scheduler"


EVERY_ROLE = frozenset(Role)
BACKGROUND = EVERY_ROLE - {Role.API}
