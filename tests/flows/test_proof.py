"""Each structural row of the fault catalogue (flow-language §6.2): the flow that has it, the card it marks, the sentence staff read."""

from __future__ import annotations

import random
from typing import Any

import pytest
from growing import (
    CONTRACTS,
    Gardener,
    Json,
    after,
    branch,
    contract,
    leave,
    on,
    parallel,
    pay,
    repeat,
    scope,
    serve,
    step,
    told,
    tree,
)  # fmt: skip
from pydantic import BaseModel, Field

from core.conditions import Fact, FactType
from flows.proof import Fault, structural

AGE = Fact(name="patient.age", title="年龄", type=FactType(kind="int", low=0, high=150))
VOCABULARY = {"patient.age": AGE, "ward.floor": Fact(name="ward.floor", title="楼层", type=FactType(kind="count"))}
LAB = contract("lab@1", "taken missed", late="missed", after=60, match=True)
TYPES = CONTRACTS | {"lab@1": LAB}
EXAM_NO = told("a")  # any known fact will do


def found(*body: Json, interrupts: list[Json] | None = None) -> list[Fault]:
    return faults(tree(*body, interrupts=interrupts or []), TYPES, VOCABULARY)


def faults(*given: Any) -> list[Fault]:
    """What the drawing shows; that a lone step cannot be cancelled is the business of another test."""
    return [fault for fault in structural(*given) if fault.code != "care.cancel_unheard"]


def sound(*more: Json) -> list[Json]:
    """A flow without a fault: onsite visit with a payment, its service, a branch, a race and a loop."""
    return [
        scope(
            "onsite",
            [
                repeat("try", [pay("pay", "seen")], told("pay", "paid"), exhausted=[leave("give_up", "onsite", undo=True)]),
                serve("seen", carry_on=False, ports={"missed": [leave("no_show", "onsite", undo=True)]}),
                branch("b", (age("at_least", 65), [step("a")]), otherwise=[]),
                parallel("p", [step("x")], [step("y")], need=1),
            ],
            on("cancelled", [step("note")]),
            after(720, key="day_over"),
        ),
        *more,
    ]


def test_a_sound_flow_has_no_fault() -> None:
    assert found(*sound(), interrupts=[on("visit.day_over", key="over")]) == []


def reading(condition: Json) -> Json:
    """A branch `b` that reads."""
    return branch("b", (condition, []), otherwise=[])


def age(op: str, value: Any) -> Json:
    return {"fact": "patient.age", "op": op, "value": value}


def wide(lanes: int) -> Json:
    return parallel("p", *([step(f"s{n}")] for n in range(lanes)))


def deep(levels: int) -> Json:
    inner: list[Json] = [step("a")]
    for n in range(levels):
        inner = [scope(f"c{n}", inner)]
    return inner[0]


