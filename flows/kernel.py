"""What a flow means: `advance(program, state, event)`, a pure and total function.

No clock, no database, no randomness: time is an event, effects are data. Each rule is one function and names itself as the flow
language does (§5.2). Inner values of a state are replaced, never changed, so an old state stays what it was. Wherever an order shows it
is sorted by key or by completion, never the order of a dictionary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.conditions import Value, evaluate
from flows.move import APPLIED, LATE, PARKED, Live, Move, disarm, done_now, into_trouble, without
from flows.program import (
    At,
    BranchAt,
    CloseAt,
    EndAt,
    ForkAt,
    Handler,
    JoinAt,
    LeaveAt,
    Program,
    RepeatAt,
    ScopeAt,
    StepAt,
    UntilAt,
    flatten,
)  # fmt: skip
from flows.schema import FLOW, OUTCOME, SKIPPED
from flows.state import Advance, Done, Effect, Event, State
from flows.unwinding import HELD_UP, closed, give_up, shut, undone

KERNEL = 1  # changes only with a change of meaning
ANSWERABLE = ("waiting", "expiring", "trouble")

__all__ = ["KERNEL", "Advance", "Done", "Effect", "Event", "Program", "State", "advance", "flatten"]


def advance(program: Program, state: State, event: Event) -> Advance:
    """Apply one event. Total and deterministic; `state` stays as it was. A late event changes nothing, an early one is parked."""
    move = Move(program, state)
    verdict = offer(move, event)
    if verdict == LATE:
        return Advance(state, (), LATE)
    if verdict == PARKED:
        move.parked = (*move.parked, event)
        return Advance(move.state(), (), PARKED)
    reoffered = reoffer(move) if move.parked else ()
    return Advance(move.state(), tuple(move.effects), APPLIED, reoffered)


def reoffer(m: Move) -> tuple[tuple[str, str], ...]:
    """RE-OFFER: the parked events in order of arrival, from the first again after each that is not early any more."""
    verdicts: list[tuple[str, str]] = []
    index = 0
    while index < len(m.parked):
        event = m.parked[index]
        verdict = offer(m, event)
        if verdict == PARKED:
            index += 1
            continue
        m.parked = m.parked[:index] + m.parked[index + 1 :]
        verdicts.append((event.id, verdict))
        index = 0
    return tuple(verdicts)


def offer(m: Move, event: Event) -> str:
    """Which event is whose: the verdict, and when it is *applied* every rule that followed has been carried out."""
    if event.type == "start":
        verdict = start(m, event) if m.status == "new" else LATE
    elif m.status != "running":
        verdict = PARKED if m.status == "new" else LATE
    elif event.ref is None:
        verdict = interrupt(m, event)
    else:
        verdict = address(m, event, m.refs.get(event.ref, event.ref))
    settle(m)
    return verdict


def settle(m: Move) -> None:
    """Enter what is to be entered, until every token waits. A lane is skipped when its fork is gone.

    The fork cannot be open anew by then: every round finds the facts the round before it found, so it would have left in the same way.
    """
    while m.todo:
        place, fork = m.todo.pop()
        if not fork or fork in m.joins:
            at = m.program.places[place]
            ENTER[type(at)](m, at)


def address(m: Move, event: Event, name: str) -> str:
    """To the live instance `key#n`; an earlier instance is late, one still to come is parked."""
    key, _, entry = name.partition("#")
    digits, _, reminder = entry.partition("+")
    deadline = m.program.deadlines.get(key)
    counted = deadline.scope if deadline else key
    if not digits.isdecimal() or int(digits) > m.count.get(counted, 0):
        return PARKED
    n = int(digits)
    if deadline:
        return strike(m, deadline) if m.scopes.get(counted) == n and event.type == "timer" else LATE
    live = m.live.get(key)
    if live is None or live[0] != n:
        return LATE
    at = m.program.places[key]
    if not isinstance(at, StepAt):
        return choose(m, at, event) if event.type == "staff.choose" else LATE
    if reminder:
        return remind(m, at, live, reminder)
    return ANSWERS.get(event.type, answer)(m, at, live, event)


# Events


def start(m: Move, event: Event) -> str:
    """start: the given facts are frozen; the flow is entered as a scope."""
    m.status = "running"
    m.facts = {name: value for name, value in event.facts.items() if value is not None}
    m.enter(FLOW)
    return APPLIED


def answer(m: Move, at: StepAt, live: Live, event: Event) -> str:
    """An outcome for a live instance: FINISH, or CLOSED and UNDONE while it is given up."""
    if live[1] == "undoing":
        return undone(m, at, live, event.outcome)
    if event.outcome not in at.outcomes or event.type == "undone":
        return LATE
    if live[1] == "closing":
        return closed(m, at, live, event.outcome)
    return finish(m, at, live, event.outcome, event.facts) if live[1] in ANSWERABLE else LATE


def finish(m: Move, at: StepAt, live: Live, outcome: str, facts: Mapping[str, Value]) -> str:
    """FINISH: the step is done, tells its facts, and the flow goes on behind it or at the port; without a port a person must choose."""
    m.live = without(m.live, at.key)
    m.done = (*m.done, done_now(m, at, live[0], outcome))
    told: dict[str, Value] = {f"{at.key}.{OUTCOME}": outcome}
    for short, name, kind in at.facts.get(outcome, ()):
        value = facts.get(short)
        if value is not None and kind.holds(value):
            told[name] = value
    m.facts = {**m.facts, **told}
    m.emit("done", f"{at.key}#{live[0]}", outcome)
    disarm(m, at, live[0])
    place = at.next if outcome == SKIPPED else at.ports.get(outcome)
    if place is not None:
        m.enter(place)
        return APPLIED
    return into_trouble(m, at.key, live[0], outcome, mode="unserved")


def timer(m: Move, at: StepAt, live: Live, _event: Event) -> str:
    """TIMER: a type that closes asks its partner first; others end late. A taking back that nobody answers is held by a desk."""
    if live[1] == "undoing":
        return undone(m, at, live, "held")
    if at.late is None or live[1] not in ("waiting", "trouble"):
        return LATE
    if not at.closes:
        return finish(m, at, live, at.late, {})
    m.live = {**m.live, at.key: (live[0], "expiring")}
    m.emit("close", f"{at.key}#{live[0]}")
    return APPLIED


def remind(m: Move, at: StepAt, live: Live, minutes: str) -> str:
    """TIMER of a reminder: nothing changes, the patient is told."""
    if live[1] != "waiting" or not minutes.isdecimal():
        return LATE
    m.emit("remind", f"{at.key}#{live[0]}", minutes=int(minutes))
    return APPLIED


def trouble(m: Move, at: StepAt, live: Live, event: Event) -> str:
    """TROUBLE: the desk is told. A step that is being given up stays so: its partner's answer is still awaited."""
    if live[1] == "unserved":
        return LATE
    return into_trouble(m, at.key, live[0], event.reason or event.outcome or "", mode="trouble" if live[1] in ANSWERABLE else live[1])


