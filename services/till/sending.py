"""Empties a spool into Kafka. A record leaves the spool only after all replicas have it, so it may come twice."""

from __future__ import annotations

import fcntl
import socket
import sqlite3
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from shared.contracts.envelope import decode_headers
from shared.contracts.receipts import RECEIPTS_TOPIC
from shared.kernel.failpoints import failpoint
from shared.kernel.pace import Pace

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from services.till.spool import Spool, Waiting
    from shared.messaging.kafka_settings import KafkaSettings

log = structlog.get_logger(__name__)

BATCH_RECORDS_MAX = 500
BATCH_BYTES_MAX = 8 * 1024 * 1024


class Sender:
    """Sends what waits, in order. `answer_s` is how long the broker may be silent before that counts as a failure."""

    def __init__(self, spool: Spool, kafka: KafkaSettings, answer_s: float) -> None:
        self._spool = spool
        self._kafka = kafka
        self._topic = kafka.physical(RECEIPTS_TOPIC)
        self._answer_s = answer_s
        self._producer: KafkaProducer | None = None
        self._failing: type[Exception] | None = None

    def run(self, stop: threading.Event, *, until_empty: bool = False, within_s: float | None = None) -> bool:
        """Sends until `stop` is set; with `until_empty` until nothing waits, or `within_s` is over.

        Whatever fails is tried again, later each time. Returns whether nothing waits.
        """
        pace = Pace(BATCH_RECORDS_MAX)
        deadline = None if within_s is None else time.monotonic() + within_s
        try:
            while not stop.is_set():
                pace.begin()
                try:
                    sent = self.send_batch()
                    rest_s = pace.rest_after(sent)
                except (KafkaError, OSError, sqlite3.OperationalError) as error:
                    # A topic that is missing, a disk that is full: all of it may be mended by tomorrow.
                    sent, rest_s = -1, pace.back_off()
                    self._failed(error)
                if until_empty and sent == 0:
                    return True
                if deadline is not None and time.monotonic() + rest_s > deadline:
                    return False
                stop.wait(rest_s)
            return False
        finally:
            self._forget_producer()

    def send_batch(self) -> int:
        """Sends the oldest records and forgets those that the broker has; how many. Raises what Kafka raises."""
        rows = self._spool.next(BATCH_RECORDS_MAX, BATCH_BYTES_MAX)
        if not rows:
            return 0
        producer = self._connected()
        answers = [self._send(producer, row) for row in rows]
        producer.flush(timeout=2 * self._answer_s)
        failpoint("till.after_sent")
        # Up to the first one that failed: what came behind it is sent again behind it, and order stays.
        acknowledged = next((n for n, answer in enumerate(answers) if not answer.succeeded()), len(rows))
        if acknowledged:
            self._spool.sent(rows[acknowledged - 1].id)
            self._failing = None
        if acknowledged < len(rows):
            answers[acknowledged].get(timeout=0)
        return acknowledged

    def _send(self, producer: KafkaProducer, row: Waiting) -> Any:  # noqa: ANN401 - the client has no types
        headers = list(decode_headers(row.headers).items())
        return producer.send(self._topic, value=row.body, key=row.key, headers=headers)

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            _knock(self._kafka.bootstrap_servers, self._answer_s)
            self._producer = _connect(self._kafka, int(self._answer_s * 1000))
        return self._producer

    def _failed(self, error: Exception) -> None:
        self._forget_producer()
        if type(error) is not self._failing:
            # Once, not every few seconds for days; `status` has the newest.
            log.warning("till_waits", error=type(error).__name__)
        self._failing = type(error)
        with suppress(sqlite3.OperationalError):
            # What is noted for `status` is not worth ending for.
            self._spool.failed(f"{type(error).__name__}: {error}")

    def _forget_producer(self) -> None:
        # An idempotent producer that gave up on a batch cannot number the next one: begin with a new one.
        producer, self._producer = self._producer, None
        if producer is not None:
            _close(producer)


def _knock(servers: str, within_s: float) -> None:
    """Raises `OSError` when no server accepts a connection.

    The client would find out as well, and leave a socket behind each time: days offline would use up all that a
    process may have.
    """
    why = ""
    for server in servers.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=within_s).close()
        except (OSError, ValueError) as error:
            why = str(error)
        else:
            return
    raise ConnectionError(f"Kafka at {servers} cannot be reached: {why}")


def _connect(kafka: KafkaSettings, answer_ms: int) -> KafkaProducer:
    clients: list[Any] = []

    def client(**configs: Any) -> Any:  # noqa: ANN401 - the client has no types
        clients.append(KafkaProducer.DEFAULT_CONFIG["kafka_client"](**configs))
        return clients[-1]

    try:
        return KafkaProducer(
            **kafka.kafka_python_options(),
            client_id="regulars-till",
            enable_idempotence=True,
            acks="all",
            linger_ms=5,
            batch_size=256 * 1024,
            allow_auto_create_topics=False,
            bootstrap_timeout_ms=answer_ms,
            max_block_ms=answer_ms,
            request_timeout_ms=answer_ms // 2,
            delivery_timeout_ms=answer_ms,
            metrics_enabled=False,
            kafka_client=client,
        )
    except BaseException:
        # It leaves its sockets open when nobody answers.
        for made in clients:
            made.close()
        raise


def _close(producer: KafkaProducer) -> None:
    try:
        producer.close(timeout=1)
    except KafkaTimeoutError:
        # It still waits for an answer, and its own close gives up before it ends its thread. What it holds is in the
        # spool: drop it.
        producer._sender.force_close()  # noqa: SLF001 - the client has no other way
        with suppress(KafkaError):
            producer.close(timeout=5)


@contextmanager
def sole_sender(spool_file: Path) -> Iterator[bool]:
    """Whether nobody else empties this spool; holds the place meanwhile. Two would only send everything twice."""
    with spool_file.with_name(f"{spool_file.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
