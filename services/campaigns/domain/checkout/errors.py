"""What a checkout refuses. The codes are part of the public contract."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.errors import NotFound, Rejected


class CheckoutNotFound(NotFound):
    """Nothing was reserved under this id."""

    code: ClassVar[str] = "checkout_not_found"


class CheckoutIdTaken(Rejected):
    """The id stands for another basket."""

    code: ClassVar[str] = "checkout_id_taken"


class CheckoutIsOver(Rejected):
    """The reservation was given up, or its time is over."""

    code: ClassVar[str] = "checkout_over"


class CheckoutIsConfirmed(Rejected):
    """It was paid and cannot be released."""

    code: ClassVar[str] = "checkout_confirmed"
