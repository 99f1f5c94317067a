"""A worker of `loyalty` that runs nothing but `loyalty.sales`: the price of the ledger alone.

The whole worker (`regulars serve loyalty --role consumers`) also keeps in which stores members are known; both are
measured.
"""

from __future__ import annotations

import signal
from dataclasses import replace

from services import processes
from services.children import PARENT  # noqa: F401 - `follow_parent` reads it
from shared.observability.logs import configure_logs
from shared.runtime.roles import Role
from shared.runtime.worker import Worker


def main() -> None:
    """Runs until SIGTERM."""
    configure_logs(process="loyalty")
    processes.follow_parent()
    processes._collect_garbage_rarely()  # noqa: SLF001 - as a worker does
    service = processes.build_services(["loyalty"])[0]
    service = replace(service, consumers=[c for c in service.consumers if c.name == "loyalty.sales"])
    settings = processes.settings_of("loyalty")
    log = processes.build_log()
    worker = Worker(
        [service], log, clock=settings.business_clock(), time_zone=settings.time_zone, roles={Role.CONSUMERS}
    )
    signal.signal(signal.SIGTERM, lambda *_: worker.stop.set())
    worker.start()
    worker.join()
    log.close()
    service.engine.dispose()


if __name__ == "__main__":
    main()
