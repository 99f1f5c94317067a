"""Lots: points by the last day on which they can be spent. Pure arithmetic; a lot never holds less than 1."""

from __future__ import annotations

from datetime import date

Lots = dict[date, int]
"""Last day of validity -> points, each at least 1. Treated as a value: never changed in place."""


def total(lots: Lots) -> int:
    """How many points there are in all."""
    return sum(lots.values())


def plus(lots: Lots, more: Lots) -> Lots:
    """Both together."""
    sums = dict(lots)
    for day, points in more.items():
        sums[day] = sums.get(day, 0) + points
    return sums


def minus(lots: Lots, less: Lots) -> Lots:
    """What is left of `lots` without `less`, which must be part of it."""
    rest = dict(lots)
    for day, points in less.items():
        left = rest[day] - points
        if left:
            rest[day] = left
        else:
            del rest[day]
    return rest


def earliest(lots: Lots, points: int) -> Lots:
    """Up to `points` of `lots`, those that expire first: what a burn takes."""
    taken: Lots = {}
    for day in sorted(lots):
        if not points:
            break
        taken[day] = min(lots[day], points)
        points -= taken[day]
    return taken


def valid_on(lots: Lots, today: date) -> Lots:
    """Those that can still be spent on `today`."""
    return {day: points for day, points in lots.items() if day >= today}
