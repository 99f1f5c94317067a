"""The AsyncAPI 3.0 document of everything that goes over the log: topics, who writes and reads them, messages.

Made from the topic catalogue, the events, the envelope and the golden examples; nothing in it is written by hand twice.
Payloads are referred to, not repeated: the document lies beside their schemas. https://www.asyncapi.com/docs/reference
"""

from __future__ import annotations

import inspect
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from shared.contracts.envelope import wrap
from shared.contracts.examples import EXAMPLES
from shared.contracts.readers import READERS
from shared.contracts.receipts import RECEIPTS_TOPIC
from shared.contracts.registry import EVENTS
from shared.contracts.topics import BATCH_BYTES_MAX, CATALOGUE, RECORD_BYTES_MAX, TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.contracts.base import IntegrationEvent
    from shared.contracts.topics import Topic

KAFKA_BINDING = "0.5.0"
"""Version of https://github.com/asyncapi/bindings/tree/master/kafka."""
_EXAMPLE_ID = UUID("0190a5e4-4444-7bbb-8ccc-000000000004")
_EXAMPLE_CAUSE = UUID("0190a5e4-5555-7bbb-8ccc-000000000005")
_EXAMPLE_TIME = datetime.fromisoformat("2026-03-01T18:30:00+08:00")
_EXAMPLE_KEY = "0190a5e4-1111-7bbb-8ccc-000000000001"
_TRACEPARENT = {
    "type": "string",
    "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}",
    "description": "W3C trace context, of records whose trace is recorded.",
}


def asyncapi() -> dict[str, Any]:
    """The document. Lies beside the schemas that it refers to."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:regulars:events",
        "info": {
            "title": "Regulars: events",
            "version": "1",
            "description": "What the services of Regulars tell each other, and how tills hand in receipts. Events are"
            " only ever added to: a change that an older reader could not read is a new type, `.v2`, beside the old"
            f" one. No record holds personal data, and none is larger than {RECORD_BYTES_MAX} bytes.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "tags": [{"name": name, "description": told} for name, told in _services()],
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "Apache Kafka 4. A cluster that several chains share puts a prefix before each topic.",
                "variables": {
                    "bootstrap": {
                        "default": "localhost:9092",
                        "description": "REGULARS_KAFKA_BOOTSTRAP_SERVERS: host and port of any broker.",
                    },
                },
            },
        },
        "channels": {topic.name: _channel(topic) for topic in CATALOGUE},
        "operations": _operations(),
        "components": {
            "messages": {example.type: _message(example) for example in EXAMPLES},
            "messageTraits": {"cloudEvent": _cloud_event()},
        },
    }


def _services() -> Iterable[tuple[str, str]]:
    for name in sorted({reader.service for reader in READERS} | {topic.owner for topic in CATALOGUE}):
        yield name, "Whatever writes receipts, outside of Regulars." if name == "tills" else f"The service `{name}`."


def _channel(topic: Topic) -> dict[str, Any]:
    retention = timedelta(days=topic.retention_days) if topic.retention_days is not None else None
    return {
        "address": topic.name,
        "title": topic.name,
        "description": f"{topic.holds}. Ordered by its key: {topic.key}. Written by {topic.owner} only.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {
            type_: {"$ref": f"#/components/messages/{type_}"}
            for type_, event in EVENTS.items()
            if event.topic == topic.name
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [topic.cleanup],
                    "retention.ms": retention // timedelta(milliseconds=1) if retention else -1,
                    "retention.bytes": -1,
                    "max.message.bytes": BATCH_BYTES_MAX,
                },
                "bindingVersion": KAFKA_BINDING,
            },
        },
    }


def _operations() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for topic in CATALOGUE:
        events = [event for event in EVENTS.values() if event.topic == topic.name]
        made[f"{topic.owner}.sends.{topic.name}"] = _operation(
            "send", topic, topic.owner, f"Writes {topic.holds}.", events
        )
    for reader in READERS:
        for name in sorted({event.topic for event in reader.events}):
            operation = _operation("receive", TOPICS[name], reader.service, reader.purpose, reader.reads(name))
            # With a prefix before it where a cluster is shared, as with topics.
            group = {"type": "string", "const": reader.name}
            operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": KAFKA_BINDING}}
            operation["description"] = _WAITING[reader.order]
            made[f"{reader.name}.receives.{name}"] = operation
    return made


_WAITING = {
    "key": "What follows a record that cannot be handled waits behind it, if it has the same key.",
    "none": "A record that cannot be handled holds up nothing but itself.",
}


def _operation(
    action: str,
    topic: Topic,
    service: str,
    summary: str,
    events: Iterable[type[IntegrationEvent]],
) -> dict[str, Any]:
    channel = f"#/channels/{topic.name}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "summary": summary[0].upper() + summary[1:],
        "tags": [{"name": service}],
        "messages": [{"$ref": f"{channel}/messages/{event.type}"} for event in events],
    }


def _message(example: IntegrationEvent) -> dict[str, Any]:
    event, topic = type(example), TOPICS[example.topic]
    made: dict[str, Any] = {
        "name": event.type,
        "title": event.__name__,
        "summary": inspect.getdoc(event),
        "contentType": "application/json",
        "payload": {"$ref": f"./{event.type}.schema.json"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"What orders the topic: {topic.key}."},
                "bindingVersion": KAFKA_BINDING,
            },
        },
    }
    payload = example.model_dump(mode="json")
    if event.topic == RECEIPTS_TOPIC:
        # Tills need no headers, and with any others they are read the same.
        made["headers"] = {
            "type": "object",
            "properties": {"ce_type": {"type": "string", "const": event.type}, "traceparent": _TRACEPARENT},
        }
        return made | {"examples": [{"name": "golden", "payload": payload}]}
    made["headers"] = {"type": "object", "properties": {"ce_type": {"type": "string", "const": event.type}}}
    made["traits"] = [{"$ref": "#/components/messageTraits/cloudEvent"}]
    return made | {"examples": [{"name": "golden", "headers": _headers(example, topic), "payload": payload}]}


def _headers(example: IntegrationEvent, topic: Topic) -> dict[str, Any]:
    record = wrap(
        example,
        key=_EXAMPLE_KEY,
        event_id=_EXAMPLE_ID,
        source=f"/{topic.owner}",
        time=_EXAMPLE_TIME,
        correlation_id=_EXAMPLE_CAUSE,
        causation_id=_EXAMPLE_CAUSE,
    )
    headers: dict[str, Any] = orjson.loads(record.headers)
    return headers


def _cloud_event() -> dict[str, Any]:
    """The envelope (`shared.contracts.envelope.wrap`): CloudEvents 1.0 in Kafka's binary mode."""
    uuid = {"type": "string", "format": "uuid"}
    always = {
        "content-type": {"type": "string", "const": "application/json"},
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {**uuid, "description": "One per event; a record that comes again has the same."},
        "ce_source": {"type": "string", "description": "The service that tells: `/stores`."},
        "ce_type": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it happened, with an offset."},
        "ce_subject": {"type": "string", "description": "The record's key."},
        "ce_correlationid": {**uuid, "description": "Of everything that one request or receipt led to."},
        "ce_causationid": {**uuid, "description": "Of what led to this event."},
    }
    return {
        "headers": {
            "type": "object",
            "required": list(always),
            "properties": {
                **always,
                "traceparent": _TRACEPARENT,
                "correlation_id": {**uuid, "description": "`ce_correlationid` again, where FastStream looks for it."},
            },
        },
        "correlationId": {"location": "$message.header#/ce_correlationid"},
    }
