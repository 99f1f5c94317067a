"""Why the business says no to a party. The codes are part of the public contract."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.errors import NotFound, Rejected


class PartyNotFound(NotFound):
    """No party has this code, or none that the caller may see."""

    code: ClassVar[str] = "party_not_found"

    def __init__(self, party: str) -> None:
        super().__init__(f"party {party!r} is not registered, or is not yours; register it with POST /parties first")


class StoreNowhere(NotFound):
    """No party runs the store, so nobody knows where it is."""

    code: ClassVar[str] = "store_without_party"

    def __init__(self, store_id: str) -> None:
        super().__init__(
            f"store {store_id!r} belongs to no party, or is not yours;"
            " register the party that runs it, with the store's coordinates, with POST /parties first",
            field="store",
        )


class StoreTaken(Rejected):
    """Another party runs the store already."""

    code: ClassVar[str] = "store_of_another_party"

    def __init__(self, store_id: str, party: str) -> None:
        super().__init__(
            f"store {store_id!r} belongs to party {party!r}; take it out of that party first, or leave it out here",
            field="stores",
            value=store_id,
        )


class OursFixed(Rejected):
    """Whether a party is ours cannot change: it says who may sign for it."""

    code: ClassVar[str] = "ours_fixed"

    def __init__(self, party: str, *, ours: bool) -> None:
        super().__init__(
            f"ours of party {party!r} is {str(ours).lower()} and cannot change; register another party code",
            field="ours",
            value=not ours,
        )
