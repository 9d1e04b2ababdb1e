"""What is another about one thing that stands in both trees, field by field: settings, time-outs, conditions, order. For comparing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from core.normal_form import both_possible, same
from flows.schema import Branch, Case, Contract, Interrupt, Leave, Parallel, Repeat, Step
from flows.touching import NAMING
from flows.wording import UNDO, Words, listed, quoted

TALK = frozenset({"now_text", "elder_text", "done_text", "place", "subject", "body", "page"})
"""Settings that only change what a patient reads."""
MONEY = frozenset({*NAMING, "desk"})


class Told(NamedTuple):
    """One sentence. `weighs`: it counts as money when the thing touches money; `money`: it always does."""

    text: str
    weighs: bool = True
    money: bool = False


def told(key: str, was: Words, now: Words) -> Iterator[Told]:
    """Everything but name and place."""
    old, new = was.things[key].thing, now.things[key].thing
    if isinstance(old, Step) and isinstance(new, Step):
        yield from step(old, new, was, now)
    elif isinstance(old, Case) and isinstance(new, Case):
        yield from conditions(old.when, new.when, f"{now.owner(now.things[key])}的「{now.name(key)}」", was, now)
    elif isinstance(old, Branch) and isinstance(new, Branch):
        yield from case_order(old, new, now)
    elif isinstance(old, Parallel) and isinstance(new, Parallel):
        yield from parallel(old, new, now)
    elif isinstance(old, Repeat) and isinstance(new, Repeat):
        yield from repeat(old, new, was, now)
    elif isinstance(old, Interrupt) and isinstance(new, Interrupt):
        yield from interrupt(old, new, was, now)
    elif isinstance(old, Leave) and isinstance(new, Leave):
        yield from leave(old, new, was, now)


def differ(title: str, old: str, new: str, *, weighs: bool = True, money: bool = False) -> Iterator[Told]:
    if old != new:
        yield Told(f"{title}由{old}改为{new}。", weighs, money)


# Steps


def step(old: Step, new: Step, was: Words, now: Words) -> Iterator[Told]:
    name = f"「{now.name(new.key)}」"
    before, after = was.side.contracts.get(old.type), now.side.contracts.get(new.type)
    yield from types(name, old, new, before, after)
    yield from settings(name, old, new, was, now)
    yield from timeouts(name, old, new, was, now)
    yield from differ(f"{name}的提醒", reminders(old), reminders(new), weighs=False)
    if old.match != new.match:
        yield from differ(f"{name}对应的单号", fact(old.match, was), fact(new.match, now))
    if old.skippable != new.skippable:
        yield Told(f"{name}{'现在可以' if new.skippable else '不再能'}由工作人员免除。")


def types(name: str, old: Step, new: Step, before: Contract | None, after: Contract | None) -> Iterator[Told]:
    if old.type.partition("@")[0] != new.type.partition("@")[0]:
        titles = [contract.title if contract else step.type for contract, step in ((before, old), (after, new))]
        yield Told(f"{name}的类型由“{titles[0]}”换成“{titles[1]}”。")
    elif before and after and (old.type != new.type or before != after):
        gone = [one.title for one in before.outcomes if one.key not in after.ends()]
        come = [one.title for one in after.outcomes if one.key not in before.ends()]
        news = [f"新增结果{'、'.join(f'“{title}”' for title in come)}"] * bool(come)
        news += [f"不再有结果{'、'.join(f'“{title}”' for title in gone)}"] * bool(gone)
        yield Told(f"{name}升级到新类型{''.join(f'，{one}' for one in news)}。")


def settings(name: str, old: Step, new: Step, was: Words, now: Words) -> Iterator[Told]:
    """What is not set counts as its default."""
    before, after = filled(old, was.side.settings.get(old.type)), filled(new, now.side.settings.get(new.type))
    titles = titles_of(now.side.settings.get(new.type)) | titles_of(was.side.settings.get(old.type))
    for setting in sorted({*before, *after}):
        left, right = before.get(setting), after.get(setting)
        if left != right:
            title = f"{name}的“{titles.get(setting, setting)}”"
            values = value(setting, left, was, titles), value(setting, right, now, titles)
            text = f"{title}由{values[0]}改为{values[1]}。" if values[0] != values[1] else f"{title}有改动。"
            yield Told(text, setting not in TALK, setting in MONEY)


def filled(step: Step, model: type[BaseModel] | None) -> dict[str, Any]:
    if model is None:
        return dict(step.settings)
    try:
        return model.model_validate(step.settings).model_dump(mode="json", by_alias=True)
    except ValidationError:  # a draft
        return {**model.model_construct().model_dump(mode="json", by_alias=True), **step.settings}


def titles_of(model: type[BaseModel] | None) -> dict[str, str]:
    """Setting → title, those of inner forms too."""
    found: dict[str, str] = {}
    for name, each in (model.model_fields if model else {}).items():
        found[each.alias or name] = each.title or each.alias or name
        if isinstance(each.annotation, type) and issubclass(each.annotation, BaseModel):
            found |= titles_of(each.annotation)
    return found


def value(setting: str, given: Any, words: Words, titles: Mapping[str, str]) -> str:
    if given in (None, "", [], {}):
        return "空"
    if isinstance(given, bool):
        return "是" if given else "否"
    if setting in NAMING:
        return listed([words.name(str(key)) for key in (given if isinstance(given, list) else [given])])
    if isinstance(given, dict):
        return quoted("，".join(f"{titles.get(name, name)} {each}" for name, each in given.items() if each not in (None, "")) or "空")
    if isinstance(given, list):
        return quoted("、".join(str(one.get("title") or one.get("key") or "") if isinstance(one, dict) else str(one) for one in given))
    return quoted(str(given))


def timeouts(name: str, old: Step, new: Step, was: Words, now: Words) -> Iterator[Told]:
    yield from differ(f"{name}的时限", limit(old, was), limit(new, now))
    yield from differ(f"{name}到时的结果", late(old, was), late(new, now))


def limit(step: Step, words: Words) -> str:
    """Its own, or its type's."""
    contract = words.side.contracts.get(step.type)
    after = step.timeout.after if step.timeout else contract.after if contract else None
    return "不限" if after is None else f" {after} 分钟"


