"""One job of one service, run in a process of its own that may be killed in the middle."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from shared.kernel import failpoints
from shared.testing.waiting import PATIENCE
from tests.support.processes import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

RUN_S_MAX = 60 * PATIENCE
NOT_RUN = 3
"""It was not due, or somebody else was at it."""


def run_job(name: str, environment: Mapping[str, str], planned: str = "") -> int | None:
    """Runs the job called `name` as a scheduler does; how the process ended: with 0, or `NOT_RUN`, or by a signal."""
    process = CONTEXT.Process(target=_run, args=(name, dict(environment), planned))
    process.start()
    process.join(RUN_S_MAX)
    process.kill()
    return process.exitcode


def _run(name: str, environment: dict[str, str], planned: str) -> None:
    os.environ.update(environment)
    from services.processes import build_services, settings_of  # noqa: PLC0415 - reads the environment
    from shared.runtime.scheduler import run_if_due  # noqa: PLC0415

    failpoints.plan(planned)
    [service] = build_services([name.partition(".")[0]])
    settings = settings_of(service.name)
    job = next(job for job in service.jobs if job.name == name)
    if not run_if_due(job, service.engine, settings.business_clock().today(settings.time_zone)):
        sys.exit(NOT_RUN)
