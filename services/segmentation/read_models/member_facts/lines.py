"""The lines of a receipt: how they are read, how they lie in arrays, and what is left of them after returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import Field
from typing_extensions import TypedDict

from shared.contracts.base import WholeNumber
from shared.kernel.text import Code

LineNumber = Annotated[int, Field(ge=0, le=2**31 - 1)]


class _LineRequired(TypedDict):
    line: LineNumber
    product: Code
    amount_minor: WholeNumber


class Line(_LineRequired, total=False):
    """What is read of a line. A plain dictionary: ten of them are read for every receipt."""

    category: Code | None
    returned_minor: WholeNumber


class ReturnedLine(TypedDict):
    """What came back of a line in one return."""

    line: LineNumber
    amount_minor: WholeNumber


class Lines(NamedTuple):
    """The lines of one receipt as columns; all None if no document was heard.

    Numbers are written as PostgreSQL arrays, codes as `CODES` reads them: quoting them twice, for an array in an array,
    costs more than everything else that is done with a line.
    """

    lines: str | None
    products: str | None
    categories: str | None
    amounts: str | None


NO_LINES = Lines(None, None, None, None)
_BETWEEN, _NONE = "\x1e", "\x1d"
"""No code holds a control character (`shared.kernel.text.Code`)."""
CODES = "string_to_array({}, chr(30), chr(29))"
"""A column of codes as an array of text."""

ITEMS = """
(select i.product, i.category, i.amount - b.minor as amount
 from unnest(p.lines, p.products, p.categories, p.amounts) as i(line, product, category, amount)
 cross join lateral (
   select case when p.came_back is null then 0 else (
     select coalesce(sum(value::bigint), 0)::bigint from jsonb_each_text(p.came_back)
     where split_part(key, ':', 1)::int > p.document_version and split_part(key, ':', 2)::int = i.line) end as minor) b
 where b.minor < i.amount or i.amount = 0)
"""
"""What is left of the lines of a row `p` of `purchases`. A line of which all the money came back is gone; one that
cost nothing stays."""


def columns_of(lines: Sequence[Line]) -> Lines:
    """The lines as columns, but for those of which nothing is left."""
    left = lines
    if any("returned_minor" in line and line["returned_minor"] for line in lines):
        left = [line for line in lines if not 0 < line["amount_minor"] <= line.get("returned_minor", 0)]
    return Lines(
        f"{{{','.join([str(line['line']) for line in left])}}}",
        _BETWEEN.join([line["product"] for line in left]),
        _BETWEEN.join([line.get("category") or _NONE for line in left]),
        f"{{{','.join([str(line['amount_minor'] - line.get('returned_minor', 0)) for line in left])}}}",
    )
