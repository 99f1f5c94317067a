"""Mails without a product: a client, its connections, and one text.

python -m bench.subjects.bare_mail PORT MAILS
"""

from __future__ import annotations

import asyncio
import sys
import time
from email.message import EmailMessage

from aiosmtplib import SMTP

from bench.subjects.telling import tell

CONNECTIONS = 8
SENDER = "hello@regulars.example"
CHARACTERS = 300
"""Of each of the two parts, as the wordings that come with the product have."""


async def _hand_in(port: int, mails: int) -> float:
    waiting, mail = iter(range(mails)), _mail()

    async def work() -> None:
        async with SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False) as connection:
            for number in waiting:
                await connection.sendmail(SENDER, f"member-{number}@members.example", mail)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return time.perf_counter() - began


def _mail() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, "member@members.example", "It has been a while"
    text = "We have not seen you. " * (CHARACTERS // 22)
    mail.set_content(text)
    mail.add_alternative(f"<p>{text}</p>", subtype="html")
    return mail.as_bytes()


def main() -> None:
    """Hands all of them in, and says how long that took."""
    seconds = asyncio.run(_hand_in(int(sys.argv[1]), int(sys.argv[2])))
    tell("done", elapsed_s=seconds)


if __name__ == "__main__":
    main()
