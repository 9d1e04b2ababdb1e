"""What is wrong with a tree: the structural rows of the fault catalogue (flow-language §6.2), in one pass over the blocks.

An error blocks publishing, a warning is shown; neither blocks saving. What depends on walks (unknown reads, gaps, unaccounted money) is
the business of the decision diagrams and joins `RULES` as further functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from core.conditions import Condition, Vocabulary, check, compares
from flows.schema import (
    FLOW,
    Block,
    Branch,
    Contract,
    Interrupt,
    Lane,
    Leave,
    Parallel,
    Parents,
    Repeat,
    Scope,
    Step,
    Tree,
    parts,
    steps_in,
    vocabulary_of,
    walk,
)  # fmt: skip
from flows.schema import Sequence as Blocks

MOST_BLOCKS, MOST_DEEP, MOST_ROUNDS, MOST_CASES, MOST_LANES = 300, 8, 20, 12, 8
RESERVED = frozenset({"visit", "appointment", "clinic", "patient"})
KIND_TITLES = {"step": "步骤", "branch": "分支", "parallel": "并行", "repeat": "重复", "scope": "范围", "leave": "离开"}
MONEY_BACK = "returned"  # the outcome that makes a type a refund


@dataclass(frozen=True)
class Fault:
    """`keys` are the blocks to mark, the first one the card at fault; `text` is what staff read."""

    code: str
    severity: Literal["E", "W"]
    keys: tuple[str, ...]
    text: str


def faults(
    tree: Tree,
    contracts: Mapping[str, Contract],
    vocabulary: Vocabulary | None = None,
    settings: Mapping[str, type[BaseModel]] | None = None,
) -> list[Fault]:
    """Every fault, errors and warnings, in the order drawn.

    `vocabulary` holds the start facts (those of the steps are added here); `settings` the typed settings of each type that has some.
    """
    case = Draft(
        tree, contracts, {**(vocabulary or {}), **vocabulary_of(tree, contracts)}, settings or {}, {s.key: s for s in steps_in(tree)}
    )
    order = {key: place for place, (key, _, _) in enumerate(case.names())}
    found = [fault for rule in RULES for fault in rule(case)]
    return sorted(dict.fromkeys(found), key=lambda fault: order.get(fault.keys[0], -1))


@dataclass(frozen=True)
class Draft:
    """A tree with everything its faults are judged by."""

    tree: Tree
    contracts: Mapping[str, Contract]
    vocabulary: Vocabulary
    settings: Mapping[str, type[BaseModel]]
    steps: Mapping[str, Step]

    def contract(self, step: Step) -> Contract | None:
        return self.contracts.get(step.type)

    def title(self, block: Block) -> str:
        """What staff call a block: its title, its type's, or its key."""
        contract = self.contract(block) if isinstance(block, Step) else None
        return block.title or (contract.title if contract else "") or block.key

    def title_of(self, key: str) -> str:
        return self.title(self.steps[key]) if key in self.steps else key

    def typed(self) -> Iterator[tuple[Step, Contract, Parents]]:
        """The steps whose type is known."""
        for block, parents in walk(self.tree):
            if isinstance(block, Step) and (contract := self.contract(block)):
                yield block, contract, parents

    def scopes(self) -> Iterator[tuple[Tree | Scope, str]]:
        yield self.tree, FLOW
        yield from ((block, block.key) for block, _ in walk(self.tree) if isinstance(block, Scope))

    def names(self) -> Iterator[tuple[str, str, str]]:
        """(key, title, what it is) of everything that has a key, in the order drawn."""
        for interrupt in self.tree.interrupts:
            yield interrupt.key, interrupt.title, "中断"
        for block, _ in walk(self.tree):
            yield block.key, block.title, KIND_TITLES[block.kind]
            if isinstance(block, Branch):
                yield from ((case.key, case.title, "分支条件") for case in block.cases)
            if isinstance(block, Parallel):
                yield from ((lane.key, lane.title, "并行线") for lane in block.lanes)
            if isinstance(block, Scope):
                yield from ((interrupt.key, interrupt.title, "中断") for interrupt in block.interrupts)

    def reads(self) -> Iterator[tuple[Block, Parents, Condition, list[str]]]:
        """(block, parents, condition, steps of its own that are over by then) of every condition."""
        for block, parents in walk(self.tree):
            if isinstance(block, Branch):
                yield from ((block, parents, case.when, []) for case in block.cases)
            if isinstance(block, Repeat):
                yield block, parents, block.until, [step.key for child in block.body for step in steps_in(child)]


