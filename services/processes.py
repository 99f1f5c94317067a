"""What one operating-system process runs: any of the roles of one service, or of all.

`regulars serve` runs one service of a distributed system. The embedded system starts `python -m services.processes
api --port 8080` and `python -m services.processes worker --index 0 --count 2`, each over every service. Settings
come from the environment alone.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, NoReturn

import structlog
import typer
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.children import PARENT
from shared.database.engine import connect
from shared.messaging.log import Member
from shared.messaging.log_postgres import SCHEMA, PostgresLog
from shared.observability import tracing
from shared.observability.logs import configure_logs
from shared.runtime.access import NOBODY, Access, AccessSettings, build_access
from shared.runtime.checks import watch_services
from shared.runtime.health import Health
from shared.runtime.http import build_app
from shared.runtime.http_server import HttpServer
from shared.runtime.plant import Plant
from shared.runtime.roles import BACKGROUND, Role
from shared.runtime.sampling import Sampler
from shared.runtime.settings import Settings, WrongSettings, is_set, read_settings
from shared.runtime.stopping import stop_on_signals, wait_for
from shared.runtime.traces import record_traces
from shared.runtime.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Engine

    from shared.messaging.log import EventLog
    from shared.runtime.service import Service
    from shared.runtime.settings import ServiceSettings

log = structlog.get_logger(__name__)

PARENT_CHECK_S = 0.5
SWITCH_S = 0.002
"""How long one thread computes while another wants to, in a process that answers callers. A request comes back from the
database a dozen times, and behind a consumer that catches up it would wait Python's own 5 ms each time. Not less: each
thread that waits wakes so often, and forty of them at half a millisecond took two processors for nothing else."""
GIVES_WAY = 5
"""The niceness of a process that answers nobody: where processors are short, a caller's answer is computed first and a
consumer that catches up gets what is left, a third as much as others and never nothing."""

EVERY_SERVICE = ("stores", "customers", "loyalty", "segmentation", "campaigns", "notifications", "console")
"""In the order in which facts flow."""

app = typer.Typer(add_completion=False)


class LogSettings(Settings):
    """Which event log there is: one of the two."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_")

    log_database_url: str | None = Field(default=None, description="SQLAlchemy URL of the log's application role.")
    kafka_bootstrap_servers: str | None = Field(default=None, description="host:port of some brokers.")


def settings_of(service: str) -> ServiceSettings:
    """The settings of one service, from its own variables. Raises `WrongSettings`."""
    kind: type[ServiceSettings] = getattr(import_module(f"services.{service}.settings"), f"{service.title()}Settings")
    return read_settings(kind)


def services_here() -> list[str]:
    """The services whose databases this process was told, by the environment or by files."""
    return [name for name in EVERY_SERVICE if is_set(f"REGULARS_{name.upper()}_DATABASE_URL")]


def build_services(names: Sequence[str] = EVERY_SERVICE) -> list[Service]:
    """Services, each wired by its own bootstrap; of the others nothing is loaded, nor are their settings read."""
    return [import_module(f"services.{name}.bootstrap").build(settings_of(name)) for name in names]


def build_log() -> EventLog:
    """The event log: on Kafka, or in PostgreSQL. Raises `WrongSettings`."""
    settings = read_settings(LogSettings)
    if bool(settings.log_database_url) == bool(settings.kafka_bootstrap_servers):
        how_many = "both are" if settings.log_database_url else "neither is"
        msg = f"set REGULARS_KAFKA_BOOTSTRAP_SERVERS or REGULARS_LOG_DATABASE_URL: there is one log, and {how_many} set"
        raise WrongSettings(msg)
    if settings.log_database_url:
        return PostgresLog(connect(settings.log_database_url, schema=SCHEMA, pool_size=10))
    # Loads slowly, and the embedded system has no use for it.
    from shared.messaging.kafka_settings import KafkaSettings  # noqa: PLC0415
    from shared.messaging.log_kafka import KafkaLog  # noqa: PLC0415

    return KafkaLog(read_settings(KafkaSettings))


def _log_if_told() -> EventLog | None:
    """The log, where this process only serves an API: it may not have been told of one."""
    return build_log() if is_set("REGULARS_LOG_DATABASE_URL") or is_set("REGULARS_KAFKA_BOOTSTRAP_SERVERS") else None


