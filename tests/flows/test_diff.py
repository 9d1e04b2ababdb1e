"""What one flow changes against another: matched by key, told in a sentence, money first. Conditions by meaning."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from core.conditions import Condition, Fact, FactType, evaluate
from core.normal_form import both_possible, normal, same
from flows import patterns
from flows.diff import Change, Side, changes
from flows.nodes import CONTRACTS, PALETTE
from flows.schema import FLOW, Tree, walk
from flows.spots import inventory
from flows.vocabulary import START

SETTINGS = {name: node.settings for name, node in PALETTE.items()}
SOUND = sorted((Path(__file__).parent / "sound").glob("*.json"))
GUIDE = patterns.step("guide", "须知", "guide", page="medicine")


def side(raw: dict[str, Any], contracts: dict[str, Any] | None = None) -> Side:
    return Side(Tree.model_validate(raw), contracts or CONTRACTS, START, SETTINGS)


def told(edit: Callable[[Any], object], raw: dict[str, Any] | None = None) -> list[tuple[bool, str]]:
    """(money, sentence) of one edit of the outpatient flow."""
    before = raw or patterns.outpatient()
    after = copy.deepcopy(before)
    edit(after)
    return [(change.money, change.text) for change in changes(side(before), side(after))]


def onsite(tree: Any) -> Any:
    return tree["body"][0]


def paying(tree: Any) -> Any:
    return onsite(tree)["body"][3]["body"][0]


def pay(tree: Any) -> Any:
    return paying(tree)["body"][1]["cases"][0]["body"][0]


def flow(*body: Any) -> dict[str, Any]:
    return {"schema": 1, "code": "f", "title": "流程", "body": list(body), "interrupts": []}


# One sentence a change


def test_a_flow_is_no_change_against_itself() -> None:
    for path in SOUND:
        raw = json.loads(path.read_text(encoding="utf-8"))["tree"]
        assert changes(side(raw), side(copy.deepcopy(raw))) == []


def test_added_and_removed_are_told_once_with_what_is_inside() -> None:
    assert told(lambda tree: onsite(tree)["body"].insert(1, GUIDE)) == [(False, "在「报到」之后新增步骤「须知」。")]
    assert told(lambda tree: onsite(tree)["body"].pop(1)) == [(False, "删除重复「排队」及其中 4 个步骤。")]
    assert told(lambda tree: onsite(tree)["body"].insert(0, GUIDE)) == [(False, "在范围「看医生」的开头新增步骤「须知」。")]


def test_moved_within_and_into() -> None:
    def swap(tree: Any) -> None:
        body = onsite(tree)["body"]
        body[0], body[1] = body[1], body[0]

    assert told(swap) == [(False, "「排队」移到范围「看医生」的开头。")]

    def out(tree: Any) -> None:
        tree["body"].append(onsite(tree)["body"].pop(2))

    assert told(out) == [(False, "「就诊」从范围「看医生」移到流程中。")]


def test_neighbours_that_went_the_same_way_are_one_sentence() -> None:
    def wrap(tree: Any) -> None:
        onsite(tree)["body"] = [{"kind": "scope", "key": "inner", "title": "内层", "body": onsite(tree)["body"], "interrupts": []}]

    assert told(wrap) == [
        (True, "在范围「看医生」的开头新增范围「内层」。"),
        (True, "「报到」、「排队」、「就诊」、「缴费取药」从范围「看医生」移到范围「内层」中。"),
    ]


def test_renamed_settings_and_time_out() -> None:
    def edit(tree: Any) -> None:
        tree["title"] = "看病"
        onsite(tree)["body"][2]["title"] = "看医生"
        onsite(tree)["body"][0]["settings"]["now_text"] = "请到分诊台报到"
        onsite(tree)["body"][0]["settings"]["by_position"] = False
        pay(tree)["timeout"] = {"after": 20}

    assert told(edit) == [
        (True, "「缴费」的时限由 30 分钟改为 20 分钟。"),
        (False, "流程「门诊就诊」改名为「看病」。"),
        (False, "「报到」的“可用手机定位报到”由是改为否。"),
        (False, "「报到」的“轮到时，患者读到”由“到院后报到取号，报到后才会叫您”改为“请到分诊台报到”。"),
        (False, "「就诊」改名为「看医生」。"),
    ]


def test_a_setting_put_at_its_default_is_no_change() -> None:
    assert told(lambda tree: pay(tree)["settings"].update(now_text="", place={"building": "", "floor": "", "room": "", "hint": ""})) == []


def test_questions_of_a_form() -> None:
    question = {"key": "fever", "title": "今天发烧吗", "kind": "bool"}
    before = flow({"kind": "step", "key": "ask", "title": "询问", "type": "form@1", "settings": {"fields": [question]}, "ports": {}})
    more = {"key": "level", "title": "哪里疼", "kind": "enum", "options": ["头", "肚子"]}
    assert told(lambda tree: tree["body"][0]["settings"]["fields"].append(more), before) == [
        (False, "「询问」的“问哪些问题”由“今天发烧吗”改为“今天发烧吗、哪里疼”。"),
    ]  # fmt: skip
    number = {**question, "kind": "number"}
    assert told(lambda tree: tree["body"][0]["settings"].update(fields=[number]), before) == [(False, "「询问」的“问哪些问题”有改动。")]


def test_what_money_is_for_is_money_and_stands_first() -> None:
    def edit(tree: Any) -> None:
        pay(tree)["settings"]["for"] = ["consult"]
        onsite(tree)["body"].insert(0, GUIDE)

    assert told(edit) == [
        (True, "「缴费」的“为哪几步收费”由「取药」改为「就诊」。"),
        (False, "在范围「看医生」的开头新增步骤「须知」。"),
    ]


def test_ports_otherwise_and_exhausted() -> None:
    def edit(tree: Any) -> None:
        del pay(tree)["ports"]["failed"]
        del onsite(tree)["body"][0]["ports"]["late"]
        paying(tree)["exhausted"] = None
        onsite(tree)["body"][3]["body"][1]["otherwise"] = [GUIDE]

    assert told(edit) == [
        (True, "重复「缴费」不再有对“次数用完”的处理（原有 2 个步骤）。"),
        (True, "「缴费」不再有对“没有缴成”的处理。"),
        (False, "「报到」不再有对“迟到”的处理（原有 1 个步骤）。"),
        (False, "在分支「要不要取药」的“其他情况”的开头新增步骤「须知」。"),
    ]
    assert told(lambda tree: onsite(tree)["body"][3]["body"][1].update(otherwise=None)) == [(True, "分支「要不要取药」不再有“其他情况”。")]


def test_interrupts_undo_and_leave() -> None:
    def edit(tree: Any) -> None:
        onsite(tree)["interrupts"][1]["undo"] = False
        del onsite(tree)["interrupts"][0]
        tree["interrupts"][0].update(on=None, after=600)

    assert told(edit) == [
        (True, "范围「看医生」的中断「预约已退」发生时由“退回已完成步骤”改为“不退”。"),
        (True, "流程的中断「当天结束」的时机由“当天结束时”改为“进入 600 分钟后”。"),
        (True, "范围「看医生」不再有中断「患者取消就诊」及其中 1 个步骤。"),
    ]
    missed = [(True, "离开「看医生」时由“退回已完成步骤”改为“不退”。")]
    assert told(lambda tree: onsite(tree)["body"][2]["ports"]["missed"][1].update(undo=False)) == missed


def test_lanes_need_losers_and_rounds() -> None:
    lanes = [{"key": key, "title": title, "body": [{**GUIDE, "key": f"{key}_g"}]} for key, title in (("a", "甲"), ("b", "乙"))]
    before = flow({"kind": "parallel", "key": "p", "title": "检查", "lanes": lanes, "need": "all", "losers": "undo"})

    def edit(tree: Any) -> None:
        tree["body"][0].update(need=1, losers="keep", lanes=tree["body"][0]["lanes"][::-1])
        tree["body"][0]["lanes"].append({"key": "c", "title": "丙", "body": []})

    assert [text for _, text in told(edit, before)] == [
        "并行「检查」各线的顺序改变：「乙」、「甲」。",
        "并行「检查」由“全部完成”改为“任意 1 条完成”。",
        "并行「检查」其余的线由“退回已完成步骤”改为“不退”。",
        "并行「检查」新增「丙」线：照常往下。",
    ]
    assert told(lambda tree: paying(tree).update(at_most=5)) == [(True, "重复「缴费」最多重复由 3 次改为 5 次。")]


def branch(*cases: tuple[str, Any]) -> dict[str, Any]:
    made = [{"key": key, "title": key.upper(), "when": when, "body": []} for key, when in cases]
    return flow({"kind": "branch", "key": "b", "title": "分路", "cases": made, "otherwise": []})


OLD = {"fact": "patient.age", "op": "at_least", "value": 65}
CHRONIC = {"fact": "visit.kind", "op": "is", "value": "chronic"}
FIRST = {"fact": "visit.kind", "op": "is", "value": "first"}


def test_the_order_of_cases_says_whether_it_matters() -> None:
    [(_, text)] = told(lambda tree: tree["body"][0]["cases"].reverse(), branch(("old", OLD), ("chronic", CHRONIC)))
    assert text == "分支「分路」的顺序改变：「CHRONIC」现在先于「OLD」（两者可能同时成立，走法会变）。"
    [(_, text)] = told(lambda tree: tree["body"][0]["cases"].reverse(), branch(("first", FIRST), ("chronic", CHRONIC)))
    assert text == "分支「分路」的顺序改变：「CHRONIC」现在先于「FIRST」（两者不会同时成立，走法不变）。"


def test_a_condition_is_told_in_both_sentences() -> None:
    [(_, text)] = told(lambda tree: tree["body"][0]["cases"][0].update(when={**OLD, "value": 70}), branch(("old", OLD)))
    assert text == "分支「分路」的「OLD」：由“「年龄」不少于 65 岁”改为“「年龄」不少于 70 岁”。"


def test_the_same_meaning_is_no_change() -> None:
    again = {"not": {"any": [{"fact": "patient.age", "op": "below", "value": 65}]}}
    assert told(lambda tree: tree["body"][0]["cases"][0].update(when=again), branch(("old", OLD))) == []


def test_a_case_and_a_type() -> None:
    def edit(tree: Any) -> None:
        tree["body"][0]["cases"].append({"key": "new", "title": "初诊", "when": FIRST, "body": [GUIDE]})

    assert told(edit, branch(("old", OLD))) == [(False, "分支「分路」新增情况「初诊」（「就诊类型」是 初诊）：1 个步骤。")]
    before = flow(GUIDE)
    assert told(lambda tree: tree["body"][0].update(type="message@1", settings={}), before)[0] == (
        False, "「须知」的类型由“指引页”换成“消息”。",
    )  # fmt: skip


def test_a_newer_contract_names_its_new_outcome() -> None:
    newer = CONTRACTS["guide@1"].model_copy(update={"outcomes": [*CONTRACTS["guide@1"].outcomes, CONTRACTS["checkin@1"].outcomes[2]]})
    found = changes(side(flow(GUIDE)), side(flow(GUIDE), {**CONTRACTS, "guide@1": newer}))
    assert [change.text for change in found] == ["「须知」升级到新类型，新增结果“迟到”。"]


def test_a_key_that_changed_its_kind_came_and_went() -> None:
    scope = {"kind": "scope", "key": "guide", "title": "须知", "body": [], "interrupts": []}
    found = changes(side(flow(GUIDE)), side(flow(scope)))
    assert [(change.kind, change.text) for change in found] == [
        ("added", "在流程的开头新增范围「须知」。"), ("removed", "删除步骤「须知」。"),
    ]  # fmt: skip


def test_every_change_names_keys_and_the_reverse_has_as_many_kinds() -> None:
    chance = random.Random(7)
    for _ in range(200):
        before, after = patterns.outpatient(), patterns.outpatient()
        for _ in range(chance.randint(1, 5)):
            disturb(after, chance)
        forth, back = changes(side(before), side(after)), changes(side(after), side(before))
        known = {FLOW, *inventory(Tree.model_validate(before)), *inventory(Tree.model_validate(after))}
        assert all(change.keys and set(change.keys) <= known and change.text.endswith("。") for change in forth + back)
        assert [change.money for change in forth] == sorted((change.money for change in forth), reverse=True)
        assert bool(forth) == bool(back) == (Tree.model_validate(before) != Tree.model_validate(after))
        assert gone(forth) == come(back)


def gone(found: list[Change]) -> int:
    return sum(change.kind == "removed" for change in found)


def come(found: list[Change]) -> int:
    return sum(change.kind == "added" for change in found)


def disturb(raw: Any, chance: random.Random) -> None:
    """Drop, add, swap or rename somewhere."""
    lists = [one for one in below(raw) if isinstance(one, list) and one and isinstance(one[0], dict) and "kind" in one[0]]
    if not lists:
        return
    those = chance.choice(lists)
    at = chance.randrange(len(those))
    deed = chance.choice(["drop", "add", "swap", "rename"])
    if deed == "drop":
        del those[at]
    elif deed == "add":
        taken = {block.key for block, _ in walk(Tree.model_validate(raw))}
        those.insert(at, {**GUIDE, "key": next(f"new_{n}" for n in range(99) if f"new_{n}" not in taken)})
    elif deed == "swap":
        other = chance.randrange(len(those))
        those[at], those[other] = those[other], those[at]
    elif those[at]["kind"] != "leave":
        those[at]["title"] += "改"


def below(node: Any) -> list[Any]:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [node, *(each for one in inner for each in below(one))]


def test_hundreds_of_blocks_are_compared_at_once() -> None:
    many = flow(*({**GUIDE, "key": f"g{n}"} for n in range(300)))
    found = changes(side(many), side({**many, "body": many["body"][::-1]}))
    assert len([key for change in found for key in change.keys]) == 299


# Normal form

CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
WORDS = {
    "a": Fact(name="a", title="a", type=FactType(kind="int", low=0, high=6)),
    "b": Fact(name="b", title="b", type=FactType(kind="enum", options={"x": "X", "y": "Y", "z": "Z"})),
    "c": Fact(name="c", title="c", type=FactType(kind="bool")),
}
WORLDS = [
    {name: value for name, value in (("a", a), ("b", b), ("c", c)) if value is not None}
    for a in (None, *range(7)) for b in (None, "x", "y", "z") for c in (None, True, False)
]  # fmt: skip


def some(chance: random.Random, deep: int = 2) -> dict[str, Any]:
    if deep and chance.random() < 0.55:
        kind = chance.choice(["all", "any", "not"])
        return {"not": some(chance, deep - 1)} if kind == "not" else {kind: [some(chance, deep - 1) for _ in range(chance.randint(1, 3))]}
    fact = chance.choice("aabbc")
    if chance.random() < 0.1:
        return {"fact": fact, "op": chance.choice(["known", "unknown"])}
    if fact == "a":
        op = chance.choice(["is", "is_not", "below", "at_most", "above", "at_least", "between"])
        low, high = sorted((chance.randint(0, 6), chance.randint(0, 6)))
        return {"fact": "a", "op": op, "value": [low, high] if op == "between" else low}
    if fact == "b":
        op = chance.choice(["is", "is_not", "in", "not_in"])
        values = chance.sample(["x", "y", "z"], chance.randint(1, 2))
        return {"fact": "b", "op": op, "value": values if op in ("in", "not_in") else values[0]}
    return {"fact": "c", "op": "is", "value": chance.random() < 0.5}


def test_one_form_means_one_meaning_over_three_values() -> None:
    """Grouped by form, ten thousand conditions agree in every world, unknown facts included."""
    chance, seen = random.Random(3), {}
    for _ in range(10_000):
        condition = CONDITION.validate_python(some(chance))
        meaning = [evaluate(condition, world) for world in WORLDS]
        assert seen.setdefault(normal(condition, WORDS), meaning) == meaning, condition
    assert len(seen) < 6_000


def test_both_possible_is_never_wrong() -> None:
    chance, apart = random.Random(4), 0
    for _ in range(2_000):
        first, second = CONDITION.validate_python(some(chance)), CONDITION.validate_python(some(chance))
        together = any(evaluate(first, world) and evaluate(second, world) for world in WORLDS)
        assert both_possible(first, second, WORDS) == together, (first, second)
        apart += not together
    assert apart > 100


@pytest.mark.parametrize(("left", "right", "equal"), [
    ({"fact": "a", "op": "below", "value": 3}, {"not": {"fact": "a", "op": "at_least", "value": 3}}, True),
    ({"any": [{"fact": "a", "op": "between", "value": [0, 2]}, {"fact": "a", "op": "between", "value": [3, 5]}]},
     {"fact": "a", "op": "at_most", "value": 5}, True),
    ({"fact": "b", "op": "not_in", "value": ["x"]}, {"fact": "b", "op": "in", "value": ["z", "y"]}, True),
    ({"all": [{"fact": "c", "op": "is", "value": True}, {"all": [{"fact": "a", "op": "is", "value": 1}]}]},
     {"all": [{"fact": "a", "op": "is", "value": 1}, {"fact": "c", "op": "is", "value": True}]}, True),
    ({"not": {"not": {"fact": "c", "op": "known"}}}, {"not": {"fact": "c", "op": "unknown"}}, True),
    ({"fact": "gone", "op": "is", "value": "x"}, {"fact": "gone", "op": "is", "value": "y"}, False),
    ({"fact": "a", "op": "like", "value": 1}, {"fact": "a", "op": "is", "value": 1}, False),
])  # fmt: skip
def test_writings(left: Any, right: Any, equal: bool) -> None:
    assert same(CONDITION.validate_python(left), CONDITION.validate_python(right), WORDS) is equal
