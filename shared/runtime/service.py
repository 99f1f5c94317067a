"""What a service is, as its `bootstrap.build` returns it: parts to be started, by whoever starts them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from fastapi import APIRouter
    from sqlalchemy import Connection, Engine

    from shared.commands.handler import CommandHandler
    from shared.messaging.consumer import Consumer
    from shared.projections.topics import TopicReadModel


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an auditor found wrong, or one check that held (`ok`)."""

    check: str
    ok: bool
    detail: str


class Audit(Protocol):
    """Checks a service's invariants with its own SQL, sharing no code with the writers."""

    def __call__(self, connection: Connection) -> Iterable[Finding]: ...


@dataclass(frozen=True)
class Job:
    """Something that time causes. Runs once per business date and may be called again after a crash.

    `run(business_date)` must be idempotent: its ids derive from (job, business date).
    """

    name: str
    run: Callable[[date], None]
    every_s: float | None = None
    """None: once per business date. Else: every so many seconds, for things that end at a moment."""


@dataclass(frozen=True)
class Service:
    """One service, wired."""

    name: str
    engine: Engine
    """The application role's engine, whose search path is the service's schema."""
    handler: CommandHandler
    make_router: Callable[[], APIRouter]
    """A router costs tens of milliseconds, and whoever only consumes needs none."""
    consumers: Sequence[Consumer] = ()
    jobs: Sequence[Job] = ()
    topic_read_models: Sequence[TopicReadModel] = ()
    audit: Audit | None = None
    must_be_zero: Mapping[str, str] = field(default_factory=dict)
    """Name of an invariant -> SQL that selects what breaks it: measured all the time, so it has to be quick."""
    migrations: Path | None = None
    """Folder of the migrations that this release needs."""
    public: tuple[str, ...] = ()
    """Beginnings of paths below /api/<name>/v1 that are open to everybody, such as `/unsubscribe/`."""
    page: Path | None = None
    """Folder of a built page, which a process with this service serves at / to everybody."""
    forward: Mapping[str, str] = field(default_factory=dict)
    """Name of another service -> its address: requests for it go there, when it is not served by this process."""

    @cached_property
    def router(self) -> APIRouter:
        """Mounted at /api/<name>/v1."""
        return self.make_router()
