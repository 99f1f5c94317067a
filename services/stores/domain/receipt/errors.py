"""Why the business says no to a receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from services.stores.domain.values import quantity_of
from shared.kernel.errors import NotFound, Rejected

if TYPE_CHECKING:
    from uuid import UUID


class ReceiptNotFound(NotFound):
    """No receipt has this id."""

    code: ClassVar[str] = "receipt_not_found"

    def __init__(self) -> None:
        super().__init__(
            "no receipt is recorded under this id; the id is in the answer to POST /receipts",
            field="receipt_id",
        )


class ReceiptIsVoided(Rejected):
    """A voided receipt takes nothing back."""

    code: ClassVar[str] = "receipt_voided"

    def __init__(self) -> None:
        super().__init__("the receipt was voided: all of it is undone already, nothing of it can be returned")


class ReturnIdReused(Rejected):
    """The return id came before with another content."""

    code: ClassVar[str] = "return_id_reused"

    def __init__(self, return_id: UUID) -> None:
        super().__init__(
            f"return_id {return_id} came before with other content; use a new id for another return",
            field="return_id",
        )


class LineNotSold(Rejected):
    """The receipt has no such line."""

    code: ClassVar[str] = "line_not_sold"

    def __init__(self, line: int, lines: int) -> None:
        super().__init__(
            f"line {line} is not on the receipt, which has {lines} lines; GET /receipts/{{id}} shows their numbers",
            field="line",
            value=line,
        )


class NothingLeft(Rejected):
    """All of the line came back before, or nothing was sold in it."""

    code: ClassVar[str] = "nothing_left"

    def __init__(self, line: int) -> None:
        super().__init__(f"nothing is left of line {line}: leave the line out", field="line", value=line)


class MoreThanSold(Rejected):
    """More would come back than was sold."""

    code: ClassVar[str] = "more_than_sold"

    @classmethod
    def of_quantity(cls, line: int, asked_milli: int, left_milli: int) -> MoreThanSold:
        """Too many pieces."""
        asked, left = quantity_of(asked_milli), quantity_of(left_milli)
        return cls(f"line {line}: quantity {asked} is more than the {left} left", field="quantity", line=line)

    @classmethod
    def of_amount(cls, line: int, asked_minor: int, left_minor: int) -> MoreThanSold:
        """Too much money."""
        return cls(
            f"line {line}: amount_minor {asked_minor} is more than the {left_minor} left",
            field="amount_minor",
            line=line,
        )


class ReturnUnclear(Rejected):
    """The return names no goods, a line twice, or part of what cannot be divided."""

    code: ClassVar[str] = "return_unclear"

    @classmethod
    def twice(cls, line: int) -> ReturnUnclear:
        """One line in two parts."""
        return cls(f"line {line} is named twice; name it once with the sum", field="line", value=line)

    @classmethod
    def no_quantity(cls, line: int) -> ReturnUnclear:
        """Quantity 0 of a line that has pieces left."""
        return cls(f"line {line}: quantity 0 returns nothing; say how much came back", field="quantity", line=line)

    @classmethod
    def undivided(cls, line: int, left_minor: int) -> ReturnUnclear:
        """Part of a line without quantity."""
        return cls(
            f"line {line} was sold without a quantity and comes back only whole: leave amount_minor out"
            f" or make it {left_minor}",
            field="amount_minor",
            line=line,
        )