CATALOGUE: list[tuple[str, list[Json], tuple[str, ...], str]] = [
    ("flow.key_duplicate", [step("a"), step("a")], ("a",), "编码「a」用了两次，请删除其中一个后重新添加。"),
    ("flow.key_duplicate", [step("p_l0"), wide(2)], ("p_l0",), "编码「p_l0」用了两次，请删除其中一个后重新添加。"),
    ("flow.key_reserved", [step("visit")], ("visit",), "编码「visit」是系统保留的名称，请换一个。"),
    ("flow.key_reserved", [step("ward")], ("ward",), "编码「ward」是系统保留的名称，请换一个。"),
    ("flow.type_unknown", [step("a") | {"type": "teleport@1"}], ("a",), "「步骤a」的类型在本系统中不存在。"),
    ("flow.setting_invalid", [step("a", timeout={"after": 0})], ("a",), '「步骤a」的设置"时限"没有填写或不正确。'),
    ("flow.setting_invalid", [step("a", timeout={"after": 5, "outcome": "gone"})], ("a",), '「步骤a」的设置"时限"没有填写或不正确。'),
    ("flow.setting_invalid", [step("a", reminders=[0])], ("a",), '「步骤a」的设置"提醒"没有填写或不正确。'),
    ("flow.setting_invalid", [step("a", settings={"amount_of": "gone"})], ("a",), '「步骤a」的设置"金额来自"没有填写或不正确。'),
    ("flow.setting_invalid", [scope("c", [step("a")], after(0))], ("deadline", "c"), '「时限」的设置"时限"没有填写或不正确。'),
    ("flow.port_unknown", [step("a", ports={"paid": []})], ("a",), '「步骤a」没有"paid"这种结果，请删除这条分支。'),
    ("flow.outcome_unserved", [step("a", carry_on=False)], ("a",), '「步骤a」可能"no"，但没有说明接下来怎么办。'),
    ("flow.branch_empty", [branch("b")], ("b",), "「分支b」没有任何条件分支。"),
    ("flow.group_empty", [branch("b", ({"all": []}, []))], ("b",), "「分支b」里有一个空的条件组。"),
    ("flow.lane_single", [parallel("p", [step("a")])], ("p",), "「并行p」只有一条并行线，请改为普通步骤。"),
    ("flow.need_out_of_range", [parallel("p", [step("a")], [step("b")], need=3)], ("p",), "「并行p」要求完成 3 条，但只有 2 条并行线。"),
    (
        "flow.lane_must_wait",
        [parallel("p", [], [step("a")], need=1)],
        ("p", "p_l0"),
        "「并行p」先到先得，每条线必须以一个步骤开头，否则会立即分出胜负。",
    ),
    (
        "flow.repeat_unbounded",
        [repeat("r", [step("a")], told("a"), None, [])],
        ("r",),
        "「重复r」没有写最多重复几次，患者可能永远走不出去。",
    ),
    ("flow.repeat_too_many", [repeat("r", [step("a")], told("a"), 99, [])], ("r",), "「重复r」最多重复 99 次，超过了上限 20 次。"),
    ("flow.repeat_empty", [step("a"), repeat("r", [], told("a"), 3, [])], ("r",), "「重复r」没有要重复的步骤。"),
    (
        "flow.repeat_empty",
        [step("a"), repeat("r", [reading(told("a"))], told("a"), 3, [])],
        ("r",),
        "「重复r」没有要重复的步骤。",
    ),
    ("flow.exhausted_unserved", [repeat("r", [step("a")], told("a"), 3)], ("r",), "「重复r」重复 3 次仍不满足时怎么办，还没有说明。"),
    ("flow.leave_target", [scope("c", [step("a")]), leave("x", "c")], ("x",), "「离开」指向的范围不在它的外层。"),
    ("flow.leave_target", [scope("c", [step("a")], on("cancelled", [leave("x", "c")]))], ("x",), "「离开」指向的范围不在它的外层。"),
    ("flow.after_leave", [leave("x"), step("a")], ("a",), "「步骤a」排在「离开」之后，永远不会执行。"),
    ("flow.leave_at_once", [parallel("p", [leave("x")], [step("a")])], ("p_l0", "p"), "「线0」一开始就离开，同时的其他线不会发生。"),
    ("flow.too_deep", [deep(8)], ("a",), "流程嵌套超过 8 层，请拆分或简化。"),
    ("flow.too_large", [step(f"s{n}") for n in range(301)], ("$flow",), "流程超过 300 个节点，请拆分或简化。"),
    ("flow.too_large", [wide(9)], ("p",), "「并行p」超过 8 条并行线，请拆分或简化。"),
    ("flow.too_large", [step("a"), branch("b", *[(told("a"), [])] * 13, otherwise=[])], ("b",), "「分支b」超过 12 条分支，请拆分或简化。"),
    (
        "flow.interrupt_trigger",
        [scope("c", [step("a")], {"key": "i", "title": "中断", "body": []})],
        ("i", "c"),
        '「中断」的中断条件需要在"事件"与"时限"中选一个。',
    ),
    (
        "flow.interrupt_trigger",
        [scope("c", [step("a")], on("x", key="i") | {"after": 5})],
        ("i", "c"),
        '「中断x」的中断条件需要在"事件"与"时限"中选一个。',
    ),
    (
        "flow.interrupt_twice",
        [scope("c", [step("a")], on("x", key="i"), on("x", key="j"))],
        ("i", "j", "c"),
        '「范围c」对同一事件"x"写了两种处理。',
    ),
    ("flow.deadline_shadowed", [scope("c", [step("a")], after(30))], ("a", "c"), "「步骤a」的时限比外层「范围c」还长，不会用到。"),
    ("flow.title_missing", [step("a") | {"title": ""}], ("a",), "有一个步骤没有名称。"),
    ("flow.fact_missing", [step("a"), reading(told("nope"))], ("b",), '「分支b」用到的"nope.outcome"不存在。'),
    (
        "flow.operator_mismatch",
        [reading(age("in", ["x"]))],
        ("b",),
        '"年龄"不能用"是以下之一"比较。',
    ),
    ("flow.value_unknown", [step("a"), reading(told("a", "paidd"))], ("b",), '"paidd"不是"步骤a的结果"的可选值。'),
    (
        "flow.value_out_of_range",
        [reading(age("above", 500))],
        ("b",),
        '"年龄"只能在 0 到 150 之间，500 超出范围。',
    ),
    (
        "flow.range_reversed",
        [reading(age("between", [9, 3]))],
        ("b",),
        "区间写反了：9 大于 3。",
    ),
    (
        "flow.read_too_early",
        [reading(told("a")), step("a")],
        ("b", "a"),
        "「分支b」要看「步骤a」的结果，但那时它还没有开始。",
    ),
    (
        "flow.race_read",
        [parallel("p", [step("a")], [step("c"), reading(told("a"))])],
        ("b", "a"),
        "「分支b」要看「步骤a」的结果，但两者同时进行，先后不定。请移到并行之后。",
    ),
    ("flow.match_missing", [step("l", match="nope.number")], ("l",), "「步骤l」没有说明按哪个单号对应 HIS 的消息。"),
    (
        "flow.match_missing",
        [step("l") | {"type": "lab@1", "ports": {"missed": []}}],
        ("l",),
        "「步骤l」没有说明按哪个单号对应 HIS 的消息。",
    ),
    ("flow.wait_forever", [step("e", "endless@1")], ("e",), "「步骤e」可能一直等下去：请设时限，或指定负责人。"),
    (
        "flow.wait_forever",
        [scope("c", [step("a")], after(90, [step("e", "endless@1")]))],
        ("e",),
        "「步骤e」可能一直等下去：请设时限，或指定负责人。",
    ),
    ("money.purpose_missing", [pay("m")], ("m",), "「步骤m」收的钱没有对应任何服务，请选择它为哪一步付费。"),
    ("money.purpose_missing", [pay("m", "a"), step("a")], ("m",), "「步骤m」收的钱没有对应任何服务，请选择它为哪一步付费。"),
    ("money.purpose_missing", [pay("m", "s", "gone"), serve("s")], ("m",), "「步骤m」收的钱没有对应任何服务，请选择它为哪一步付费。"),
    ("money.refund_target", [step("a"), step("r", "refund@1", settings={"of": "a"})], ("r",), "「步骤r」要退的不是一笔缴费。"),
    ("money.refund_target", [step("r", "refund@1")], ("r",), "「步骤r」要退的不是一笔缴费。"),
    (
        "money.desk_missing",
        [step("m", "pay@1", settings={"for": ["s"], "desk": ""}), serve("s")],
        ("m",),
        "「步骤m」没有指定退款失败时由谁负责。",
    ),
]
WARNINGS = {"flow.deadline_shadowed", "flow.title_missing"}


