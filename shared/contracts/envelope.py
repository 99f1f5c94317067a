"""The CloudEvents 1.0 envelope in Kafka's binary mode: attributes as `ce_` headers, the event as the body.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.contracts.base import IntegrationEvent


class EnvelopeError(ValueError):
    """A record that cannot be read; `code` says why in one stable word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to publish. `headers` are already encoded by `encode_headers`, `body` is JSON."""

    topic: str
    key: bytes
    event_id: UUID
    headers: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Attributes:
    """The CloudEvents attributes that consumers use."""

    id: UUID
    source: str
    type: str
    time: datetime
    correlation_id: UUID


def wrap(
    event: IntegrationEvent,
    *,
    key: str,
    event_id: UUID,
    source: str,
    time: datetime,
    correlation_id: UUID,
    causation_id: UUID,
    traceparent: str | None = None,
) -> Outgoing:
    """The record that carries `event`; `key` orders it within its topic."""
    headers = {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": source,
        "ce_type": event.type,
        "ce_time": time,
        "ce_subject": key,
        "ce_correlationid": correlation_id,
        "ce_causationid": causation_id,
    }
    if traceparent:
        headers["traceparent"] = traceparent
    return Outgoing(
        topic=event.topic,
        key=key.encode(),
        event_id=event_id,
        headers=orjson.dumps(headers),
        body=event.__pydantic_serializer__.to_json(event),
    )


def encode_headers(headers: Mapping[str, bytes]) -> bytes:
    """Any headers, also broken ones, as stored bytes; `decode_headers` gives the same back.

    Bytes travel as Latin-1 text inside JSON: every byte survives, also those that are not UTF-8.
    """
    return orjson.dumps({name: value.decode("latin-1") for name, value in headers.items()})


def decode_headers(stored: bytes) -> dict[str, bytes]:
    """The headers as a log delivers them."""
    return {name: value.encode("latin-1") for name, value in orjson.loads(stored).items()}


def read_attributes(stored: bytes) -> Attributes:
    """The attributes of a record, from its stored headers.

    Raises `EnvelopeError` with code `headers_invalid` naming the header that is missing or broken.
    """
    headers = orjson.loads(stored)
    try:
        return Attributes(
            id=UUID(headers["ce_id"]),
            source=headers["ce_source"],
            type=headers["ce_type"],
            time=datetime.fromisoformat(headers["ce_time"]),
            correlation_id=UUID(headers.get("ce_correlationid") or headers["ce_id"]),
        )
    except KeyError as missing:
        code = "headers_invalid"
        raise EnvelopeError(code, f"header {missing} is missing; send CloudEvents 1.0 in binary mode") from None
    except ValueError as error:
        code = "headers_invalid"
        raise EnvelopeError(code, f"a CloudEvents header is broken: {error}") from None
