"""Every route of an application as its own OpenAPI document describes it, and good calls made from nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.routing import Mount

from tests.support.four_stores import member, receipt_id
from tests.support.hostile_values import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

Schema = dict[str, Any]

KNOWN = {"code": "E1", "store_id": "E1", "customer_id": str(member("E1")), "receipt_id": str(receipt_id("E1"))}
"""What is there, by the name of a path's parameter: a call about it gets past the first check."""
SOME_ID = "0190a5e4-1111-7bbb-8ccc-000000000001"
NOWHERE = "0190a5e4-2222-7bbb-8ccc-000000000002"
"""What nobody has: good calls make things by `SOME_ID`."""
AUDITED = {"complaint_id"}
"""What is written down when it is looked at: nothing there is looked at."""


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    in_path: dict[str, Schema] = field(default_factory=dict)
    in_query: dict[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    document: Schema = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def at(self, **values: str) -> str:
        """The path with `values`, escaped as they are, and with good ones for the others."""
        given = {name: quote(str(self.example(schema, name)), safe="") for name, schema in self.in_path.items()}
        return self.path.format(**given | dict.fromkeys(AUDITED, NOWHERE) | values)

    def harmless(self) -> str:
        """The path; of what is not there if a call without any body is enough to change something."""
        nobody = dict.fromkeys(self.in_path, NOWHERE) if self.method != "GET" and self.body is None else {}
        return self.at(**nobody)

    def example(self, schema: Schema, name: str = "") -> Any:  # noqa: PLR0911 - one answer per kind
        """A value that `schema` describes."""
        schema = self.resolved(schema)
        known = KNOWN.get(name, "")
        if known and schema.get("type") == "string" and re.search(schema.get("pattern", ""), known):
            return known
        if "const" in schema or "enum" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        match schema.get("type"):
            case "object":
                return {name: self.example(part, name) for name, part in schema.get("properties", {}).items()}
            case "array":
                return [self.example(schema.get("items", {}))] * max(1, schema.get("minItems", 1))
            case "integer" | "number":
                return max(1, schema.get("minimum", 1))
            case "boolean":
                return True
            case _:
                return _TEXTS.get(name) or _FORMATS.get(schema.get("format", ""), "x1")

    def places(self) -> Iterator[tuple[Place, Schema]]:
        """Every field of the body, also those of lists and of fields, with what it may be."""
        if self.body is not None:
            yield from self._places((), self.body)

    def _places(self, place: Place, schema: Schema) -> Iterator[tuple[Place, Schema]]:
        schema = self.resolved(schema)
        if place and isinstance(place[-1], str):
            yield place, schema
        for name, part in schema.get("properties", {}).items():
            yield from self._places((*place, name), part)
        if schema.get("type") == "array" and "items" in schema:
            yield from self._places((*place, 0), schema["items"])

    def resolved(self, schema: Schema) -> Schema:
        """Without references, and of several kinds the first that is not null."""
        while not schema.keys().isdisjoint({"$ref", "anyOf", "allOf", "oneOf"}):
            if "$ref" in schema:
                schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
                continue
            kinds = next(schema[name] for name in ("anyOf", "allOf", "oneOf") if name in schema)
            schema = next(kind for kind in kinds if kind.get("type") != "null")
        return schema


_FORMATS = {"uuid": SOME_ID, "date": "2026-03-01", "date-time": "2026-03-01T18:30:00+08:00"}
_TEXTS = {
    "phone": "+8613912347777",
    "email": "a@example.org",
    "time_zone": "Asia/Shanghai",
    "currency": "CNY",
    "store": "E1",
    "home_store": "E1",
    "till": "1",
    "month": "2026-03",
    "time": "18:30",
    "from": "08:00",
    "to": "20:00",
    "kind": "percent",
}
"""Where a schema says less than the code asks for."""


def operations(app: FastAPI, prefix: str = "") -> Iterator[Operation]:
    """Everything that `app` and what is mounted in it serves."""
    document = app.openapi()
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            yield _operation(method.upper(), prefix + path, described, document)
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            yield from operations(route.app, f"{prefix}{route.path}")


def _operation(method: str, path: str, described: Schema, document: Schema) -> Operation:
    def named(place: str) -> dict[str, Schema]:
        found: Iterable[Schema] = described.get("parameters", [])
        return {item["name"]: item["schema"] for item in found if item["in"] == place}

    content = described.get("requestBody", {}).get("content", {})
    body = next((kind["schema"] for kind in content.values()), None)
    return Operation(method, path, named("path"), named("query"), body, document)
