"""A second engine for the same trees: tree → viewflow.workflow Flow class, run on the real database.

It shares the tree with our kernel and nothing else: no program, no evaluator, no state. Sequence, step, branch, parallel, repeat.
viewflow keeps the tokens (task rows, splits, joins); facts and round numbers are kept beside it, by process.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from viewflow import this
from viewflow.workflow import flow, lock
from viewflow.workflow.models import Process, Task
from viewflow.workflow.status import STATUS

from flows.schema import Block, Branch, Parallel, Repeat, Step, Tree, steps_in

# viewflow stores a flow by the dotted name of its class inside an installed app; classes made at run time are found through this module.
MODULE = "viewflow.workflow.grown"
MADE: dict[str, type[flow.Flow]] = {}


def find(name: str) -> type[flow.Flow]:
    if name not in MADE:
        raise AttributeError(name)
    return MADE[name]


grown = types.ModuleType(MODULE)
grown.__getattr__ = find  # type: ignore[method-assign]
sys.modules[MODULE] = grown


class Memory:
    """What one process knows: facts and round numbers."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts, self.rounds = dict(facts), dict[str, int]()

    def holds(self, condition: Any) -> bool:
        """The truth of a condition whose facts are all known; the random trees have no others."""
        if condition.op == "known":
            return condition.fact in self.facts
        if condition.op == "is":
            return bool(self.facts[condition.fact] == condition.value)
        raise ValueError(condition.op)


def nothing(_activation: Any) -> None:
    """What a node does that only passes the token on."""


class Compiler:
    """Continuation style: each block is made knowing the name of the node behind it."""

    def __init__(self, tree: Tree) -> None:
        self.memories: dict[int, Memory] = {}
        self.nodes: dict[str, Any] = {"n_end": flow.End()}
        self.nodes["start"] = flow.StartHandle(nothing).Next(self.to(self.sequence(tree.body, "n_end")))

    @staticmethod
    def to(name: str) -> Any:
        return getattr(this, name)

    def memory(self, activation: Any) -> Memory:
        return self.memories[activation.process.pk]

    def sequence(self, blocks: list[Block], then: str) -> str:
        for block in reversed(blocks):
            then = self.block(block, then)
        return then

    def block(self, block: Block, then: str) -> str:
        if isinstance(block, Step):
            return self.step(block, then)
        if isinstance(block, Branch):
            return self.branch(block, then)
        if isinstance(block, Parallel):
            return self.parallel(block, then)
        if isinstance(block, Repeat):
            return self.repeat(block, then)
        raise TypeError(block.kind)

    def step(self, step: Step, then: str) -> str:
        def finish(activation: Any, outcome: str) -> None:
            self.memory(activation).facts[f"{step.key}.outcome"] = outcome

        self.nodes[f"n_{step.key}"] = flow.Handle(finish).Next(self.to(then))
        return f"n_{step.key}"

    def branch(self, branch: Branch, then: str) -> str:
        switch = flow.Switch()
        for case in branch.cases:
            switch.Case(self.to(self.sequence(case.body, then)), cond=self.when(case.when))
        self.nodes[f"n_{branch.key}"] = switch.Default(self.to(self.sequence(branch.otherwise or [], then)))
        return f"n_{branch.key}"

    def when(self, condition: Any) -> Callable[[Any], bool]:
        return lambda activation: self.memory(activation).holds(condition)

    def parallel(self, parallel: Parallel, then: str) -> str:
        split, join = f"n_{parallel.key}", f"n_{parallel.key}_join"
        self.nodes[join] = flow.Join().Next(self.to(then))
        self.nodes[split] = flow.Split()
        for lane in parallel.lanes:
            self.nodes[f"n_{lane.key}"] = flow.Function(nothing).Next(self.to(self.sequence(lane.body, join)))
            self.nodes[split].Next(self.to(f"n_{lane.key}"))
        return split

    def repeat(self, repeat: Repeat, then: str) -> str:
        name, inside = f"n_{repeat.key}", [step.key for step in steps_in(repeat)]

        def round_begins(n: Callable[[int], int]) -> Callable[[Any], None]:
            def begin(activation: Any) -> None:
                memory = self.memory(activation)
                memory.rounds[repeat.key] = n(memory.rounds.get(repeat.key, 0))
                memory.facts = {fact: value for fact, value in memory.facts.items() if fact.partition(".")[0] not in inside}

            return begin

        def another(activation: Any) -> bool:
            return self.memory(activation).rounds[repeat.key] < (repeat.at_most or 1)

        body = self.to(self.sequence(repeat.body, f"{name}_until"))
        self.nodes[name] = flow.Function(round_begins(lambda _: 1)).Next(body)
        self.nodes[f"{name}_again"] = flow.Function(round_begins(lambda n: n + 1)).Next(body)
        until = flow.Switch().Case(self.to(then), cond=self.when(repeat.until)).Case(self.to(f"{name}_again"), cond=another)
        self.nodes[f"{name}_until"] = until.Default(self.to(self.sequence(repeat.exhausted or [], then)))
        return name


class Peer:
    """One tree on viewflow: started, then driven by step and outcome."""

    def __init__(self, tree: Tree, facts: dict[str, Any]) -> None:
        compiler = Compiler(tree)
        name = f"Grown{len(MADE)}"
        attributes = {"__module__": MODULE, "lock_impl": lock.SelectForUpdateLock(nowait=False), **compiler.nodes}
        MADE[name] = self.flow = type(flow.Flow)(name, (flow.Flow,), attributes)
        self.compiler, self.facts = compiler, facts
        self.process = self.start()

    def start(self) -> Process:
        """The memory must be there before the first node runs, so the next number is looked up first."""
        compiler, facts = self.compiler, self.facts

        class FirstCome(dict[int, Memory]):
            def __missing__(self, pk: int) -> Memory:
                self[pk] = Memory(facts)
                return self[pk]

        compiler.memories = FirstCome()
        self.flow.instance.start.run()
        return Process.objects.latest("pk")

    def tasks(self) -> Iterator[Task]:
        for task in Task.objects.filter(process=self.process, status=STATUS.NEW).select_related("process"):
            if isinstance(task.flow_task, flow.Handle):
                yield task

    def waiting(self) -> set[str]:
        return {task.flow_task.name.removeprefix("n_") for task in self.tasks()}

    def finish(self, key: str, outcome: str) -> None:
        task = next(task for task in self.tasks() if task.flow_task.name == f"n_{key}")
        task.flow_task.run(task, outcome=outcome)

    def over(self) -> bool:
        self.process.refresh_from_db()
        return bool(self.process.status == "DONE")
