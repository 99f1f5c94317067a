"""kill -9 between a campaign's approval, its start, its messages and the tills: budgets, arms and mails end as if
nothing had happened.

Each case is held against a twin: the same seed, the same requests, no kill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.circle import CHANGED_MIND, USES, circle, play
from tests.support.proof import seeds

if TYPE_CHECKING:
    from tests.faults.conftest import CircleTwinOf, Start
    from tests.support.circle import Beginning
    from tests.support.proof_keeping import Proof

PASSES = {
    "campaign.before_start": 1,
    "campaign.after_page": 2,
    "send.after_begin": 4,
    "send.after_accept": 4,
    "checkout.before_commit": 2 * (CHANGED_MIND + USES),
}
"""The circle passes each point at least as often; a till, while there is something left."""


def passing(seed: int, point: str) -> str:
    """To be killed early, in the middle or late: at a pass that differs by seed."""
    return f"{point}:kill@{1 + seed * 37 % PASSES[point]}"


@pytest.mark.parametrize("seed", seeds(slice=[1]))
@pytest.mark.timeout(300)
def test_killed_while_tills_ask_no_limit_is_passed_and_each_checkout_counts_once(
    start: Start, circle_twin_of: CircleTwinOf, proof: Proof, seed: int
) -> None:
    twin, point = circle_twin_of(seed), "checkout.before_commit"
    with circle(start, seed, {"api": passing(seed, point)}) as chain:
        play(chain)
        end = chain.ended()
    assert end.deaths == 1, f"the api was to die at {point}"
    assert end.figures == twin
    fault = f"kill -9 at {point}, while tills reserve, confirm and release at once"
    proof(fault, case="1", promises=("P3",), seeds=[seed], invariants=end.invariants)


@pytest.mark.parametrize("seed", seeds(slice=[1]))
@pytest.mark.parametrize(
    ("point", "role", "begun_by"),
    [
        ("campaign.before_start", "api", "start"),
        ("campaign.before_start", "worker", "schedule"),
        ("campaign.after_page", "worker", "start"),
    ],
)
@pytest.mark.timeout(300)
def test_killed_while_a_campaign_begins_everybody_has_the_same_arm_and_one_request(  # noqa: PLR0917 - fixtures
    start: Start, circle_twin_of: CircleTwinOf, proof: Proof, point: str, role: str, begun_by: Beginning, seed: int
) -> None:
    twin = circle_twin_of(seed)
    with circle(start, seed, {role: passing(seed, point)}) as chain:
        play(chain, begun_by)
        end = chain.ended()
    assert end.deaths == 1, f"the {role} was to die at {point}"
    assert end.figures == twin
    fault = f"kill -9 at {point} of a campaign's {begun_by}"
    proof(fault, case="1", promises=("P3", "P4"), seeds=[seed], invariants=end.invariants)


@pytest.mark.parametrize("seed", seeds(slice=[1]))
@pytest.mark.parametrize("point", ["send.after_begin", "send.after_accept"])
@pytest.mark.timeout(300)
def test_killed_while_it_sends_nothing_is_sent_twice_and_what_is_in_doubt_waits_for_somebody(
    start: Start, circle_twin_of: CircleTwinOf, proof: Proof, point: str, seed: int
) -> None:
    twin = circle_twin_of(seed)
    with circle(start, seed, {"worker": passing(seed, point)}) as chain:
        chain.opens()
        chain.mails()
        in_doubt, before = chain.in_doubt(), chain.arrived()
        arrived = point == "send.after_accept"
        assert any((id_ in before) == arrived for id_ in in_doubt), f"some in doubt were to be: arrived {arrived}"
        assert max(before.values()) == 1
        chain.day_passes()
        assert (chain.in_doubt(), chain.arrived()) == (in_doubt, before), "only somebody may end the doubt"
        chain.reconciles()
        chain.sells()
        end = chain.ended()
    assert end.deaths == 1, f"the worker was to die at {point}"
    assert end.figures == twin
    invariants = (*end.invariants, "what is unknown waits for reconciliation")
    proof(f"kill -9 at {point}", case="1", promises=("P4",), seeds=[seed], invariants=invariants)
