"""The real services, wired by their own `bootstrap` once per process, on the simulated database and clock."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import structlog
from fastapi.routing import APIRoute

from services.loyalty import bootstrap as loyalty
from services.loyalty.settings import LoyaltySettings
from services.stores import bootstrap as stores
from services.stores.entrypoints import gathered
from services.stores.settings import StoresSettings
from shared.commands.gathering import Gathering
from shared.identity.tokeniser import Tokeniser
from shared.kernel.clock import BusinessClock
from shared.runtime.service import Service
from tests.simulation import book_consumers, book_kernel, book_loyalty, book_requests, book_stores
from tests.simulation.connection import STAGE, url_of
from tests.simulation.database import Database
from tests.simulation.scheduler import Scheduler

BOOKS = (book_consumers, book_kernel, book_loyalty, book_requests, book_stores)
KEY = bytes(range(32))
TURNS = 1
"""Requests that are served at once: with a handful of tills nobody would ever have company at two."""


class VirtualClock(BusinessClock):
    """Business time as the world that is being played has it."""

    moment: Callable[[], datetime]

    def now(self) -> datetime:
        return type(self).moment()


class _Loyalty(LoyaltySettings):
    def business_clock(self) -> BusinessClock:
        return VirtualClock()


class _Stores(StoresSettings):
    def business_clock(self) -> BusinessClock:
        return VirtualClock()


@dataclass(frozen=True)
class Services:
    """The two services, and what of them is called from outside."""

    stores: Service
    loyalty: Service
    tokeniser: Tokeniser
    routes: dict[tuple[str, str], Callable[..., Any]]
    """(Method, path) -> the function behind the route. No path is in both services."""
    gatherings: list[Gathering[Any, Any]]
    """Where requests of a process wait for each other."""

    @property
    def all(self) -> tuple[Service, Service]:
        return self.stores, self.loyalty

    def forget_requests(self) -> None:
        """The process in which they waited is gone."""
        for one in self.gatherings:
            one._waiting.clear()
            one._turns = TURNS

    def forget_connections(self) -> None:
        """The next ones lead to the database of that moment."""
        for service in self.all:
            service.engine.dispose()


class _Calm:
    """No faults."""

    def connecting(self) -> None: ...

    def executing(self, session: Any) -> None: ...

    def committing(self, session: Any) -> None: ...

    def committed(self, session: Any) -> None: ...


CALM = _Calm()


@cache
def services() -> Services:
    """Wired as in production, but for the URL of the database and the clock."""
    # Nothing is logged: every fault would say so, and the trace says it better.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL + 1)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    STAGE.database, STAGE.faults = Database(Scheduler(0), lambda: datetime.min.replace(tzinfo=UTC)), CALM
    built = wire(url_of, key_folder())
    built.forget_connections()
    return built


def wire(url: Callable[[str], str], keys: Path) -> Services:
    """The services on the databases at `url`."""
    stores_settings = _Stores(database_url=url("stores"), keys_dir=keys, database_pool_size=30)
    gatherings: list[Gathering[Any, Any]] = []

    def gather(*args: Any, **named: Any) -> Gathering[Any, Any]:
        gatherings.append(Gathering(*args, **named))
        gatherings[-1]._turns = TURNS
        return gatherings[-1]

    with mock.patch.object(gathered, "Gathering", gather):
        stores_service = stores.build(stores_settings)
    loyalty_service = loyalty.build(
        _Loyalty(database_url=url("loyalty"), points_expire_after_months=1, database_pool_size=30),
    )
    routes = {
        (method, route.path): route.endpoint
        for service in (stores_service, loyalty_service)
        for route in service.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    return Services(stores_service, loyalty_service, Tokeniser(KEY, stores_settings.phone_region), routes, gatherings)


def key_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="regulars-simulation-"))
    file = folder / "member-token.key"
    file.touch(mode=0o600)
    file.write_bytes(KEY)
    return folder
