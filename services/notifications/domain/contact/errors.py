"""What a contact refuses. The codes are part of the public contract."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.errors import NotFound, Rejected


class MessageNotFound(NotFound):
    """No message has this id."""

    code: ClassVar[str] = "message_not_found"


class MessageNotUnknown(Rejected):
    """Only a message of which nobody knows whether it was accepted can be reconciled."""

    code: ClassVar[str] = "message_not_unknown"


class CallNotFound(NotFound):
    """No open task of the call list has this id."""

    code: ClassVar[str] = "call_not_found"


class CallDone(Rejected):
    """The call was made and has another outcome."""

    code: ClassVar[str] = "call_done"
