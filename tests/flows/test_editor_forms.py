"""The drawer's forms follow from the nodes' settings; trees from outside are read or refused in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from wagtail.admin.telepath import JSContext

from flows import patterns
from flows.editor import forms, sources
from flows.editor.field import TreeField, drawn
from flows.editor.outline import outline
from flows.nodes import PALETTE
from flows.reading import TreeUnreadable, tree_of
from flows.vocabulary import START

PAY = {"kind": "step", "key": "pay", "title": "缴费", "type": "payment@1"}


def told(problem: TreeUnreadable) -> str:
    return str(problem.as_problem()["title"])


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(PALETTE))
def test_every_node_has_a_form_with_at_most_four_fields_first(name: str) -> None:
    node = PALETTE[name]
    block = forms.block_of(node)
    first = [one for one in block.meta.form_layout.children if isinstance(one, str)]
    assert 1 <= len(first) <= forms.FIRST
    assert set(block.child_blocks) == {forms.alias(key, field) for key, field in node.settings.model_fields.items()}
    assert all(child.label and not child.label.isascii() for child in block.child_blocks.values())
    assert json.dumps(JSContext().pack(block))


def test_limits_and_kinds_come_from_the_settings() -> None:
    block = forms.block_of(PALETTE["payment@1"])
    assert list(block.child_blocks) == ["for", "amount_of", "desk", "now_text", "place", "done_text", "elder_text"]
    assert block.child_blocks["desk"].field.max_length == 40
    assert (block.child_blocks["for"].field.widget.wants, block.child_blocks["for"].field.widget.many) == ("delivers", True)
    assert forms.shapes(PALETTE["checkin@1"])["by_position"] == "bool"
    assert forms.shapes(PALETTE["payment@1"])["place"] == {"building": "text", "floor": "text", "room": "text", "hint": "text"}


def test_guide_pages_are_chosen_from_what_the_room_above_offers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_offers", {})
    assert forms.shapes(PALETTE["guide@1"])["page"] == "text"
    sources.offer(sources.GUIDE_PAGES, lambda: [("", "请选一页"), ("medicine", "取药须知")])
    assert forms.shapes(PALETTE["guide@1"])["page"] == "choice"
    choices = forms.block_of(PALETTE["guide@1"]).child_blocks["page"].field.choices
    assert ("medicine", "取药须知") in list(choices)


def test_settings_that_the_schema_refuses_are_told_at_their_field() -> None:
    assert forms.messages(PALETTE["message@1"], {"subject": "长" * 31}) == {"subject": ["最多 30 个字"]}
    assert forms.messages(PALETTE["message@1"], {"subject": "好"}) == {}


def test_the_outline_says_the_whole_flow_in_words() -> None:
    lines = outline(tree_of(patterns.outpatient()), START)
    assert [line.title for line in lines] == ["看医生"]
    ways = {words for line in lines for words, _ in line.ways}
    assert ways == {"", "患者取消就诊", "预约已退"}
    inside = dict(lines[0].ways)[""]
    assert [line.title for line in inside] == ["报到", "排队", "就诊", "缴费取药"]
    assert [words for words, _ in inside[0].ways] == ["迟到时", "没有报到时", "离得太远时"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ([], "不是一个流程"),
        ({"schema": 1, "code": "a"}, "缺少这一项"),
        ({"schema": 2, "code": "a", "body": []}, "不是可选的值"),
        ({"schema": 1, "code": "坏", "body": []}, "只能用小写字母开头"),
        ({"schema": 1, "code": "a", "body": [{"kind": "teleport", "key": "x"}]}, "没有这种步骤"),
        ({"schema": 1, "code": "a", "body": [{**PAY, "evil": 1}]}, "「缴费」的evil 有不认识的内容"),
        ({"schema": 1, "code": "a", "body": [{**PAY, "key": "X"}]}, "「缴费」的key "),
    ],
)  # fmt: skip
def test_what_is_no_flow_is_refused_in_words(raw: Any, words: str) -> None:
    with pytest.raises(TreeUnreadable) as refused:
        tree_of(raw)
    assert words in told(refused.value)


def test_a_tree_two_hundred_deep_and_one_of_ten_thousand_blocks_are_refused() -> None:
    deep: dict[str, Any] = {"kind": "step", "key": "x", "type": "guide@1"}
    for n in range(200):
        deep = {"kind": "scope", "key": f"s{n}", "body": [deep]}
    with pytest.raises(TreeUnreadable) as refused:
        tree_of({"schema": 1, "code": "a", "body": [deep]})
    assert "嵌套超过" in told(refused.value)
    many = [{"kind": "step", "key": f"k{n}", "type": "guide@1"} for n in range(10_000)]
    with pytest.raises(TreeUnreadable) as refused:
        tree_of({"schema": 1, "code": "a", "body": many})
    assert "超过 1000 个节点" in told(refused.value)


def test_the_field_keeps_drafts_that_are_incomplete() -> None:
    draft = {"schema": 1, "code": "x", "title": "", "body": [{"kind": "branch", "key": "b", "cases": [], "title": ""}]}
    clean = TreeField().clean(json.dumps(draft))
    assert clean["body"] == [{"kind": "branch", "key": "b", "title": "", "cases": [], "otherwise": None}]
    assert drawn("{") == ()
