"""Replay: past visits through a draft. Each planted change is found at its step, and nothing else is."""

from __future__ import annotations

import pytest
from recorded import Json, around, block, insert_before, invented, outpatient, program, recorded, rehearse

from flows.kernel import Event, State, advance
from flows.nodes import CONTRACTS
from flows.program import flatten
from flows.rehearsal.lockstep import Lockstep
from flows.rehearsal.progress import Cancelled
from flows.rehearsal.replay import Subject, replay, walk
from flows.schema import Contract, Tree


@pytest.fixture(scope="module")
def journals() -> dict[int, list]:
    return invented(outpatient())


def told(report: Json, verdict: str) -> dict[tuple[str, str], int]:
    return {(one["key"], one["reason"]): one["visits"] for one in report["groups"] if one["verdict"] == verdict}


def ran_through(journals: dict[int, list], key: str) -> int:
    """Visits that entered a step."""
    return sum(
        any((event.ref or "").startswith(f"{key}#") and event.type != "undone" for _, event in events) for events in journals.values()
    )


def test_its_own_version_gives_the_same_states(journals: dict[int, list]) -> None:
    own = program(outpatient())
    lockstep = Lockstep({"v1": own}, own, CONTRACTS)
    for visit, (_, events) in zip(recorded(journals)(lockstep), sorted(journals.items()), strict=True):
        state = State.new()
        for _, event in events:
            state = advance(own, state, event).state
        node = walk(lockstep, visit.events)
        for one in (node.past, node.draft):
            assert (one.status, one.live, one.done, one.count) == (state.status, state.live, state.done, state.count)


def test_nothing_changed_nothing_differs(journals: dict[int, list]) -> None:
    report = rehearse(outpatient(), outpatient(), journals)
    assert (report["visits"], report["same"], report["groups"]) == (200, 200, [])
    assert report["conclusions"] == ["200 次和过去一样（100.0%）。", "没有一次和过去不一样。", "没有一次是不知道的。"]
    assert all(row["draft"] == row["past"] for row in report["steps"])


def test_alike_visits_are_worked_out_once(journals: dict[int, list]) -> None:
    own = program(outpatient())
    lockstep = Lockstep({"v1": own}, own, CONTRACTS)
    events = 0
    for visit in recorded(journals)(lockstep):
        events += len(visit.events)
        walk(lockstep, visit.events)
    assert lockstep.advances < events


def test_a_message_more_is_a_difference_at_that_message(journals: dict[int, list]) -> None:
    draft = insert_before(outpatient(), "consult", {"kind": "step", "key": "told_new", "title": "请准备好病历", "type": "message@1"})
    report = rehearse(outpatient(), draft, journals)
    assert told(report, "differs") == {("told_new", "extra"): ran_through(journals, "consult")}
    assert report["assumed"] == ["请准备好病历"]
    assert report["unknown"] == report["stuck"] == 0
    assert next(one for one in report["groups"])["sentence"] == "草稿里多走了「请准备好病历」。"


def test_a_step_nobody_was_asked_is_unknown_from_there(journals: dict[int, list]) -> None:
    pay = {"kind": "step", "key": "bill_first", "title": "挂号费", "type": "bill@1", "settings": {}, "ports": {"none": []}}
    report = rehearse(outpatient(), insert_before(outpatient(), "consult", pay), journals)
    assert told(report, "unknown") == {("bill_first", "waiting"): ran_through(journals, "consult")}
    assert report["differs"] == report["stuck"] == 0


def test_a_step_taken_out_is_missing(journals: dict[int, list]) -> None:
    draft = outpatient()
    sequence, place = around(draft, "medicine_guide")
    del sequence[place]
    report = rehearse(outpatient(), draft, journals)
    assert set(told(report, "differs")) == {("medicine_guide", "missing")}
    assert told(report, "differs")["medicine_guide", "missing"] == ran_through(journals, "medicine_guide")
    assert report["unknown"] == report["stuck"] == 0


def test_an_outcome_without_a_way_is_stuck_there(journals: dict[int, list]) -> None:
    draft = outpatient()
    del block(draft, "arrive")["ports"]["late"]
    report = rehearse(outpatient(), draft, journals)
    late = sum(any(event.outcome == "late" for _, event in events) for events in journals.values())
    assert late > 0
    assert told(report, "stuck") == {("arrive", "unserved"): late}
    assert report["groups"][0]["sentence"] == "停在「报到」：草稿没有说“迟到”之后怎么办。"
    assert report["same"] == 200 - late


