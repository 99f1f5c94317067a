"""Traces: one receipt's way from the request through outbox, relay and log into every consumer, and on from there.

What travels is the W3C `traceparent` of sampled work and nothing else: as the `trace` of a cause, as a header of
outbox rows and records. What is not sampled carries nothing and costs nothing. Spans name services, routes and
consumers; never an id of anybody, a path or a text of an error.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from opentelemetry.trace import Span, Tracer

EXPORT_S_MAX = 5.0

_propagator = TraceContextTextMapPropagator()
_provider: TracerProvider | None = None
_tracer: Tracer | None = None


def set_up(process: str, *, endpoint: str | None, file: Path | None, ratio: float) -> None:
    """Records spans from now on and sends them to an OTLP/HTTP `endpoint`, or adds them to `file`, or both.

    Of traces that begin here the share `ratio` is recorded; one that began elsewhere is followed if it is there.
    """
    # Only a process that records loads the SDK: it takes as long as the rest of a small command.
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio  # noqa: PLC0415

    global _provider, _tracer  # noqa: PLW0603 - one per process, like the logs
    exporters: list[SpanExporter] = []
    if endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

        exporters.append(OTLPSpanExporter(endpoint=endpoint, timeout=EXPORT_S_MAX))
    if file:
        exporters.append(_file_exporter(file))
    resource = Resource.create({"service.namespace": "regulars", "service.name": process})
    _provider = TracerProvider(ParentBasedTraceIdRatio(ratio), resource, shutdown_on_exit=False)
    for exporter in exporters:
        _provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = _provider.get_tracer("regulars")


def shut_down() -> None:
    """Sends what is still held, within seconds, and records nothing more."""
    global _provider, _tracer  # noqa: PLW0603 - as in `set_up`
    if _provider is not None:
        _provider.shutdown()
    _provider = _tracer = None


def current() -> str | None:
    """The `traceparent` for what is caused here and now; None if it is not sampled."""
    return _traceparent(trace.get_current_span())


def log_fields(traceparent: str | None) -> dict[str, str]:
    """What a log line says of the trace that it belongs to; nothing where none is recorded."""
    return {"trace_id": traceparent.split("-")[1]} if traceparent else {}


@contextmanager
def request(method: str, traceparent: str | None) -> Iterator[Span | None]:
    """A request is answered inside, as part of the caller's trace if it sent one; name it by `name_request`.

    Where nothing is recorded, a sampled trace is handed on all the same: those behind us may record it.
    """
    if _tracer is None and traceparent is None:
        yield None
        return
    context = _context(traceparent) if traceparent else None
    if _tracer is None:
        span: Span = NonRecordingSpan(trace.get_current_span(context).get_span_context())
    else:
        attributes = {"http.request.method": method}
        span = _tracer.start_span(method, context, SpanKind.SERVER, attributes)
    with _inside(span):
        yield span
    span.end()


def name_request(span: Span | None, method: str, route: str | None, status: int) -> None:
    """What the request turned out to be: its route's template, never its path."""
    if span is None or not span.is_recording():
        return
    span.update_name(f"{method} {route}" if route else method)
    span.set_attribute("http.response.status_code", status)
    if route:
        span.set_attribute("http.route", route)
    if status >= 500:  # noqa: PLR2004 - HTTP's own
        span.set_status(StatusCode.ERROR)


@contextmanager
def begin(name: str) -> Iterator[None]:
    """Something that nobody asked for, such as a job: a trace of its own."""
    if _tracer is None:
        yield
        return
    span = _tracer.start_span(name)
    with _inside(span):
        yield
    span.end()


@contextmanager
def step(name: str) -> Iterator[None]:
    """A part of what is being recorded, if anything is."""
    if _tracer is None or not trace.get_current_span().is_recording():
        yield
        return
    span = _tracer.start_span(name)
    with _inside(span):
        yield
    span.end()


class BatchSpans:
    """The spans of one batch of records: one for each span that caused some of them, all with the batch's times.

    A thousand receipts of one request share their cause, and one span tells as much of them as a thousand.
    """

    def __init__(self, name: str, kind: SpanKind, attributes: Mapping[str, str]) -> None:
        self._name = name
        self._kind = kind
        self._attributes = attributes
        self._started_ns = time.time_ns()
        self._spans: dict[str, Span] = {}
        self._counts: dict[str, int] = {}

    def follow(self, traceparent: str) -> str:
        """The `traceparent` for what follows from a record that came with this one."""
        if _tracer is None:
            return traceparent
        span = self._spans.get(traceparent)
        if span is None:
            span = self._spans[traceparent] = _tracer.start_span(
                self._name, _context(traceparent), self._kind, self._attributes, start_time=self._started_ns
            )
        self._counts[traceparent] = self._counts.get(traceparent, 0) + 1
        return _traceparent(span) or traceparent

    def end(self) -> None:
        """The batch is committed. One that is rolled back is not ended and leaves no span: it did not happen."""
        for traceparent, span in self._spans.items():
            span.set_attribute("messaging.batch.message_count", self._counts[traceparent])
            span.end()


def publishing(service: str) -> BatchSpans:
    """The spans of a relay's batch."""
    return BatchSpans(f"publish {service}", SpanKind.PRODUCER, {})


def processing(consumer: str) -> BatchSpans:
    """The spans of a consumer's batch."""
    return BatchSpans(f"process {consumer}", SpanKind.CONSUMER, {"messaging.consumer.group.name": consumer})


@contextmanager
def _inside(span: Span) -> Iterator[None]:
    # An exception's text can quote a value: its class is said by the log, and here only that it failed.
    with trace.use_span(span, end_on_exit=False, record_exception=False, set_status_on_exception=False):
        try:
            yield
        except BaseException:
            span.set_status(StatusCode.ERROR)
            span.end()
            raise


def _context(traceparent: str) -> Context:
    return _propagator.extract({"traceparent": traceparent})


def _traceparent(span: Span) -> str | None:
    context = span.get_span_context()
    if not context.trace_flags.sampled:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-01"


def _file_exporter(file: Path) -> SpanExporter:
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult  # noqa: PLC0415 - see `set_up`

    class FileExporter(SpanExporter):
        """JSON lines, whole lines at a time: several processes may share the file."""

        def __init__(self) -> None:
            self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            os.write(self._file, "".join(span.to_json(indent=None) + "\n" for span in spans).encode())
            return SpanExportResult.SUCCESS

        def shutdown(self) -> None:
            os.close(self._file)

    return FileExporter()
