"""The CloudEvents 1.0 envelope in Kafka's binary mode: attributes as `ce_` headers, the event as the body.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import orjson

from shared.kernel.ids import read_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from shared.contracts.base import IntegrationEvent


class EnvelopeError(ValueError):
    """A record that cannot be read; `code` says why in one stable word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Outgoing(NamedTuple):
    """A record to publish. `headers` are already encoded by `encode_headers`, `body` is JSON."""

    topic: str
    key: bytes
    event_id: UUID
    headers: bytes
    body: bytes


class Attributes(NamedTuple):
    """The CloudEvents attributes that consumers use."""

    id: UUID
    source: str
    type: str
    time: datetime
    correlation_id: UUID
    traceparent: str | None = None
    """Of a sampled record."""


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
        # As bytes travel here (`encode_headers`): a key may be a store's code in any script.
        "ce_subject": key.encode().decode("latin-1"),
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
        source, type_ = headers["ce_source"], headers["ce_type"]
        id_, time = _uuid(headers["ce_id"]), _moment(headers["ce_time"])
        correlation_id = _uuid(headers.get("ce_correlationid") or headers["ce_id"])
    except KeyError as missing:
        code = "headers_invalid"
        raise EnvelopeError(code, f"header {missing} is missing; send CloudEvents 1.0 in binary mode") from None
    for name, word in (("ce_source", source), ("ce_type", type_)):
        if not _is_word(word):
            code = "headers_invalid"
            raise EnvelopeError(code, f"header {name} is not 1 to 200 printable ASCII characters")
    return Attributes(id_, source, type_, time, correlation_id, _sampled(headers.get("traceparent")))


def read_traceparent(stored: bytes) -> str | None:
    """The `traceparent` of a sampled record, from its stored headers."""
    # Nearly no record has one: a look at the bytes is a tenth of reading them.
    return _sampled(orjson.loads(stored).get("traceparent")) if b'"traceparent"' in stored else None


def _sampled(traceparent: object) -> str | None:
    """A W3C `traceparent` if it is one and says that its trace is recorded."""
    if traceparent is None:
        return None
    return traceparent if isinstance(traceparent, str) and _SAMPLED.fullmatch(traceparent) else None


# Nothing that a header says is repeated in an error: it could be anything.
_SAMPLED = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f][13579bdf]")
_WORD = re.compile(r"[\x21-\x7e]{1,200}")
_FIRST_YEAR, _LAST_YEAR = 1990, 2199


@lru_cache(maxsize=1024)
def _is_word(text: str) -> bool:
    # A log has a few sources and types; the cache is for them.
    return _WORD.fullmatch(text) is not None


def _uuid(text: str) -> UUID:
    try:
        return read_id(text)
    except ValueError:
        code = "headers_invalid"
        raise EnvelopeError(code, "header ce_id or ce_correlationid is not a UUID") from None


def _moment(text: str) -> datetime:
    code = "headers_invalid"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise EnvelopeError(code, "header ce_time is not an RFC 3339 time") from None
    if moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise EnvelopeError(code, "header ce_time has no offset, or is before 1990 or after 2199")
    return moment
