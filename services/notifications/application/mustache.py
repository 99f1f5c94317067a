"""Wordings in Mustache: what may be in one, what it needs, and what it says with values. No logic, no code, no files.

The library renders; what a wording may use of it is decided here: plain tags and sections. What would read other
templates, change the notation or switch escaping off is refused when it is saved.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pystache import Renderer, parser  # type: ignore[import-untyped]  # the library has no types

from shared.kernel.errors import InvalidInput

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
VALUE_LENGTH_MAX = 500
DEPTH_MAX = 10
"""Sections in sections. Each costs the renderer a call in a call."""
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
"""Control characters, line separators, and what reverses the direction of writing."""


class WordingInvalid(InvalidInput):
    """A wording uses what it may not, or is not closed. Raised with the field and the place."""

    code = "template_invalid"


class ValuesMissing(InvalidInput):
    """A wording needs values that are not there: such a message is not sent."""

    code = "template_values_missing"

    def __init__(self, missing: frozenset[str]) -> None:
        self.missing = tuple(sorted(missing))
        super().__init__(f"values are missing: {', '.join(self.missing)}", missing=list(self.missing))


@dataclass(frozen=True, slots=True)
class Parsed:
    """A wording that may be used."""

    tree: Any
    required: frozenset[str]
    """The values without which it is not rendered."""
    optional: frozenset[str]
    """Those that only open or close a section: where they are missing, the section is left out."""


@lru_cache(maxsize=1024)
def parse(wording: str, field: str = "body") -> Parsed:
    """The wording, checked. Raises `WordingInvalid` naming `field`, what is wrong and the way out."""
    try:
        tree = parser.parse(wording, raise_on_mismatch=True)
    except (parser.ParsingError, IndexError):
        # The library pops from an empty list where a section ends that never began.
        msg = f"{field}: a section is not closed, or closed without being open; write {{{{#name}}}}...{{{{/name}}}}"
        raise WordingInvalid(msg, field=field) from None
    required: set[str] = set()
    sections: set[str] = set()
    for kind, name, inside in _tags(tree, frozenset(), field):
        _check(kind, name, field)
        if kind == "section":
            sections.add(name)
        elif kind == "value" and name not in inside:
            required.add(name)
    return Parsed(tree, frozenset(required), frozenset(sections - required))


def render(parsed: Parsed, values: Mapping[str, str], *, escape: bool) -> str:
    """What the wording says. Raises `ValuesMissing`. With `escape`, values are text within HTML.

    Values are cleaned first: whoever has a line break in her name starts no new header, and no new line either.
    """
    missing = parsed.required - values.keys()
    if missing:
        raise ValuesMissing(missing)
    context = dict.fromkeys(parsed.optional, "") | {name: clean(value) for name, value in values.items()}
    renderer = Renderer(escape=html.escape if escape else str, missing_tags="strict")
    rendered: str = renderer.render(parsed.tree, context)
    return rendered


def clean(value: str) -> str:
    """A value on one line, without characters that cannot be seen, and not endless."""
    return _UNSEEN.sub(" ", value).strip()[:VALUE_LENGTH_MAX]


def _check(kind: str, name: str, field: str) -> None:
    if kind == "text":
        if "{{" in name or "}}" in name:
            msg = f"{field}: a tag is not closed; write {{{{name}}}}"
            raise WordingInvalid(msg, field=field)
        return
    if kind not in {"value", "section", "comment"}:
        msg = (
            f"{field}: {kind} tags are not allowed; write {{{{name}}}}, or {{{{#name}}}}...{{{{/name}}}} for a section"
        )
        raise WordingInvalid(msg, field=field)
    if kind != "comment" and not NAME.fullmatch(name):
        msg = f"{field}: {name[:40]!r} is not a name; use 1 to 40 of a-z, 0-9 and _, beginning with a letter"
        raise WordingInvalid(msg, field=field, name=name[:40])


def _tags(
    tree: Any,  # noqa: ANN401 - the library's own type
    inside: frozenset[str],
    field: str,
    depth: int = 0,
) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Every tag and text of a parsed wording, with the sections that it stands in."""
    if depth > DEPTH_MAX:
        msg = f"{field}: more than {DEPTH_MAX} sections stand in each other; write them one after the other"
        raise WordingInvalid(msg, field=field)
    # The library shows its tree to nobody; the test of every kind of tag below would notice if it changed.
    for node in tree._parse_tree:  # noqa: SLF001 - see above
        kind = "text" if isinstance(node, str) else _KINDS.get(type(node).__name__, "unknown")
        if kind == "text":
            yield kind, node, inside
        elif kind in {"section", "inverted"}:
            yield "section", node.key, inside
            within = inside | {node.key} if kind == "section" else inside
            yield from _tags(node.parsed if kind == "section" else node.parsed_section, within, field, depth + 1)
        else:
            yield kind, getattr(node, "key", ""), inside


_KINDS = {
    "_EscapeNode": "value",
    "_SectionNode": "section",
    "_InvertedNode": "inverted",
    "_CommentNode": "comment",
    "_LiteralNode": "unescaped",
    "_PartialNode": "partial",
    "_ChangeNode": "delimiter",
}
