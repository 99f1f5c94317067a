"""Parties, signatures and claims: rebuilt to equal rows, and audited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from services.campaigns.domain.party.events import PartyRegistered
from shared.database.migrate import application_role
from shared.projections.rebuild import rebuild_projection
from tests.integration.campaigns.conftest import BOOKS, gone, party
from tests.integration.campaigns.street import (
    ANNE,
    BEN,
    claim,
    running,
)

if TYPE_CHECKING:
    from tests.integration.campaigns.conftest import Campaigns


def test_read_models_are_rebuilt_to_equal_rows(street: Campaigns) -> None:
    id_ = running(street)
    claim(street, id_, customer_id=str(ANNE), store="367").raise_for_status()
    claim(street, id_, customer_id=str(BEN), store="367").raise_for_status()
    street.http.post("/parties", json=party(BOOKS, "books", latitude=31.24)).raise_for_status()
    street.hears(gone(BEN))
    handler = street.service.handler
    for projection in handler.projections:
        if projection.name in {"parties", "signatures", "claims"}:
            owner = street.database.owner_engine("campaigns")
            report = rebuild_projection(owner, handler.store, projection, application_role("campaigns"))
            assert report.equal, report
            assert report.read > 0
    assert street.rows("select count(*) from parties") == [
        street.rows("select count(*) from events where type = %(t)s", t=PartyRegistered.type)[0],
    ]


@pytest.mark.parametrize(
    ("corruption", "check"),
    [
        (
            "delete from events where type = 'agreement_signed' and data->>'party' = 'tea-house'",
            "no joint promotion is approved without both parties, by two persons",
        ),
        (
            """update events set data = jsonb_set(data::jsonb, '{signer}', '"ann"')::json
               where type = 'agreement_signed'""",
            "no joint promotion is approved without both parties, by two persons",
        ),
        (
            """update events set data = jsonb_set(data::jsonb, '{party}', '"tea-house"')::json
               where type = 'offer_claimed'""",
            "each claim was made once, at the claim party",
        ),
        ("update parties set store_ids = '{367}'", "a store belongs to one party"),
    ],
)
def test_the_auditor_finds_a_corrupted_row(street: Campaigns, corruption: str, check: str) -> None:
    claim(street, running(street), customer_id=str(ANNE), store="367").raise_for_status()
    assert street.complaints() == set()
    with street.database.superuser().begin() as connection:
        connection.execute(text("set local search_path to campaigns"))
        connection.execute(text("alter table events disable trigger user"))
        assert connection.execute(text(corruption)).rowcount > 0
    assert check in street.complaints()
