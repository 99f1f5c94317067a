"""Two people decide in one moment: one counts, and the other hears who was first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.errors import LockNotAvailable

from services.campaigns.domain.campaign.decider import campaign_stream
from services.campaigns.domain.campaign.events import CampaignApproved
from shared.database.batch import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi.testclient import TestClient

    from tests.integration.campaigns.conftest import Campaigns


def people(campaigns: Campaigns, *names: str) -> list[TestClient]:
    """Approvers whose apps have seen a request: only the first one builds the routes, and not for two at once."""
    clients = [campaigns.by("approver", name) for name in names]
    for client in clients:
        client.get("/campaigns").raise_for_status()
    return clients


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_two_approvals_in_one_moment_one_counts(campaigns: Campaigns) -> None:
    for n in range(5):
        id_ = campaigns.drafted(code=f"race-{n}")
        campaigns.by("marketer", "ann").post(f"/campaigns/{id_}/submission").raise_for_status()
        clients = people(campaigns, "chef", "dora", "eve", "fay")
        answers = at_once(*[partial(c.post, f"/campaigns/{id_}/approval") for c in clients])
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        lost = [answer.json()["code"] for answer in answers if answer.status_code == 409]
        assert set(lost) == {"campaign_already_approved"}
        approvals = campaigns.rows(
            "select count(*) from events where type = %(type)s and stream_id = %(id)s",
            type=CampaignApproved.type,
            id=str(id_),
        )
        assert approvals == [(1,)]


def test_whoever_decides_about_a_campaign_waits_for_the_one_before(campaigns: Campaigns) -> None:
    """A stop waits for the page that is being assigned, so that nothing of it is asked for after the stop."""
    stream, store = campaign_stream(campaigns.drafted()), campaigns.service.handler.store
    engine = campaigns.service.engine
    with engine.begin() as first, engine.begin() as second:
        store.load(first, [stream])
        run(second, "set local lock_timeout = '100ms'")
        with pytest.raises(LockNotAvailable):
            store.load(second, [stream])


def test_an_approval_and_a_return_in_one_moment(campaigns: Campaigns) -> None:
    id_ = campaigns.drafted()
    campaigns.by("marketer", "ann").post(f"/campaigns/{id_}/submission").raise_for_status()
    chef, dora = people(campaigns, "chef", "dora")
    answers = at_once(
        lambda: chef.post(f"/campaigns/{id_}/approval"),
        lambda: dora.post(f"/campaigns/{id_}/return", json={"reason": "too dear"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    winner = "approved" if answers[0].status_code == 200 else "returned"
    assert campaigns.campaign(id_)["status"] == winner


def test_a_revision_and_an_approval_in_one_moment_never_approve_what_nobody_read(campaigns: Campaigns) -> None:
    """A joint promotion's signatures and an approver's reading are of one version: another is never approved."""
    id_ = campaigns.drafted()
    ann = campaigns.by("marketer", "ann")
    chef, dora = people(campaigns, "chef", "dora")
    ann.post(f"/campaigns/{id_}/submission").raise_for_status()

    definition = campaigns.campaign(id_)["definition"]

    def revise() -> None:
        dora.post(f"/campaigns/{id_}/return", json={"reason": "shorter"})
        body = definition | {"days": 3}
        ann.put(f"/campaigns/{id_}", json=body)
        ann.post(f"/campaigns/{id_}/submission")

    answers = at_once(revise, lambda: chef.post(f"/campaigns/{id_}/approval", json={"version": 1}))
    after = campaigns.campaign(id_)
    if answers[1].status_code == 200:
        assert after["approved_version"] in {1, None}
    else:
        assert after["approved_version"] is None
