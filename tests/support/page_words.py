"""The page's own catalogues: a test finds a button by what it is for, in whichever language the page is."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

CATALOGUES = Path(__file__).parents[2] / "web" / "src" / "i18n"


@cache
def _catalogue(language: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CATALOGUES / language / f"{name}.json").read_text())
    return found


def told(language: str, key: str, **values: object) -> str:
    """What the page says for `serve.title`, with its `{{values}}` filled in."""
    name, *path = key.split(".")
    found: Any = _catalogue(language, name)
    for part in path:
        found = found[part]
    text = str(found)
    for value, said in values.items():
        text = text.replace(f"{{{{{value}}}}}", str(said))
    assert "{{" not in text, f"{key} needs more than {list(values)}: {text}"
    return text
