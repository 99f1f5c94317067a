"""Logs: one JSON object per line on stderr, a static event name and fields, with correlation and causation.

Never personal data: log ids, codes and counts. The frame around a request binds its correlation id to every line
inside; a line about a record names its correlation and causation.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from shared.kernel.errors import RegularsError
from shared.observability import tracing

if TYPE_CHECKING:
    from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger


REPEATED_AFTER_S = 30.0
SAID_MAX = 1_000


def configure_logs(*, level: str = "INFO", process: str = "", file: str | None = None) -> None:
    """Called once per process, first of all. `file` takes the lines instead of stderr."""
    # Open as long as the process lives.
    stream = Path(file).open("a", encoding="utf-8") if file else sys.stderr  # noqa: SIM115
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _in_its_trace,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.ExceptionRenderer(_where_it_failed),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(_where_it_failed),
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=shared,
        ),
    )
    handler.addFilter(_Seldom())
    # kafka-python warns of every step of its own that took a tenth of a second: on a busy machine, all the time.
    logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    if process:
        structlog.contextvars.bind_contextvars(process=process)


class _Seldom(logging.Filter):
    """Lets a library say the same thing once in a while: a client that cannot reach a broker says it at each try."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        said = (record.name, str(record.msg))
        if record.created - self._said.get(said, 0.0) < REPEATED_AFTER_S:
            return False
        if len(self._said) >= SAID_MAX:
            self._said.clear()
        self._said[said] = record.created
        return True


def _in_its_trace(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    return {**tracing.log_fields(tracing.current()), **line}


_transform = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def _where_it_failed(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """Types and places of an error and its causes, without what they say, and without local variables.

    A database or a validator quotes the value that it did not like, and that can be anybody's. Our own errors
    are written to be read, and never repeat a value that could be personal.
    """
    described: list[dict[str, Any]] = _transform(exc_info)
    for place, item in enumerate(described):
        if place or not isinstance(exc_info[1], RegularsError):
            item["exc_value"] = ""
        item["exc_notes"] = []
    return described
