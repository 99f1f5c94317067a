"""Logs: one JSON object per line on stderr, a static event name and fields, with correlation and causation.

Never personal data: log ids, codes and counts. Whoever handles a request or a record binds its ids with
`bound`, and every line inside carries them.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from uuid import UUID

    from structlog.typing import Processor


def configure_logs(*, level: str = "INFO", process: str = "", file: str | None = None) -> None:
    """Called once per process, first of all. `file` takes the lines instead of stderr."""
    # Open as long as the process lives.
    stream = Path(file).open("a", encoding="utf-8") if file else sys.stderr  # noqa: SIM115
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            # Without local variables, which structlog adds by default: they hold the request's personal data.
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=shared,
        ),
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    if process:
        structlog.contextvars.bind_contextvars(process=process)


def bound(**ids: UUID | str) -> AbstractContextManager[None]:
    """Every log line inside carries `ids`, for example `correlation_id` and `causation_id`."""
    return structlog.contextvars.bound_contextvars(**{name: str(value) for name, value in ids.items()})
