"""`regulars rebuild` beside a system that works, in a process that may be killed."""

from __future__ import annotations

from services.rebuilding import read_models
from shared.database.migrate import owner_role
from shared.kernel.failpoints import VARIABLE as FAILPOINTS
from tests.support.commands import Ran, regulars
from tests.support.processes import SERVICES, Processes
from tests.support.services import every_service


def rebuild(processes: Processes, name: str, planned: str = "") -> Ran:
    """Runs to its end, or to where it is `planned` to be killed; ends with 0 when old and new were equal."""
    owners = {
        f"REGULARS_{service.upper()}_OWNER_DATABASE_URL": processes.database.url(owner_role(service))
        for service in SERVICES
    }
    environment = processes.environment | owners | {FAILPOINTS: planned}
    # A folder without a system: then it works on what the environment says.
    return regulars("rebuild", name, "--data-dir", str(processes.folder / "none"), environment=environment)


def all_read_models(processes: Processes) -> list[str]:
    """Every read model of every service, by the name that the command knows."""
    with every_service(processes.database, processes.folder / "keys") as services:
        return sorted(read_models(services))
