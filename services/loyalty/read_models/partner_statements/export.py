"""A statement's lines as CSV (RFC 4180), for people who open it in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from shared.kernel.money import minor_digits
from shared.kernel.spreadsheets import as_cell

if TYPE_CHECKING:
    from services.loyalty.read_models.partner_statements.view import PartnerStatement

_HEADER = (
    *("party", "month", "business_date", "campaign_id", "counterparty", "currency", "redemptions"),
    *("shared", "given_back", "amount"),
)


def as_csv(statement: PartnerStatement) -> str:
    """One row per line. Amounts are decimal numbers; a text that a spreadsheet would run as a formula is quoted."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(_HEADER)
    for part in statement.currencies:
        for line in part.lines:
            amounts = (line.shared_minor, line.given_back_minor, line.amount_minor)
            writer.writerow(
                (
                    as_cell(statement.party),
                    statement.month,
                    line.business_date.isoformat(),
                    line.campaign_id,
                    as_cell(line.counterparty),
                    part.currency,
                    line.redemptions,
                    *(_decimal(amount, part.currency) for amount in amounts),
                ),
            )
    return written.getvalue()


def _decimal(minor: int, currency: str) -> str:
    digits = minor_digits(currency)
    whole, part = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}" + (f".{part:0{digits}d}" if digits else "")
