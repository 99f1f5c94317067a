"""Personal data that nothing else would contain, and a hunt for it in every spelling that a leak could have."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import structlog

from shared.observability.logs import configure_logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = {
    "name": "Zanzibar Quillfeather",
    "phone": "13987654321",
    "card": "QUILL-7788-9900",
    "email": "Zanzibar@Quillfeather.example",
    "birthday": "1931-07-23",
}
WORDS = ("zanzibar", "quillfeather", "3987654321", "quill77889900", "quill-7788", "1931-07-23")
IDENTIFIERS = ("+8613987654321", "13987654321", "QUILL77889900", "zanzibar@quillfeather.example")


@cache
def needles() -> frozenset[bytes]:
    """The words in lower case, as text, hex, base64 and in URLs, and hashes that could be guessed from."""
    found: set[bytes] = set()
    for word in WORDS:
        for spelling in {word, word.upper(), word.title()}:
            plain = spelling.encode()
            found |= {plain, plain.hex().encode(), quote(spelling, safe="").encode(), quote_plus(spelling).encode()}
            found |= _in_base64(plain)
    kinds = ("", "phone:", "card:", "email:")
    for text in [kind + value for kind in kinds for value in IDENTIFIERS] + [json.dumps(CANARY)]:
        for name in ("sha256", "sha1", "md5"):
            digest = hashlib.new(name, text.encode()).digest()
            found |= {digest.hex().encode(), base64.b64encode(digest).rstrip(b"=")}
    return frozenset(needle.lower() for needle in found)


def _in_base64(plain: bytes) -> set[bytes]:
    """What of it is the same wherever in something longer it stands: base64 writes three bytes as four letters."""
    return {
        base64.b64encode(b"\0" * before + plain)[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6]
        for before in range(3)
    }


def hits(haystack: bytes) -> set[bytes]:
    """The needles in it."""
    lowered = haystack.lower()
    return {needle for needle in needles() if needle in lowered}


@contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Every line that a process would log, however unimportant, into a file."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs(level="DEBUG", file=str(path))
    try:
        yield
    finally:
        for handler in root.handlers:
            if isinstance(handler, logging.StreamHandler) and getattr(handler.stream, "name", "") == str(path):
                handler.stream.close()
        root.handlers[:], level = before
        root.setLevel(level)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