def test_a_fact_nobody_recorded_is_unknown_from_there(journals: dict[int, list]) -> None:
    asked = {"kind": "branch", "key": "by_age", "title": "按年龄", "otherwise": [], "cases": [
        {"key": "old", "title": "老人", "when": {"fact": "patient.age", "op": "at_least", "value": 65}, "body": []}]}  # fmt: skip
    without = {
        number: [(second, event if event.type != "start" else replaced(event)) for second, event in events]
        for number, events in journals.items()
    }
    report = rehearse(outpatient(), insert_before(outpatient(), "consult", asked), without)
    assert told(report, "unknown") == {("by_age", "fact"): ran_through(journals, "consult")}
    assert report["groups"][0]["sentence"] == "从「by_age」起不知道会怎样：要看的“年龄”，过去没有记录。"


def replaced(event: object) -> object:
    from dataclasses import replace

    return replace(event, facts={name: value for name, value in event.facts.items() if name != "patient.age"})  # type: ignore[attr-defined, type-var]


def test_another_way_taken_is_a_difference_at_the_first_step_of_it(journals: dict[int, list]) -> None:
    """Who was called before is sent to read a page first when she is old: everybody else goes as before."""
    page = {"kind": "step", "key": "page", "title": "陪诊须知", "type": "guide@1"}
    asked = {"kind": "branch", "key": "by_age", "title": "按年龄", "otherwise": [], "cases": [
        {"key": "old", "title": "老人", "when": {"fact": "patient.age", "op": "at_least", "value": 65}, "body": [page]}]}  # fmt: skip
    report = rehearse(outpatient(), insert_before(outpatient(), "consult", asked), journals)
    old = {number for number, events in journals.items() if events[0][1].facts["patient.age"] >= 65}
    expected = ran_through({number: events for number, events in journals.items() if number in old}, "consult")
    assert told(report, "differs") == {("page", "extra"): expected}
    assert report["same"] == 200 - expected


def test_a_longer_limit_leaves_open_what_it_ended(journals: dict[int, list]) -> None:
    """Check-in ended by its limit for some; in the draft they still wait when the day ends, and nobody knows who would have come."""
    draft = outpatient()
    block(draft, "arrive")["timeout"] = {"after": 10_000}
    report = rehearse(outpatient(), draft, journals)
    by_limit = [
        events
        for events in journals.values()
        if any(event.type == "timer" and (event.ref or "").startswith("arrive#") for _, event in events)
    ]
    assert by_limit
    assert told(report, "unknown") == {("arrive", "waiting"): len(by_limit)}
    assert report["same"] == 200 - len(by_limit)


def test_a_limit_taken_away_leaves_stuck_whom_it_moved_on() -> None:
    """The past went on when its limit came; the draft's step has none and hears nothing else."""
    past, draft = outpatient(), outpatient()
    for tree, key in ((past, "pause"), (draft, "pause")):
        insert_before(tree, "arrive", {"kind": "step", "key": key, "title": "稍等", "type": "pause@1"})
    contract = {
        "name": "pause@1",
        "title": "稍等",
        "actor": "staff",
        "main": "over",
        "outcomes": [{"key": "over", "title": "到时间"}, {"key": "no", "title": "没有"}],
    }
    limited, open_ = Contract.model_validate({**contract, "late": "over", "after": 5}), Contract.model_validate(contract)
    before = flatten(Tree.model_validate(past), {**CONTRACTS, "pause@1": limited})
    after = flatten(Tree.model_validate(draft), {**CONTRACTS, "pause@1": open_})
    events = [
        (0, Event("", "house", "start")),
        (300, Event("", "timer", "timer", ref="pause#1")),
        (400, Event("", "house", "visit.day_over")),
    ]
    report = replay(Subject(after, {"v1": before}, {**CONTRACTS, "pause@1": open_}), recorded({0: events}))
    assert told(report, "stuck") == {("pause", "no_limit"): 1}
    assert report["groups"][0]["sentence"] == "停在「稍等」：过去是到了时限才往下走的，草稿没有写最多等多久。"


def test_what_staff_did_and_the_draft_forbids_is_stuck() -> None:
    past = outpatient()
    block(past, "arrive")["skippable"] = True
    seen = [("start", ""), ("staff.skip", "arrive#1"), ("queue.called", "wait#1"), ("visit.cancelled", "")]
    visit = [
        (60 * at, Event("", "x", kind, ref=ref or None, outcome="called" if ref == "wait#1" else None))
        for at, (kind, ref) in enumerate(seen)
    ]
    report = rehearse(past, outpatient(), {0: visit})
    assert [one["sentence"] for one in report["groups"]] == ["停在「报到」：过去由工作人员免除，草稿不允许。"]


