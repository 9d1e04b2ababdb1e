"""Random trees that are hard on the proof: money in every place, facts with numbers, and shapes aimed at its weakest points."""

from __future__ import annotations

import random
from typing import Any

from growing import (
    CONTRACTS as PLAIN,
)
from growing import (
    Gardener,
    Json,
    after,
    branch,
    contract,
    leave,
    on,
    parallel,
    repeat,
    scope,
    told,
    tree,
)

from core.conditions import Fact, FactType
from flows.schema import Contract, FactSpec, Tree

CONTRACTS: dict[str, Contract] = PLAIN | {
    each.name: each
    for each in (
        contract("insure@1", "covered refused", undo=["covered"], closes=True, late="refused", after=20),
        contract("moneydesk@1", "resolved rejected", owned=True),
        contract("bill@1", "issued none", facts=[FactSpec(key="due", title="应缴", type="money", on=["issued"])], late="none", after=60),
        contract(
            "ask@1", "answered declined",
            facts=[FactSpec(key="score", title="得分", type="count", low=0, high=9, on=["answered"])], late="answered", after=60,
        ),
        contract("free@1", "paid¥ nothing_due failed", late="failed", after=30, closes=True, undo=["paid"]),
    )
}  # fmt: skip
KIND = FactType(kind="enum", options={"first": "初诊", "again": "复诊", "chronic": "慢病"})
VOCABULARY = {
    "patient.elder": Fact(name="patient.elder", title="长者", type=FactType(kind="bool"), known="maybe"),
    "patient.age": Fact(name="patient.age", title="年龄", type=FactType(kind="int", low=0, high=120)),
    "visit.kind": Fact(name="visit.kind", title="就诊类型", type=KIND),
}
STEPS = {
    "task@1": 6, "pay@1": 4, "serve@1": 4, "book@1": 2, "refund@1": 2, "moneydesk@1": 1, "insure@1": 1, "bill@1": 1, "ask@1": 2, "free@1": 1
}  # fmt: skip