def error(code: str, text: str, *keys: str) -> Fault:
    return Fault(code, "E", keys, text)


def warning(code: str, text: str, *keys: str) -> Fault:
    return Fault(code, "W", keys, text)


# Names and size


def names(draft: Draft) -> Iterator[Fault]:
    """S1, S2, S24."""
    counted = Counter(key for key, _, _ in draft.names())
    told = vocabulary_of(draft.tree, draft.contracts)
    reserved = RESERVED | {name.partition(".")[0] for name in draft.vocabulary if name not in told}
    for key, title, what in draft.names():
        if counted[key] > 1:
            yield error("flow.key_duplicate", f"编码「{key}」用了两次,请删除其中一个后重新添加。", key)
        if key in reserved:
            yield error("flow.key_reserved", f"编码「{key}」是系统保留的名称,请换一个。", key)
        if not title:
            yield warning("flow.title_missing", f"有一个{what}没有名称。", key)


def size(draft: Draft) -> Iterator[Fault]:
    """S19."""
    blocks = list(walk(draft.tree))
    if len(blocks) > MOST_BLOCKS:
        yield error("flow.too_large", f"流程超过 {MOST_BLOCKS} 个节点,请拆分或简化。", FLOW)
    for block, parents in blocks:
        if len(parents) == MOST_DEEP + 1:
            yield error("flow.too_deep", f"流程嵌套超过 {MOST_DEEP} 层,请拆分或简化。", block.key)
        if isinstance(block, Branch) and len(block.cases) > MOST_CASES:
            yield error("flow.too_large", f"「{draft.title(block)}」超过 {MOST_CASES} 条分支,请拆分或简化。", block.key)
        if isinstance(block, Parallel) and len(block.lanes) > MOST_LANES:
            yield error("flow.too_large", f"「{draft.title(block)}」超过 {MOST_LANES} 条并行线,请拆分或简化。", block.key)


# Steps


def types(draft: Draft) -> Iterator[Fault]:
    """S3."""
    for step in draft.steps.values():
        if draft.contract(step) is None:
            yield error("flow.type_unknown", f"「{draft.title(step)}」的类型在本系统中不存在。", step.key)


def settings(draft: Draft) -> Iterator[Fault]:
    """S4: what the type's own schema refuses, times that are no times, and references to steps that are not there."""
    for step, contract, _ in draft.typed():
        for field in [*refused(draft.settings.get(step.type), step.settings), *wrong_times(step, contract), *dangling(draft, step)]:
            yield error("flow.setting_invalid", f'「{draft.title(step)}」的设置"{field}"没有填写或不正确。', step.key)


def refused(model: type[BaseModel] | None, values: Mapping[str, Any]) -> list[str]:
    """The titles of the settings that `model` refuses."""
    if model is None:
        return []
    titles = {field.alias or name: field.title or name for name, field in model.model_fields.items()}
    try:
        model.model_validate(values)
    except ValidationError as problem:
        found = (str(each["loc"][0]) if each["loc"] else "" for each in problem.errors())
        return list(dict.fromkeys(titles.get(name, name) for name in found))
    return []


