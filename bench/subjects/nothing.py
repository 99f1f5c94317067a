"""FastAPI answering a POST and doing nothing, on the server that the product uses, with the same settings.

python -m bench.subjects.nothing PORT
"""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from bench.subjects.telling import tell
from shared.runtime.health import Health
from shared.runtime.http_server import HttpServer


class Redemption(BaseModel):
    """What a caller of the product would send."""

    redemption_id: str
    customer_id: str
    points: int


app = FastAPI()


@app.post("/api/loyalty/v1/redemptions", status_code=201)
def reserve(body: Redemption) -> Redemption:
    """In the thread pool, as the product's own routes are."""
    return body


@app.post("/api/loyalty/v1/redemptions/{redemption_id}/confirm")
def confirm(redemption_id: str) -> dict[str, str]:
    """The same."""
    return {"redemption_id": redemption_id}


class Line(BaseModel):
    """What a till sends of a line."""

    line: int
    product: str
    quantity: int
    amount_minor: int


class Quote(BaseModel):
    """What a till would send."""

    store: str
    till: str
    currency: str
    coupons: list[str]
    lines: list[Line]


@app.post("/api/campaigns/v1/quotes")
def quote(body: Quote) -> dict[str, Any]:
    """As long an answer as half a dozen offers make."""
    effects = [{"campaign_id": line.product, "name": line.product, "lines": [line.model_dump()]} for line in body.lines]
    return {"effects": effects, "why_not": []}


def main() -> None:
    """Serves until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    server = HttpServer(app, Health(), host="127.0.0.1", port=int(sys.argv[1]), ended=stop)
    server.start()
    tell("ready")
    stop.wait()
    server.stop()


if __name__ == "__main__":
    main()
