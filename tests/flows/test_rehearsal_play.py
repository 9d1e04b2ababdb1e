"""Play: a draft walked by choosing what happens. Every choice offered is one the kernel takes. No database."""

from __future__ import annotations

from typing import Any

from recorded import block, insert_before, outpatient, program

from flows.kernel import advance
from flows.nodes import CONTRACTS
from flows.rehearsal.asking import titles
from flows.rehearsal.play import Stage
from flows.rehearsal.verdict import Names, outcomes
from flows.vocabulary import START


def stage(tree: Any = None) -> Stage:
    own = program(tree or outpatient())
    names = Names(titles(own, CONTRACTS), outcomes(own, CONTRACTS), {name: fact.title for name, fact in START.items()})
    return Stage(own, names, START, {"visit.cancelled": "患者取消就诊"})


def labels(on: Stage, walk: list[str]) -> list[str]:
    return [one.label for one in on.choices(on.play(walk).state)]


def test_a_visit_from_beginning_to_end() -> None:
    on = stage()
    walk = ["start", "arrive#1=arrived", "wait#1=called", "consult#1=seen", "bill#1=issued", "pay#1=paid", "medicine_guide#1=read",
            "pharmacy#1=dispensed", "told_done#1=sent"]  # fmt: skip
    played = on.play(walk)
    assert [one.name for one in played.taken] == walk
    assert (played.state.status, played.broken_at) == ("ended", "")
    assert on.choices(played.state) == []


def test_what_can_happen_is_said_in_words() -> None:
    assert labels(stage(), ["start"]) == [
        "「报到」已报到", "「报到」迟到", "「报到」没有报到", "「报到」离得太远", "「报到」480 分钟里没有动静",
        "「报到」出了问题，转给工作人员",
        "appointment.withdrawn", "患者取消就诊", "visit.day_over",
    ]  # fmt: skip


def test_every_choice_is_one_the_kernel_takes() -> None:
    on, seen, waiting = stage(), 0, [list[str]()]
    while waiting and seen < 400:
        walk = waiting.pop(0)
        state = on.play(walk).state
        for choice in on.choices(state):
            moved = advance(on.program, state, choice.event)
            assert moved.verdict == "applied", choice.name
            seen += 1
            if len(walk) < 6:
                waiting.append([*walk, choice.name])
    assert seen >= 400


def test_a_draft_that_asks_the_age_offers_patients_on_either_side() -> None:
    asked = {"kind": "branch", "key": "by_age", "title": "按年龄", "otherwise": [], "cases": [
        {"key": "old", "title": "老人", "when": {"fact": "patient.age", "op": "at_least", "value": 65}, "body": []}]}  # fmt: skip
    assert labels(stage(insert_before(outpatient(), "consult", asked)), []) == ["年龄：64 岁", "年龄：65 岁", "年龄：66 岁"]


def test_money_given_back_is_answered_by_the_partner() -> None:
    paid = ["start", "arrive#1=arrived", "wait#1=called", "consult#1=seen", "bill#1=issued", "pay#1=paid", "!visit.cancelled"]
    assert labels(stage(), paid)[:3] == ["「缴费」已退回", "「缴费」已撤回", "「缴费」由专人处理"]


def test_an_outcome_without_a_way_needs_a_person() -> None:
    draft = outpatient()
    del block(draft, "arrive")["ports"]["late"]
    assert any("没有写怎么办" in one for one in labels(stage(draft), ["start", "arrive#1=late"]))


def test_a_walk_stops_where_the_draft_no_longer_knows_it() -> None:
    played = stage().play(["start", "gone#1=done", "wait#1=called"])
    assert ([one.name for one in played.taken], played.broken_at) == (["start"], "gone#1=done")
