"""Complaints: the stream knows that there is one and how it ended, the vault keeps what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.customers.application.commands import decide, stream_of, subject_of
from services.customers.domain.customer.commands import CloseComplaint, OpenComplaint
from services.customers.domain.customer.errors import ComplaintExists, ComplaintNotFound
from shared.access.audit_log import Entry, append

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from services.customers.application.ports import ComplaintTexts
    from services.customers.domain.values import Complaint, ComplaintOutcome
    from shared.commands.handler import CommandHandler
    from shared.kernel.messages import Cause


@dataclass(frozen=True, slots=True)
class Complaints:
    """Each change gives the customer's version after it, and raises `Rejected` when the business says no."""

    handler: CommandHandler
    texts: ComplaintTexts

    def open(
        self,
        connection: Connection,
        customer_id: UUID,
        complaint: Complaint,
        text: str,
        cause: Cause,
        *,
        lock: bool,
    ) -> int:
        """Takes a complaint; the same once more changes nothing. Raises `ComplaintExists` for another of its id."""
        command, complaint_id = OpenComplaint(complaint), complaint.complaint_id
        version, changed = decide(self.handler, connection, customer_id, command, cause, lock=lock)
        if changed:
            self.texts.keep(connection, customer_id, complaint_id, text)
            details = {"complaint": str(complaint_id), "category": complaint.category}
            append(connection, [Entry(cause.actor, "complaint_opened", subject_of(customer_id), details)])
        elif self.texts.read(connection, customer_id, complaint_id) != text:
            raise ComplaintExists(complaint_id)
        return version

    def close(
        self,
        connection: Connection,
        customer_id: UUID,
        complaint_id: UUID,
        outcome: ComplaintOutcome,
        cause: Cause,
        *,
        lock: bool,
    ) -> int:
        """Settles a complaint. Raises `ComplaintNotFound`, and `ComplaintClosed` if it ended otherwise before."""
        command = CloseComplaint(complaint_id, outcome)
        version, changed = decide(self.handler, connection, customer_id, command, cause, lock=lock)
        if changed:
            details = {"complaint": str(complaint_id), "outcome": outcome}
            append(connection, [Entry(cause.actor, "complaint_closed", subject_of(customer_id), details)])
        return version

    def read(
        self,
        connection: Connection,
        customer_id: UUID,
        complaint_id: UUID,
        *,
        caller: str,
    ) -> tuple[Complaint, str]:
        """The complaint and what was said; the view goes into the audit log. Raises `ComplaintNotFound`."""
        stream = stream_of(customer_id)
        complaint: Complaint | None = (
            self.handler.store.load(connection, [stream])[stream].state.complaint(complaint_id)
        )  # fmt: skip
        text = self.texts.read(connection, customer_id, complaint_id)
        if complaint is None or text is None:
            raise ComplaintNotFound(complaint_id)
        details = {"complaint": str(complaint_id)}
        append(connection, [Entry(caller, "complaint_read", subject_of(customer_id), details)])
        return complaint, text
