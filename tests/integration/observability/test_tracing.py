"""What a process records and hands on: to a collector over OTLP, to a file, or to nobody."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from uuid import UUID

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from typer.testing import CliRunner

from services.cli import main
from shared.contracts.envelope import read_attributes, read_traceparent
from shared.observability import tracing
from shared.observability.logs import _in_its_trace
from shared.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRACE = "0af7651916cd43dd8448eb211c80319c"
SAMPLED = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def nothing_recorded() -> Iterator[None]:
    yield
    tracing.shut_down()


def test_without_a_collector_a_sampled_trace_is_handed_on_and_nothing_else() -> None:
    with tracing.request("GET", SAMPLED):
        assert tracing.current() == SAMPLED
        assert _in_its_trace(None, "", {"event": "x"}) == {"event": "x", "trace_id": TRACE}
        assert tracing.processing("a.b").follow(SAMPLED) == SAMPLED
    for nothing in (None, "", "rubbish", SAMPLED[:-2] + "00", "00-" + "0" * 32 + "-b7ad6b7169203331-01"):
        with tracing.request("GET", nothing):
            assert tracing.current() is None
            assert _in_its_trace(None, "", {"event": "x"}) == {"event": "x"}


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (SAMPLED, SAMPLED),
        (SAMPLED[:-2] + "03", SAMPLED[:-2] + "03"),
        (SAMPLED[:-2] + "00", None),
        (SAMPLED.upper(), None),
        (SAMPLED + "-more", None),
        ("00-" + "0" * 32 + "-b7ad6b7169203331-01", None),
        ("13987654321", None),
        (7, None),
        (None, None),
    ],
)
def test_only_a_sampled_traceparent_is_taken_from_a_record(header: object, found: str | None) -> None:
    id_ = str(UUID(int=7))
    headers = {"ce_id": id_, "ce_source": "/x", "ce_type": "x.y.v1", "ce_time": datetime.now(UTC).isoformat()}
    stored = orjson.dumps(headers | ({} if header is None else {"traceparent": header}))
    assert read_attributes(stored).traceparent == found
    assert read_traceparent(stored) == found


def test_an_error_is_marked_and_never_quoted(tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl"
    tracing.set_up("test", endpoint=None, file=file, ratio=1)
    with pytest.raises(ValueError, match="canary"), tracing.begin("job x"), tracing.step("inner"):
        raise ValueError("canary-13987654321")
    tracing.shut_down()
    spans = [json.loads(line) for line in file.read_text().splitlines()]
    assert {span["name"]: span["status"]["status_code"] for span in spans} == {"inner": "ERROR", "job x": "ERROR"}
    assert "canary" not in file.read_text()


def test_a_batch_that_is_rolled_back_leaves_no_span(tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl"
    tracing.set_up("test", endpoint=None, file=file, ratio=0)
    rolled_back, committed = tracing.processing("a.b"), tracing.processing("a.b")
    rolled_back.follow(SAMPLED)
    first = committed.follow(SAMPLED)
    assert committed.follow(SAMPLED) == first, "a thousand receipts of one request are one step"
    committed.end()
    tracing.shut_down()
    [span] = [json.loads(line) for line in file.read_text().splitlines()]
    assert span["context"]["span_id"] == f"0x{first.split('-')[2]}"
    assert span["attributes"]["messaging.batch.message_count"] == 2


def test_spans_reach_a_collector_over_otlp() -> None:
    received: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        tracing.set_up("test", endpoint=f"http://127.0.0.1:{server.server_port}/v1/traces", file=None, ratio=1)
        with tracing.begin("job x"):
            pass
        tracing.shut_down()
        until(lambda: bool(received), what="the span to arrive")
    finally:
        server.shutdown()
        server.server_close()
    [resource] = received[0].resource_spans
    assert "regulars" in str(resource.resource)
    assert [span.name for span in resource.scope_spans[0].spans] == ["job x"]


def test_the_command_shows_the_slowest_steps_first_and_the_waiting_between(tmp_path: Path) -> None:
    def span(name: str, id_: str, parent: str, times: tuple[int, int], kind: str) -> str:
        begun, ended = (f"2026-03-20T10:00:{second:02}Z" for second in times)
        made = {"name": name, "context": {"span_id": id_}, "parent_id": parent, "kind": f"SpanKind.{kind}"}
        return json.dumps(made | {"start_time": begun, "end_time": ended})

    file = tmp_path / "spans.jsonl"
    lines = [span("POST /x", "1", "0", (0, 1), "SERVER"), span("process a.b", "2", "1", (4, 6), "CONSUMER")]
    file.write_text("\n".join(lines))
    shown = CliRunner().invoke(main, ["traces", str(file)])
    assert shown.exit_code == 0, shown.output
    order = [shown.output.index(step) for step in ("before process a.b", "│ process a.b", "POST /x")]
    assert order == sorted(order)
    assert "3,000.0" in shown.output
    file.write_text("no spans\n")
    assert CliRunner().invoke(main, ["traces", str(file)]).exit_code == 2
