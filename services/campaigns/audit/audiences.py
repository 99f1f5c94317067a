"""What must hold of campaigns and their arms, in SQL of its own, from what the stored events mean."""

from __future__ import annotations

from services.campaigns.audit.checkouts import Check

_OF_MEMBERS = (
    "arms",
    "excluded_members",
    "segment_members",
    "registered_members",
    "member_consents",
    "member_complaints",
    "member_sales",
    "message_outcomes",
    "claims",
)
_ERASED = " union all ".join(
    f"select '{table}' as kept_in, t.customer_id from {table} t join erased_customers using (customer_id)"
    for table in _OF_MEMBERS
)
_ASSIGNED = """
select e.stream_id as experiment, m.value::uuid as customer_id, a.arm
from events e, lateral (values ('treated'), ('held_out')) a(arm),
     lateral json_array_elements_text(e.data->a.arm) m(value)
where e.type = 'arms_assigned'
"""

_ANOTHER = Check(
    "another person approved",
    "approvals",
    "select count(*) from events where type = 'campaign_approved'",
    "campaign, who",
    """
    select a.stream_id, a.data->>'by' from events a
    where a.type = 'campaign_approved' and exists (
      select from events w where w.stream_category = 'campaign' and w.stream_id = a.stream_id
        and w.stream_version < a.stream_version and w.data->>'by' = a.data->>'by'
        and w.type in ('campaign_drafted', 'campaign_revised', 'campaign_submitted'))
    """,
)
_THAT_VERSION = Check(
    "what began is what was submitted and approved",
    "beginnings",
    "select count(*) from events where type = 'campaign_begun'",
    "campaign, version",
    """
    select b.stream_id, b.data->>'version' from events b
    where b.type = 'campaign_begun' and (
      select count(distinct d.type) from events d
      where d.stream_category = 'campaign' and d.stream_id = b.stream_id and d.stream_version < b.stream_version
        and d.type in ('campaign_submitted', 'campaign_approved') and d.data->>'version' = b.data->>'version') <> 2
    """,
)

CHECKS: tuple[Check, ...] = (
    _ANOTHER,
    _THAT_VERSION,
    Check(
        "each member was assigned once per experiment",
        "assignments",
        f"select count(*) from ({_ASSIGNED}) a",
        "experiment, member, times",
        f"select experiment, customer_id, count(*) from ({_ASSIGNED}) a group by 1, 2 having count(*) > 1",
    ),
    Check(
        "arms are as they were assigned",
        "arms",
        "select count(*) from arms",
        "experiment, member, kept, assigned",
        f"""
        select coalesce(k.experiment, a.experiment), coalesce(k.customer_id, a.customer_id), k.arm, a.arm
        from arms k full join (
          select * from ({_ASSIGNED}) s
          where not exists (select from erased_customers e where e.customer_id = s.customer_id)) a
          on a.experiment = k.experiment and a.customer_id = k.customer_id
        where k.arm is distinct from a.arm
        """,
    ),
    Check(
        "nothing of the erased is left",
        "erased members",
        "select count(*) from erased_customers",
        "table, member",
        _ERASED,
    ),
)

MUST_BE_ZERO = {"approved_by_author": _ANOTHER.wrong, "begun_unapproved": _THAT_VERSION.wrong}
"""Those that are looked at all the time; the others take longer and are the auditor's."""