class Thicket(Gardener):
    """Grows like `Gardener`, with every kind of step and condition, and now and then one of the aimed shapes."""

    def __init__(self, chance: random.Random, *, steps: int = 6, deep: int = 3) -> None:
        super().__init__(chance, steps=steps, deep=deep)
        self.made: dict[str, str] = {}  # step → its type

    def grow(self) -> Tree:
        if self.random.random() < 0.25:
            self.left -= 3
            body = [*self.sequence(0, most=1), *self.aimed(), *self.sequence(0, most=1)]
            cut = next((index for index, block in enumerate(body) if block["kind"] == "leave"), len(body))
            body = body[: cut + 1]
        else:
            body = self.sequence(0, least=1, most=4)
        interrupts = (
            [] if self.random.random() < 0.6 else [on("day_over", self.little(), key=self.key("i"), undo=self.random.random() < 0.7)]
        )
        return tree(*body, interrupts=interrupts)

    # Steps

    def some(self, *families: str) -> list[str]:
        return [key for key, family in self.made.items() if family in families]

    def step(self, depth: int = 0, family: str = "", **settings: Any) -> Json:
        family = family or self.random.choices([*STEPS], [*STEPS.values()])[0]
        self.left -= 1
        key = self.key("s")
        names = CONTRACTS[family].ends()
        made: Json = {
            "kind": "step", "key": key, "title": f"步骤{key}", "type": family, "ports": {outcome: [] for outcome in names[1:]},
            "settings": settings or self.settings(family), "skippable": self.random.random() < 0.1,
        }  # fmt: skip
        self.made[key] = family
        if depth and self.left > 0 and self.random.random() < 0.25:
            self.known.append(key)
            made["ports"][self.random.choice(names[1:])] = self.sequence(depth, most=2)
        self.known.append(key)
        return made

    def settings(self, family: str) -> Json:
        near = [f"s{self.counted + far}" for far in (-2, -1, 1, 2)]
        payments = self.some("pay@1", "free@1")
        if CONTRACTS[family].taking():
            chosen: Json = {"for": self.random.choices([*self.some("serve@1"), *near], k=self.random.choice([1, 1, 2]))}
            bills, insured = self.some("bill@1", "task@1"), self.some("insure@1")
            if bills and self.random.random() < 0.4:
                chosen["amount_of"] = self.random.choice(bills)
            return chosen | ({"insurance": insured[-1]} if insured and self.random.random() < 0.7 else {})
        return {"of": [self.random.choice(payments)]} if family in ("refund@1", "moneydesk@1") and payments else {}

    # Conditions

    def condition(self) -> Json:
        if self.random.random() < 0.25:
            members = [self.comparison(), self.comparison()]
            return self.random.choice([{"all": members}, {"any": members}, {"not": members[0]}])
        return self.comparison()

    def comparison(self) -> Json:
        if not self.known or self.random.random() < 0.2:
            return self.start_fact()
        key = self.random.choice(self.known[-4:])
        asked = [key for key in self.known if self.made.get(key) in ("task@1", "ask@1")]
        if asked and self.random.random() < 0.3:
            key = self.random.choice(asked)
            name = "grade" if self.made[key] == "task@1" else "score"
            number = {
                "fact": f"{key}.{name}",
                "op": self.random.choice(["below", "at_least", "above"]),
                "value": self.random.choice([3, 6]),
            }
            return {"all": [{"fact": f"{key}.{name}", "op": "known"}, number]} if self.random.random() < 0.4 else number
        names = CONTRACTS[self.made[key]].ends()
        return self.random.choice(
            [told(key, names[0]), told(key, names[-1]), told(key, names[0], "is_not"), {"fact": f"{key}.outcome", "op": "known"}]
        )

    def start_fact(self) -> Json:
        return self.random.choice(
            [
                {"fact": "patient.elder", "op": "is", "value": True},
                {"fact": "patient.elder", "op": "known"},
                {"fact": "patient.age", "op": self.random.choice(["below", "at_least"]), "value": self.random.choice([18, 60, 65])},
                {"fact": "patient.age", "op": "between", "value": [18, 60]},
                {"fact": "visit.kind", "op": "in", "value": ["first", "again"]},
                {"fact": "visit.kind", "op": "is", "value": "chronic"},
            ]
        )

    # Blocks of the parent that name outcomes of its own contracts

    def repeat(self, depth: int) -> Json:
        key, known = self.key("r"), list(self.known)
        first = self.step()
        body = [first, *self.sequence(depth, most=2)]
        until = told(first["key"], self.random.choice(CONTRACTS[first["type"]].ends())) if self.random.random() < 0.6 else self.condition()
        exhausted = None if self.random.random() < 0.1 else self.little()
        self.known = [*known, *(one for one in self.known if self.random.random() < 0.5 and one not in known)]
        return repeat(key, body, until, self.random.randint(1, 3), exhausted)

    def scope(self, depth: int) -> Json:
        key, known = self.key("c"), list(self.known)
        self.scopes.append(key)
        body = self.sequence(depth, least=1)
        self.scopes.pop()
        handlers = [on(self.random.choice(["cancelled", "withdrawn"]), self.handler(depth), undo=self.chance(0.7), key=self.key("i"))]
        if self.chance(0.3):
            handlers.append(after(90, self.handler(depth), undo=self.chance(0.7), key=self.key("i")))
        self.known = known
        return scope(key, body, *handlers)

    def handler(self, depth: int) -> list[Json]:
        return self.sequence(depth, most=1) if self.chance(0.5) else self.little()

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # Aimed shapes

    def aimed(self) -> list[Json]:
        shape = self.random.choice([self.two_leaves, self.refund_in_a_round, self.two_ears, self.held_up, self.earned, self.sound_visit])
        return shape()

    def two_leaves(self) -> list[Json]:
        """Both lanes end by leaving: only one may. What follows asks whether both last steps were done, or both payments kept."""
        key, service = self.key("c"), self.key("v")
        if self.chance(0.4):
            ends = [self.step(0, "pay@1", **{"for": [service]}), self.step(0, "pay@1", **{"for": [service]})]
            told_both: Json = {"all": [told(end["key"], "paid") for end in ends]}
        else:
            ends = [self.step(0, self.random.choice(["task@1", "serve@1", "book@1"])) for _ in range(2)]
            told_both = {"all": [{"fact": f"{end['key']}.outcome", "op": "known"} for end in ends]}
        lanes = [[*([self.step()] if self.chance(0.2) else []), end, leave(self.key("x"), key, undo=self.chance(0.3))] for end in ends]
        after_both = branch(self.key("b"), (told_both, [self.step()]), otherwise=[])
        last = self.step(0, "serve@1") | {"key": service}
        self.made[service] = "serve@1"
        return [scope(key, [parallel(self.key("p"), *lanes)]), after_both, last]

    def refund_in_a_round(self) -> list[Json]:
        """The last round gives back its own money; an earlier one kept it."""
        paid = self.step(0, "pay@1", **{"for": [f"s{self.counted + 2}"]})
        served = self.step(0, "serve@1")
        refund = self.step(0, self.random.choice(["refund@1", "moneydesk@1"]), of=[paid["key"]])
        when = told(served["key"], "missed") if self.chance(0.3) else {"all": [told(served["key"], "missed"), self.start_fact()]}
        middle: Json = branch(self.key("b"), (when, [refund]), otherwise=[])
        if self.chance(0.5):
            middle = branch(self.key("b"), (told(self.step_before(served), "ok"), [refund]), otherwise=[])
            body = [paid, served, self.gate, middle]
        else:
            body = [paid, served, middle]
        until = {"fact": f"{refund['key']}.outcome", "op": "known"}
        later = self.step(0, "refund@1", of=[paid["key"]])
        return [repeat(self.key("r"), body, until, self.random.randint(2, 3), [later])]

    def step_before(self, _served: Json) -> str:
        self.gate = self.step(0, "task@1")
        return str(self.gate["key"])

    def two_ears(self) -> list[Json]:
        """Two lanes hear the same event."""
        lanes = []
        outer = self.key("c")
        for _ in range(2):
            key = self.key("c")
            out = [leave(self.key("x"), outer, undo=self.chance(0.4))] if self.chance(0.4) else self.little()
            before = [self.step()] if self.chance(0.3) else []
            hearing = on("cancelled", out, undo=self.chance(0.6), key=self.key("i"))
            lanes.append([*before, scope(key, [self.step(), *self.little()], hearing), *self.little()])
        return [scope(outer, [parallel(self.key("p"), *lanes)]), *self.little()]

    def held_up(self) -> list[Json]:
        """Giving up the inner scope takes time, and something outside can strike meanwhile."""
        outer, inner = self.key("c"), self.key("c")
        body = [self.step(), self.step()]
        inside = scope(inner, body, on("withdrawn", self.little() if self.chance(0.3) else [], undo=self.chance(0.6), key=self.key("i")))
        then = [leave(self.key("x"), outer, undo=self.chance(0.3))] if self.chance(0.4) else []
        struck = on("cancelled", [self.step()], undo=self.chance(0.5), key=self.key("i"))
        return [scope(outer, [inside, *then], struck), *self.little()]

    def earned(self) -> list[Json]:
        """A payment whose service was delivered before, after or beside the scope that is given up."""
        service = self.key("v")
        self.made[service] = "serve@1"
        served = self.step(0, "serve@1") | {"key": service}
        first, second = (self.step(0, "pay@1", **{"for": [service]}) for _ in range(2))
        given_up = scope(self.key("c"), [first, *([self.step()] if self.chance(0.5) else [])], on("cancelled", [], key=self.key("i")))
        rest = [second] if self.chance(0.5) else []
        return self.random.choice(
            [
                [served, given_up, *rest],
                [given_up, served, *rest],
                [parallel(self.key("p"), [given_up], [served]), *rest],
                [scope(self.key("c"), [given_up, served, *rest], on("withdrawn", [], key=self.key("i")))],
            ]
        )

    def sound_visit(self) -> list[Json]:
        """Pay until paid, be served or leave with everything taken back: nothing to complain of."""
        key = self.key("c")
        paid = self.step(0, "pay@1", **{"for": [f"s{self.counted + 2}"]})
        served = self.step(0, "serve@1")
        served["ports"]["missed"] = [leave(self.key("x"), key, undo=True)]
        trying = repeat(self.key("r"), [paid], told(paid["key"], "paid"), 3, [leave(self.key("x"), key, undo=True)])
        return [scope(key, [trying, served, *self.little()], on("cancelled", [], key=self.key("i")))]
