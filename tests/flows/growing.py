"""Short ways to write a tree down, the contracts of its steps, and trees that grow at random."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any

from flows.kernel import Advance, Event, Program, State, advance, flatten
from flows.schema import Contract, FactSpec, OutcomeSpec, Tree

Json = dict[str, Any]
GRADE = FactSpec(key="grade", title="分级", type="count", low=0, high=9, on=["ok"])


def contract(name: str, outcomes: str, **more: Any) -> Contract:
    """`outcomes` are words, the main one first; `+` marks a delivered service, `¥` money taken."""
    specs = [OutcomeSpec(key=word.strip("+¥"), title=word, delivers="+" in word, takes="¥" in word) for word in outcomes.split()]
    return Contract(name=name, title=name.partition("@")[0], actor="patient", main=specs[0].key, outcomes=specs, **more)


CONTRACTS = {
    each.name: each
    for each in (
        contract("task@1", "ok no", facts=[GRADE], late="no", after=30),
        contract("pay@1", "paid¥ expired failed", late="expired", after=30, closes=True, undo=["paid"]),
        contract("serve@1", "served+ missed", late="missed", after=60),
        contract("book@1", "booked full", undo=["booked"], late="full", after=15),
        contract("refund@1", "returned held", late="held", after=4_320),
        contract("desk@1", "done rejected", owned=True),
        contract("endless@1", "ok"),
    )
}
OUTCOMES = {name: each.ends() for name, each in CONTRACTS.items()}


def step(key: str, family: str = "task@1", *, carry_on: bool = True, **more: Any) -> Json:
    """A step; with `carry_on` every outcome but the main one has an empty port."""
    ports = {outcome: [] for outcome in OUTCOMES[family][1:]} if carry_on else {}
    return {"kind": "step", "key": key, "title": f"步骤{key}", "type": family, "ports": ports | more.pop("ports", {}), **more}


def pay(key: str, *services: str, **more: Any) -> Json:
    return step(key, "pay@1", settings={"for": list(services)}, **more)


def serve(key: str, **more: Any) -> Json:
    return step(key, "serve@1", **more)


def told(key: str, value: str = "ok", op: str = "is") -> Json:
    """The condition that step `key` ended so."""
    return {"fact": f"{key}.outcome", "op": op, "value": value}


def branch(key: str, *cases: tuple[Json, list[Json]], otherwise: list[Json] | None = None) -> Json:
    written = [{"key": f"{key}_c{n}", "title": f"情况{n}", "when": when, "body": body} for n, (when, body) in enumerate(cases)]
    return {"kind": "branch", "key": key, "title": f"分支{key}", "cases": written, "otherwise": otherwise}


def parallel(key: str, *lanes: list[Json], need: int | str = "all", losers: str = "undo") -> Json:
    written = [{"key": f"{key}_l{n}", "title": f"线{n}", "body": body} for n, body in enumerate(lanes)]
    return {"kind": "parallel", "key": key, "title": f"并行{key}", "lanes": written, "need": need, "losers": losers}


def repeat(key: str, body: list[Json], until: Json, at_most: int | None = 3, exhausted: list[Json] | None = None) -> Json:
    return {"kind": "repeat", "key": key, "title": f"重复{key}", "body": body, "until": until, "at_most": at_most, "exhausted": exhausted}


def scope(key: str, body: list[Json], *interrupts: Json) -> Json:
    return {"kind": "scope", "key": key, "title": f"范围{key}", "body": body, "interrupts": list(interrupts)}


def on(event: str, body: list[Json] | None = None, *, undo: bool = True, key: str = "") -> Json:
    return {"key": key or f"on_{event}", "title": f"中断{event}", "on": event, "undo": undo, "body": body or []}


def after(minutes: int, body: list[Json] | None = None, *, undo: bool = True, key: str = "deadline") -> Json:
    return {"key": key, "title": "时限", "after": minutes, "undo": undo, "body": body or []}


def leave(key: str, of: str = "$flow", *, undo: bool = False) -> Json:
    return {"kind": "leave", "key": key, "of": of, "undo": undo}


def tree(*body: Json, interrupts: Iterable[Json] = ()) -> Tree:
    return Tree.model_validate({"schema": 1, "code": "flow", "title": "流程", "body": list(body), "interrupts": list(interrupts)})


class Walk:
    """A run of one tree. Each event returns what came of it; `effects` are shown as words: `open a#1`, `done a#1 ok`."""

    def __init__(self, *body: Json, interrupts: Iterable[Json] = (), facts: dict[str, Any] | None = None, of: Tree | None = None) -> None:
        self.program: Program = flatten(of or tree(*body, interrupts=interrupts), CONTRACTS)
        self.state = State.new()
        self.events: list[Event] = []
        self.started = self.send("start", facts=facts or {})

    def send(self, what: str, ref: str | None = None, outcome: str | None = None, **more: Any) -> Advance:
        event = Event(id=f"e{len(self.events)}", source="test", type=what, ref=ref, outcome=outcome, **more)
        self.events.append(event)
        moved = advance(self.program, self.state, event)
        self.state = moved.state
        return moved

    def end(self, ref: str, outcome: str, **more: Any) -> Advance:
        """The partner's answer for `ref`."""
        return self.send("answer", ref, outcome, **more)

    def interrupt(self, event: str) -> Advance:
        return self.send(event)

    @property
    def waiting(self) -> list[str]:
        """What is live: `a#1` waiting, else `a#1 closing`."""
        return [f"{key}#{n}" + ("" if mode == "waiting" else f" {mode}") for key, (n, mode) in sorted(self.state.live.items())]


