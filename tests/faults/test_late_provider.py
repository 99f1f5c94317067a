"""A mail server that takes messages and does not say so: never, too late, or by hanging up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.circle import AGREED, circle
from tests.support.proof import seeds

if TYPE_CHECKING:
    from tests.faults.conftest import CircleTwinOf, Start
    from tests.support.mailbox import Behaviour
    from tests.support.proof_keeping import Proof

WAYS: dict[Behaviour, str] = {
    "hang": "takes it and never answers",
    "late": "takes it and answers after everybody stopped waiting",
    "drop": "breaks the line after the message",
}
MISBEHAVES_FOR = 4
PATIENCE = {"REGULARS_NOTIFICATIONS_SMTP_TIMEOUT_S": "2"}


@pytest.mark.parametrize("seed", seeds(slice=[1]))
@pytest.mark.parametrize("behaviour", WAYS)
@pytest.mark.timeout(300)
def test_what_a_provider_does_not_answer_for_stays_unknown_and_is_sent_once(
    start: Start, circle_twin_of: CircleTwinOf, proof: Proof, behaviour: Behaviour, seed: int
) -> None:
    twin = circle_twin_of(seed)
    with circle(start, seed, **PATIENCE) as chain:
        some = [(seed + n) * 7 % AGREED for n in range(MISBEHAVES_FOR)]
        chain.mailbox.of |= {f"member{n}@example.com": behaviour for n in some}
        chain.opens()
        chain.mails()
        in_doubt, before = chain.in_doubt(), chain.arrived()
        arrived = behaviour != "drop"
        assert any((id_ in before) == arrived for id_ in in_doubt), f"some in doubt were to be: arrived {arrived}"
        assert max(before.values()) == 1
        chain.mailbox.of.clear()
        chain.day_passes()
        assert (chain.in_doubt(), chain.arrived()) == (in_doubt, before), "only somebody may end the doubt"
        chain.reconciles()
        chain.sells()
        end = chain.ended()
    assert end.deaths == 0
    assert end.figures == twin
    invariants = (*end.invariants, "what is unknown waits for reconciliation")
    fault = f"a mail server that {WAYS[behaviour]}"
    proof(fault, case="14", promises=("P4",), seeds=[seed], invariants=invariants)
