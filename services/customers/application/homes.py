"""Which store a customer's home can be: any for headquarters, their own for everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.access.permissions import WHOLE_CHAIN
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from shared.access.permissions import Caller
    from shared.access.visibility import Members


def home_store(members: Members, caller: Caller, asked: str | None) -> str | None:
    """The home store of somebody whom `caller` registers; her only store, if she has one and says nothing.

    Raises `InvalidInput`: without a home store in her scope she could not see whom she has just registered.
    """
    scope = caller.scope
    if asked is None and scope != WHOLE_CHAIN:
        if len(scope.stores or ()) == 1 and not scope.regions:
            return next(iter(scope.stores or ()))
        msg = "home_store is missing; send that of your stores where the customer registers"
        raise InvalidInput(msg, field="home_store")
    if asked is not None and not members.covers(caller, asked):
        msg = f"home_store {asked} is not one of your stores; send one that is"
        raise InvalidInput(msg, field="home_store", value=asked)
    return asked
