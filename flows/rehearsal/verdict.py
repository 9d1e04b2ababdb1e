"""What came of one visit in the draft: the same, different from a step on, stuck at a step, or unknown from a step on. And in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from flows.program import Program
from flows.rehearsal.lockstep import Node
from flows.rehearsal.snags import Snag
from flows.schema import Contract
from flows.state import Done, State

Verdict = Literal["same", "differs", "stuck", "unknown"]
VERDICTS: dict[str, str] = {"same": "一样", "differs": "不一样", "stuck": "停住", "unknown": "从此不知道"}
SAME = Snag("same", "", "same")

REASONS: dict[str, str] = {
    "same": "走的路和过去一样。",
    "extra": "草稿里多走了「{title}」。",
    "missing": "草稿里不再走「{title}」。",
    "outcome": "「{title}」的结果不同：过去是“{then}”，草稿里是“{now}”。",
    "taken_back": "「{title}」做完之后的去处不同：过去是“{then}”，草稿里是“{now}”。",
    "order": "先后不同：草稿里先走「{title}」。",
    "rest": "草稿里到「{title}」就不再等了。",
    "no_limit": "停在「{title}」：过去是到了时限才往下走的，草稿没有写最多等多久。",
    "by_hand": "停在「{title}」：过去由工作人员{detail}，草稿不允许。",
    "unheard": "停在「{title}」：草稿不认识“{detail}”这个结果。",
    "unserved": "停在「{title}」：草稿没有说“{detail}”之后怎么办。",
    "gap": "停在「{title}」：没有一条路的条件符合。",
    "undecided": "停在「{title}」：要看的事到那时还没有结果。",
    "trouble": "停在「{title}」：过去转给了工作人员，草稿里没有等到处理。",
    "fact": "从「{title}」起不知道会怎样：要看的“{detail}”，过去没有记录。",
    "waiting": "从「{title}」起不知道会怎样：过去没有走过这一步。",
    "expiring": "从「{title}」起不知道会怎样：草稿在这里要等对方关单，过去没有问过。",
    "closing": "从「{title}」起不知道会怎样：草稿在这里要对方关单，过去没有问过。",
    "undoing": "从「{title}」起不知道会怎样：草稿要退回这一步，过去没有退过。",
    "shorter": "从「{title}」起不知道会怎样：草稿的时限更早到，那时对方会怎么答，过去没有问过。",
}
HANDS = {"staff.skip": "免除", "staff.finish": "代办", "staff.choose": "选路", "staff.retry": "再试"}
BACK = {None: "保留", "returned": "已退回", "released": "已撤回", "held": "由专人处理", "untold": "正在退回"}


class Names(NamedTuple):
    """Titles of every block on either side, of the outcomes of steps, and of facts."""

    titles: Mapping[str, str]
    outcomes: Mapping[str, Mapping[str, str]]
    facts: Mapping[str, str]

    def outcome(self, key: str, outcome: str) -> str:
        return self.outcomes.get(key, {}).get(outcome, "已免除" if outcome == "skipped" else outcome)


def outcomes(program: Program, contracts: Mapping[str, Contract]) -> dict[str, dict[str, str]]:
    found = {key: contracts.get(step.type) for key, step in program.steps.items()}
    return {key: {one.key: one.title for one in contract.outcomes} for key, contract in found.items() if contract}


# Judging


def judge(node: Node) -> Snag:
    """The verdict on a visit that ended at this node."""
    return node.final or node.snag or compare(node.past, node.draft)


# Comparing


Passed = tuple[str, int, str, str | None]
"""A finished step: key, the how-manieth of this key, outcome, how it was taken back."""


def passed(done: tuple[Done, ...]) -> Iterator[Passed]:
    seen: Counter[str] = Counter()
    for row in done:
        seen[row.key] += 1
        yield row.key, seen[row.key], row.outcome, row.how


def compare(past: State, draft: State) -> Snag:
    """The first finished step on which both disagree."""
    then, now = list(passed(past.done)), list(passed(draft.done))
    for a, b in zip(then, now, strict=False):
        if a != b:
            return first_difference(a, b, {row[:2] for row in then}, {row[:2] for row in now})
    if len(then) != len(now):
        return Snag("differs", now[len(then)][0], "extra") if len(now) > len(then) else Snag("differs", then[len(now)][0], "missing")
    if gone := sorted(past.live.keys() - draft.live.keys()):
        return Snag("differs", gone[0], "rest")
    return SAME


def first_difference(a: Passed, b: Passed, then: set[tuple[str, int]], now: set[tuple[str, int]]) -> Snag:
    if a[:2] == b[:2]:
        if a[2] != b[2]:
            return Snag("differs", a[0], "outcome", f"{a[2]}>{b[2]}")
        return Snag("differs", a[0], "taken_back", f"{a[3] or ''}>{b[3] or ''}")
    if b[:2] not in then:
        return Snag("differs", b[0], "extra")
    if a[:2] not in now:
        return Snag("differs", a[0], "missing")
    return Snag("differs", b[0], "order")


# Words


def sentence(snag: Snag, names: Names) -> str:
    """What staff read."""
    title, detail, then, now = names.titles.get(snag.key, snag.key), snag.detail, "", ""
    if snag.reason == "outcome":
        then, now = (names.outcome(snag.key, one) for one in detail.split(">"))
    elif snag.reason == "taken_back":
        then, now = (BACK.get(one or None, one) for one in detail.split(">"))
    elif snag.reason in ("unserved", "unheard"):
        detail = names.outcome(snag.key, detail)
    elif snag.reason == "fact":
        detail = names.facts.get(detail, detail)
    elif snag.reason == "by_hand":
        detail = HANDS.get(detail, "处理")
    return REASONS[snag.reason].format(title=title, detail=detail, then=then, now=now)
