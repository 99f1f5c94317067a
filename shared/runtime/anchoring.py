"""Each service's daily anchor: the head of its audit log as a log line, kept wherever the logs are kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog

from shared.access.audit_chain import ANCHOR, Anchor
from shared.access.audit_log import head
from shared.runtime.service import Job

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Engine

log = structlog.get_logger(__name__)


def anchor_job(service: str, engine: Engine) -> Job:
    """The daily job of one service."""
    return Job(f"{service}.audit_anchor", partial(_anchor, service, engine))


def _anchor(service: str, engine: Engine, _business_date: date) -> None:
    with engine.connect() as connection:
        log.info(ANCHOR, **Anchor(service, head(connection)).line())
