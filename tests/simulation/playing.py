"""Playing a seed: turns in bad weather, then calm until everything is handled, then the invariants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from tests.simulation import checker
from tests.simulation.invariants_flow import left_over
from tests.simulation.view import Breach
from tests.simulation.world import World

STEPS = 500
CHECKED_EVERY = 250
CALM_STEPS_MAX = 40_000
LOOK_EVERY = 40
IDLE = {"start", "rests", "polls", "waits for customers", "waits for members", "waits for its time", "has a coffee"}


@dataclass
class Played:
    """What a seed came to."""

    seed: int
    turns: int
    commits: int
    events: int
    faults: dict[str, int]


class Failed(AssertionError):
    """A seed that broke an invariant, or the code."""

    def __init__(self, seed: int, steps: int, turn: int, cause: BaseException) -> None:
        self.seed, self.turn, self.cause = seed, turn, cause
        self.invariant = cause.invariant if isinstance(cause, Breach) else f"raised {type(cause).__name__}"
        again = f"make simulate SEED={seed} STEPS={steps}"
        super().__init__(f"seed {seed}, turn {turn}: {self.invariant}\n{cause}\nreplay: {again}")


def play(seed: int, steps: int = STEPS, trace: Callable[[str], None] | None = None) -> Played:
    """Plays a seed. Raises `Failed`."""
    world = World(seed, trace)
    try:
        _weather(world, steps)
        _calm(world)
        checker.at_rest(world)
    except (Exception, AssertionError) as error:
        raise Failed(seed, steps, world.scheduler.turn, error) from error
    finally:
        turns = world.scheduler.turn
        world.close()
    events = sum(len(world.database.rows(service, "events")) for service in ("stores", "loyalty"))
    return Played(seed, turns, world.database.commits, events, world.chaos.happened)


def _weather(world: World, steps: int) -> None:
    done = 0
    while done < steps:
        # Only turns in which somebody does something count: looking whether there is anything to do is no step.
        if world.step() not in IDLE:
            done += 1
            if done % CHECKED_EVERY == 0:
                checker.safety(world)
            if done == steps // 2 and world.seed % 3 == 0:
                # The bug's release is replaced in the middle of everything.
                world.healed = True


def _calm(world: World) -> None:
    """No more faults and no new customers: whatever is open comes to its end, in bounded time."""
    world.chaos.weather.clear_up()
    world.closing = True
    world.scheduler.note("the weather clears up")
    _until(world, lambda: next(left_over(world, parked=False), None) is None)
    # Whatever the bug holds up is still held up, with all that follows it.
    checker.safety(world)
    world.healed = True
    world.scheduler.note("the bug is mended")
    _until_nothing_is_left(world)
    # Receipts that came late can have left lots whose day is over: the next day's run takes them.
    for days in (1, 70):
        world.pass_time(timedelta(days=days))
        day = world.now().date()
        _until(world, partial(_ran_on, world, day))
        _until_nothing_is_left(world)


def _ran_on(world: World, day: date) -> bool:
    # Midnight may be seconds away: the run of a day that began meanwhile takes what that one would have taken.
    rows = world.database.rows("loyalty", "jobs")
    return any(row["name"] == "loyalty.expire_points" and row["business_date"] >= day for row in rows)


def _until_nothing_is_left(world: World) -> None:
    _until(world, lambda: next(left_over(world), None) is None)


def _until(world: World, done: Callable[[], bool]) -> None:
    for step in range(CALM_STEPS_MAX):
        if step % LOOK_EVERY == 0 and done():
            return
        world.step()
    raise Breach("everything drains", next(left_over(world), "a job does not run"))
