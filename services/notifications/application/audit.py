"""The auditor: what must hold between the events of this service, checked with SQL of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database.batch import fetch
from shared.runtime.service import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_STEPS = """
  select (data->>'message_id')::uuid as message_id, stream_id::uuid as customer_id, stream_version, type, data,
         occurred_at
  from events where stream_category = 'contact' and json_typeof(data->'message_id') = 'string'
    and type not in ('unsubscribed', 'call_recorded')
"""
_ENDS = "('message_accepted', 'message_failed', 'message_suppressed')"

# Each counts what contradicts the rule that names it; none may be found.
_CHECKS = {
    "at most one accepted send per message": """
        select count(*) from (
          select data->>'message_id' from events where type = 'message_accepted' group by 1 having count(*) > 1) t
    """,
    "no attempt begins before the one before it certainly was not accepted": f"""
        select count(*) from (
          select type, lag(type) over (partition by message_id order by stream_version) as before
          from ({_STEPS}) s) t
        where type = 'attempt_begun'
          and before not in ('message_planned', 'message_deferred', 'attempt_put_off', 'attempt_refused',
                             'message_reconciled')
    """,
    "nothing follows the end of a message": f"""
        select count(*) from (
          select type, lag(type) over (partition by message_id order by stream_version) as before
          from ({_STEPS}) s) t
        where before in {_ENDS}
    """,
    # What the vault withheld, which knows of a withdrawal before we do, nobody was sent; nor what was put off, or was
    # found out never to have arrived.
    # Where the business clock stands, a withdrawal of the same moment may be the later one: it does not count.
    "no marketing is sent without consent at send time": """
        select count(*) from events e
        where e.type = 'attempt_begun' and e.data->>'purpose' = 'marketing'
          and not exists (
            select from events o
            where o.stream_category = 'contact' and o.stream_id = e.stream_id and o.stream_version > e.stream_version
              and o.data->>'message_id' = e.data->>'message_id' and o.data->>'attempt' = e.data->>'attempt'
              and (o.type in ('attempt_put_off', 'message_reconciled')
                   or o.type = 'attempt_refused' and o.data->>'rule' is not null))
          and not exists (select from erased_contacts x where x.customer_id = e.stream_id::uuid)
          and not exists (
            select from contact_consents c
            where c.customer_id = e.stream_id::uuid and c.purpose = 'marketing' and c.channel = e.data->>'channel'
              and c.at = (e.data->>'at')::timestamptz)
          and not coalesce((
            select c.given from contact_consents c
            where c.customer_id = e.stream_id::uuid and c.purpose = 'marketing' and c.channel = e.data->>'channel'
              and c.at < (e.data->>'at')::timestamptz order by c.at desc limit 1), false)
    """,
    "a deferral always ends later than it was made": """
        select count(*) from events
        where type = 'message_deferred' and (data->>'until')::timestamptz <= occurred_at
    """,
    "each message is counted as often as it was deferred": """
        select count(*) from (
          select data->>'message_id' as id, count(*) as n from events where type = 'message_deferred' group by 1) e
        full join (
          select message_id::text as id, count(*) as n from message_decisions
          where decision = 'message_deferred' group by 1) d using (id)
        where e.n is distinct from d.n
    """,
    "each message stands as its last event says": f"""
        select count(*) from messages m full join (
          select distinct on (message_id) message_id, type from ({_STEPS}) s order by message_id, stream_version desc) l
          using (message_id)
        where m.standing is distinct from case l.type
          when 'message_planned' then 'planned' when 'message_deferred' then 'deferred'
          when 'message_suppressed' then 'suppressed' when 'attempt_begun' then 'attempting'
          when 'message_accepted' then 'sent' when 'message_failed' then 'failed'
          when 'message_unknown' then 'unknown' else 'planned' end
    """,
    "nothing of the erased waits": """
        select count(*) from messages m where m.due_at is not null
          and exists (select from events e where e.stream_id = m.customer_id::text and e.type = 'contact_erased')
    """,
    "nothing of the erased is left": """
        select count(*) from erased_contacts x
        where x.customer_id in (select customer_id from contacts union select customer_id from contact_consents
                                union select customer_id from contact_complaints union select customer_id from held_out
                                union select customer_id from last_purchases)
    """,
}

MUST_BE_ZERO = {
    "messages_accepted_twice": """
        select data->>'message_id' from events where type = 'message_accepted' group by 1 having count(*) > 1
    """
}


def audit(connection: Connection) -> Iterator[Finding]:
    """One finding per rule."""
    for rule, contradictions in _CHECKS.items():
        found = fetch(connection, contradictions)[0][0]
        yield Finding(rule, ok=found == 0, detail=f"{found} rows contradict it" if found else "holds")
