"""How a subject tells what it does: one JSON object per line. Imports nothing: peers live in a venv of their own."""

from __future__ import annotations

import json
import time


def tell(event: str, **more: object) -> None:
    """`began` when it has its partitions, `done` when everything is durable."""
    print(json.dumps({"event": event, "at": time.time(), **more}), flush=True)
