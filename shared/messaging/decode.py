"""Records to messages. What cannot be read gets a stable reason; nothing here raises anything else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from pydantic import ValidationError

from shared.contracts.envelope import EnvelopeError, read_attributes
from shared.kernel.messages import Cause
from shared.messaging.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.contracts.base import View
    from shared.messaging.message import Record


_NUMBER = re.compile("[0-9]{1,4}")
"""What is repeated of a version: anything longer could be somebody's."""


class Undecodable(ValueError):
    """A record that no retry can read."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Decode(Protocol):
    """Reads a record for one consumer: the message, or None for a type that is not among `views`.

    Raises `Undecodable` for a record that is to be parked with its bytes, and nothing else. Pure.
    """

    def __call__(self, record: Record, views: Mapping[str, type[View]]) -> Message[Any] | None: ...


def decode(record: Record, views: Mapping[str, type[View]]) -> Message[Any] | None:
    """The message in `record`, or None if its type is not among `views`.

    Raises `Undecodable` naming what is broken, never showing a value: it could be personal.
    """
    try:
        attributes = read_attributes(record.headers)
    except EnvelopeError as error:
        raise Undecodable(error.code, str(error)) from None
    except (orjson.JSONDecodeError, TypeError, AttributeError):
        code = "headers_invalid"
        raise Undecodable(code, "the headers are not text") from None
    view = views.get(attributes.type)
    if view is None:
        known = {name.rsplit(".v", 1)[0] for name in views}
        base, _, version = attributes.type.rpartition(".v")
        if base in known:
            code = "version_unknown"
            named = version if _NUMBER.fullmatch(version) else "(not a number)"
            raise Undecodable(code, f"{base} version {named} is newer than this release")
        return None
    if record.body is None:
        code = "body_missing"
        raise Undecodable(code, f"{attributes.type} without a body")
    try:
        body = view.model_validate_json(record.body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        code = "json_invalid" if first["type"] == "json_invalid" else "schema_invalid"
        where = ".".join(map(str, first["loc"])) or "body"
        # Of a UUID it would quote the character that it does not like.
        raise Undecodable(code, f"{where}: {first['msg'].partition(', invalid')[0]}") from None
    return Message(
        record=record,
        event_id=attributes.id,
        source=attributes.source,
        type=attributes.type,
        body=body,
        cause=Cause(
            id=attributes.id,
            correlation_id=attributes.correlation_id,
            occurred_at=attributes.time,
            actor=attributes.source,
            trace=attributes.traceparent,
        ),
    )
