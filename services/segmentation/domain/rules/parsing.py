"""A rule from JSON and back. What is wrong with it is told by the JSON pointer of the node, all of it at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import TypeAdapter, ValidationError

from services.segmentation.domain.rules.nodes import Node
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

DEPTH_MAX = 8
NODES_MAX = 50
ROOT = "/rule"
"""Where the rule stands in a request: pointers begin there."""
_ERRORS_SHOWN_MAX = 10
_VALUE_LENGTH_MAX = 60
_FIELD_NAME = re.compile("[A-Za-z_]{1,32}")

_NODE: TypeAdapter[Node] = TypeAdapter(Node)
_KINDS = "all, any, not, lifecycle, rfm_class, score, registered, home_store, last_purchase, purchases, consent"


class BadRule(InvalidInput):
    """The rule cannot be understood; `errors` names each node that is wrong."""

    code: ClassVar[str] = "bad_rule"


def parse_rule(document: object) -> Node:
    """The rule that `document`, parsed JSON, describes. Raises `BadRule`."""
    _check_size(document)
    try:
        return _NODE.validate_python(document)
    except ValidationError as error:
        items = error.errors(include_url=False)
    raise _bad([_problem(item, document) for item in items if not _follows(item, document)])


def to_document(rule: Node) -> dict[str, Any]:
    """The rule as JSON, the same for all that mean the same by their fields: what is default is left out."""
    document: dict[str, Any] = _NODE.dump_python(rule, mode="json", by_alias=True, exclude_defaults=True)
    return document


def _check_size(document: object) -> None:
    """Before anything walks the tree by recursion. Raises `BadRule`."""
    found, nodes = [(document, ROOT)], 0
    for depth in range(1, DEPTH_MAX + 2):
        level = [(value, pointer) for value, pointer in found if isinstance(value, dict)]
        nodes += len(level)
        if nodes > NODES_MAX:
            raise _bad([{"pointer": ROOT, "problem": f"more than {NODES_MAX} nodes; split it into several segments"}])
        if level and depth > DEPTH_MAX:
            pointer = level[0][1]
            raise _bad([{"pointer": pointer, "problem": f"deeper than {DEPTH_MAX} nodes; write it flatter"}])
        found = [child for value, pointer in level for child in _children(value, pointer)]


def _children(node: dict[str, object], pointer: str) -> list[tuple[object, str]]:
    of = node.get("of")
    if isinstance(of, list):
        # As many as would be too many anyway: a list of a million is not walked.
        return [(child, f"{pointer}/of/{n}") for n, child in enumerate(of[: NODES_MAX + 1])]
    return [(of, f"{pointer}/of")]


def _follows(item: ErrorDetails, document: object) -> bool:
    """Whether it only follows from another: pydantic calls a list short whose items are all wrong."""
    return item["type"] == "too_short" and bool(_locate(item, document)[1])


def _problem(item: ErrorDetails, document: object) -> dict[str, object]:
    pointer, node = _locate(item, document)
    value, problem = item.get("input"), item["msg"]
    match item["type"]:
        case "union_tag_not_found" | "model_attributes_type" | "dict_type":
            problem = f"a node is an object with a kind, one of {_KINDS}"
        case "union_tag_invalid":
            pointer, value = f"{pointer}/kind", node.get("kind") if isinstance(node, dict) else None
            problem = f"no such kind; choose one of {_KINDS}"
        case "extra_forbidden":
            name, value = str(item["loc"][-1]), None
            shown = name if _FIELD_NAME.fullmatch(name) else "a field"
            pointer = pointer if _FIELD_NAME.fullmatch(name) else pointer.rpartition("/")[0]
            problem = f"{shown} is not known to this kind of node; leave it out"
        case "missing":
            value, problem = None, "is missing; add it"
    entry: dict[str, object] = {"pointer": pointer, "problem": problem}
    if isinstance(value, str | int | float) and len(str(value)) <= _VALUE_LENGTH_MAX:
        entry["value"] = value
    return entry


def _locate(item: ErrorDetails, document: object) -> tuple[str, object]:
    """The JSON pointer of an error and what is there. Pydantic's location also names kinds, which no document has."""
    pointer, here = ROOT, document
    last = len(item["loc"]) - 1
    for n, part in enumerate(item["loc"]):
        try:
            here = here[part]  # type: ignore[index] # whatever cannot be indexed so is caught
        except (KeyError, IndexError, TypeError):
            if n < last or item["type"] != "missing":
                continue
        pointer += "/" + str(part).replace("~", "~0").replace("/", "~1")
    return pointer, here


def _bad(found: list[dict[str, object]]) -> BadRule:
    def said(entry: dict[str, object]) -> str:
        value = f" (it is {entry['value']!r})" if "value" in entry else ""
        return f"{entry['pointer']}: {entry['problem']}{value}"

    return BadRule("; ".join(said(entry) for entry in found[:3]), errors=found[:_ERRORS_SHOWN_MAX])