def retry(m: Move, at: StepAt, live: Live, _event: Event) -> str:
    """RETRY: the same instance under the same number is opened again; one that is given up asks its partner again."""
    if live[1] == "trouble":
        return wait(m, at, live[0])
    if live[1] not in HELD_UP:
        return LATE
    m.emit("close" if live[1] == "closing" else "undo", f"{at.key}#{live[0]}")
    return APPLIED


def skip(m: Move, at: StepAt, live: Live, _event: Event) -> str:
    """staff.skip: only what is skippable; tells nothing but that it was skipped."""
    return finish(m, at, live, SKIPPED, {}) if at.skippable and live[1] in ANSWERABLE else LATE


def choose_port(m: Move, at: StepAt, live: Live, event: Event) -> str:
    """CHOOSE for an unserved step: one of its ports, or what lies behind it."""
    place = at.next if event.outcome == "next" else at.ports.get(event.outcome or "")
    if live[1] != "unserved" or place is None:
        return LATE
    m.live = without(m.live, at.key)
    m.enter(place)
    return APPLIED


def choose(m: Move, at: At, event: Event) -> str:
    """CHOOSE for a branch (a case, or `otherwise`) or a repeat (`next` or `again`) that the known facts did not decide."""
    if isinstance(at, BranchAt):
        place = {case: place for case, _, place in at.cases}.get(event.outcome or "")
        place = at.otherwise if event.outcome == "otherwise" else place
        if place is None:
            return LATE
        m.live = without(m.live, at.key)
        m.enter(place)
        return APPLIED
    end = m.program.places["/" + at.key] if isinstance(at, RepeatAt) else None
    if not isinstance(end, UntilAt) or event.outcome not in ("next", "again"):
        return LATE
    m.live = without(m.live, end.key)
    round_over(m, end, through=event.outcome == "next")
    return APPLIED


def interrupt(m: Move, event: Event) -> str:
    """INTERRUPT: the innermost open scopes that listen, sorted by key; a scope that an earlier one shut is passed over."""
    handlers = m.program.listeners.get(event.type, {})
    hearing = [(scope, m.scopes[scope]) for scope in sorted(handlers) if scope in m.scopes]
    if not hearing:
        return PARKED
    outer = {scope for heard, _ in hearing for scope in m.program.around.get(heard, ())}
    for scope, n in hearing:
        if scope not in outer and m.scopes.get(scope) == n:
            strike(m, handlers[scope])
            settle(m)
    return APPLIED


def strike(m: Move, handler: Handler) -> str:
    give_up(m, handler.scope, m.program.inside[handler.scope], undo=handler.undo, then=handler.then)
    return APPLIED


