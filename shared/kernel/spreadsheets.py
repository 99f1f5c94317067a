"""Texts that are safe to open in a spreadsheet."""

from __future__ import annotations

# Spreadsheets of East Asia also take the wide forms.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_cell(text: str) -> str:
    """`text`, or the same quoted where a spreadsheet would run it as a formula."""
    # A leading apostrophe is what spreadsheets read as "this is text" (OWASP, CSV injection).
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