def late(step: Step, words: Words) -> str:
    contract = words.side.contracts.get(step.type)
    outcome = (step.timeout.outcome if step.timeout else None) or (contract.late if contract else None)
    return quoted(words.outcome(step, outcome)) if outcome else "空"


def reminders(step: Step) -> str:
    return f"进入后 {'、'.join(str(minutes) for minutes in step.reminders)} 分钟" if step.reminders else "没有提醒"


def fact(name: str | None, words: Words) -> str:
    if not name:
        return "空"
    return quoted(words.vocabulary[name].title if name in words.vocabulary else name)


# Constructs


def conditions(old: Any, new: Any, title: str, was: Words, now: Words) -> Iterator[Told]:
    """By meaning: the same set of values is no change."""
    if not same(old, new, {**was.vocabulary, **now.vocabulary}):
        yield Told(f"{title}：由“{was.condition(old)}”改为“{now.condition(new)}”。")


def case_order(old: Branch, new: Branch, now: Words) -> Iterator[Told]:
    """The pairs that changed places; what matters most, two that may hold at once, first."""
    before = [case.key for case in old.cases]
    turned = [
        (a, b) for a, b in combinations(new.cases, 2) if a.key in before and b.key in before and before.index(a.key) > before.index(b.key)
    ]
    if turned:
        pairs = sorted(turned, key=lambda pair: not both_possible(pair[0].when, pair[1].when, now.vocabulary))
        first, second = pairs[0]
        matters = "两者可能同时成立，走法会变" if both_possible(first.when, second.when, now.vocabulary) else "两者不会同时成立，走法不变"
        order = f"「{now.name(first.key)}」现在先于「{now.name(second.key)}」（{matters}）"
        yield Told(f"{now.titled(new.key)}的顺序改变：{order}。")


def parallel(old: Parallel, new: Parallel, now: Words) -> Iterator[Told]:
    lanes = [[lane.key for lane in one.lanes] for one in (old, new)]
    common = [[key for key in keys if key in lanes[0] and key in lanes[1]] for keys in lanes]
    name = now.titled(new.key)
    if common[0] != common[1]:
        yield Told(f"{name}各线的顺序改变：{listed([now.name(key) for key in common[1]])}。", weighs=False)
    yield from differ(name, needed(old), needed(new))
    yield from differ(f"{name}其余的线", f"“{LOSERS[old.losers]}”", f"“{LOSERS[new.losers]}”")


LOSERS = {"undo": "退回已完成步骤", "keep": "不退"}


def needed(parallel: Parallel) -> str:
    return "“全部完成”" if parallel.need == "all" else f"“任意 {parallel.need} 条完成”"


def repeat(old: Repeat, new: Repeat, was: Words, now: Words) -> Iterator[Told]:
    name = now.titled(new.key)
    yield from conditions(old.until, new.until, f"{name}的结束条件", was, now)
    yield from differ(f"{name}最多重复", *("不限次数" if one.at_most is None else f" {one.at_most} 次" for one in (old, new)))


def interrupt(old: Interrupt, new: Interrupt, was: Words, now: Words) -> Iterator[Told]:
    name = f"{now.owner(now.things[new.key])}的中断「{now.name(new.key)}」"
    yield from differ(f"{name}的时机", f"“{was.trigger(old)}”", f"“{now.trigger(new)}”")
    yield from differ(f"{name}发生时", f"“{UNDO[old.undo]}”", f"“{UNDO[new.undo]}”")


def leave(old: Leave, new: Leave, was: Words, now: Words) -> Iterator[Told]:
    if old.of != new.of:
        yield from differ("离开的地方", was.scope(old.of), now.scope(new.of))
    yield from differ(f"离开{now.scope(new.of)}时", f"“{UNDO[old.undo]}”", f"“{UNDO[new.undo]}”")
