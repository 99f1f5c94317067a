"""Two signatures under one version of a joint promotion, each by its own side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.agreement.events import AgreementSigned
from tests.integration.campaigns.conftest import BOOKS, TEA, US
from tests.integration.campaigns.street import (
    JOINT,
    at_once,
    drafted,
    partner,
    ready,
    sign_both,
    submit,
    together,
)

if TYPE_CHECKING:
    from tests.integration.campaigns.conftest import Campaigns


def test_an_approval_waits_for_both_signatures_under_its_version(street: Campaigns) -> None:
    id_, chef = drafted(street), street.by("approver", "chef")
    submit(street, id_)
    refused = chef.post(f"/campaigns/{id_}/approval")
    assert (refused.status_code, refused.json()["code"]) == (409, "signatures_missing")
    sign_both(street, id_)
    chef.post(f"/campaigns/{id_}/return", json={"reason": "half and half"}).raise_for_status()
    revised = together(days=7) | {"joint": JOINT | {"shares": {US: "50", TEA: "50"}}}
    street.by("marketer", "ann").put(f"/campaigns/{id_}", json=revised).raise_for_status()
    submit(street, id_)
    assert chef.post(f"/campaigns/{id_}/approval").json()["code"] == "signatures_missing"
    shown = street.http.get(f"/campaigns/{id_}/signatures").json()
    assert (shown["version"], shown["signatures"], shown["missing"]) == (2, [], [TEA, US])
    sign_both(street, id_)
    assert chef.post(f"/campaigns/{id_}/approval").json()["status"] == "approved"
    shown = street.http.get(f"/campaigns/{id_}/signatures").json()
    assert [(s["party"], s["signer"].rpartition("|")[2]) for s in shown["signatures"]] == [(TEA, "bo"), (US, "carl")]


def test_each_side_signs_for_itself_only(street: Campaigns) -> None:
    id_ = drafted(street)
    path = f"/campaigns/{id_}/signatures"
    assert partner(street).post(path, json={"party": US}).status_code == 403
    assert street.by("marketer", "ann").post(path, json={"party": TEA}).status_code == 403
    assert street.by("marketer", "ann", regions=["east"]).post(path, json={"party": US}).status_code == 403
    assert street.by("clerk", stores=["367"]).post(path, json={"party": US}).status_code == 403
    stranger = partner(street, "eve", of=BOOKS)
    for answer in (stranger.post(path, json={"party": BOOKS}), stranger.get(path), stranger.get(f"/campaigns/{id_}")):
        assert (answer.status_code, answer.json()["code"]) == (404, "campaign_not_found")
    assert street.http.post(path, json={"party": "nobody"}).status_code == 404
    assert street.http.post(path, json={"party": US, "version": 2}).json()["code"] == "version_changed"
    assert street.rows("select count(*) from signatures") == [(0,)]


def test_nobody_signs_for_both_sides_not_even_with_two_roles(street: Campaigns) -> None:
    id_ = drafted(street)
    path = f"/campaigns/{id_}/signatures"
    street.by("marketer", "ann").post(path, json={"party": US}).raise_for_status()
    refused = partner(street, "ann").post(path, json={"party": TEA})
    assert (refused.status_code, refused.json()["code"]) == (409, "same_person")


def test_two_signatures_in_one_moment_both_count(street: Campaigns) -> None:
    for n in range(5):
        id_ = drafted(street, code=f"race-{n}")
        ours, theirs = ready(street.by("approver", "carl"), partner(street))
        answers = at_once(
            lambda path=f"/campaigns/{id_}/signatures", c=ours: c.post(path, json={"party": US}),
            lambda path=f"/campaigns/{id_}/signatures", c=theirs: c.post(path, json={"party": TEA}),
        )
        assert [answer.status_code for answer in answers] == [201, 201]
        assert street.http.get(f"/campaigns/{id_}/signatures").json()["missing"] == []


def test_of_many_who_sign_for_one_party_in_one_moment_one_counts(street: Campaigns) -> None:
    id_ = drafted(street)
    clients = ready(*[street.by("approver", name) for name in ("carl", "dora", "eve", "fay")])
    path = f"/campaigns/{id_}/signatures"
    answers = at_once(*[lambda c=c: c.post(path, json={"party": US}) for c in clients])  # type: ignore[misc]
    assert {answer.status_code for answer in answers} == {201}
    assert street.rows("select count(*) from events where type = %(t)s", t=AgreementSigned.type) == [(1,)]


def test_the_last_signature_and_the_approval_in_one_moment(street: Campaigns) -> None:
    for n in range(5):
        id_ = drafted(street, code=f"race-{n}")
        submit(street, id_)
        street.by("approver", "carl").post(f"/campaigns/{id_}/signatures", json={"party": US}).raise_for_status()
        chef, theirs = ready(street.by("approver", "chef"), partner(street))
        approval, signature = at_once(
            lambda id_=id_, c=chef: c.post(f"/campaigns/{id_}/approval"),
            lambda id_=id_, c=theirs: c.post(f"/campaigns/{id_}/signatures", json={"party": TEA}),
        )
        assert signature.status_code == 201
        assert approval.status_code == 200 or approval.json()["code"] == "signatures_missing"
        assert (street.campaign(id_)["status"] == "approved") == (approval.status_code == 200)
