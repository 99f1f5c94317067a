"""Tills come back from three days without a line, all at once, beside a chain that goes on selling.

Each till's gateway empties its spool into Kafka, and a part of the same receipts comes again over HTTP, in another
order. Every figure is held against sums that the generator made one by one.
"""

from __future__ import annotations

import random
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from shared.database.batch import fetch
from shared.testing.waiting import until
from tests.support.auditing import audit_all
from tests.support.kafka import own_topics
from tests.support.live import Live, open_for_business
from tests.support.load import Expected, members, receipts
from tests.support.processes import CONTEXT
from tests.support.proof import WHOLE
from tests.support.serving import Serving
from tests.support.tills import send_all, till_in
from tests.support.world import Step

if TYPE_CHECKING:
    from pathlib import Path

    from services.kafka_local import LocalKafka
    from tests.conftest import Database
    from tests.support.proof_keeping import Proof

SEED = 9
STORES = 10 if WHOLE else 2
TILLS = ("1", "2")
EACH = 5_000 if WHOLE else 250
"""Receipts of a till."""
MEMBERS = 10_000 if WHOLE else 300
REPEATED = 0.1
"""How much of it comes again, on both ways."""
LIVE_PER_SECOND = 20.0
FLOOD_S_MAX = 1_200 if WHOLE else 90
PER_REQUEST = 50
NOWHERE = "127.0.0.1:1"
"""Nothing listens there: a shop without a line."""


@pytest.mark.timeout(2_400 if WHOLE else 300)
def test_three_days_of_receipts_in_one_flood_beside_live_traffic(
    database: Database, kafka: LocalKafka, tmp_path: Path, proof: Proof
) -> None:
    with ExitStack() as stack:
        topics = stack.enter_context(own_topics(kafka))
        serving = stack.enter_context(Serving(database, tmp_path, topics))
        expected, known = Expected(), members(SEED, MEMBERS)
        codes = [f"FL-{n}" for n in range(STORES)]
        open_for_business(serving, known, expected, [_store(code) for code in codes])
        live = Live(serving, known, expected, seed=SEED, per_second=LIVE_PER_SECOND)
        with live.measured() as alone:
            until(lambda: alone.enough, timeout_s=120, what="live traffic alone")

        sold = {(s, t): receipts(SEED, (s, t), EACH, known, expected) for s in codes for t in TILLS}
        for (store, code), documents in sold.items():
            offline = till_in(tmp_path, topics.model_copy(update={"bootstrap_servers": NOWHERE}), store, code)
            assert offline.take([_file(tmp_path, store, code, documents)], print) == 0
            assert offline.send(within_s=0) == EACH

        # In a process of their own: what they compute is no callers' time.
        with live.measured() as beside, ProcessPoolExecutor(1, mp_context=CONTEXT) as elsewhere:
            back = elsewhere.submit(send_all, FLOOD_S_MAX, tmp_path, topics, list(sold))
            _send_some_again(serving, [receipt for documents in sold.values() for receipt in documents])
            assert back.result() == [0] * len(sold)
            serving.catch_up(FLOOD_S_MAX)
            until(lambda: beside.enough, timeout_s=120, what="live calls enough")
        serving.settle()

        assert alone.failed + beside.failed == []
        if WHOLE:
            beside.assert_unharmed(alone)
        expected.check(database)
        with database.engine("stores").begin() as connection:
            kept = fetch(
                connection,
                "select data->'receipt'->>'store_id', data->'receipt'->>'till_id', count(*),"
                " count(distinct data->'receipt'->>'number') from events where type = 'receipt_recorded' group by 1, 2",
            )
        assert {(s, t): (n, numbers) for s, t, n, numbers in kept if s in codes} == dict.fromkeys(sold, (EACH, EACH))
        invariants = audit_all(database, serving.log, acknowledged=expected.acknowledged)
    proof(
        fault=f"{len(sold)} tills offline three days, then {len(sold) * EACH:,} receipts in one flood",
        case="9",
        promises=("P1", "P2"),
        seeds=[SEED],
        invariants=(*invariants, *(["p95 of live calls"] if WHOLE else []), "the generator's own sums"),
        note=f"alone {alone}; in the flood {beside}",
    )


def _store(code: str) -> dict[str, Any]:
    return {"store": code, "name": code, "time_zone": "Asia/Shanghai", "currency": "CNY", "tills": list(TILLS)}


def _file(folder: Path, store: str, code: str, documents: list[dict[str, Any]]) -> Path:
    """What the till's software wrote meanwhile: not in order, and some of it twice."""
    chance = random.Random(f"{SEED}/{store}/{code}")  # noqa: S311 - reproducible on purpose
    written = [*documents, *chance.sample(documents, int(EACH * REPEATED))]
    chance.shuffle(written)
    path = folder / f"{store}-{code}.jsonl"
    path.write_bytes(b"".join(orjson.dumps(document) + b"\n" for document in written))
    return path


def _send_some_again(serving: Serving, sold: list[dict[str, Any]]) -> None:
    """Over HTTP, what the spools send at the same time."""
    again = random.Random(SEED).sample(sold, int(len(sold) * REPEATED))  # noqa: S311 - reproducible on purpose
    for first in range(0, len(again), PER_REQUEST):
        serving.send(Step("/stores/v1/receipts", {"receipts": again[first : first + PER_REQUEST]}))
