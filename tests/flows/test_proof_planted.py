"""Faults planted one by one in sound flows: each is found, named by its code at its card, and the sound flows have none."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted import BROKEN, SOUND, edited, judged, read

from flows.proof import Fault
from flows.schema import Tree

WALKED = {
    "flow.unknown_read", "flow.branch_gap", "flow.branch_overlap", "money.unaccounted", "money.service_unpaid", "money.refund_of_nothing",
    "money.paid_twice", "money.amount_source", "money.reserved_unused",
}  # fmt: skip
WARNED = {
    "flow.interrupt_shadowed", "flow.deadline_shadowed", "flow.title_missing", "flow.stale_contract", "flow.branch_overlap",
    "flow.case_dead", "flow.repeat_once", "flow.interrupt_never", "flow.same_twice", "money.service_unpaid", "money.refund_of_nothing",
    "money.race_keep", "care.role_empty", "care.page_unpublished", "care.text_missing", "care.cancel_unheard",
}  # fmt: skip


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_a_sound_flow_has_no_fault(path: Path) -> None:
    assert judged(path) == []


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_the_planted_fault_is_found_at_its_card(path: Path) -> None:
    file = read(path)
    found = judged(path)
    hits = [fault for fault in found if (fault.code, fault.keys[0]) == (file["expected"], file["at"])]
    assert hits, found
    assert {fault.code for fault in found} == {file["expected"], *file.get("also", [])}
    assert all(fault.severity == ("W" if fault.code in WARNED else "E") for fault in found)
    assert all(bool(fault.walk) == (fault.code in WALKED) for fault in hits)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_it_is_one_edit_away_from_a_sound_flow(path: Path) -> None:
    file = read(path)
    sound = read(path.parent.parent / "sound" / file["sound"])
    assert Tree.model_validate(edited(sound["tree"], file["edit"])) == Tree.model_validate(file["tree"])
    assert file.get("references") == sound.get("references")


def test_there_are_at_least_forty_and_nearly_every_row_has_one() -> None:
    assert len(BROKEN) >= 40
    assert len({read(path)["expected"] for path in BROKEN}) >= 60


def test_a_walk_reads_in_titles_and_outcomes() -> None:
    [found] = [fault for fault in judged(BROKEN[0].parent / "money_unaccounted_when_cancelled.json") if fault.severity == "E"]
    assert found.text == (
        "可能收了钱却既没有服务也没有退款：年龄未知、就诊类型 初诊 → 「报到」已报到 → 「候诊」已叫号 → 「就诊」已就诊 → 「楼层图」已发出 → "
        "「就诊须知」已看 → 「第一页」已看 → 「算费用」有费用 → 「缴费」已缴费 → 患者取消 → 「已取消」已发出 → 结束。"
        "请在「结束」之前退款或交给专人。"
    )
    assert [turn.type for turn in found.walk][-1] == "ended"


def test_a_fault_is_the_same_each_time() -> None:
    path = next(path for path in BROKEN if path.stem == "money_paid_twice")
    first, second = judged(path), judged(path)
    assert first == second
    assert all(isinstance(fault, Fault) for fault in first)
