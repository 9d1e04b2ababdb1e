"""Each rule of the kernel (flow-language §5.2), by one small flow that shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from growing import CONTRACTS, Walk, after, branch, leave, on, parallel, pay, repeat, scope, serve, step, told, tree, words

from flows.kernel import Event, State, advance, flatten

# start, STEP, FINISH, END


def test_start_freezes_the_facts_and_opens_the_first_step() -> None:
    walk = Walk(step("a"), facts={"patient.age": 65, "visit.insured": None})
    assert walk.started.verdict == "applied"
    assert words(walk.started) == ["open a#1"]
    assert dict(walk.state.facts) == {"patient.age": 65}
    assert walk.send("start", facts={"patient.age": 7}).verdict == "late"
    assert dict(walk.state.facts) == {"patient.age": 65}


def test_an_empty_flow_ends_at_once() -> None:
    walk = Walk()
    assert words(walk.started) == ["ended $flow"]
    assert walk.state.status == "ended"


def test_a_step_is_armed_with_its_own_time_out_or_its_types() -> None:
    walk = Walk(step("a"), step("b", timeout={"after": 5}, reminders=[2, 3]))
    assert [(row.name, row.minutes) for row in walk.started.effects if row.kind == "arm"] == [("a#1", 30)]
    moved = walk.end("a#1", "ok")
    assert [(row.name, row.minutes) for row in moved.effects if row.kind == "arm"] == [("b#1", 5), ("b#1+2", 2), ("b#1+3", 3)]
    assert words(walk.end("b#1", "ok"), "disarm") == ["disarm b#1", "disarm b#1+2", "disarm b#1+3"]


def test_finish_tells_the_declared_facts_of_the_outcome_and_no_others() -> None:
    walk = Walk(step("a"), step("b"), step("c"))
    walk.end("a#1", "ok", facts={"grade": 4, "name": "x"})
    walk.end("b#1", "no", facts={"grade": 4})
    walk.end("c#1", "ok", facts={"grade": 12})
    assert dict(walk.state.facts) == {"a.outcome": "ok", "a.grade": 4, "b.outcome": "no", "c.outcome": "ok"}
    assert walk.state.status == "ended"


def test_a_port_is_walked_and_then_the_flow_goes_on_behind_the_step() -> None:
    walk = Walk(step("a", ports={"no": [step("b")]}), step("c"))
    walk.end("a#1", "no")
    assert walk.waiting == ["b#1"]
    walk.end("b#1", "ok")
    assert walk.waiting == ["c#1"]


def test_even_the_main_outcome_may_have_a_port() -> None:
    walk = Walk(step("a", ports={"ok": [step("b")]}), step("c"))
    assert words(walk.end("a#1", "ok")) == ["done a#1 ok", "open b#1"]


def test_a_step_without_time_out_has_no_timer() -> None:
    walk = Walk(step("a", "desk@1"), step("b", "desk@1"))
    assert words(walk.started, "arm", "disarm") == []
    assert walk.send("timer", "a#1").verdict == "late"
    assert words(walk.end("a#1", "done"), "arm", "disarm") == []


def test_an_outcome_the_type_does_not_have_changes_nothing() -> None:
    walk = Walk(step("a"))
    before = walk.state
    assert walk.end("a#1", "paid").verdict == "late"
    assert walk.state is before


# TIMER


def test_a_timer_ends_a_step_late() -> None:
    walk = Walk(step("a", ports={"no": [step("b")]}))
    assert words(walk.send("timer", "a#1")) == ["done a#1 no", "open b#1"]


def test_a_time_out_may_have_an_outcome_of_its_own() -> None:
    walk = Walk(step("a", timeout={"after": 5, "outcome": "ok"}))
    assert words(walk.send("timer", "a#1")) == ["done a#1 ok", "ended $flow"]


def test_a_timer_of_a_type_that_closes_only_asks_the_partner() -> None:
    walk = Walk(pay("p"), step("a"))
    assert words(walk.send("timer", "p#1")) == ["close p#1"]
    assert walk.waiting == ["p#1 expiring"]
    assert words(walk.end("p#1", "paid")) == ["done p#1 paid", "open a#1"]


def test_a_stale_timer_is_late() -> None:
    walk = Walk(repeat("r", [step("a")], told("a"), exhausted=[]))
    walk.end("a#1", "no")
    assert walk.send("timer", "a#1").verdict == "late"
    assert walk.waiting == ["a#2"]


def test_a_reminder_only_reminds() -> None:
    walk = Walk(step("a", reminders=[10]))
    before = walk.state
    assert words(walk.send("timer", "a#1+10")) == ["remind a#1"]
    assert walk.state == before


# TROUBLE, RETRY, the hands of staff


def test_trouble_calls_the_desk_and_retry_opens_the_same_instance() -> None:
    walk = Walk(pay("p"))
    assert words(walk.send("trouble", "p#1", reason="partner_unclear")) == ["trouble p#1 partner_unclear"]
    assert walk.waiting == ["p#1 trouble"]
    assert words(walk.send("staff.retry", "p#1", by="n1")) == ["open p#1"]
    assert walk.waiting == ["p#1"]


def test_the_partners_answer_still_ends_a_step_in_trouble() -> None:
    walk = Walk(pay("p"))
    walk.send("trouble", "p#1")
    assert words(walk.end("p#1", "paid")) == ["done p#1 paid", "ended $flow"]


def test_staff_finish_takes_only_declared_outcomes() -> None:
    walk = Walk(step("a", ports={"no": [step("b")]}))
    assert walk.send("staff.finish", "a#1", "anything", by="n1", reason="…").verdict == "late"
    assert words(walk.send("staff.finish", "a#1", "no", by="n1", reason="…")) == ["done a#1 no", "open b#1"]


def test_staff_skip_only_what_may_be_skipped_and_it_tells_nothing() -> None:
    walk = Walk(step("a"), step("b", skippable=True, ports={"no": [step("x")]}), step("c"))
    assert walk.send("staff.skip", "a#1").verdict == "late"
    walk.end("a#1", "ok")
    assert words(walk.send("staff.skip", "b#1")) == ["done b#1 skipped", "open c#1"]
    assert walk.state.facts["b.outcome"] == "skipped"


@pytest.mark.parametrize(
    "money", [pay("p", skippable=True), serve("p", skippable=True), step("p", "refund@1", settings={"of": ["x"]}, skippable=True)]
)
def test_what_takes_returns_or_delivers_is_never_skipped(money: dict) -> None:
    walk = Walk(money)
    assert walk.send("staff.skip", "p#1").verdict == "late"
    assert walk.waiting == ["p#1"]


def test_an_unserved_outcome_waits_for_a_person_who_chooses_a_port_or_what_is_next() -> None:
    walk = Walk(step("a", carry_on=False), step("b"))
    assert words(walk.end("a#1", "no")) == ["done a#1 no", "trouble a#1 no"]
    assert walk.waiting == ["a#1 unserved"]
    assert walk.end("a#1", "ok").verdict == "late"
    assert walk.send("timer", "a#1").verdict == "late"
    assert walk.send("staff.choose", "a#1", "nowhere").verdict == "late"
    assert words(walk.send("staff.choose", "a#1", "next")) == ["open b#1"]
    assert walk.send("staff.choose", "b#1", "next").verdict == "late"
    assert walk.waiting == ["b#1"]


# BRANCH, CHOOSE


def test_the_first_case_that_holds_is_taken() -> None:
    walk = Walk(step("a"), branch("b", (told("a", "no"), [step("x")]), (told("a"), [step("y")]), (told("a"), [step("z")])), step("c"))
    walk.end("a#1", "ok")
    assert walk.waiting == ["y#1"]
    walk.end("y#1", "ok")
    assert walk.waiting == ["c#1"]


def test_a_case_behind_a_true_one_is_not_asked() -> None:
    walk = Walk(branch("b", ({"fact": "visit.kind", "op": "unknown"}, [step("x")]), (told("never"), [step("y")])))
    assert walk.waiting == ["x#1"]


def test_an_unknown_case_calls_a_person_who_chooses() -> None:
    walk = Walk(branch("b", (told("later"), [step("x")]), otherwise=[step("y")]), step("later"))
    assert words(walk.started) == ["trouble b#1 unknown"]
    assert walk.waiting == ["b#1 trouble"]
    assert walk.send("staff.choose", "b#1", "nowhere").verdict == "late"
    assert words(walk.send("staff.choose", "b#1", "b_c0")) == ["open x#1"]


def test_a_gap_calls_a_person() -> None:
    walk = Walk(step("a"), branch("b", (told("a"), [step("x")])), step("c"))
    assert words(walk.end("a#1", "no")) == ["done a#1 no", "trouble b#1 gap"]
    assert walk.send("staff.choose", "b#1", "otherwise").verdict == "late"
    assert words(walk.send("staff.choose", "b#1", "b_c0")) == ["open x#1"]


# FORK, JOIN, races


def test_all_lanes_must_be_through() -> None:
    walk = Walk(parallel("p", [step("a")], [step("b"), step("c")], []), step("d"))
    assert walk.waiting == ["a#1", "b#1"]
    walk.end("a#1", "ok")
    walk.end("b#1", "ok")
    assert walk.waiting == ["c#1"]
    assert words(walk.end("c#1", "ok")) == ["done c#1 ok", "open d#1"]


def test_a_race_gives_up_the_losers() -> None:
    walk = Walk(parallel("p", [step("a")], [step("b")], [step("c")], need=2), step("d"))
    walk.end("c#1", "ok")
    assert words(walk.end("a#1", "ok")) == ["done a#1 ok", "cancel b#1", "open d#1"]
    assert words(walk.send("timer", "b#1")) == []


def test_an_instant_lane_wins_before_the_next_is_entered() -> None:
    walk = Walk(parallel("p", [step("a")], [], [step("b")], need=1), step("d"))
    assert words(walk.started) == ["open a#1", "cancel a#1", "open d#1"]


def test_a_lane_is_not_entered_when_an_earlier_one_left() -> None:
    leaving = branch("b", (told("s"), [leave("x", "c")]), otherwise=[])
    body = [scope("c", [parallel("p", [leaving], [step("a")])]), step("m")]
    walk = Walk(step("s"), repeat("r", body, told("m"), at_most=2, exhausted=[]))
    assert words(walk.end("s#1", "ok")) == ["done s#1 ok", "open m#1"]
    assert words(walk.end("m#1", "no")) == ["done m#1 no", "open m#2"]


def test_the_flow_waits_until_the_losers_are_closed_and_taken_back() -> None:
    walk = Walk(parallel("p", [step("a")], [step("k", "book@1"), pay("m")], need=1), step("d"))
    walk.end("k#1", "booked")
    assert words(walk.end("a#1", "ok")) == ["done a#1 ok", "close m#1"]
    assert words(walk.end("m#1", "expired")) == ["cancel m#1", "undo k#1"]
    assert words(walk.end("k#1", "released")) == ["undone k#1 released", "open d#1"]


def test_losers_may_keep_what_they_finished() -> None:
    walk = Walk(parallel("p", [step("a")], [step("k", "book@1"), step("b")], need=1, losers="keep"), step("d"))
    walk.end("k#1", "booked")
    assert words(walk.end("a#1", "ok")) == ["done a#1 ok", "cancel b#1", "open d#1"]


# ROUND, UNTIL


def test_rounds_are_numbered_and_start_with_a_clean_slate() -> None:
    walk = Walk(step("o"), repeat("r", [step("a"), step("b")], told("b"), exhausted=[step("x")]), step("c"))
    walk.end("o#1", "ok")
    walk.end("a#1", "ok", facts={"grade": 3})
    walk.end("b#1", "no")
    assert dict(walk.state.facts) == {"o.outcome": "ok"}
    assert walk.waiting == ["a#2"]
    walk.end("a#2", "ok")
    walk.end("b#2", "ok")
    assert walk.waiting == ["c#1"]
    assert dict(walk.state.rounds) == {}
    assert [(row.key, row.n, row.rounds) for row in walk.state.done if row.key == "b"] == [("b", 1, (("r", 1),)), ("b", 2, (("r", 2),))]


def test_the_last_round_leads_to_exhausted() -> None:
    walk = Walk(repeat("r", [step("a")], told("a"), at_most=2, exhausted=[step("x")]), step("c"))
    walk.end("a#1", "no")
    assert words(walk.end("a#2", "no")) == ["done a#2 no", "open x#1"]


def test_an_undecided_until_calls_a_person_who_chooses_again_or_next() -> None:
    walk = Walk(repeat("r", [step("a")], told("b"), at_most=2, exhausted=[step("x")]), step("b"))
    assert words(walk.end("a#1", "ok")) == ["done a#1 ok", "trouble r#1 unknown"]
    assert walk.send("staff.choose", "r#1", "x").verdict == "late"
    walk.send("staff.choose", "r#1", "again")
    assert walk.waiting == ["a#2"]
    walk.end("a#2", "ok")
    assert words(walk.send("staff.choose", "r#2", "next")) == ["open b#1"]


# SCOPE, CLOSE, INTERRUPT


def test_a_scope_that_is_through_disarms_its_deadline() -> None:
    walk = Walk(scope("c", [step("a")], after(90)), step("b"))
    assert [(row.name, row.minutes) for row in walk.started.effects if row.kind == "arm"] == [("deadline#1", 90), ("a#1", 30)]
    assert "disarm deadline#1" in words(walk.end("a#1", "ok"), "disarm")
    assert walk.send("timer", "deadline#1").verdict == "late"


def test_an_interrupt_cancels_what_waits_and_runs_its_handler() -> None:
    walk = Walk(scope("c", [step("a"), step("b")], on("cancelled", [step("h")])), step("d"))
    assert words(walk.interrupt("cancelled")) == ["cancel a#1", "open h#1"]
    assert words(walk.end("h#1", "ok")) == ["done h#1 ok", "open d#1"]


def test_a_deadline_strikes_like_an_interrupt() -> None:
    walk = Walk(scope("c", [step("a")], after(90, [step("h")])))
    assert words(walk.send("timer", "deadline#1")) == ["cancel a#1", "open h#1"]
    assert words(walk.started, "arm") and walk.send("timer", "deadline#1").verdict == "late"


def test_the_flow_itself_is_a_scope() -> None:
    walk = Walk(step("a"), step("b"), interrupts=[on("day_over", [step("h")])])
    assert words(walk.interrupt("day_over")) == ["cancel a#1", "open h#1"]
    assert words(walk.end("h#1", "ok")) == ["done h#1 ok", "ended $flow"]


def test_only_the_innermost_scope_hears() -> None:
    walk = Walk(scope("outer", [scope("inner", [step("a")], on("cancelled", key="i1")), step("b")], on("cancelled", key="i2")), step("c"))
    assert words(walk.interrupt("cancelled")) == ["cancel a#1", "open b#1"]
    assert words(walk.interrupt("cancelled")) == ["cancel b#1", "open c#1"]


def test_scopes_in_different_lanes_hear_both_sorted_by_key() -> None:
    lanes = [scope("z", [step("a")], on("cancelled", key="i1"))], [scope("y", [step("b")], on("cancelled", key="i2"))]
    walk = Walk(parallel("p", *lanes), step("c"))
    assert words(walk.interrupt("cancelled")) == ["cancel b#1", "cancel a#1", "open c#1"]


def test_a_scope_that_an_earlier_handler_shut_is_passed_over() -> None:
    first = scope("y", [step("a")], on("cancelled", [leave("x", "$flow")], key="i1"))
    second = scope("z", [step("b")], on("cancelled", [step("h")], key="i2"))
    walk = Walk(parallel("p", [first], [second]))
    assert words(walk.interrupt("cancelled")) == ["cancel a#1", "cancel b#1", "ended $flow"]


def test_scopes_inside_are_shut_and_their_deadlines_disarmed_sorted_by_key() -> None:
    names = ["zz", "y", "x", "w", "v", "u"]
    lanes = [[scope(name, [step(f"s_{name}")], after(90, key=f"by_{name}"))] for name in names]
    walk = Walk(scope("c", [parallel("p", *lanes)], on("cancelled"), after(95, key="by_c")))
    disarmed = [name for name in words(walk.interrupt("cancelled"), "disarm") if "by_" in name]
    assert disarmed == [f"disarm by_{name}#1" for name in ("c", "u", "v", "w", "x", "y", "zz")]


def test_a_handler_stands_outside_its_scope() -> None:
    walk = Walk(scope("o", [scope("c", [step("a")], on("cancelled", [step("h"), step("g")]))], on("stopped")))
    assert walk.program.around["h"] == ("o", "$flow")
    walk.interrupt("cancelled")
    assert walk.interrupt("cancelled").verdict == "parked"
    assert words(walk.interrupt("stopped")) == ["cancel h#1", "ended $flow"]


def test_an_interrupt_nobody_hears_is_parked_until_a_scope_listens() -> None:
    walk = Walk(step("a"), scope("c", [step("b")], on("cancelled", [step("h")])))
    assert walk.interrupt("cancelled").verdict == "parked"
    moved = walk.end("a#1", "ok")
    assert words(moved) == ["done a#1 ok", "open b#1", "cancel b#1", "open h#1"]
    assert moved.reoffered == (("e1", "applied"),)


# LEAVE, GIVE UP, UNWIND, UNDONE


def test_leave_gives_up_its_scope_and_goes_on_behind_it() -> None:
    walk = Walk(scope("c", [parallel("p", [step("a", ports={"no": [leave("x", "c")]})], [step("b")])]), step("d"))
    assert words(walk.end("a#1", "no")) == ["done a#1 no", "cancel b#1", "open d#1"]


def test_leave_takes_back_what_was_finished_when_it_says_so() -> None:
    for undo, expected in ((True, ["done a#1 no", "undo k#1"]), (False, ["done a#1 no", "open d#1"])):
        walk = Walk(scope("c", [step("k", "book@1"), step("a", ports={"no": [leave("x", "c", undo=undo)]})]), step("d"))
        walk.end("k#1", "booked")
        assert words(walk.end("a#1", "no")) == expected


def test_leave_of_the_flow_ends_it() -> None:
    walk = Walk(parallel("p", [step("a"), leave("x")], [step("b")]), step("d"))
    assert words(walk.end("a#1", "ok")) == ["done a#1 ok", "cancel b#1", "ended $flow"]


def test_taking_back_is_newest_first_and_one_at_a_time() -> None:
    walk = Walk(scope("c", [step("k", "book@1"), pay("m"), step("a")], on("cancelled")), step("d"))
    walk.end("k#1", "booked")
    walk.end("m#1", "paid")
    assert words(walk.interrupt("cancelled")) == ["cancel a#1", "undo m#1"]
    assert walk.waiting == ["m#1 undoing"]
    assert words(walk.end("m#1", "returned")) == ["undone m#1 returned", "undo k#1"]
    assert words(walk.end("k#1", "held")) == ["undone k#1 held", "open d#1"]
    assert [(row.key, row.how) for row in walk.state.done] == [("k", "held"), ("m", "returned")]


def test_what_is_open_is_closed_before_anything_is_taken_back() -> None:
    walk = Walk(scope("c", [step("k", "book@1"), pay("m")], on("cancelled")))
    walk.end("k#1", "booked")
    assert words(walk.interrupt("cancelled")) == ["close m#1"]
    assert walk.end("k#1", "released").verdict == "late"
    assert words(walk.end("m#1", "expired")) == ["cancel m#1", "undo k#1"]


def test_without_undo_what_was_finished_stays() -> None:
    walk = Walk(scope("c", [step("k", "book@1"), step("a")], on("cancelled", undo=False)))
    walk.end("k#1", "booked")
    assert words(walk.interrupt("cancelled")) == ["cancel a#1", "ended $flow"]


def test_taking_back_that_nobody_answers_is_held_after_its_limit() -> None:
    walk = Walk(scope("c", [pay("m"), step("a")], on("cancelled")))
    walk.end("m#1", "paid")
    assert [(row.name, row.minutes) for row in walk.interrupt("cancelled").effects if row.kind == "arm"] == [("m#1", 4_320)]
    assert words(walk.send("timer", "m#1"), "undone", "disarm", "ended") == ["undone m#1 held", "disarm m#1", "ended $flow"]


def test_only_three_answers_end_a_taking_back() -> None:
    walk = Walk(scope("c", [pay("m"), step("a")], on("cancelled")))
    walk.end("m#1", "paid")
    walk.interrupt("cancelled")
    assert walk.end("m#1", "paid").verdict == "late"
    assert words(walk.send("staff.retry", "m#1")) == ["undo m#1"]
    assert words(walk.send("trouble", "m#1", reason="refused")) == ["trouble m#1 refused"]
    assert walk.waiting == ["m#1 undoing"]
    assert words(walk.send("staff.finish", "m#1", "held")) == ["undone m#1 held", "ended $flow"]


def test_undone_says_nothing_to_a_step_that_waits() -> None:
    walk = Walk(step("r", "refund@1", settings={"of": ["p"]}))
    assert walk.send("undone", "r#1", "returned").verdict == "late"


def test_money_whose_services_were_all_delivered_is_not_returned() -> None:
    walk = Walk(scope("c", [pay("m", "s"), serve("s"), step("a")], on("cancelled")))
    walk.end("m#1", "paid")
    walk.end("s#1", "served")
    assert words(walk.interrupt("cancelled")) == ["cancel a#1", "ended $flow"]


def test_money_is_returned_when_one_service_is_missing() -> None:
    walk = Walk(scope("c", [pay("m", "s", "t"), serve("s"), serve("t"), step("a")], on("cancelled")))
    walk.end("m#1", "paid")
    walk.end("s#1", "served")
    walk.end("t#1", "missed")
    assert words(walk.interrupt("cancelled")) == ["cancel a#1", "undo m#1"]


def test_a_service_of_another_round_does_not_earn_the_money() -> None:
    walk = Walk(scope("c", [repeat("r", [pay("m", "s"), serve("s"), step("a")], told("a"), exhausted=[])], on("cancelled")))
    for n in (1, 2):
        walk.end(f"m#{n}", "paid")
        walk.end(f"s#{n}", "served" if n == 1 else "missed")
        walk.end(f"a#{n}", "no")
    assert words(walk.interrupt("cancelled")) == ["close m#3"]
    assert words(walk.end("m#3", "expired")) == ["cancel m#3", "undo m#2"]
    assert words(walk.end("m#2", "returned")) == ["undone m#2 returned", "ended $flow"]


def test_money_that_arrives_while_closing_remembers_its_round() -> None:
    walk = Walk(scope("c", [repeat("r", [pay("m", "s"), serve("s")], told("s", "missed"), exhausted=[])], on("cancelled")))
    walk.end("m#1", "paid")
    walk.end("s#1", "served")
    walk.interrupt("cancelled")
    assert words(walk.end("m#2", "paid")) == ["undo m#2"]
    assert walk.state.done[-1].rounds == (("r", 2),)


def test_undo_reaches_only_the_current_round_of_the_repeats_round_the_scope() -> None:
    walk = Walk(repeat("r", [scope("c", [step("k", "book@1"), step("a")], on("cancelled")), step("b")], told("b"), exhausted=[]))
    for ref, outcome in (("k#1", "booked"), ("a#1", "ok"), ("b#1", "no"), ("k#2", "booked")):
        walk.end(ref, outcome)
    assert words(walk.interrupt("cancelled")) == ["cancel a#2", "undo k#2"]
    assert words(walk.end("k#2", "released")) == ["undone k#2 released", "open b#2"]


def test_an_outer_interrupt_adopts_the_promises_of_an_inner_unwinding_even_without_undo() -> None:
    inner = scope("c", [step("k", "book@1"), pay("m"), step("a")], on("cancelled", [step("h")], key="i1"))
    walk = Walk(scope("o", [step("z", "book@1"), inner], on("stopped", [step("g")], undo=False, key="i2")))
    walk.end("z#1", "booked")
    walk.end("k#1", "booked")
    walk.end("m#1", "paid")
    assert words(walk.interrupt("cancelled")) == ["cancel a#1", "undo m#1"]
    assert words(walk.interrupt("stopped")) == []
    assert sorted(walk.state.unwind) == ["o"]
    assert words(walk.end("m#1", "returned")) == ["undone m#1 returned", "undo k#1"]
    assert words(walk.end("k#1", "released")) == ["undone k#1 released", "open g#1"]


def test_what_an_inner_unwinding_took_back_is_not_taken_back_twice() -> None:
    inner = scope("c", [pay("m"), step("a")], on("cancelled", key="i1"))
    walk = Walk(scope("o", [inner, step("b")], on("stopped", [step("g")], key="i2")))
    walk.end("m#1", "paid")
    walk.interrupt("cancelled")
    walk.interrupt("stopped")
    assert words(walk.end("m#1", "returned")) == ["undone m#1 returned", "open g#1"]


def test_an_unserved_step_and_a_branch_in_trouble_are_given_up_without_a_word_to_partners() -> None:
    lanes = [[step("a", carry_on=False)], [branch("b", (told("x"), []))], [step("x")]]
    walk = Walk(scope("c", [parallel("p", *lanes)], on("cancelled")))
    walk.end("a#1", "no")
    assert walk.waiting == ["a#1 unserved", "b#1 trouble", "x#1"]
    assert words(walk.interrupt("cancelled")) == ["cancel x#1", "ended $flow"]


# CLOSED


def test_a_payment_that_wins_while_closing_is_taken_back_first_and_tells_nothing() -> None:
    walk = Walk(scope("c", [step("k", "book@1"), pay("m")], on("cancelled")), branch("b", (told("m", "paid"), [step("x")]), otherwise=[]))
    walk.end("k#1", "booked")
    walk.interrupt("cancelled")
    assert words(walk.end("m#1", "paid")) == ["undo m#1"]
    assert "m.outcome" not in walk.state.facts
    assert words(walk.end("m#1", "returned")) == ["undone m#1 returned", "undo k#1"]
    assert words(walk.end("k#1", "released")) == ["undone k#1 released", "trouble b#1 unknown"]


def test_money_that_wins_while_closing_goes_back_even_when_its_service_was_delivered() -> None:
    walk = Walk(scope("c", [parallel("p", [pay("m", "s")], [serve("s")])], on("cancelled")))
    walk.end("s#1", "served")
    walk.interrupt("cancelled")
    assert words(walk.end("m#1", "paid")) == ["undo m#1"]
    assert words(walk.end("m#1", "held")) == ["undone m#1 held", "ended $flow"]


def test_a_late_payment_waits_for_the_other_closings_and_is_then_taken_back_once() -> None:
    walk = Walk(scope("c", [parallel("p", [pay("m")], [pay("o")])], on("cancelled")), step("d"))
    walk.interrupt("cancelled")
    assert words(walk.end("m#1", "paid")) == []
    assert words(walk.end("o#1", "paid")) == ["undo o#1"]
    assert words(walk.end("o#1", "returned")) == ["undone o#1 returned", "undo m#1"]
    assert words(walk.end("m#1", "returned")) == ["undone m#1 returned", "open d#1"]


def test_money_that_wins_while_closing_is_returned_even_without_undo() -> None:
    walk = Walk(scope("c", [pay("m")], on("cancelled", undo=False)))
    walk.interrupt("cancelled")
    assert words(walk.end("m#1", "paid")) == ["undo m#1"]


def test_trouble_and_retry_while_closing_ask_the_partner_again() -> None:
    walk = Walk(scope("c", [pay("m")], on("cancelled")))
    walk.interrupt("cancelled")
    assert words(walk.send("trouble", "m#1", reason="unclear")) == ["trouble m#1 unclear"]
    assert walk.waiting == ["m#1 closing"]
    assert words(walk.send("staff.retry", "m#1")) == ["close m#1"]
    assert walk.send("timer", "m#1").verdict == "late"


# Which event is whose; RE-OFFER


def test_an_early_event_is_parked_and_applied_when_its_step_waits() -> None:
    walk = Walk(step("a"), step("b"), step("c"))
    assert walk.end("c#1", "ok").verdict == "parked"
    assert walk.end("b#1", "ok").verdict == "parked"
    moved = walk.end("a#1", "ok")
    assert moved.reoffered == (("e2", "applied"), ("e1", "applied"))
    assert words(moved)[-1] == "ended $flow"


def test_a_parked_event_that_became_late_is_dropped_and_reported() -> None:
    walk = Walk(scope("c", [step("a"), step("b")], on("cancelled")), step("d"))
    walk.end("b#1", "ok")
    walk.end("b#1", "no")
    moved = walk.end("a#1", "ok")
    assert moved.reoffered == (("e1", "applied"), ("e2", "late"))
    assert walk.state.parked == ()


def test_what_is_parked_when_the_run_ends_is_late() -> None:
    walk = Walk(step("a"))
    walk.end("nobody#1", "ok")
    walk.interrupt("cancelled")
    assert walk.end("a#1", "ok").reoffered == (("e1", "late"), ("e2", "late"))
    assert walk.end("a#1", "ok").verdict == "late"
    assert walk.interrupt("cancelled").verdict == "late"


def test_an_event_before_the_start_is_parked() -> None:
    program = flatten(tree(step("a")), CONTRACTS)
    early = advance(program, State.new(), Event(id="1", source="t", type="answer", ref="a#1", outcome="ok"))
    assert early.verdict == "parked"
    assert advance(program, early.state, Event(id="2", source="t", type="start")).state.status == "ended"


def test_an_earlier_round_is_late_and_a_later_one_parked() -> None:
    walk = Walk(repeat("r", [step("a")], told("a"), exhausted=[]))
    assert walk.end("a#2", "ok").verdict == "parked"
    walk.end("a#1", "no")
    assert walk.state.status == "ended"
    walk = Walk(repeat("r", [step("a")], told("a"), exhausted=[]))
    walk.end("a#1", "no")
    assert walk.end("a#1", "ok").verdict == "late"
    assert walk.waiting == ["a#2"]


@pytest.mark.parametrize("ref", ["a", "a#", "a#x", "#1", "order-77", "zz#1"])
def test_a_number_nobody_claimed_is_parked(ref: str) -> None:
    walk = Walk(step("a"))
    assert walk.end(ref, "ok").verdict == "parked"
    assert walk.waiting == ["a#1"]


# match


def test_a_business_number_is_bound_on_entry_and_leads_to_its_instance() -> None:
    walk = Walk(step("a"), step("b", match="a.grade"))
    assert walk.end("7", "ok").verdict == "parked"
    moved = walk.end("a#1", "ok", facts={"grade": 7})
    assert moved.reoffered == (("e1", "applied"),)
    assert words(moved)[-2:] == ["done b#1 ok", "ended $flow"]


def test_two_live_steps_cannot_claim_one_number() -> None:
    walk = Walk(step("a"), parallel("p", [step("b", match="a.grade")], [step("c", match="a.grade")]))
    assert words(walk.end("a#1", "ok", facts={"grade": 7})) == ["done a#1 ok", "open b#1", "trouble c#1 match_taken"]
    assert words(walk.send("staff.retry", "c#1")) == ["trouble c#1 match_taken"]
    walk.end("7", "ok")
    assert words(walk.send("staff.retry", "c#1")) == ["open c#1"]
    assert words(walk.end("7", "ok")) == ["done c#1 ok", "ended $flow"]


def test_a_step_in_trouble_keeps_its_number() -> None:
    walk = Walk(step("a"), step("b", match="a.grade"))
    walk.end("a#1", "ok", facts={"grade": 7})
    walk.send("trouble", "b#1")
    assert words(walk.send("staff.retry", "b#1")) == ["open b#1"]
    assert words(walk.end("7", "ok")) == ["done b#1 ok", "ended $flow"]


def test_a_step_whose_number_is_unknown_calls_a_person() -> None:
    walk = Walk(step("a"), step("b", match="a.grade"))
    assert words(walk.end("a#1", "no")) == ["done a#1 no", "trouble b#1 match_missing"]


# Purity


def test_neither_the_clock_nor_the_order_of_keys_matters() -> None:
    walk = Walk(parallel("p", [step("b")], [step("a")]), interrupts=[on("day_over")])
    event = Event(id="x", source="t", type="day_over", at="2026-01-01T00:00:00+08:00")
    live = dict(reversed(walk.state.live.items()))
    assert advance(walk.program, replace(walk.state, live=live), replace(event, at="")) == advance(walk.program, walk.state, event)


def test_a_draft_never_goes_round_more_often_than_the_limit() -> None:
    for at_most in (None, 99):
        walk = Walk(repeat("r", [step("a")], told("a"), at_most=at_most, exhausted=[]))
        while walk.state.status != "ended":
            walk.end(f"a#{walk.state.count['a']}", "no")
        assert walk.state.count["a"] == 20


def test_a_draft_that_leaves_nowhere_leaves_the_flow() -> None:
    walk = Walk(scope("c", [step("a")]), leave("x", "c"), step("b"))
    assert words(walk.end("a#1", "ok")) == ["done a#1 ok", "ended $flow"]


def test_a_draft_with_faults_still_walks() -> None:
    walk = Walk(step("a", "task@1") | {"type": "teleport@9"}, repeat("r", [], told("a"), at_most=None), parallel("p"))
    assert walk.waiting == ["a#1"]
    assert walk.end("a#1", "ok").verdict == "late"
