"""Whose receipts a caller may send: those of her own stores, a till's token only the till's own.

What she may not send is answered like a receipt that is wrong, each for itself. The answer is the same whether there
is such a store or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.contracts.receipt_checks import FieldError, Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.contracts.receipts import ReceiptDocument

NOT_YOURS = "not_yours"


def refuse_foreign(
    documents: Sequence[ReceiptDocument | Invalid],
    stores: frozenset[str] | None,
    device: str | None,
) -> Sequence[ReceiptDocument | Invalid]:
    """`documents`, with a refusal in the place of each that is of none of `stores` (None: all) or not of `device`.

    A device is named `<store>/<till>`.
    """
    if stores is None and device is None:
        return documents
    return [_refused(document, stores, device) or document for document in documents]


def _refused(
    document: ReceiptDocument | Invalid,
    stores: frozenset[str] | None,
    device: str | None,
) -> Invalid | None:
    if isinstance(document, Invalid):
        return None
    if stores is not None and document.store not in stores:
        problem = f"store {document.store} is not one of yours; send it with a token of that store"
        return Invalid(NOT_YOURS, (FieldError("store", problem, document.store),))
    if device is not None and f"{document.store}/{document.till}" != device:
        problem = f"till {document.till} is not {device}, whose token this is; send it with the token of its own till"
        return Invalid(NOT_YOURS, (FieldError("till", problem, document.till),))
    return None