ANSWERS: dict[str, Callable[[Move, StepAt, Live, Event], str]] = {
    "timer": timer, "trouble": trouble, "staff.retry": retry, "staff.skip": skip, "staff.choose": choose_port,
}  # fmt: skip


# Entering a place


def step(m: Move, at: StepAt) -> None:
    """STEP: the next number of this key waits; its name is minted before anything leaves the house."""
    wait(m, at, m.counted(at.key))


def wait(m: Move, at: StepAt, n: int) -> str:
    name = f"{at.key}#{n}"
    if at.match is not None and (obstacle := bind(m, at.match, name)):
        return into_trouble(m, at.key, n, obstacle)
    m.live = {**m.live, at.key: (n, "waiting")}
    m.emit("open", name)
    if at.after is not None:
        m.emit("arm", name, minutes=at.after)
    for minutes in at.reminders:
        m.emit("arm", f"{name}+{minutes}", minutes=minutes)
    return APPLIED


def bind(m: Move, match: str, name: str) -> str:
    """STEP, bind match: the business number in fact `match` means `name` from now on. Empty, or what is in the way."""
    value = m.facts.get(match)
    if value is None:
        return "match_missing"
    holder = m.refs.get(str(value), name)
    key, _, n = holder.partition("#")
    if holder != name and m.live.get(key, (0, ""))[0] == int(n):
        return "match_taken"
    m.refs = {**m.refs, str(value): name}
    return ""


def branch(m: Move, at: BranchAt) -> None:
    """BRANCH: the first case that is not false decides; an unknown one, or a gap without `otherwise`, calls a person."""
    for _, when, place in at.cases:
        verdict = evaluate(when, m.facts)
        if verdict:
            return m.enter(place)
        if verdict is None:
            into_trouble(m, at.key, m.counted(at.key), "unknown")
            return None
    if at.otherwise is not None:
        return m.enter(at.otherwise)
    into_trouble(m, at.key, m.counted(at.key), "gap")
    return None


def fork(m: Move, at: ForkAt) -> None:
    """FORK: the lanes in the order drawn, until the race is over."""
    if not at.lanes:
        return m.enter(at.next)
    m.joins = {**m.joins, at.key: ()}
    m.todo += [(place, at.key) for place in reversed(at.lanes)]
    return None


def join(m: Move, at: JoinAt) -> None:
    """JOIN: a lane is through; the last one needed gives up the others."""
    through = (*m.joins[at.key], at.lane)
    if len(through) < at.need:
        m.joins = {**m.joins, at.key: through}
        return
    inside = set[str]().union(*(m.program.inside[lane] for lane in at.lanes if lane not in through))
    give_up(m, at.key, inside, undo=at.undo, then=at.next)


def repeat(m: Move, at: RepeatAt) -> None:
    """ROUND: the next round, or the first; every fact of the steps in the body is forgotten."""
    m.rounds = {**m.rounds, at.key: m.rounds.get(at.key, 0) + 1}
    m.facts = {name: value for name, value in m.facts.items() if name not in at.forgets}
    m.enter(at.body)


def until(m: Move, at: UntilAt) -> None:
    """UNTIL: true leaves, false goes round, unknown calls a person."""
    verdict = evaluate(at.until, m.facts)
    if verdict is None:
        into_trouble(m, at.key, m.counted(at.key), "unknown")
    else:
        round_over(m, at, through=verdict)


def round_over(m: Move, at: UntilAt, *, through: bool) -> None:
    if not through and m.rounds[at.key] < at.at_most:
        return m.enter(at.key)
    place = at.next if through else at.exhausted
    if place is None:
        into_trouble(m, at.key, m.counted(at.key), "gap")
        return None
    m.rounds = without(m.rounds, at.key)
    return m.enter(place)


def scope(m: Move, at: ScopeAt) -> None:
    """SCOPE: open under a number of its own, its deadlines armed."""
    n = m.counted(at.key)
    m.scopes = {**m.scopes, at.key: n}
    for name, minutes in at.deadlines:
        m.emit("arm", f"{name}#{n}", minutes=minutes)
    m.enter(at.body)


def close(m: Move, at: CloseAt) -> None:
    """CLOSE: the body is through."""
    shut(m, {at.key})
    m.enter(at.next)


def leave(m: Move, at: LeaveAt) -> None:
    """LEAVE: the scope it names is given up from inside."""
    give_up(m, at.of, m.program.inside[at.of], undo=at.undo, then=at.then)


def end(m: Move, _at: EndAt) -> None:
    """END: what is still parked becomes late (RE-OFFER sees to it)."""
    m.status = "ended"
    m.emit("ended", FLOW)


ENTER: dict[type, Callable[[Move, Any], None]] = {
    StepAt: step, BranchAt: branch, ForkAt: fork, JoinAt: join, RepeatAt: repeat, UntilAt: until, ScopeAt: scope, CloseAt: close,
    LeaveAt: leave, EndAt: end,
}  # fmt: skip
