"""docs/performance.md: a run of one measure leaves the others as they stand."""

from __future__ import annotations

from bench.goals import GOALS, goals
from bench.measuring import Sample
from bench.report import document, figures, table

BEFORE = f"""# Performance

Opening.

{goals([], "").replace("not measured | |", "1 of it | held |", 1)}

## Catch-up

What it is.

| a | b |

## Growth

Older.
"""


def test_what_was_not_measured_stays_and_what_was_comes_in_its_place() -> None:
    measured = figures([Sample("growth: years", "16", "us/receipt", value) for value in (300.0, 100.0, 200.0)])
    after = document(measured, "# Performance\n", {"growth": "Why."}, BEFORE)
    assert "## Catch-up\n\nWhat it is.\n\n| a | b |\n" in after
    assert "Older." not in after
    assert "Why." in after
    assert "| years | 16 | 200 (100 to 300) |" in after
    assert after.index("## Catch-up") < after.index("## Growth")


def test_a_goal_that_was_not_measured_anew_keeps_what_was_found() -> None:
    assert f"| {GOALS[0].says} | 1 of it | held |" in goals([], BEFORE)
    assert f"| {GOALS[1].says} | not measured | |" in goals([], BEFORE)


def test_a_measure_that_nobody_has_taken_is_named() -> None:
    meanings = {"catch-up": "", "growth": "", "coupon": "", "sends": ""}
    assert "Not measured yet: coupon, sends.\n" in document([], "# Performance\n", meanings, BEFORE)
    assert "Not measured" not in document([], "# Performance\n", {"growth": ""}, BEFORE)


def test_what_is_not_in_every_setting_is_nothing_to_compare_with() -> None:
    samples = [
        Sample("rebuild: loyalty", "regulars, lots", "s", 2.0),
        Sample("rebuild: loyalty", "limit: bare read", "s", 1.0),
        Sample("rebuild: stores", "regulars, days", "s", 3.0),
        Sample("rebuild: stores", "limit: bare read", "s", 1.0),
    ]
    assert "ratio" not in table(figures(samples))
    assert "ratio to regulars, lots" in table(figures(samples[:2]))
