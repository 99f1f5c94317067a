"""Whether a newer JSON Schema of an event still says everything that the older one said: additive only.

A consumer of yesterday must read what a producer of today writes, and a stored record of yesterday must be
readable today. Anything else is a new version with a new name.
"""

from __future__ import annotations

from typing import Any

_FIXED = (
    *("type", "const", "format", "pattern"),
    *("minimum", "exclusiveMinimum", "minLength", "minItems"),
    *("maximum", "exclusiveMaximum", "maxLength", "maxItems"),
)
"""What a field says about its values never changes: tighter breaks old records, looser breaks old readers."""


def incompatibilities(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Each way in which `new` breaks readers or records of `old`, naming the field; empty if none."""
    return _compare(old, new, old.get("$defs", {}), new.get("$defs", {}), "")


def _compare(
    old: dict[str, Any],
    new: dict[str, Any],
    old_defs: dict[str, Any],
    new_defs: dict[str, Any],
    path: str,
) -> list[str]:
    old, new = _resolve(old, old_defs), _resolve(new, new_defs)
    where = path or "the event"
    found = [
        f"{where}: {keyword} changed from {old.get(keyword)!r} to {new.get(keyword)!r}"
        for keyword in _FIXED
        if old.get(keyword) != new.get(keyword)
    ]
    if set(old.get("enum", ())) != set(new.get("enum", ())):
        found.append(f"{where}: the allowed values changed; readers of the old ones have no answer to new ones")
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    found += [f"{path}{name}: removed" for name in old_fields.keys() - new_fields.keys()]
    required = set(new.get("required", ()))
    found += [
        f"{path}{name}: new and required; records of before do not have it"
        for name in (new_fields.keys() - old_fields.keys()) & required
    ]
    found += [
        f"{path}{name}: was optional, is required"
        for name in required - set(old.get("required", ()))
        if name in old_fields
    ]
    found += [
        f"{path}{name}: was required, is optional; readers of before rely on it"
        for name in set(old.get("required", ())) - required
        if name in new_fields
    ]
    for name in old_fields.keys() & new_fields.keys():
        found += _compare(old_fields[name], new_fields[name], old_defs, new_defs, f"{path}{name}.")
    if "items" in old and "items" in new:
        found += _compare(old["items"], new["items"], old_defs, new_defs, f"{path}[].")
    old_any, new_any = old.get("anyOf", []), new.get("anyOf", [])
    if len(old_any) != len(new_any):
        found.append(f"{where}: the alternatives changed")
    for before, after in zip(old_any, new_any, strict=False):
        found += _compare(before, after, old_defs, new_defs, path)
    return sorted(found)


def _resolve(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return definitions[reference.rsplit("/", 1)[1]] if reference else schema
