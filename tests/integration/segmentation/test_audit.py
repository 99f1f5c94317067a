"""The auditor sees what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.segmentation.read_models.member_facts.projection import VIEWS
from shared.database.batch import run
from tests.support.sales import DAY, member, message, receipt, sale

if TYPE_CHECKING:
    from shared.runtime.service import Service


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ("select 1", None),
        ("update member_facts set sales_minor = sales_minor + 1", "facts equal purchases"),
        ("delete from purchases", "facts equal purchases"),
        ("insert into erased_customers select customer_id from member_facts", "nothing of the erased is left"),
        ("delete from member_facts; delete from purchases", "whoever is scored has facts"),
        (
            "update memberships set segment = 'rfm.x' where segment ~ '^lifecycle'",
            "nobody is in two stages or two classes",
        ),
        ("delete from members", "whoever is in a segment is a member, and of a segment that is defined"),
    ],
)
def test_each_rule_is_seen_to_be_broken(service: Service, damage: str, rule: str | None) -> None:
    with service.engine.begin() as connection:
        service.consumers[0].handle(connection, [message(sale(member(1), receipt(1)), VIEWS)], lock=False)
    service.jobs[0].run(DAY)
    assert service.audit is not None
    with service.engine.begin() as connection:
        run(connection, damage)
        findings = list(service.audit(connection))
    assert len(findings) == 5
    assert [finding.check for finding in findings if not finding.ok] == ([rule] if rule else [])
