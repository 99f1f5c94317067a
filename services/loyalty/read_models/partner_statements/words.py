"""Who owes whom, in the words of both languages."""

from __future__ import annotations

from shared.kernel.money import Money


def in_words(party: str, counterparty: str, balance_minor: int, currency: str) -> dict[str, str]:
    """`balance_minor` is what `counterparty` owes `party`; negative, the other way round."""
    if not balance_minor:
        return {
            "zh-CN": f"{party} 与 {counterparty} 已结清({currency})",
            "en": f"{party} and {counterparty} owe each other nothing in {currency}",
        }
    debtor, creditor = (counterparty, party) if balance_minor > 0 else (party, counterparty)
    amount = Money(abs(balance_minor), currency)
    return {"zh-CN": f"{debtor} 应付 {creditor} {amount}", "en": f"{debtor} owes {creditor} {amount}"}
