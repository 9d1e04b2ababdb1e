"""The drawing alone: names, size, types, blocks (S rows and P10, P11 of the fault catalogue, flow-language §6.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from pydantic import BaseModel, ValidationError

from flows.proof.draft import Draft, listening
from flows.proof.fault import Fault, error, warning
from flows.schema import (
    FLOW,
    Block,
    Branch,
    Contract,
    Interrupt,
    Lane,
    Leave,
    Parallel,
    Repeat,
    Scope,
    Step,
    Tree,
    parts,
    steps_in,
    vocabulary_of,
    walk,
)
from flows.schema import Sequence as Blocks

MOST_BLOCKS, MOST_DEEP, MOST_ROUNDS, MOST_CASES, MOST_LANES = 300, 8, 20, 12, 8
RESERVED = frozenset({"visit", "appointment", "clinic", "patient"})


# Names and size


def names(draft: Draft) -> Iterator[Fault]:
    """S1, S2, S24."""
    counted = Counter(key for key, _, _ in draft.names())
    told = vocabulary_of(draft.tree, draft.contracts)
    reserved = RESERVED | {name.partition(".")[0] for name in draft.vocabulary if name not in told}
    for key, title, what in draft.names():
        if counted[key] > 1:
            yield error("flow.key_duplicate", f"编码「{key}」用了两次，请删除其中一个后重新添加。", key)
        if key in reserved:
            yield error("flow.key_reserved", f"编码「{key}」是系统保留的名称，请换一个。", key)
        if not title:
            yield warning("flow.title_missing", f"有一个{what}没有名称。", key)


def size(draft: Draft) -> Iterator[Fault]:
    """S19."""
    blocks = list(walk(draft.tree))
    if len(blocks) > MOST_BLOCKS:
        yield error("flow.too_large", f"流程超过 {MOST_BLOCKS} 个节点，请拆分或简化。", FLOW)
    for block, parents in blocks:
        if len(parents) == MOST_DEEP + 1:
            yield error("flow.too_deep", f"流程嵌套超过 {MOST_DEEP} 层，请拆分或简化。", block.key)
        if isinstance(block, Branch) and len(block.cases) > MOST_CASES:
            yield error("flow.too_large", f"「{draft.title(block)}」超过 {MOST_CASES} 条分支，请拆分或简化。", block.key)
        if isinstance(block, Parallel) and len(block.lanes) > MOST_LANES:
            yield error("flow.too_large", f"「{draft.title(block)}」超过 {MOST_LANES} 条并行线，请拆分或简化。", block.key)


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
            yield error("flow.port_unknown", f'「{draft.title(step)}」没有"{port}"这种结果，请删除这条分支。', step.key)
        for outcome in contract.ends():
            if outcome != contract.main and outcome not in step.ports:
                text = f'「{draft.title(step)}」可能"{titles[outcome]}"，但没有说明接下来怎么办。'
                yield error("flow.outcome_unserved", text, step.key)


def matches(draft: Draft) -> Iterator[Fault]:
    """F8: the number HIS knows it by."""
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
            yield error("flow.wait_forever", f"「{draft.title(step)}」可能一直等下去：请设时限，或指定负责人。", step.key)
        for minutes, scope in deadlines:
            if after is not None and after >= minutes:
                key, title = (FLOW, scope.title or "流程") if isinstance(scope, Tree) else (scope.key, draft.title(scope))
                yield warning("flow.deadline_shadowed", f"「{draft.title(step)}」的时限比外层「{title}」还长，不会用到。", step.key, key)


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
            yield error("flow.lane_single", f"「{title}」只有一条并行线，请改为普通步骤。", block.key)
        if block.need != "all" and not 1 <= need <= lanes:
            yield error("flow.need_out_of_range", f"「{title}」要求完成 {need} 条，但只有 {lanes} 条并行线。", block.key)
        for lane in block.lanes:
            if need < lanes and not (lane.body and isinstance(lane.body[0], Step)):
                text = f"「{title}」先到先得，每条线必须以一个步骤开头，否则会立即分出胜负。"
                yield error("flow.lane_must_wait", text, block.key, lane.key)
            if at_once(lane.body)[0]:
                yield error("flow.leave_at_once", f"「{lane_title(lane)}」一开始就离开，同时的其他线不会发生。", lane.key, block.key)


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
            yield error("flow.repeat_unbounded", f"「{title}」没有写最多重复几次，患者可能永远走不出去。", block.key)
        elif most > MOST_ROUNDS:
            yield error("flow.repeat_too_many", f"「{title}」最多重复 {most} 次，超过了上限 {MOST_ROUNDS} 次。", block.key)
        if not any(True for child in block.body for _ in steps_in(child)):
            yield error("flow.repeat_empty", f"「{title}」没有要重复的步骤。", block.key)
        if block.exhausted is None:
            yield error("flow.exhausted_unserved", f"「{title}」重复 {most or '多'} 次仍不满足时怎么办，还没有说明。", block.key)


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
            yield error("flow.after_leave", f"「{draft.title(block)}」排在「离开」之后，永远不会执行。", block.key)


def interrupts(draft: Draft) -> Iterator[Fault]:
    """S20, S21, S22."""
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


def stale(draft: Draft) -> Iterator[Fault]:
    """F9: a newer version of the step's type is installed."""
    for step, contract, _ in draft.typed():
        family, _, number = step.type.partition("@")
        newer = [name for name in draft.contracts if name.partition("@")[0] == family and version(name) > int(number or 0)]
        if newer:
            fresh = draft.contracts[max(newer, key=version)]
            added = "、".join(outcome.title for outcome in fresh.outcomes if outcome.key not in contract.ends())
            ask = f'请确认新的结果"{added}"如何处理' if added else "请改用新类型，再看一遍设置"
            yield warning("flow.stale_contract", f"「{draft.title(step)}」的类型已更新，{ask}。", step.key)


def version(name: str) -> int:
    number = name.partition("@")[2]
    return int(number) if number.isdecimal() else 0


def twins(draft: Draft) -> Iterator[Fault]:
    """P11."""
    for block, _ in walk(draft.tree):
        if isinstance(block, Branch):
            for one, other in combinations([case for case in block.cases if case.body], 2):
                if nameless(one.body) == nameless(other.body):
                    text = f"「{draft.title(block)}」的「{draft.title_of(one.key)}」与「{draft.title_of(other.key)}」做的事一样，可以合并。"
                    yield warning("flow.same_twice", text, block.key, one.key, other.key)


def nameless(body: Blocks) -> Any:
    """What a sequence does, whatever its blocks are called."""
    return [without_keys(block.model_dump(mode="json")) for block in body]


def without_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_keys(each) for name, each in value.items() if name != "key"}
    return [without_keys(each) for each in value] if isinstance(value, list) else value


def shadows(draft: Draft) -> Iterator[Fault]:
    """S22."""
    for block, parents in walk(draft.tree):
        if not isinstance(block, Scope):
            continue
        for outer in listening(parents):
            for event in sorted({one.on for one in block.interrupts if one.on} & {one.on for one in outer.interrupts if one.on}):
                title = draft.title_of(FLOW if isinstance(outer, Tree) else outer.key)
                text = f'在「{draft.title(block)}」期间，"{event}"由内层处理，外层「{title}」不会收到。'
                yield warning("flow.interrupt_shadowed", text, block.key, FLOW if isinstance(outer, Tree) else outer.key)


RULES = (
    names, size, types, settings, outcomes, matches, waits, branches, parallels, repeats, leaves, interrupts, shadows, stale, twins,
)  # fmt: skip