def wrong_times(step: Step, contract: Contract) -> list[str]:
    timeout = step.timeout
    if timeout and (timeout.after < 1 or (timeout.outcome or contract.late) not in contract.ends()):
        return ["时限"]
    return ["提醒"] if any(minutes < 1 for minutes in step.reminders) else []


def dangling(draft: Draft, step: Step) -> list[str]:
    return ["金额来自"] if any(key not in draft.steps for key in step.names("amount_of")) else []


def outcomes(draft: Draft) -> Iterator[Fault]:
    """S5, S6. Staff may finish a step with any declared outcome, so every one but the main one needs its port."""
    for step, contract, _ in draft.typed():
        titles = {outcome.key: outcome.title for outcome in contract.outcomes}
        for port in sorted(step.ports.keys() - titles.keys()):
            yield error("flow.port_unknown", f'「{draft.title(step)}」没有"{port}"这种结果,请删除这条分支。', step.key)
        for outcome in contract.ends():
            if outcome != contract.main and outcome not in step.ports:
                text = f'「{draft.title(step)}」可能"{titles[outcome]}",但没有说明接下来怎么办。'
                yield error("flow.outcome_unserved", text, step.key)


def matches(draft: Draft) -> Iterator[Fault]:
    """F8."""
    for step, contract, _ in draft.typed():
        if (contract.match and step.match is None) or (step.match is not None and step.match not in draft.vocabulary):
            yield error("flow.match_missing", f"「{draft.title(step)}」没有说明按哪个单号对应 HIS 的消息。", step.key)


def waits(draft: Draft) -> Iterator[Fault]:
    """P10, S23."""
    for step, contract, parents in draft.typed():
        after = step.timeout.after if step.timeout else contract.after
        limited = after is not None and ((step.timeout and step.timeout.outcome) or contract.late) is not None
        deadlines = [
            (minutes, scope) for scope in listening(parents) for interrupt in scope.interrupts if (minutes := interrupt.after) is not None
        ]
        if not (limited or contract.owned or deadlines):
            yield error("flow.wait_forever", f"「{draft.title(step)}」可能一直等下去:请设时限,或指定负责人。", step.key)
        for minutes, scope in deadlines:
            if after is not None and after >= minutes:
                key, title = (FLOW, scope.title or "流程") if isinstance(scope, Tree) else (scope.key, draft.title(scope))
                yield warning("flow.deadline_shadowed", f"「{draft.title(step)}」的时限比外层「{title}」还长,不会用到。", step.key, key)


def listening(parents: Parents) -> list[Tree | Scope]:
    """The scopes that are open while one stands here: those whose body one is in, not their handlers."""
    return [parent for parent, part in parents if isinstance(parent, Tree | Scope) and part.of == "body"]


# Blocks


def branches(draft: Draft) -> Iterator[Fault]:
    """S7."""
    for block, _ in walk(draft.tree):
        if isinstance(block, Branch) and not block.cases:
            yield error("flow.branch_empty", f"「{draft.title(block)}」没有任何条件分支。", block.key)


def parallels(draft: Draft) -> Iterator[Fault]:
    """S9, S10, S11, S18."""
    for block, _ in walk(draft.tree):
        if not isinstance(block, Parallel):
            continue
        title, lanes = draft.title(block), len(block.lanes)
        need = lanes if block.need == "all" else block.need
        if lanes < 2:
            yield error("flow.lane_single", f"「{title}」只有一条并行线,请改为普通步骤。", block.key)
        if block.need != "all" and not 1 <= need <= lanes:
            yield error("flow.need_out_of_range", f"「{title}」要求完成 {need} 条,但只有 {lanes} 条并行线。", block.key)
        for lane in block.lanes:
            if need < lanes and not (lane.body and isinstance(lane.body[0], Step)):
                text = f"「{title}」先到先得,每条线必须以一个步骤开头,否则会立即分出胜负。"
                yield error("flow.lane_must_wait", text, block.key, lane.key)
            if at_once(lane.body)[0]:
                yield error("flow.leave_at_once", f"「{lane_title(lane)}」一开始就离开,同时的其他线不会发生。", lane.key, block.key)


