"""What is taken of each limit, by the name of its stream; what is over it is counted apart."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

BUDGETS = Table(
    "budgets",
    MetaData(),
    Column("budget", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("money_minor", BigInteger, nullable=False),
    Column("uses_over", Integer, nullable=False),
    Column("money_minor_over", BigInteger, nullable=False),
    Column("uses_max", Integer),
    Column("money_minor_max", BigInteger),
)
