"""What consumers read of events: a number that no column can hold is found in its record, not in a batch of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from services.processes import EVERY_SERVICE
from tests.fuzz.decoders import VIEWS

BOUNDS = {"maximum", "exclusiveMaximum", "enum", "const"}


@pytest.mark.parametrize("view", dict.fromkeys(view for _, view in VIEWS), ids=lambda view: view.__qualname__)
def test_every_whole_number_has_a_limit(view: Any) -> None:
    schema = view.model_json_schema()
    assert list(_unlimited(schema, schema.get("$defs", {}))) == []


def test_views_of_every_service_that_listens_are_among_them() -> None:
    listening = {view.__module__.split(".")[1] for _, view in VIEWS if view.__module__.startswith("services.")}
    assert listening == set(EVERY_SERVICE)


def _unlimited(schema: dict[str, Any], definitions: dict[str, Any], path: str = "") -> Iterator[str]:
    """The paths of integers without a limit. Views do not contain themselves."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "integer" and not BOUNDS & schema.keys():
        yield path
    parts = [(f".{name}", part) for name, part in schema.get("properties", {}).items()]
    parts += [("", part) for kind in ("anyOf", "oneOf", "allOf") for part in schema.get(kind, [])]
    parts += [("[]", part) for part in schema.get("prefixItems", [])]
    parts += [("{}", part) for part in schema.get("patternProperties", {}).values()]
    parts += [(mark, schema[key]) for key, mark in (("items", "[]"), ("additionalProperties", "{}")) if key in schema]
    for name, part in parts:
        if isinstance(part, dict):
            yield from _unlimited(part, definitions, path + name)