def words(moved: Advance, *kinds: str) -> list[str]:
    """The effects in words; of `kinds` only, when some are named, else all but timers."""
    chosen = kinds or ("open", "close", "cancel", "undo", "undone", "done", "trouble", "ended", "remind")
    return [
        " ".join(str(part) for part in (row.kind, row.name, row.outcome, row.why) if part) for row in moved.effects if row.kind in chosen
    ]


# Trees that grow at random

KNOWN: Json = {"op": "known"}


class Gardener:
    """Grows a tree of about `steps` steps, `deep` levels. `plain` leaves out scopes, leaves, races, money and gaps."""

    def __init__(self, chance: random.Random, *, steps: int = 10, deep: int = 3, plain: bool = False) -> None:
        self.random, self.left, self.deep, self.plain = chance, steps, deep, plain
        self.counted = 0
        self.known: list[str] = []  # steps whose outcome is certainly known here
        self.scopes: list[str] = []

    def grow(self) -> Tree:
        body = self.sequence(0, least=1, most=4)
        interrupts = [] if self.plain or self.random.random() < 0.5 else [on("day_over", self.little(), key=self.key("i"))]
        return tree(*body, interrupts=interrupts)

    def key(self, letter: str) -> str:
        self.counted += 1
        return f"{letter}{self.counted}"

    def sequence(self, depth: int, *, least: int = 0, most: int = 3) -> list[Json]:
        blocks: list[Json] = []
        for _ in range(self.random.randint(least, most)):
            block = self.block(depth)
            blocks.append(block)
            if block["kind"] == "leave":
                break
        return blocks

    def little(self) -> list[Json]:
        return [self.step()] if self.left > 0 and self.random.random() < 0.5 else []

    def block(self, depth: int) -> Json:
        kinds = ["step"] * 4
        if depth < self.deep and self.left > 0:
            kinds += ["branch", "parallel", "repeat"] + ([] if self.plain else ["scope", "race", "scope"])
        if not self.plain and depth > 0:
            kinds += ["leave"]
        made: Json = getattr(self, self.random.choice(kinds))(depth=depth + 1)
        return made

    def step(self, depth: int = 0) -> Json:
        self.left -= 1
        key = self.key("s")
        family = "task@1" if self.plain else self.random.choice(["task@1", "task@1", "pay@1", "serve@1", "book@1"])
        made = step(key, family, settings={"for": [f"s{self.random.randint(1, 9)}"]} if family == "pay@1" else {})
        if not self.plain and depth and self.left > 0 and self.random.random() < 0.2:
            made["ports"][self.random.choice(sorted(made["ports"]))] = self.sequence(depth, most=2)
        self.known.append(key)
        return made

    def condition(self) -> Json:
        if not self.known:
            return {"fact": "patient.elder", "op": "is", "value": True}
        key = self.random.choice(self.known)
        return self.random.choice([told(key), told(key, "no"), KNOWN | {"fact": f"{key}.outcome"}])

    def branch(self, depth: int) -> Json:
        key, whens = self.key("b"), [self.condition() for _ in range(self.random.randint(1, 2))]
        known = list(self.known)
        cases = []
        for when in whens:
            cases.append((when, self.sequence(depth)))
            self.known = list(known)
        otherwise = self.sequence(depth) if self.plain or self.random.random() < 0.8 else None
        self.known = known
        return branch(key, *cases, otherwise=otherwise)

    def parallel(self, depth: int) -> Json:
        key, known = self.key("p"), list(self.known)
        lanes, learnt = [], list(known)
        for _ in range(self.random.randint(2, 3)):
            self.known = list(known)
            lanes.append(self.sequence(depth))
            learnt += self.known[len(known) :]
        self.known = learnt
        return parallel(key, *lanes)

    def race(self, depth: int) -> Json:
        key, known = self.key("p"), list(self.known)
        lanes = [[self.step(), *self.sequence(depth, most=1)] for _ in range(self.random.randint(2, 3))]
        self.known = known
        return parallel(key, *lanes, need=self.random.randint(1, len(lanes)), losers=self.random.choice(["undo", "keep"]))

    def repeat(self, depth: int) -> Json:
        key = self.key("r")
        body = [self.step(), *self.sequence(depth, most=2)]
        first = body[0]["key"]
        own = told(first, self.random.choice(OUTCOMES[body[0]["type"]]))
        until = own if self.random.random() < 0.7 else self.condition()
        known = list(self.known)
        if self.random.random() < 0.4:  # would be taken if a round could see the round before it
            body.insert(0, branch(self.key("b"), (KNOWN | {"fact": f"{first}.outcome"}, [self.step()]), otherwise=[]))
        exhausted = self.little()
        self.known = known
        return repeat(key, body, until, self.random.randint(1, 3), exhausted)

    def scope(self, depth: int) -> Json:
        key, known = self.key("c"), list(self.known)
        self.scopes.append(key)
        body = self.sequence(depth, least=1)
        self.scopes.pop()
        self.known = known
        event = self.random.choice(["cancelled", "withdrawn"])
        interrupts = [on(event, self.little(), undo=self.random.random() < 0.7, key=self.key("i"))]
        return scope(key, body, *interrupts, *([after(90, self.little(), key=self.key("i"))] if self.random.random() < 0.3 else []))

    def leave(self, depth: int) -> Json:
        del depth  # a leave has nothing inside
        return leave(self.key("x"), self.random.choice([*self.scopes, "$flow"]), undo=self.random.random() < 0.5)


