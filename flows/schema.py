"""The tree staff draw and the contracts of its steps: data only. What a tree means stands in `flows.kernel`.

A draft must load while it is incomplete, so ranges and references are faults (`flows.proof`), not parse errors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.conditions import Condition, Fact, FactType, Kind

FLOW = "$flow"  # the flow itself, as a scope
OUTCOME = "outcome"  # every step tells the fact `key.outcome`
SKIPPED = "skipped"  # the outcome of a step that staff skipped

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


# The tree


class Timeout(BaseModel, frozen=True, extra="forbid"):
    """After so many minutes the step ends late, with `outcome` or its type's own."""

    after: int
    outcome: str | None = None


class Step(BaseModel, frozen=True, extra="forbid"):
    kind: Literal["step"] = "step"
    key: Key
    title: str = ""
    type: str
    settings: dict[str, Any] = {}
    ports: dict[str, Sequence] = {}
    skippable: bool = False
    timeout: Timeout | None = None
    reminders: list[int] = []  # minutes after entry
    match: str | None = None

    def names(self, setting: str) -> list[str]:
        """The step keys a setting such as `for`, `of` or `amount_of` holds; empty when it holds none."""
        value = self.settings.get(setting)
        return [name for name in (value if isinstance(value, list) else [value]) if isinstance(name, str) and name]


class Case(BaseModel, frozen=True, extra="forbid"):
    key: Key
    title: str = ""
    when: Condition
    body: Sequence


class Branch(BaseModel, frozen=True, extra="forbid"):
    """Cases are read in order; the first that holds is taken."""

    kind: Literal["branch"] = "branch"
    key: Key
    title: str = ""
    cases: list[Case]
    otherwise: Sequence | None = None


class Lane(BaseModel, frozen=True, extra="forbid"):
    key: Key
    title: str = ""
    body: Sequence


class Parallel(BaseModel, frozen=True, extra="forbid"):
    """When `need` lanes are through the others are given up; `losers` says whether their finished steps are taken back."""

    kind: Literal["parallel"] = "parallel"
    key: Key
    title: str = ""
    lanes: list[Lane]
    need: Literal["all"] | int = "all"
    losers: Literal["undo", "keep"] = "undo"


class Repeat(BaseModel, frozen=True, extra="forbid"):
    """Each round starts with a clean slate."""

    kind: Literal["repeat"] = "repeat"
    key: Key
    title: str = ""
    body: Sequence
    until: Condition
    at_most: int | None = None
    exhausted: Sequence | None = None


class Interrupt(BaseModel, frozen=True, extra="forbid"):
    """What ends a scope from outside: an event, or so many minutes in it."""

    key: Key
    title: str = ""
    on: str | None = None
    after: int | None = None
    undo: bool = True
    body: Sequence


class Scope(BaseModel, frozen=True, extra="forbid"):
    kind: Literal["scope"] = "scope"
    key: Key
    title: str = ""
    body: Sequence
    interrupts: list[Interrupt] = []


class Leave(BaseModel, frozen=True, extra="forbid"):
    """Ends the scope `of` from inside; the last block of its sequence."""

    kind: Literal["leave"] = "leave"
    key: Key
    of: str = FLOW
    undo: bool = False

    @property
    def title(self) -> str:
        return "离开"


Block = Annotated[Step | Branch | Parallel | Repeat | Scope | Leave, Field(discriminator="kind")]
Sequence = list[Block]