def test_what_can_end_in_one_way_only_holds_nobody_up() -> None:
    """Staff skipped a page that the draft does not let them skip: it will be read, or its limit comes."""
    past = outpatient()
    block(past, "medicine_guide")["skippable"] = True
    told_events = [
        ("start", "", ""),
        ("checkin.recorded", "arrive#1", "arrived"),
        ("queue.called", "wait#1", "called"),
        ("visit.seen", "consult#1", "seen"),
        ("bill.issued", "bill#1", "issued"),
        ("order.settled", "pay#1", "paid"),
        ("staff.skip", "medicine_guide#1", ""),
        ("drug.dispensed", "pharmacy#1", "dispensed"),
    ]
    visit = [(60 * at, Event("", "x", kind, ref=ref or None, outcome=out or None)) for at, (kind, ref, out) in enumerate(told_events)]
    report = rehearse(past, outpatient(), {0: visit})
    assert [one["sentence"] for one in report["groups"]] == ["「取药须知」的结果不同：过去是“已免除”，草稿里是“已看”。"]


def test_a_shorter_limit_strikes_between_recorded_events_and_the_call_finds_the_next_round() -> None:
    """Called after ten minutes; the draft passes after eight and waits again: the call that came is for whoever waits then."""
    told = [
        (0, "start", "", "", {"visit.kind": "first"}),
        (60, "checkin.recorded", "arrive#1", "arrived", {}),
        (660, "queue.called", "wait#1", "called", {}),
        (1_200, "visit.seen", "consult#1", "seen", {}),
        (1_260, "bill.none", "bill#1", "none", {}),
    ]
    visit = [(at, Event("", "care", kind, ref=ref or None, outcome=outcome or None, facts=facts)) for at, kind, ref, outcome, facts in told]
    draft = outpatient()
    block(draft, "wait")["timeout"] = {"after": 8}
    report = rehearse(outpatient(), draft, {0: visit})
    assert [one["sentence"] for one in report["groups"]] == ["「候诊」的结果不同：过去是“已叫号”，草稿里是“已过号”。"]
    assert {row["key"]: row["draft"] for row in report["steps"]}["consult"] == 1


def test_a_shorter_limit_at_a_partner_is_unknown_from_there() -> None:
    seen = invented(outpatient(), steps={"pay": {"minutes": [12.0, 12.0]}})
    draft = outpatient()
    block(draft, "pay")["timeout"] = {"after": 10}
    report = rehearse(outpatient(), draft, seen)
    assert told(report, "unknown") == {("pay", "shorter"): ran_through(seen, "pay")}


def test_a_step_under_another_key_hears_what_his_told_its_kind(journals: dict[int, list]) -> None:
    """HIS knows check-in, not our name for it: the visit goes on, and the step itself is the difference."""
    draft = outpatient()
    block(draft, "consult")["key"] = "see_doctor"
    report = rehearse(outpatient(), draft, journals)
    assert told(report, "differs") == {("see_doctor", "extra"): ran_through(journals, "consult")}
    assert report["unknown"] == 0


def test_the_order_of_steps_is_seen(journals: dict[int, list]) -> None:
    draft = outpatient()
    sequence, place = around(draft, "pharmacy")
    sequence[place - 1], sequence[place] = sequence[place], sequence[place - 1]
    report = rehearse(outpatient(), draft, journals)
    assert {key for key, _ in told(report, "differs")} <= {"pharmacy", "medicine_guide"}
    assert report["differs"] > 0


def test_examples_are_few_and_named(journals: dict[int, list]) -> None:
    draft = insert_before(outpatient(), "consult", {"kind": "step", "key": "told_new", "title": "提示", "type": "message@1"})
    group = rehearse(outpatient(), draft, journals)["groups"][0]
    assert len(group["examples"]) == 20
    assert set(group["examples"]) <= {str(number) for number in journals}


def test_it_says_how_far_it_is_and_can_be_stopped() -> None:
    seen = invented(outpatient(), visits=600)
    steps: list[tuple[int, int]] = []

    def wanted(done: int, total: int) -> bool:
        steps.append((done, total))
        return done < 500

    with pytest.raises(Cancelled):
        rehearse(outpatient(), outpatient(), seen, total=600, progress=wanted)
    assert steps == [(250, 600), (500, 600)]


def test_no_visits_no_verdict() -> None:
    own = program(outpatient())
    report = replay(Subject(own, {}, CONTRACTS), lambda _lockstep: [])
    assert report["conclusions"] == ["选的日子里没有就诊记录，什么也说不了。"]
