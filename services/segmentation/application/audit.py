"""The auditor: what must hold between segmentation's tables, checked with SQL of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database.batch import fetch
from shared.runtime.service import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

# Each counts what contradicts the rule that names it; none may be found.
_CHECKS = {
    "facts equal purchases": """
        select count(*) from member_facts f full join (
          select customer_id, max(case when counted then business_date end) as last,
                 sum(case when counted then 1 else 0 end) as receipts,
                 sum(case when counted then net_minor else 0 end) as sales_minor
          from purchases group by customer_id) p using (customer_id)
        where (f.last_business_date, f.receipts, f.sales_minor) is distinct from (p.last, p.receipts, p.sales_minor)
    """,
    "nothing of the erased is left": """
        select count(*) from erased_customers e
        where e.customer_id in (select customer_id from purchases union select customer_id from member_facts
                                union select customer_id from member_scores
                                union select customer_id from member_profiles
                                union select customer_id from member_consents
                                union select customer_id from members union select customer_id from memberships)
    """,
    "whoever is scored has facts": """
        select count(*) from member_scores s
        where not exists (select from member_facts f where f.customer_id = s.customer_id)
    """,
    "nobody is in two stages or two classes": """
        select count(*) from (
          select customer_id from memberships where inside and segment ~ '^(lifecycle|rfm)[.]'
          group by customer_id, split_part(segment, '.', 1) having count(*) > 1) m
    """,
    "whoever is in a segment is a member, and of a segment that is defined": """
        select count(*) from memberships h
        where not exists (select from members m where m.customer_id = h.customer_id)
           or segment !~ '^(lifecycle|rfm)[.]' and not exists (select from segments s where s.code = h.segment)
    """,
}


def audit(connection: Connection) -> Iterator[Finding]:
    """One finding per rule."""
    for rule, contradictions in _CHECKS.items():
        found = fetch(connection, contradictions)[0][0]
        yield Finding(rule, ok=found == 0, detail=f"{found} rows contradict it" if found else "holds")
