"""Giving up: stop what is inside, close what is open at partners, take back what was finished, newest first, then go on.

The rules GIVE UP, UNWIND, CLOSED and UNDONE of the kernel (flow-language §5.2); interrupts, deadlines, lost races and `leave` all end here.
"""

from __future__ import annotations

from flows.move import APPLIED, LATE, Live, Move, disarm, done_now, without
from flows.program import ScopeAt, StepAt
from flows.state import Done, Promise

RETURNS = ("returned", "released", "held")  # the answers to a taking back
UNTOLD = "untold"  # it succeeded after it had been given up, and has to go back whatever was delivered
HELD_UP = ("closing", "undoing")  # a partner is being asked: giving up is not complete


def give_up(m: Move, key: str, inside: set[str], *, undo: bool, then: str) -> None:
    """GIVE UP: shut what is open inside, adopt the promises of every unwinding inside, promise what was finished, close what is live."""
    owed = {promise for block in m.unwind.keys() & inside for promise in m.unwind[block][0]}
    if undo:
        owed |= {(row.key, row.n) for row in m.done if row.key in inside and to_take_back(m, row, m.program.around.get(key, ()))}
    gone = inside | {key}
    shut(m, gone)
    m.joins, m.unwind = without(m.joins, *gone), without(m.unwind, *gone)
    for live in sorted(inside & m.live.keys()):
        drop(m, live)
    newest_first = tuple((row.key, row.n) for row in reversed(m.done) if (row.key, row.n) in owed)
    m.unwind = {**m.unwind, key: (newest_first, then)}
    unwind(m, key)


def to_take_back(m: Move, row: Done, around: tuple[str, ...]) -> bool:
    """An outcome that leaves something, not yet back, of the current round of the repeats round what is given up."""
    this_round = all(m.rounds.get(repeat) == n for repeat, n in row.rounds if repeat in around)
    return row.how is None and row.outcome in m.step_at(row.key).undo and this_round


def drop(m: Move, key: str) -> None:
    """GIVE UP, what is live: a partner who keeps something open is asked to close it, all else is cancelled."""
    n, mode = m.live[key]
    if mode in HELD_UP:
        return
    at = m.program.places[key]
    m.live = without(m.live, key)
    if not isinstance(at, StepAt) or mode == "unserved":
        return
    disarm(m, at, n)
    if at.closes:
        m.live = {**m.live, key: (n, "closing")}
    m.emit("close" if at.closes else "cancel", f"{key}#{n}")


def unwind(m: Move, key: str) -> None:
    """UNWIND: while something inside is closing or undoing, wait; then keep the next promise; then go on."""
    owed, then = m.unwind[key]
    if any(m.live[live][1] in HELD_UP for live in m.program.inside[key] & m.live.keys()):
        return
    for index, promise in enumerate(owed):
        if still_owed(m, promise):
            m.unwind = {**m.unwind, key: (owed[index + 1 :], then)}
            take_back(m, *promise)
            return
    m.unwind, m.rounds = without(m.unwind, key), without(m.rounds, *m.program.inside[key])  # rounds last: CLOSED asks which it was
    m.enter(then)


def still_owed(m: Move, promise: Promise) -> bool:
    """UNWIND: a promise is skipped when it is kept, or is money whose services were all delivered; what came too late never is."""
    row = next(row for row in m.done if (row.key, row.n) == promise)
    at = m.step_at(row.key)
    earned = row.outcome in at.takes and at.pays_for and all(delivered(m, service, row) for service in at.pays_for)
    return row.how == UNTOLD or (row.how is None and not earned)


def delivered(m: Move, service: str, payment: Done) -> bool:
    """Whether `service` was delivered in the rounds it shares with the payment."""
    at, paid_in = m.program.places.get(service), dict(payment.rounds)
    return isinstance(at, StepAt) and any(
        row.key == service and row.outcome in at.delivers and all(paid_in.get(repeat, n) == n for repeat, n in row.rounds) for row in m.done
    )


def take_back(m: Move, key: str, n: int) -> None:
    m.live = {**m.live, key: (n, "undoing")}
    m.emit("undo", f"{key}#{n}")
    m.emit("arm", f"{key}#{n}", minutes=m.step_at(key).undo_within)


def closed(m: Move, at: StepAt, live: Live, outcome: str) -> str:
    """CLOSED: closed indeed, or it succeeded after all: then it is promised first, and its facts are never told."""
    region = unwinding(m, at.key)
    m.live = without(m.live, at.key)
    if outcome in at.undo:
        m.done = (*m.done, done_now(m, at, live[0], outcome)._replace(how=UNTOLD))
        owed, then = m.unwind[region]
        m.unwind = {**m.unwind, region: (((at.key, live[0]), *owed), then)}
    else:
        m.emit("cancel", f"{at.key}#{live[0]}")
    unwind(m, region)
    return APPLIED


def undone(m: Move, at: StepAt, live: Live, how: str | None) -> str:
    """UNDONE: returned, released, or held by a desk; the chain goes on."""
    if how not in RETURNS:
        return LATE
    name = (at.key, live[0])
    m.done = tuple(row._replace(how=how) if (row.key, row.n) == name else row for row in m.done)
    m.live = without(m.live, at.key)
    m.emit("undone", f"{at.key}#{live[0]}", how)
    m.emit("disarm", f"{at.key}#{live[0]}")
    unwind(m, unwinding(m, at.key))
    return APPLIED


def unwinding(m: Move, key: str) -> str:
    """The block whose unwinding waits for `key`."""
    return next(block for block in m.program.around[key] if block in m.unwind)


def shut(m: Move, keys: set[str]) -> None:
    """The scopes among `keys` hear nothing any more."""
    gone = sorted(keys & m.scopes.keys())
    for key in gone:
        at = m.program.places[key]
        for name, _ in at.deadlines if isinstance(at, ScopeAt) else ():
            m.emit("disarm", f"{name}#{m.scopes[key]}")
    m.scopes = without(m.scopes, *gone)