def lane_title(lane: Lane) -> str:
    return lane.title or lane.key


def at_once(blocks: Blocks) -> tuple[set[str], bool]:
    """Without any step: the scopes that a sequence can leave, and whether its end can be reached."""
    left: set[str] = set()
    for block in blocks:
        leaves, passes = block_at_once(block)
        left |= leaves
        if not passes:
            return left, False
    return left, True


def block_at_once(block: Block) -> tuple[set[str], bool]:
    if isinstance(block, Step):
        return set(), False
    if isinstance(block, Leave):
        return {block.of}, False
    ways = [at_once(part.body) for part in parts(block) if part.of != "interrupt"]
    left = set[str]().union(*(leaves for leaves, _ in ways))
    if isinstance(block, Parallel):
        need = len(ways) if block.need == "all" else block.need
        return left, sum(passes for _, passes in ways) >= need
    passes = any(passes for _, passes in ways)
    if isinstance(block, Scope):
        return left - {block.key}, passes or block.key in left
    return left, passes


def repeats(draft: Draft) -> Iterator[Fault]:
    """S12, S13, S14, S15."""
    for block, _ in walk(draft.tree):
        if not isinstance(block, Repeat):
            continue
        title, most = draft.title(block), block.at_most
        if most is None or most < 1:
            yield error("flow.repeat_unbounded", f"「{title}」没有写最多重复几次,患者可能永远走不出去。", block.key)
        elif most > MOST_ROUNDS:
            yield error("flow.repeat_too_many", f"「{title}」最多重复 {most} 次,超过了上限 {MOST_ROUNDS} 次。", block.key)
        if not any(True for child in block.body for _ in steps_in(child)):
            yield error("flow.repeat_empty", f"「{title}」没有要重复的步骤。", block.key)
        if block.exhausted is None:
            yield error("flow.exhausted_unserved", f"「{title}」重复 {most or '多'} 次仍不满足时怎么办,还没有说明。", block.key)


def leaves(draft: Draft) -> Iterator[Fault]:
    """S16, S17."""
    for block, parents in walk(draft.tree):
        sequence = parents[-1][1].body
        if (
            isinstance(block, Leave)
            and block.of != FLOW
            and block.of not in [scope.key for scope in listening(parents) if isinstance(scope, Scope)]
        ):
            yield error("flow.leave_target", "「离开」指向的范围不在它的外层。", block.key)
        if any(isinstance(before, Leave) for before in sequence[: sequence.index(block)]):
            yield error("flow.after_leave", f"「{draft.title(block)}」排在「离开」之后,永远不会执行。", block.key)


def interrupts(draft: Draft) -> Iterator[Fault]:
    """S20, S21."""
    for scope, key in draft.scopes():
        events = Counter(interrupt.on for interrupt in scope.interrupts if interrupt.on is not None)
        for interrupt in scope.interrupts:
            title = interrupt.title or interrupt.key
            if (interrupt.on is None) == (interrupt.after is None):
                yield error("flow.interrupt_trigger", f'「{title}」的中断条件需要在"事件"与"时限"中选一个。', interrupt.key, key)
            elif interrupt.after is not None and interrupt.after < 1:
                yield error("flow.setting_invalid", f'「{title}」的设置"时限"没有填写或不正确。', interrupt.key, key)
        for event in sorted(event for event, times in events.items() if times > 1):
            title = (scope.title or "流程") if isinstance(scope, Tree) else draft.title(scope)
            yield error("flow.interrupt_twice", f'「{title}」对同一事件"{event}"写了两种处理。', *twice(scope.interrupts, event), key)


def twice(interrupts: list[Interrupt], event: str) -> list[str]:
    return [interrupt.key for interrupt in interrupts if interrupt.on == event]


