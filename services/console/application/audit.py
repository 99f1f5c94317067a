"""The auditor: what must hold between the console's tables, checked with SQL of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database.batch import fetch
from shared.runtime.service import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

# Each counts what contradicts the rule that names it; none may be found.
_CHECKS = {
    "days equal receipts": """
        select count(*) from store_days d full join (
          select store_id, business_date, currency, count(*) as receipts, sum(net_minor) as sales_minor,
                 sum(case when of_member then 1 else 0 end) as member_receipts,
                 sum(case when of_member then net_minor else 0 end) as member_sales_minor
          from receipts where counted group by store_id, business_date, currency) r
          using (store_id, business_date, currency)
        where (d.receipts, d.sales_minor, d.member_receipts, d.member_sales_minor)
              is distinct from (r.receipts, r.sales_minor, r.member_receipts, r.member_sales_minor)
    """,
    "members' sums equal their receipts": """
        select count(*) from member_buying b full join (
          select customer_id, max(business_date) as last_purchase, count(*) as visits, sum(net_minor) as spend_minor
          from receipts where counted and customer_id is not null group by customer_id) r using (customer_id)
        where (b.last_purchase, b.visits, b.spend_minor) is distinct from (r.last_purchase, r.visits, r.spend_minor)
    """,
    "nothing of the erased is left": """
        select count(*) from erased_customers e
        where e.customer_id in (select customer_id from receipts union select customer_id from member_buying
                                union select customer_id from members union select customer_id from member_consents
                                union select customer_id from member_segments
                                union select customer_id from lifecycle_moves
                                union select customer_id from member_complaints)
    """,
    "whoever has a stage is in its segment": """
        select count(*) from members m where m.lifecycle is not null and not exists (
          select from member_segments s
          where s.customer_id = m.customer_id and s.inside and s.segment = 'lifecycle.' || m.lifecycle)
    """,
    "who is said to complain has a complaint open": """
        select count(*) from members m where m.complaint_open is distinct from exists (
          select from member_complaints c
          where c.customer_id = m.customer_id and c.opened_at is not null and c.closed_at is null)
    """,
}


def audit(connection: Connection) -> Iterator[Finding]:
    """One finding per rule."""
    for rule, contradictions in _CHECKS.items():
        found = fetch(connection, contradictions)[0][0]
        yield Finding(rule, ok=found == 0, detail=f"{found} rows contradict it" if found else "holds")