@pytest.mark.parametrize(("code", "body", "keys", "text"), CATALOGUE, ids=[f"{n}-{row[0]}" for n, row in enumerate(CATALOGUE)])
def test_the_fault_is_found_at_its_card_and_no_other_with_it(code: str, body: list[Json], keys: tuple[str, ...], text: str) -> None:
    shadowed = {"flow.deadline_shadowed"} if code in ("flow.setting_invalid", "flow.interrupt_trigger") else set()
    expected = Fault(code, "W" if code in WARNINGS else "E", keys, text)
    every = found(*body)
    assert expected in every
    assert [fault for fault in every if fault.code not in {code} | shadowed] == []


@pytest.mark.parametrize(
    "body",
    [
        [step("a"), reading(told("a"))],
        [step("a", ports={"no": [reading(told("a"))]})],
        [repeat("r", [step("a")], told("a"), 3, [reading(told("a"))])],
        [scope("c", [step("a")], on("x", [reading(told("a"))]))],
        [parallel("p", [step("a"), reading(told("a"))], [step("d")])],
        [parallel("p", [step("a")], [step("d")]), reading(told("a"))],
        [
            branch("f", (age("above", 1), [step("a")]), otherwise=[]),
            reading(told("a")),
        ],
    ],
)
def test_a_fact_may_be_read_where_its_step_can_be_over(body: list[Json]) -> None:
    assert found(*body) == []