# Conditions and facts


def conditions(draft: Draft) -> Iterator[Fault]:
    """S8, F1 to F5."""
    for block, _, condition, _ in draft.reads():
        for finding in check(condition, draft.vocabulary, draft.title(block)):
            yield error(finding.code, finding.text, block.key)


def reads(draft: Draft) -> Iterator[Fault]:
    """F6, F7: whose facts are read where they cannot be known."""
    for block, parents, condition, own in draft.reads():
        for key in dict.fromkeys(comparison.fact.partition(".")[0] for comparison in compares(condition)):
            if key in draft.steps and key not in own:
                yield from read(draft, block, parents, key)
    for step, _, parents in draft.typed():
        if step.match is not None and (key := step.match.partition(".")[0]) in draft.steps:
            yield from read(draft, step, parents, key)


def read(draft: Draft, block: Block, parents: Parents, key: str) -> Iterator[Fault]:
    title, step = draft.title(block), draft.title_of(key)
    if key in beside(parents):
        text = f"「{title}」要看「{step}」的结果,但两者同时进行,先后不定。请移到并行之后。"
        yield error("flow.race_read", text, block.key, key)
    elif key not in before(block, parents):
        yield error("flow.read_too_early", f"「{title}」要看「{step}」的结果,但那时它还没有开始。", block.key, key)


def beside(parents: Parents) -> set[str]:
    """The steps in sibling lanes of every parallel one stands in."""
    lanes = [lane for parent, part in parents if isinstance(parent, Parallel) for lane in parts(parent) if lane.key != part.key]
    return {step.key for lane in lanes for child in lane.body for step in steps_in(child)}


def before(block: Block, parents: Parents) -> set[str]:
    """The steps that may be over when `block` is entered."""
    over: set[str] = set()
    inner = block
    for parent, part in reversed(parents):
        for sibling in part.body[: part.body.index(inner)]:
            over |= {step.key for step in steps_in(sibling)}
        if isinstance(parent, Step):
            over.add(parent.key)
        if part.of in ("exhausted", "interrupt"):
            over |= {step.key for child in parts(parent)[0].body for step in steps_in(child)}
        if not isinstance(parent, Tree):
            inner = parent
    return over


# Money


def purposes(draft: Draft) -> Iterator[Fault]:
    """M1, M9: every payment names the services it is for, and who holds what cannot be paid back."""
    for step, contract, _ in draft.typed():
        if not contract.taking():
            continue
        if not step.names("for") or not all(delivers(draft, key) for key in step.names("for")):
            yield error("money.purpose_missing", f"「{draft.title(step)}」收的钱没有对应任何服务,请选择它为哪一步付费。", step.key)
        if step.settings.get("desk", "unset") in ("", None):
            yield error("money.desk_missing", f"「{draft.title(step)}」没有指定退款失败时由谁负责。", step.key)


def delivers(draft: Draft, key: str) -> bool:
    contract = draft.contract(draft.steps[key]) if key in draft.steps else None
    return contract is not None and bool(contract.delivering())


def refunds(draft: Draft) -> Iterator[Fault]:
    """M2."""
    for step, contract, _ in draft.typed():
        targets = step.names("of")
        if (targets or MONEY_BACK in contract.ends()) and not (targets and all(takes(draft, key) for key in targets)):
            yield error("money.refund_target", f"「{draft.title(step)}」要退的不是一笔缴费。", step.key)


def takes(draft: Draft, key: str) -> bool:
    contract = draft.contract(draft.steps[key]) if key in draft.steps else None
    return contract is not None and bool(contract.taking())


RULES: tuple[Callable[[Draft], Iterator[Fault]], ...] = (
    names, size, types, settings, outcomes, matches, waits, branches, parallels, repeats, leaves, interrupts, conditions, reads, purposes,
    refunds,
)  # fmt: skip