def _owner_if_told(service: str) -> Engine | None:
    """An engine of the role that owns a service's schema, without a time limit; None where it was not told."""
    if not is_set(f"REGULARS_{service.upper()}_OWNER_DATABASE_URL"):
        return None
    from services.migrating import owner_url  # noqa: PLC0415 - for rebuilds alone

    url = owner_url(service).render_as_string(hide_password=False)
    return connect(url, schema=service, pool_size=4, statement_timeout_ms=0)


def access() -> Access:
    """Whose tokens this process believes. Raises `WrongSettings` when nobody's: then it serves no API."""
    return build_access(read_settings(AccessSettings))


def run(
    names: Sequence[str],
    roles: Collection[Role],
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    member: Member | None = None,
    drain_s: float = 0.0,
) -> bool:
    """Runs `roles` of the services until SIGTERM, SIGINT or a failure; whether it ended in order.

    Everything stops together, each part when it has finished what it has in hand. Raises what the start meets:
    `WrongSettings`, `OSError` for an address that is taken, what a service's bootstrap raises. Does not return, but
    ends the process with 1, when a thread of the background hangs.
    """
    _collect_garbage_rarely()
    _take_turns(roles)
    record_traces(names[0] if len(names) == 1 else "regulars")
    settings = settings_of(names[0])
    services = build_services(names)
    event_log = build_log() if BACKGROUND.intersection(roles) else None
    plant = Plant((lambda: event_log) if event_log else _log_if_told, _owner_if_told)
    health = Health()
    background = event_log and Worker(
        services,
        event_log,
        clock=settings.business_clock(),
        time_zone=settings.time_zone,
        member=member,
        roles=roles,
        health=health,
    )
    stop = background.stop if background else threading.Event()
    http = None
    if port is not None:
        watch_services(health, services)
        sampler = Sampler(services, event_log, health)
        serves_api = Role.API in roles
        served = build_app(
            services if serves_api else [],
            access=access() if serves_api else NOBODY,
            health=health,
            sampler=sampler,
            plant=plant,
        )
        http = HttpServer(served, health, host=host, port=port, ended=stop, drain_s=drain_s)
    stop_on_signals(stop)
    if background:
        background.start()
    if http:
        http.start()
    wait_for(stop)
    if http:
        http.stop()
    if background:
        background.join()
    # Before the log, which may have to wait for its brokers: what was recorded is safe whatever becomes of that.
    tracing.shut_down()
    if background and background.abandoned:
        _end_at_once()
    if event_log:
        event_log.close()
    else:
        plant.close()
    for service in services:
        service.engine.dispose()
    return not (background and background.failed.is_set()) and not (http and http.failed)


@app.command()
def api(
    port: Annotated[int, typer.Option(help="Port to serve on.")],
    host: Annotated[str, typer.Option(help="Address to serve on.")] = "127.0.0.1",
) -> None:
    """Serve the HTTP side of every service."""
    configure_logs(process="api")
    follow_parent()
    _end(in_order=run(EVERY_SERVICE, {Role.API}, host=host, port=port))


@app.command()
def worker(
    index: Annotated[int, typer.Option(help="Which share this is, from 0.")] = 0,
    count: Annotated[int, typer.Option(help="How many shares there are.")] = 1,
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1 of /livez, /readyz and /metrics.")] = None,
) -> None:
    """Run a share of the consumers, relays and jobs."""
    configure_logs(process=f"worker-{index}")
    follow_parent()
    _end(in_order=run(EVERY_SERVICE, BACKGROUND, port=port, member=Member(index, count)))


def _end(*, in_order: bool) -> None:
    if not in_order:
        sys.exit(1)


def _end_at_once() -> NoReturn:
    """Ends the process although a thread hangs: Python would wait for those of asyncio's pool, and that for ever."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def _take_turns(roles: Collection[Role]) -> None:
    """Whoever answers callers comes first: among the threads of a process, and before processes that answer nobody."""
    if Role.API in roles:
        sys.setswitchinterval(SWITCH_S)
    else:
        os.nice(GIVES_WAY)


def _collect_garbage_rarely() -> None:
    """A batch makes and drops a hundred thousand objects, none of them in cycles: looking for cycles is wasted."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def follow_parent() -> None:
    """Ends this process, as SIGTERM does, when its parent is gone: nothing may go on behind a kill -9.

    Called first of all: the parent tells its number, since it may be gone before we look.
    """
    parent = int(os.environ.get(PARENT, os.getppid()))

    def watch() -> None:
        gone = threading.Event()
        while os.getppid() == parent:
            gone.wait(PARENT_CHECK_S)
        log.warning("parent_gone")
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


if __name__ == "__main__":
    app()
