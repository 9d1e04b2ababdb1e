"""Conditions: three values of truth, one Chinese sentence, and what the check refuses."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from core.conditions import KINDS, OPERATORS, Condition, Fact, FactType, check, compares, evaluate, sentence

ADAPTER: TypeAdapter[Any] = TypeAdapter(Condition)


def parse(data: dict) -> Any:
    return ADAPTER.validate_python(data)


def fact(name: str, title: str, kind: str, **more: Any) -> Fact:
    return Fact(name=name, title=title, type=FactType(kind=kind, **more))


VOCABULARY = {
    each.name: each
    for each in (
        fact("patient.age", "年龄", "int", low=0, high=150),
        fact("patient.minutes", "等候", "duration"),
        fact("visit.insured", "是否参保", "bool"),
        fact("bill.due_fen", "应缴金额", "money"),
        fact("clinic.opens", "开诊", "time"),
        fact("appointment.days_ahead", "提前", "date"),
        fact("pay.outcome", "挂号缴费的结果", "enum", options={"paid": "已支付", "nothing_due": "无需支付", "expired": "已过期"}),
        fact("waiting.times", "过号次数", "count", unit="次", low=0, high=9),
    )
}


def compare(name: str, op: str, value: Any = None) -> dict:
    return {"fact": name, "op": op} | ({} if value is None else {"value": value})


# Evaluation


@pytest.mark.parametrize(
    ("op", "value", "constant", "truth"),
    [
        ("is", 3, 3, True), ("is", 3, 4, False), ("is_not", 3, 4, True), ("is_not", 3, 3, False),
        ("in", "paid", ["paid", "expired"], True), ("in", "failed", ["paid"], False),
        ("not_in", "failed", ["paid"], True), ("not_in", "paid", ["paid"], False),
        ("below", 2, 3, True), ("below", 3, 3, False), ("at_most", 3, 3, True), ("at_most", 4, 3, False),
        ("above", 4, 3, True), ("above", 3, 3, False), ("at_least", 3, 3, True), ("at_least", 2, 3, False),
        ("between", 3, [3, 5], True), ("between", 5, [3, 5], True), ("between", 6, [3, 5], False), ("between", 2, [3, 5], False),
        ("known", 0, None, True), ("unknown", 0, None, False), ("is", True, True, True), ("is", False, True, False),
    ],
)  # fmt: skip
def test_every_operator(op: str, value: Any, constant: Any, truth: bool) -> None:
    assert evaluate(parse(compare("a.b", op, constant)), {"a.b": value}) is truth


def test_the_list_above_names_every_operator() -> None:
    assert set(OPERATORS) == {"is", "is_not", "in", "not_in", "below", "at_most", "above", "at_least", "between", "known", "unknown"}


def test_an_unknown_fact_is_unknown_to_all_but_known_and_unknown() -> None:
    for name, row in OPERATORS.items():
        constant = {"none": None, "one": 1, "many": ["x"], "pair": [1, 2]}[row.takes]
        verdict = evaluate(parse(compare("a.b", name, constant)), {})
        assert verdict is {"known": False, "unknown": True}.get(name)


TRUTHS = {True: compare("t.t", "is", True), False: compare("t.t", "is", False), None: compare("u.u", "is", True)}


@pytest.mark.parametrize(("left", "right"), list(product(TRUTHS, TRUTHS)))
def test_groups_are_kleenes(left: bool | None, right: bool | None) -> None:
    facts = {"t.t": True}
    both = evaluate(parse({"all": [TRUTHS[left], TRUTHS[right]]}), facts)
    either = evaluate(parse({"any": [TRUTHS[left], TRUTHS[right]]}), facts)
    assert both is (False if False in (left, right) else None if None in (left, right) else True)
    assert either is (True if True in (left, right) else None if None in (left, right) else False)
    assert evaluate(parse({"not": TRUTHS[left]}), facts) is (None if left is None else not left)


def test_true_is_not_one() -> None:
    assert evaluate(parse(compare("a.b", "is", 1)), {"a.b": True}) is False


@pytest.mark.parametrize(("op", "constant"), [("below", "x"), ("between", [1]), ("between", None), ("in", 3), ("teleport", 1)])
def test_what_cannot_be_compared_is_unknown_not_an_error(op: str, constant: Any) -> None:
    assert evaluate(parse(compare("a.b", op, constant)), {"a.b": 3}) is None


def conditions() -> st.SearchStrategy[dict]:
    leaf = st.sampled_from(
        [compare("a.a", "is", 1), compare("b.b", "at_least", 2), compare("c.c", "known"), compare("c.c", "between", [1, 3])]
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(lambda members: {"all": members}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda members: {"any": members}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda member: {"not": member}, inner),
        ),
        max_leaves=8,
    )


FACTS = st.dictionaries(st.sampled_from(["a.a", "b.b", "c.c"]), st.integers(0, 4))


@given(conditions(), FACTS, FACTS)
def test_learning_more_never_takes_a_verdict_back_unless_it_asked_what_is_known(condition: dict, facts: dict, more: dict) -> None:
    parsed = parse(condition)
    verdict = evaluate(parsed, facts)
    if verdict is not None and all(each.op != "known" for each in compares(parsed)):
        assert evaluate(parsed, more | facts) is verdict


@given(conditions())
def test_a_condition_survives_json(condition: dict) -> None:
    parsed = parse(condition)
    assert ADAPTER.validate_json(ADAPTER.dump_json(parsed, by_alias=True)) == parsed


def test_compares_go_from_left_to_right() -> None:
    condition = parse({"all": [compare("a.a", "known"), {"not": {"any": [compare("b.b", "known"), compare("c.c", "known")]}}]})
    assert [each.fact for each in compares(condition)] == ["a.a", "b.b", "c.c"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"fact": "a.b"},
        {"all": {}},
        {"fact": "a.b", "op": "is", "value": 1.5},
        {"all": [], "any": []},
        {"fact": "a", "op": "is", "x": 1},
    ],
)
def test_other_shapes_are_no_conditions(data: dict) -> None:
    with pytest.raises(ValidationError):
        parse(data)


# The sentence


AGE, INSURED = compare("patient.age", "at_least", 65), compare("visit.insured", "is", True)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            {"all": [AGE, {"any": [INSURED, compare("pay.outcome", "in", ["paid", "nothing_due"])]}]},
            "「年龄」不少于 65 并且 (「是否参保」是 是 或者 「挂号缴费的结果」是以下之一：已支付、无需支付)",
        ),
        (AGE, "「年龄」不少于 65"),
        ({"not": AGE}, "「年龄」小于 65"),
        ({"not": INSURED}, "「是否参保」是 否"),
        ({"not": {"not": AGE}}, "「年龄」不少于 65"),
        ({"not": compare("pay.outcome", "in", ["paid"])}, "「挂号缴费的结果」不是以下任何一个：已支付"),
        ({"not": compare("pay.outcome", "known")}, "「挂号缴费的结果」还没有结果"),
        (compare("pay.outcome", "is_not", "expired"), "「挂号缴费的结果」不是 已过期"),
        (compare("patient.age", "between", [3, 9]), "「年龄」介于 3 与 9 之间(含两端)"),
        ({"not": compare("patient.age", "between", [3, 9])}, "不符合 「年龄」介于 3 与 9 之间(含两端)"),
        ({"not": {"all": [AGE, INSURED]}}, "不符合 (「年龄」不少于 65 并且 「是否参保」是 是)"),
        ({"any": [AGE, {"not": {"all": [AGE, INSURED]}}]}, "「年龄」不少于 65 或者 (不符合 (「年龄」不少于 65 并且 「是否参保」是 是))"),
        ({"all": [AGE, {"any": [INSURED]}]}, "「年龄」不少于 65 并且 「是否参保」是 是"),
        (compare("bill.due_fen", "above", 1_250), "「应缴金额」大于 12.50 元"),
        (compare("patient.minutes", "at_most", 90), "「等候」不超过 90 分钟"),
        (compare("appointment.days_ahead", "is", -1), "「提前」是 就诊前 1 天"),
        (compare("clinic.opens", "below", 870), "「开诊」小于 14:30"),
        (compare("waiting.times", "is", 3), "「过号次数」是 3 次"),
        (compare("nobody.knows", "is", 1), "「nobody.knows」是 1"),
    ],
)
def test_a_condition_reads_as_one_sentence(condition: dict, words: str) -> None:
    assert sentence(parse(condition), VOCABULARY) == words


@given(conditions(), FACTS)
def test_the_opposite_operator_means_what_not_means(condition: dict, facts: dict) -> None:
    for each in compares(parse(condition)):
        opposite = OPERATORS[each.op].opposite
        if opposite:
            turned = evaluate(each.model_copy(update={"op": opposite}), facts)
            plain = evaluate(each, facts)
            assert turned is (None if plain is None else not plain)


def test_opposites_are_mutual() -> None:
    for name, row in OPERATORS.items():
        assert not row.opposite or OPERATORS[row.opposite].opposite == name
        assert row.kinds <= KINDS


# The check: S8, F1 to F5


@pytest.mark.parametrize(
    ("condition", "code", "text"),
    [
        ({"all": []}, "flow.group_empty", "「分流」里有一个空的条件组。"),
        ({"any": [AGE, {"not": {"any": []}}]}, "flow.group_empty", "「分流」里有一个空的条件组。"),
        (compare("nope.x", "is", 1), "flow.fact_missing", '「分流」用到的"nope.x"不存在。'),
        (compare("patient.age", "in", ["a"]), "flow.operator_mismatch", '"年龄"不能用"是以下之一"比较。'),
        (compare("visit.insured", "is_not", True), "flow.operator_mismatch", '"是否参保"不能用"不是"比较。'),
        (compare("pay.outcome", "below", 3), "flow.operator_mismatch", '"挂号缴费的结果"不能用"小于"比较。'),
        (compare("patient.age", "resembles", 3), "flow.operator_mismatch", '"年龄"不能用"resembles"比较。'),
        (compare("patient.age", "known", 3), "flow.operator_mismatch", '"已有结果"后面不需要填写内容。'),
        (compare("pay.outcome", "is", "paidd"), "flow.value_unknown", '"paidd"不是"挂号缴费的结果"的可选值。'),
        (compare("pay.outcome", "in", []), "flow.value_unknown", '"(未填写)"不是"挂号缴费的结果"的可选值。'),
        (compare("pay.outcome", "is"), "flow.value_unknown", '"(未填写)"不是"挂号缴费的结果"的可选值。'),
        (compare("pay.outcome", "is", ["paid"]), "flow.value_unknown", '"(未填写)"不是"挂号缴费的结果"的可选值。'),
        (compare("patient.age", "between", [3]), "flow.value_unknown", '"(未填写)"不是"年龄"的可选值。'),
        (compare("visit.insured", "is", 1), "flow.value_unknown", '"1"不是"是否参保"的可选值。'),
        (compare("patient.age", "is", True), "flow.value_unknown", '"是"不是"年龄"的可选值。'),
        (compare("patient.age", "at_least", 500), "flow.value_out_of_range", '"年龄"只能在 0 到 150 之间，500 超出范围。'),
        (
            compare("bill.due_fen", "above", -1),
            "flow.value_out_of_range",
            '"应缴金额"只能在 0.00 元 到 1,000,000.00 元 之间，-0.01 元 超出范围。',
        ),
        (compare("clinic.opens", "is", 1_440), "flow.value_out_of_range", '"开诊"只能在 00:00 到 23:59 之间，24:00 超出范围。'),
        (compare("patient.age", "between", [9, 3]), "flow.range_reversed", "区间写反了：9 大于 3。"),
        ({"all": [AGE] * 13}, "flow.too_large", "「分流」的条件超过 12 个比较，请拆分或简化。"),
    ],
)
def test_the_check_refuses(condition: dict, code: str, text: str) -> None:
    found = check(parse(condition), VOCABULARY, "分流")
    assert [(finding.code, finding.text) for finding in found] == [(code, text)]


def test_the_check_has_nothing_to_say_about_a_sound_condition() -> None:
    sound = {"all": [AGE, {"not": INSURED}, compare("patient.age", "between", [0, 150]), compare("pay.outcome", "not_in", ["paid"])]}
    assert check(parse(sound), VOCABULARY, "分流") == []
