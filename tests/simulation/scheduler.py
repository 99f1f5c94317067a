"""Virtual time and seeded turns: every actor is a greenlet that stops wherever the real one could be overtaken.

A turn runs one actor from where it stopped to the next statement, commit, call of the log, or rest. Which actor is
next, what befalls it there, and how long it rests all follow from the seed: no thread, no wall clock.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from greenlet import greenlet

from shared.messaging.relay import FOLLOWS_S

RESTART_S = (0.2, 3.0)
TURN_S = (0.001, 0.005)
FORGOTTEN_AFTER_S = 3_600.0


class Killed(BaseException):
    """The actor's process is gone: nothing of it may act again. Not an `Exception`, so that nobody catches it."""


class Stuck(AssertionError):
    """Nobody can go on, and no time that passes will change that."""


@dataclass(eq=False)
class Actor:
    """One thread of a process: it starts again after a kill, as a process that somebody watches over does."""

    name: str
    work: Callable[[], None]
    mortal: bool = True
    at: str = "start"
    """Where it stopped."""
    wakes_at: float = 0.0
    blocked: bool = False
    """Waits for a lock; `wakes_at` is its time-out."""
    stalled_until: float = 0.0
    dead: bool = False
    ended: bool = False
    turns: int = 0
    thread: greenlet | None = None
    on_death: list[Callable[[], None]] = field(default_factory=list)
    process: Process | None = None
    """None: it is the only thread of its own."""


@dataclass(eq=False)
class Process:
    """Threads that share memory, and so stop and die together."""

    threads: list[Actor]
    forget: Callable[[], None]
    """What was in memory is gone."""


class Scheduler:
    """Gives turns. `trace` hears of each."""

    def __init__(self, seed: int, trace: Callable[[str], None] | None = None) -> None:
        self.chance = random.Random(f"turns {seed}")  # noqa: S311 - reproducible on purpose
        self.now = 0.0
        self.turn = 0
        self.actors: list[Actor] = []
        self.current: Actor | None = None
        self.trace = trace
        self._hub = greenlet.getcurrent()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def add(self, name: str, work: Callable[[], None], *, mortal: bool = True) -> Actor:
        actor = Actor(name, work, mortal)
        self.actors.append(actor)
        return actor

    def after(self, seconds: float, then: Callable[[], None]) -> None:
        """Calls `then` when so much virtual time is over."""
        heapq.heappush(self._timers, (self.now + seconds, next(self._numbers), then))

    def pause(self, at: str) -> None:
        """The current actor stops here; others may go first."""
        actor = self.current
        if actor is None:
            return
        if actor.dead:
            raise Killed
        actor.at = at
        self._hub.switch()
        if actor.dead:
            raise Killed

    def rest(self, seconds: float, at: str = "rests") -> None:
        """The current actor sleeps."""
        if self.current is not None:
            self.current.wakes_at = self.now + seconds
            self.pause(at)

    def block(self, seconds: float, at: str) -> bool:
        """The current actor waits to be woken by `wake`; whether it was before `seconds` were over."""
        actor = self.current
        if actor is None:
            raise Stuck(f"{at}: outside of all actors nobody can wait")
        actor.blocked, actor.wakes_at = True, self.now + seconds
        try:
            self.pause(at)
            return not actor.blocked
        finally:
            actor.blocked = False

    def wake(self, actor: Actor) -> None:
        """Ends `block`."""
        if actor.blocked:
            actor.blocked, actor.wakes_at = False, self.now

    def step(self) -> str:
        """One turn of one actor; where it stood before."""
        self.now += self.chance.uniform(*TURN_S)
        while True:
            while self._timers and self._timers[0][0] <= self.now:
                heapq.heappop(self._timers)[2]()
            now = self.now
            ready = [a for a in self.actors if a.wakes_at <= now and a.stalled_until <= now and not a.ended]
            if ready:
                break
            waking = [max(a.wakes_at, a.stalled_until) for a in self.actors if not a.ended]
            if not waking:
                raise Stuck("every actor has ended")
            self.now = min([*waking, *(time for time, _, _ in self._timers[:1])])
        actor = ready[int(self.chance.random() * len(ready))]
        at = actor.at
        self._resume(actor)
        return at

    def _resume(self, actor: Actor) -> None:
        self.turn += 1
        actor.turns += 1
        if self.trace is not None:
            self.trace(f"{self.turn:5} {self.now:9.3f}s {actor.name:<22} {actor.at}")
        if actor.thread is None:
            actor.thread = greenlet(actor.work, self._hub)
        self.current = actor
        try:
            actor.thread.switch()
        finally:
            self.current = None
        if actor.thread.dead:
            actor.ended = True
            self.note(f"{actor.name} has ended")

    def kill(self, actor: Actor, *, restart: bool = True) -> None:
        """kill -9: what it held is let go, what it did not commit is gone; it starts again soon."""
        for thread in _of_the_process(actor):
            self._end(thread, restart=restart)
        if actor.process is not None:
            actor.process.forget()

    def _end(self, actor: Actor, *, restart: bool) -> None:
        actor.dead = True
        for let_go in actor.on_death:
            let_go()
        actor.on_death.clear()
        if actor.thread is not None and not actor.thread.dead:
            self.current = actor
            try:
                actor.thread.throw(Killed)
            except Killed:
                pass
            finally:
                self.current = None
        actor.thread = None
        actor.blocked = False
        actor.at = "start"
        actor.stalled_until = 0.0
        actor.dead = False
        actor.ended = not restart
        actor.wakes_at = self.now + self.chance.uniform(*RESTART_S)

    def stall(self, actor: Actor, seconds: float) -> None:
        """SIGSTOP: it does nothing for so long, and does not know it afterwards."""
        for thread in _of_the_process(actor):
            thread.stalled_until = self.now + seconds

    def note(self, what: str) -> None:
        """A line of the trace."""
        if self.trace is not None:
            self.trace(f"      {self.now:9.3f}s   * {what}")

    def close(self) -> None:
        """Ends every actor."""
        for actor in self.actors:
            self.kill(actor, restart=False)


def _of_the_process(actor: Actor) -> list[Actor]:
    return [actor] if actor.process is None else actor.process.threads


class Stop:
    """What `threading.Event` is to the loops: never set, and `wait` rests in virtual time.

    How long the loop wants to rest is measured by the machine's clock or scattered by chance, so the seed decides
    instead. Only those who follow a leader are known by their rest, which is always the same.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float | None = None) -> bool:
        if timeout:
            longest = 3.0 if timeout == FOLLOWS_S else 0.6
            self._scheduler.rest(self._scheduler.chance.uniform(0.05, longest))
        return False


class Woken:
    """What `threading.Event` is to threads of a process that wait for each other."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._set = False
        self._waiting: Actor | None = None

    def set(self) -> None:
        self._set = True
        if self._waiting is not None:
            self._scheduler.wake(self._waiting)

    def wait(self) -> None:
        if not self._set:
            self._waiting = self._scheduler.current
            if not self._scheduler.block(FORGOTTEN_AFTER_S, "waits for others"):
                raise Stuck("nobody woke it")