def test_a_round_cannot_read_what_comes_later_in_it() -> None:
    late = repeat("r", [reading(told("a")), step("a")], told("a"), 3, [])
    assert [fault.code for fault in found(late)] == ["flow.read_too_early"]


def test_a_case_cannot_read_its_siblings_steps() -> None:
    every = found(branch("f", (age("above", 1), [step("a")]), otherwise=[reading(told("a"))]))
    assert [fault.code for fault in every] == ["flow.read_too_early"]


def test_a_match_is_a_read_too() -> None:
    assert [fault.code for fault in found(step("l", match="a.grade"), step("a"))] == ["flow.read_too_early"]
    assert found(step("a"), step("l", match="a.grade")) == []


@pytest.mark.parametrize(
    ("lane", "leaves"),
    [
        ([step("a"), leave("x")], False),
        ([branch("b", (told("z"), [leave("x")]), otherwise=[])], True),
        ([branch("b", (told("z"), [step("a")]), otherwise=[step("c")]), leave("x")], False),
        ([branch("b", (told("z"), [step("a")]), otherwise=[]), leave("x")], True),
        ([scope("c", [leave("x", "c")]), step("a")], False),
        ([scope("c", [leave("x", "c")]), leave("y")], True),
        ([parallel("q", [step("a")], []), leave("x")], False),
        ([parallel("q", [step("a")], [], need=1), leave("x")], True),
    ],
)
def test_leaving_at_once_is_seen_through_blocks(lane: list[Json], leaves: bool) -> None:
    every = found(step("z"), parallel("p", lane, [step("w")]))
    assert ("p_l0" in [fault.keys[0] for fault in every if fault.code == "flow.leave_at_once"]) is leaves


def test_an_owned_step_or_a_deadline_round_it_may_wait() -> None:
    assert found(step("d", "desk@1")) == []
    assert found(scope("c", [step("e", "endless@1")], after(90))) == []
    assert found(step("e", "endless@1"), interrupts=[after(90)]) == []


def test_a_refund_of_a_payment_is_sound() -> None:
    assert found(pay("m", "s"), serve("s"), step("r", "refund@1", settings={"of": ["m"]})) == []


class Settings(BaseModel):
    page: str = Field(min_length=1, title="哪一页")
    for_: list[str] = Field([], alias="for", title="为哪几步")


def test_the_types_own_schema_judges_the_settings() -> None:
    flow = tree(step("a", settings={"page": ""}), step("b", settings={"page": "x", "for": 3}), step("c", settings={"page": "x"}))
    every = faults(flow, TYPES, VOCABULARY, {"task@1": Settings})
    assert [(fault.code, fault.keys, fault.text) for fault in every] == [
        ("flow.setting_invalid", ("a",), '「步骤a」的设置"哪一页"没有填写或不正确。'),
        ("flow.setting_invalid", ("b",), '「步骤b」的设置"为哪几步"没有填写或不正确。'),
    ]


def test_without_a_vocabulary_start_facts_are_missing_not_assumed() -> None:
    assert [fault.code for fault in faults(tree(reading(age("above", 1))), TYPES)] == ["flow.fact_missing"]


def test_the_facts_of_the_steps_may_be_in_the_vocabulary_already() -> None:
    from flows.schema import vocabulary_of

    flow = tree(step("a"), reading(told("a")))
    assert faults(flow, TYPES, VOCABULARY | vocabulary_of(flow, TYPES)) == []


def test_faults_come_in_the_order_drawn() -> None:
    every = found(branch("b"), step("a", carry_on=False), pay("m"))
    assert [fault.keys[0] for fault in every] == ["b", "a", "m"]


def test_random_drafts_never_break_the_proof() -> None:
    for seed in range(300):
        every: list[Any] = faults(Gardener(random.Random(seed)).grow(), CONTRACTS, VOCABULARY)
        assert all(fault.text and fault.keys for fault in every)
