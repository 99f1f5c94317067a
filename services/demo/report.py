"""What the services say beside what the data say, figure by figure, and the verdict."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from services.demo.expected import Expected, ExpectedMember, ExpectedStore

SHOWN_DIFFERENCES_MAX = 5


@dataclass
class Actual:
    """Every figure as the services' APIs gave it."""

    totals: dict[str, int]
    members: dict[str, ExpectedMember]
    stores: dict[str, ExpectedStore]
    liability: int
    cells: int
    audit: list[str] = field(default_factory=list)
    """What the auditor found wrong."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    expected: int
    actual: int

    @property
    def equal(self) -> bool:
        """Whether both paths came to the same figure."""
        return self.expected == self.actual


def compare(expected: Expected, actual: Actual) -> list[Row]:
    """The table's rows; members and stores count how many agree in every figure."""
    names = {
        "receipts": "receipts",
        "lines": "lines",
        "sales_minor": "sales, cents",
        "points_issued": "points issued",
    }
    agreeing_members = sum(actual.members.get(card) == member for card, member in expected.members.items())
    agreeing_stores = sum(actual.stores.get(name) == store for name, store in expected.stores.items())
    return [
        *(Row(shown, expected.totals[name], actual.totals[name]) for name, shown in names.items()),
        Row("liability, points", expected.totals["points_issued"], actual.liability),
        Row("stores", expected.totals["stores"], actual.totals["stores"]),
        Row("stores equal in receipts and sales", len(expected.stores), agreeing_stores),
        Row("members", expected.totals["members"], actual.totals["members"]),
        Row("members equal in all nine figures", len(expected.members), agreeing_members),
        Row("RFM cells with members", expected.cells, actual.cells),
        Row("findings of the auditor", 0, len(actual.audit)),
    ]


def differences(expected: Expected, actual: Actual) -> list[str]:
    """The first few members and stores that differ, with the figure that does."""
    found = []
    for kind, wanted, given in (
        ("member", expected.members, actual.members),
        ("store", expected.stores, actual.stores),
    ):
        for name, figures in wanted.items():
            other: Any = given.get(name)
            if other is None:
                found.append(f"{kind} {name}: missing")
            elif other != figures:
                found.extend(
                    f"{kind} {name}: {f.name} should be {getattr(figures, f.name)}, is {getattr(other, f.name)}"
                    for f in fields(figures)
                    if getattr(figures, f.name) != getattr(other, f.name)
                )
    found.extend(f"{kind} {name}: unexpected" for kind, name in _unexpected(expected, actual))
    return found[:SHOWN_DIFFERENCES_MAX] + actual.audit[:SHOWN_DIFFERENCES_MAX]


def _unexpected(expected: Expected, actual: Actual) -> list[tuple[str, str]]:
    return [("member", name) for name in actual.members.keys() - expected.members.keys()] + [
        ("store", name) for name in actual.stores.keys() - expected.stores.keys()
    ]


def show(console: Console, rows: list[Row], expected: Expected, actual: Actual) -> bool:
    """Prints the table and the verdict; whether everything is equal."""
    table = Table(title="The year, by the services and by the data")
    table.add_column("figure")
    table.add_column("expected from the data", justify="right")
    table.add_column("by the services", justify="right")
    table.add_column("")
    for row in rows:
        mark = "[green]equal[/]" if row.equal else "[red bold]DIFFERS[/]"
        table.add_row(row.name, f"{row.expected:,}", f"{row.actual:,}", mark)
    console.print(table)
    found = differences(expected, actual)
    if all(row.equal for row in rows) and not found:
        console.print("[green bold]Verdict: every figure is equal.[/]")
        return True
    console.print("[red bold]Verdict: figures differ.[/]")
    for line in found:
        console.print(f"  {line}")
    return False


def document(actual: Actual, timings: dict[str, Any]) -> dict[str, Any]:
    """The report as JSON: what the services said, never what was expected."""
    return {
        "totals": actual.totals,
        "members": [asdict(member) for member in actual.members.values()],
        "stores": [asdict(store) for store in actual.stores.values()],
        "timings": timings,
    }
