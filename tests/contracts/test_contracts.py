"""Schemas and golden examples: no drift, additive changes only, yesterday's records readable today."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from shared.contracts.compatibility import incompatibilities
from shared.contracts.examples import EXAMPLES
from shared.contracts.generate import FOLDER, broken_promises, documents
from shared.contracts.registry import EVENTS
from shared.contracts.topics import TOPICS


def test_what_is_committed_is_what_the_models_say() -> None:
    assert {path.name: path.read_text() for path in FOLDER.glob("*.json")} == documents()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.type)
def test_a_golden_example_is_read_back_as_it_was_written(example: Any) -> None:
    stored = (FOLDER / f"{example.type}.example.json").read_text()
    assert EVENTS[example.type].model_validate_json(stored) == example


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.type)
def test_every_event_has_its_name_its_topic_and_an_owner(event: Any) -> None:
    publisher, fact, version = event.type.split(".")
    # Receipts come from outside, and a request is called after the service that it is for: `campaigns` writes it.
    assert TOPICS[event.topic].owner == publisher or event.topic in {"pos.receipts.v1", "notifications.requests.v1"}
    assert version == "v1"
    assert fact == fact.lower()
    assert event.__doc__


PERSONAL = ("name", "phone", "email", "address", "birthday", "card", "wechat", "text", "note", "gender")


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.type)
def test_no_event_has_a_field_for_personal_data(event: Any) -> None:
    fields = {name for part in _models(event) for name in part.model_fields}
    allowed = {"text_version"}
    assert not {f for f in fields - allowed if any(word in f.split("_") for word in PERSONAL)}


def _models(event: Any) -> list[Any]:
    found = [event]
    for field in event.model_fields.values():
        found += [part for part in getattr(field.annotation, "__args__", ()) if hasattr(part, "model_fields")]
    return found


def schema() -> dict[str, Any]:
    return json.loads((FOLDER / "stores.sale_recorded.v1.schema.json").read_text())


def change(path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(schema())
    *parents, last = path.split("/")
    place = changed
    for part in parents:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return changed


def test_an_optional_field_may_be_added_anywhere() -> None:
    added = change("properties/note_count", {"type": "integer", "default": 0})
    added["$defs"]["SaleLine"]["properties"]["brand"] = {"type": "string", "default": ""}
    assert incompatibilities(schema(), added) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (change("properties/currency", None), "currency: removed"),
        (change("properties/currency", {"type": "integer"}), "currency.: type changed"),
        (change("$defs/SaleLine/properties/product", None), "lines.[].product: removed"),
        (change("properties/standing", {"enum": ["kept", "gone"], "type": "string"}), "the allowed values changed"),
        (change("required", [*schema()["required"], "checkout_id"]), "checkout_id: was optional, is required"),
        (change("required", schema()["required"][1:]), "was required, is optional"),
        (change("properties/total_minor", {"type": "integer", "maximum": 9}), "maximum changed"),
        (change("properties/customer_id/anyOf", [{"type": "null"}]), "the alternatives changed"),
    ],
)
def test_anything_else_is_found_and_named(changed: dict[str, Any], named: str) -> None:
    assert any(named in problem for problem in incompatibilities(schema(), changed))


def test_a_new_required_field_is_found() -> None:
    changed = change("properties/brand", {"type": "string"})
    changed["required"] = [*changed["required"], "brand"]
    assert incompatibilities(schema(), changed) == ["brand: new and required; records of before do not have it"]


def test_a_schema_that_vanishes_is_found() -> None:
    assert broken_promises({}, {"x.v1.schema.json": {}}) == ["x.v1.schema.json: removed"]