def next_events(walk: Walk, chance: random.Random) -> list[tuple[str, str | None, str | None]]:
    """Everything that could happen next, in a fixed order: (type, ref, outcome)."""
    choices: list[tuple[str, str | None, str | None]] = []
    for key, (n, mode) in sorted(walk.state.live.items()):
        ref = f"{key}#{n}"
        if key not in walk.program.steps:
            choices.append(("staff.choose", ref, chance.choice([f"{key}_c0", "otherwise", "next", "again"])))
        elif mode == "undoing":
            choices += [("undone", ref, how) for how in ("returned", "held")]
        elif mode == "unserved":
            choices.append(("staff.choose", ref, "next"))
        else:
            choices += [("answer", ref, outcome) for outcome in OUTCOMES[walk.program.step(key).type]]
            choices += [("timer", ref, None)] if mode == "waiting" else []
    return choices + [(event, None, None) for event in sorted(walk.program.listeners)]


def reordered(state: State, chance: random.Random) -> State:
    """The state after a stay in a database that forgets the order of keys."""

    def shuffle(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shuffle(value[key]) for key in chance.sample(sorted(value), len(value))}
        return [shuffle(each) for each in value] if isinstance(value, list) else value

    return State.from_json(shuffle(json.loads(json.dumps(state.to_json()))))