class Tree(BaseModel):
    """A flow. It is itself a scope, `$flow`, with interrupts of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)
    version: Literal[1] = Field(1, alias="schema")
    code: Key
    title: str = ""
    body: Sequence
    interrupts: list[Interrupt] = []


for _model in (Step, Case, Branch, Lane, Parallel, Repeat, Interrupt, Scope, Tree):
    _model.model_rebuild()


@dataclass(frozen=True)
class Part:
    """One sequence of a block. `of` names it: body, port, case, otherwise, lane, exhausted or interrupt; `key` which one of several."""

    of: Literal["body", "port", "case", "otherwise", "lane", "exhausted", "interrupt"]
    key: str
    body: Sequence


def parts(block: Block | Tree) -> list[Part]:
    """The sequences of a block, in the order they are drawn. The only place that knows where a block keeps its children."""
    if isinstance(block, Step):
        return [Part("port", outcome, body) for outcome, body in sorted(block.ports.items())]  # jsonb reorders keys
    if isinstance(block, Branch):
        cases = [Part("case", case.key, case.body) for case in block.cases]
        return cases if block.otherwise is None else [*cases, Part("otherwise", "otherwise", block.otherwise)]
    if isinstance(block, Parallel):
        return [Part("lane", lane.key, lane.body) for lane in block.lanes]
    if isinstance(block, Repeat):
        body = [Part("body", block.key, block.body)]
        return body if block.exhausted is None else [*body, Part("exhausted", "exhausted", block.exhausted)]
    if isinstance(block, Leave):
        return []
    own = FLOW if isinstance(block, Tree) else block.key
    return [Part("body", own, block.body), *(Part("interrupt", interrupt.key, interrupt.body) for interrupt in block.interrupts)]


Parents = tuple[tuple[Block | Tree, Part], ...]


def walk(tree: Tree) -> Iterator[tuple[Block, Parents]]:
    """Every block in the order drawn, with the (parent, part of it) pairs round it, the tree itself first."""
    yield from _walk(tree, ())


def _walk(parent: Block | Tree, above: Parents) -> Iterator[tuple[Block, Parents]]:
    for part in parts(parent):
        here = (*above, (parent, part))
        for block in part.body:
            yield block, here
            yield from _walk(block, here)


def canonical(tree: Tree) -> bytes:
    """One spelling for one tree: sorted keys, nothing unset, UTF-8."""
    data = tree.model_dump(mode="json", by_alias=True, exclude_none=True)
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest(tree: Tree) -> str:
    """sha-256 over the canonical spelling, in hex."""
    return hashlib.sha256(canonical(tree)).hexdigest()


# Contracts


class OutcomeSpec(BaseModel, frozen=True, extra="forbid"):
    """One way a step can end. `delivers`: the patient got the service; `takes`: money is in."""

    key: str
    title: str
    delivers: bool = False
    takes: bool = False


class FactSpec(BaseModel, frozen=True, extra="forbid"):
    """A fact a step learns, known only when it ends with an outcome of `on`."""

    key: str
    title: str
    type: Kind
    low: int | None = None
    high: int | None = None
    options: dict[str, str] = {}
    unit: str = ""
    on: list[str] = []

    @property
    def fact_type(self) -> FactType:
        return FactType(kind=self.type, options=self.options, low=self.low, high=self.high, unit=self.unit)


MOST_OPTIONS, MOST_QUESTIONS = 40, 20


class Question(BaseModel, frozen=True, extra="forbid"):
    """What one step asks a person, and so a fact of its own. An option is its own value: put in other words it is another answer."""

    key: Key
    title: str = Field(min_length=1, max_length=60)
    kind: Literal["bool", "enum", "number"] = "bool"
    options: list[Annotated[str, Field(min_length=1, max_length=40)]] = Field(default=[], max_length=MOST_OPTIONS)
    low: int = 0
    high: int = 999
    unit: str = Field(default="", max_length=10)

    @model_validator(mode="after")
    def answerable(self) -> Question:
        """Two answers at least, and a key that is free."""
        if self.kind == "enum" and (len(self.options) < 2 or len(set(self.options)) < len(self.options)):
            raise ValueError("选项至少要两个，而且不能重复")
        if self.kind == "number" and self.low >= self.high:
            raise ValueError("最小值要比最大值小")
        if self.key == OUTCOME:
            raise ValueError("编码不能是 outcome")
        return self

    def fact(self, on: str) -> FactSpec:
        if self.kind == "number":
            return FactSpec(key=self.key, title=self.title, type="int", low=self.low, high=self.high, unit=self.unit, on=[on])
        return FactSpec(key=self.key, title=self.title, type=self.kind, options={each: each for each in self.options}, on=[on])


def once_each(questions: list[Question]) -> list[Question]:
    if len({each.key for each in questions}) < len(questions):
        raise ValueError("有两个问题的编码相同")
    return questions


Questions = Annotated[list[Question], Field(max_length=MOST_QUESTIONS), AfterValidator(once_each)]
"""The type of a setting that a contract `declares`."""


class Contract(BaseModel, frozen=True, extra="forbid"):
    """What a node type of one version promises; frozen with every flow that uses it.

    `late` is the outcome of its time-out after `after` minutes; a type that `closes` asks the partner first. `undo` lists the outcomes
    that leave something to be taken back, `undo_within` the minutes until an unanswered taking back is held by a desk.
    `owned`: a named role looks after it, so it may wait without limit. `match`: it needs a business number to hear its events.
    `declares`: the setting that lists the questions of a step, each a fact of that step alone, told on the main outcome.
    """

    name: str
    title: str
    actor: Literal["patient", "staff", "hospital", "partner"]
    main: str
    outcomes: list[OutcomeSpec]
    facts: list[FactSpec] = []
    late: str | None = None
    after: int | None = None
    closes: bool = False
    undo: list[str] = []
    undo_within: int = 4_320
    owned: bool = False
    match: bool = False
    declares: str | None = None

    def ends(self) -> list[str]:
        return [outcome.key for outcome in self.outcomes]

    def taking(self) -> list[str]:
        return [outcome.key for outcome in self.outcomes if outcome.takes]

    def delivering(self) -> list[str]:
        return [outcome.key for outcome in self.outcomes if outcome.delivers]


def tells(step: Step, contract: Contract) -> list[FactSpec]:
    """The facts a step can tell: those of its type, and those its own questions declare. Whoever asks what a step tells asks here.

    A question that is not finished yet tells nothing; the setting's own fault says so.
    """
    asked = step.settings.get(contract.declares) if contract.declares else None
    return [*contract.facts, *(fact for row in (asked if isinstance(asked, list) else []) if (fact := declared(row, contract.main)))]


def declared(row: object, on: str) -> FactSpec | None:
    try:
        return Question.model_validate(row).fact(on)
    except ValidationError:
        return None


def learnt(step: Step, contract: Contract) -> dict[str, Fact]:
    """The facts a step adds to the vocabulary: `key.outcome` and what it can tell."""
    options = {outcome.key: outcome.title for outcome in contract.outcomes} | ({SKIPPED: "已免除"} if step.skippable else {})
    title = step.title or contract.title
    facts = {OUTCOME: (f"{title}的结果", FactType(kind="enum", options=options))}
    facts |= {fact.key: (f"{title}的{fact.title}", fact.fact_type) for fact in tells(step, contract)}
    return {
        f"{step.key}.{name}": Fact(name=f"{step.key}.{name}", title=words, type=kind, source=step.key, known="after")
        for name, (words, kind) in facts.items()
    }


def steps_in(parent: Block | Tree) -> Iterator[Step]:
    """A step itself, and every step below."""
    if isinstance(parent, Step):
        yield parent
    yield from (block for block, _ in _walk(parent, ()) if isinstance(block, Step))


def vocabulary_of(tree: Tree, contracts: Mapping[str, Contract]) -> dict[str, Fact]:
    """Every fact the steps of a tree can tell; steps of unknown types tell nothing."""
    steps = [step for step in steps_in(tree) if step.type in contracts]
    return {name: fact for step in steps for name, fact in learnt(step, contracts[step.type]).items()}
