"""Everything comes fifty times, mixed, and late: it counts once.

Tills send each request again and again; relays publish each record again and again, in another order over the keys. A
world that was told so ends as its twin, to which everything came once and in order.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.support.careless import CarelessRelays
from tests.support.playing import ended, send_all, small_world
from tests.support.processes import RECEIPTS
from tests.support.proof import seeds

if TYPE_CHECKING:
    from tests.conftest import Database
    from tests.faults.conftest import Start, TwinOf
    from tests.support.proof_keeping import Proof

COPIES = 50
TILLS_AT_ONCE = 4


@pytest.mark.parametrize("seed", seeds(slice=[1], whole=range(1, 6)))
@pytest.mark.timeout(300)
def test_what_comes_fifty_times_and_mixed_counts_once(
    database: Database, start: Start, twin_of: TwinOf, proof: Proof, seed: int
) -> None:
    twin = twin_of(seed)
    steps = small_world(seed).steps
    with CarelessRelays(database, seed=seed, copies=COPIES) as relays, start() as processes:
        # Nothing is told before all of it is there to be mixed.
        send_all(processes, [step for step in steps if not step.path.startswith("/loyalty/")])
        relays.begin()
        send_all(processes, [step for step in steps if step.path.startswith("/loyalty/")])
        with ThreadPoolExecutor(TILLS_AT_ONCE) as tills:
            again = [step for step in steps if step.path == RECEIPTS] * (COPIES - 1)
            assert all(answer.is_success for answer in tills.map(processes.send, again))
        end = ended(processes)
    assert relays.log.published >= COPIES * 100
    assert end.figures == twin.end
    proof(
        f"each request and each record {COPIES} times, records mixed over keys, a tenth of the receipts 40 days late",
        case="6",
        promises=("P1", "P2", "P3"),
        seeds=[seed],
        invariants=end.invariants,
    )
