"""What one request of the intake holds."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.receipts import ReceiptDocument

RECEIPTS_MAX = 1_000


class ReceiptBatch(BaseModel):
    """Receipts of any stores and tills; each is answered for itself."""

    model_config = ConfigDict(extra="forbid")

    receipts: Annotated[list[ReceiptDocument], Field(min_length=1, max_length=RECEIPTS_MAX)]
