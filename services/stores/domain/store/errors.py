"""Why the business says no to a store."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.errors import NotFound, Rejected


class StoreNotFound(NotFound):
    """No store has this code, or none of the caller's."""

    code: ClassVar[str] = "store_not_found"

    def __init__(self, store_id: str) -> None:
        msg = f"store {store_id!r} is not registered, or not one of yours; headquarters registers with POST /stores"
        super().__init__(msg, field="store")


class CurrencyFixed(Rejected):
    """A store's currency cannot change: its sums are in it."""

    code: ClassVar[str] = "currency_fixed"

    def __init__(self, current: str, asked: str) -> None:
        super().__init__(
            f"currency is {current} since the store was registered and cannot become {asked};"
            " register a new store code for another currency",
            field="currency",
            value=asked,
        )


class TimeZoneFixed(Rejected):
    """A store's time zone cannot change: by it a receipt has its business date, and so its id, when it comes again."""

    code: ClassVar[str] = "time_zone_fixed"

    def __init__(self, current: str, asked: str) -> None:
        super().__init__(
            f"time_zone is {current} since the store was registered and cannot become {asked};"
            " register the store under a new code for another time zone",
            field="time_zone",
            value=asked,
        )
