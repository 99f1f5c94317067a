"""What one operating-system process runs: the HTTP side of the services, or a share of their background work.

`python -m services.processes api --port 8080` and `python -m services.processes worker --index 0 --count 2`;
settings come from the environment (REGULARS_<SERVICE>_...). The embedded system starts both kinds.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import structlog
import typer
import uvicorn
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.customers import bootstrap as customers
from services.customers.settings import CustomersSettings
from services.embedded import PARENT
from services.loyalty import bootstrap as loyalty
from services.loyalty.settings import LoyaltySettings
from services.segmentation import bootstrap as segmentation
from services.segmentation.settings import SegmentationSettings
from services.stores import bootstrap as stores
from services.stores.settings import StoresSettings
from shared.database.engine import connect
from shared.messaging.log import Member
from shared.messaging.log_postgres import SCHEMA, PostgresLog
from shared.observability.logs import configure_logs
from shared.runtime.http import build_app, check_host
from shared.runtime.worker import Worker

if TYPE_CHECKING:
    from shared.runtime.service import Service

log = structlog.get_logger(__name__)

PARENT_CHECK_S = 0.5

app = typer.Typer(add_completion=False)


class LogSettings(BaseSettings):
    """Where the embedded event log is."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_LOG_")

    database_url: str = Field(description="SQLAlchemy URL of the log's application role.")


def build_services() -> list[Service]:
    """Every service, wired by its own bootstrap from the environment. In the order in which facts flow."""
    return [
        stores.build(StoresSettings()),
        customers.build(CustomersSettings()),
        loyalty.build(LoyaltySettings()),
        segmentation.build(SegmentationSettings()),
    ]


def build_log() -> PostgresLog:
    """The event log of embedded mode."""
    return PostgresLog(connect(LogSettings().database_url, schema=SCHEMA, pool_size=10))


@app.command()
def api(
    port: Annotated[int, typer.Option(help="Port on the loopback interface.")],
    host: Annotated[str, typer.Option(help="Loopback address to serve.")] = "127.0.0.1",
) -> None:
    """Serve the HTTP side of every service."""
    configure_logs(process="api")
    _follow_parent()
    _collect_garbage_rarely()
    server = uvicorn.Server(
        uvicorn.Config(
            build_app(build_services()),
            host=check_host(host),
            port=port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=20,
        ),
    )
    server.run()


@app.command()
def worker(
    index: Annotated[int, typer.Option(help="Which share this is, from 0.")] = 0,
    count: Annotated[int, typer.Option(help="How many shares there are.")] = 1,
) -> None:
    """Run a share of the consumers, relays and jobs."""
    configure_logs(process=f"worker-{index}")
    _follow_parent()
    _collect_garbage_rarely()
    settings = StoresSettings()
    running = Worker(
        build_services(),
        build_log(),
        clock=settings.business_clock(),
        time_zone=settings.time_zone,
        member=Member(index, count),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: running.stop.set())
    running.start()
    running.join()
    if running.failed.is_set():
        sys.exit(1)


def _collect_garbage_rarely() -> None:
    """A batch makes and drops a hundred thousand objects, none of them in cycles: looking for cycles is wasted."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def _follow_parent() -> None:
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
