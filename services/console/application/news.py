"""Says in a consumer's transaction that something changed: PostgreSQL tells it to whoever listens, after the commit.

One statement per batch. What is said is a kind of thing, and for sales the store; never whom it is about, since whoever
listens need not see her.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from shared.database.batch import run

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

CHANNEL = "console_news"
STORES_NAMED_MAX = 20
"""A batch of more stores is told as one change of all."""


def tell(connection: Connection, *topics: str, stores: Collection[str] = ()) -> None:
    """Says that `topics` changed, and the sales of `stores`."""
    news: list[dict[str, str]] = [{"topic": topic} for topic in topics]
    if len(stores) > STORES_NAMED_MAX:
        news.append({"topic": "sales"})
    else:
        news += [{"topic": "sales", "id": store} for store in sorted(stores)]
    if news:
        run(
            connection,
            f"select pg_notify('{CHANNEL}', news) from unnest(%(news)b::text[]) as n(news)",
            {"news": [orjson.dumps(one).decode() for one in news]},
        )
