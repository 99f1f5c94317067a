"""Why the business says no to a customer. No message holds personal data or tells whose something is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from shared.kernel.errors import NotFound, Rejected

if TYPE_CHECKING:
    from uuid import UUID

    from services.customers.domain.values import ComplaintOutcome, ConsentScope, IdentifierKind


class CustomerNotFound(NotFound):
    """Nobody is known by this id."""

    code: ClassVar[str] = "customer_not_found"

    def __init__(self) -> None:
        super().__init__("no customer is registered under this customer_id", field="customer_id")


class IdentifierNotFound(NotFound):
    """Nobody is known by this identifier."""

    code: ClassVar[str] = "customer_not_found"

    def __init__(self, kind: IdentifierKind) -> None:
        super().__init__(f"no customer is registered with this {kind}; register them first", field=kind)


class CustomerExists(Rejected):
    """The customer id came before with another content."""

    code: ClassVar[str] = "customer_exists"

    def __init__(self) -> None:
        message = "customer_id is registered with another content; use a new customer_id for a new customer"
        super().__init__(message, field="customer_id")


class CustomerErased(Rejected):
    """The customer was erased; nothing can be added any more."""

    code: ClassVar[str] = "customer_erased"

    def __init__(self) -> None:
        message = "the customer was erased; somebody who comes back registers anew, with a new customer_id"
        super().__init__(message, field="customer_id")


class ProfileErased(NotFound):
    """The profile was destroyed; it is gone for everybody."""

    code: ClassVar[str] = "customer_erased"

    def __init__(self) -> None:
        super().__init__("the customer was erased; their profile does not exist any more", field="customer_id")


class ConsentMissing(Rejected):
    """The customer may not be contacted like this."""

    code: ClassVar[str] = "consent_missing"

    def __init__(self, scope: ConsentScope) -> None:
        by = f" by {scope.channel}" if scope.channel else ""
        message = f"the customer has not agreed to {scope.purpose}{by}, or took it back; do not send"
        super().__init__(message, purpose=scope.purpose, **({"channel": scope.channel} if scope.channel else {}))


class AddressMissing(NotFound):
    """Nothing is known by which the customer could be reached."""

    code: ClassVar[str] = "address_missing"

    def __init__(self, kind: IdentifierKind) -> None:
        super().__init__(f"the customer has no {kind}; use another channel that they agreed to", field="channel")


class IdentifierTaken(Rejected):
    """The identifier belongs to another customer."""

    code: ClassVar[str] = "identifier_taken"

    def __init__(self, kind: IdentifierKind) -> None:
        super().__init__(f"{kind} belongs to another customer; look the customer up by it instead", field=kind)


class TooManyIdentifiers(Rejected):
    """The customer has as many identifiers as one customer may have."""

    code: ClassVar[str] = "too_many_identifiers"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the customer has {limit} identifiers; one customer cannot have more", limit=limit)


class ComplaintNotFound(NotFound):
    """The customer has no such complaint."""

    code: ClassVar[str] = "complaint_not_found"

    def __init__(self, complaint_id: UUID) -> None:
        super().__init__(f"the customer has no complaint {complaint_id}", field="complaint_id")


class ComplaintExists(Rejected):
    """The complaint id came before with another content."""

    code: ClassVar[str] = "complaint_exists"

    def __init__(self, complaint_id: UUID) -> None:
        message = f"complaint {complaint_id} came before with another content; use a new complaint_id for a new one"
        super().__init__(message, field="complaint_id")


class ComplaintClosed(Rejected):
    """The complaint was settled in another way already."""

    code: ClassVar[str] = "complaint_closed"

    def __init__(self, outcome: ComplaintOutcome) -> None:
        message = f"the complaint was closed as {outcome}; open a new one if it is not over"
        super().__init__(message, field="outcome", outcome=outcome)


class TooManyComplaints(Rejected):
    """The customer complained as often as one customer may."""

    code: ClassVar[str] = "too_many_complaints"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the customer has made {limit} complaints; one customer cannot make more here", limit=limit)
