"""What an experiment refuses."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.errors import Rejected


class HoldOutIsSet(Rejected):
    """A hold-out that was set stays as it is: members were assigned by it, or will be."""

    code: ClassVar[str] = "hold_out_is_set"
