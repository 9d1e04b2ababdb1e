"""What staff read of a fault that depends on walks (flow-language §6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.proof.draft import Draft
from flows.proof.fault import Fault, Turn
from flows.proof.question import Question
from flows.proof.variables import CUT, NONE
from flows.proof.walker import in_words
from flows.schema import Repeat, walk

WARNINGS = frozenset(
    {
        "flow.branch_overlap", "flow.case_dead", "flow.repeat_once", "flow.interrupt_never", "money.service_unpaid",
        "money.refund_of_nothing",
    }
)  # fmt: skip


def fault(code: str, text: str, keys: tuple[str, ...]) -> Fault:
    return Fault(code, "W" if code in WARNINGS else "E", keys, text)


def shown(draft: Draft, question: Question, taken: tuple[Turn, ...], facts: Mapping[str, Any]) -> Fault:
    """`facts` are those the block at fault reads, as they are on this walk."""
    titles = [draft.title_of(key) for key in question.keys]
    title, way = titles[0], in_words(taken)
    text = {
        "flow.unknown_read": lambda: (
            f'走到「{title}」时，"{unknown(draft, facts)}"可能还不知道{example(way)}，系统无法判断。请先加"还没有结果"的分支。'
        ),
        "flow.branch_gap": lambda: f'「{title}」没有覆盖所有情况，例如：{values(draft, facts)}。请补充条件或添加"其他情况"。',
        "flow.branch_overlap": lambda: f"「{title}」的「{titles[1]}」与「{titles[2]}」可能同时成立，将按顺序走「{titles[1]}」。",
        "money.unaccounted": lambda: f"可能收了钱却既没有服务也没有退款：{way}。请在「结束」之前退款或交给专人。",
        "money.service_unpaid": lambda: f"「{title}」可能在没有缴费的情况下完成：{way}。",
        "money.refund_of_nothing": lambda: f"「{title}」可能在没有收过钱时执行：{way}。",
        "money.paid_twice": lambda: f"「{title}」可能被收两次钱：「{titles[1]}」和「{titles[2]}」。",
        "money.amount_source": lambda: f"「{title}」缴费时，金额可能还没有算出来。",
        "money.reserved_unused": lambda: f"医保已预结算，但可能既没有支付也没有撤销：{way}。",
    }[question.code]()
    return fault(question.code, text, question.keys)


def example(way: str) -> str:
    return f"（例如：{way}）" if way else ""


def unknown(draft: Draft, facts: Mapping[str, Any]) -> str:
    missing = [name for name, value in facts.items() if value in (NONE, CUT)]
    return "、".join(draft.vocabulary[name].title for name in missing if name in draft.vocabulary)


def values(draft: Draft, facts: Mapping[str, Any]) -> str:
    known = [(draft.vocabulary[name], value) for name, value in facts.items() if name in draft.vocabulary]
    return "、".join(f"{fact.title} {'还没有结果' if value in (NONE, CUT) else fact.type.words(value)}" for fact, value in known)


def never(draft: Draft, code: str, keys: tuple[str, ...]) -> Fault:
    titles = [draft.title_of(key) for key in keys]
    text = {
        "flow.step_unreachable": lambda: f"「{titles[0]}」永远不会执行。",
        "flow.case_dead": lambda: f"「{titles[0]}」的分支「{titles[1]}」永远不会走到。",
        "flow.until_never": lambda: f"「{titles[0]}」的结束条件永远不会满足，每次都会重复到 {rounds(draft, keys[0])} 次。",
        "flow.repeat_once": lambda: f"「{titles[0]}」只会执行一遍，不需要重复。",
        "flow.interrupt_never": lambda: f'「{titles[1]}」期间不会停留，"{titles[0]}"永远不会生效。',
    }[code]()
    return fault(code, text, keys)


def rounds(draft: Draft, key: str) -> int | str:
    return next((block.at_most for block, _ in walk(draft.tree) if isinstance(block, Repeat) and block.key == key and block.at_most), "多")
