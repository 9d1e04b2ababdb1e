"""The runtime on a real database: events twice, early and out of order; two phones; versions; timers; the end of the day; replay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from at_once import at_once
from django.core.cache import cache
from django.db import DatabaseError, transaction
from house import GUIDES, account, appointment, fresh, live, outpatient, publish, started, unproved

from care.models import Appointment
from core import clock
from flows import actions, effects, errands, kernel, queries
from flows.actions import News
from flows.errors import ActionUnknown, NoFlowBound, RunUnknown, StepPassed, StepUnknown
from flows.models import Answer, Event, FlowVersion, Handle, Run, Seen, Step, Timer
from messaging.models import Message

pytestmark = pytest.mark.django_db(transaction=True)
Drain = Callable[[], int]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    cache.clear()


def read(run: Run, key: str, *, name: str = "", n: int = 1) -> str:
    return actions.deliver(run.number, News("patient", name or f"read:{key}#{n}", "page.read", ref=f"{key}#{n}", outcome="read"))


# Starting


def test_an_appointment_starts_one_run_with_frozen_coarse_facts() -> None:
    publish()
    owner, run = started()
    again = errands.start(Appointment.objects.get(his_id="A1"))
    assert (Run.objects.count(), again) == (1, run)
    person = {"patient.age": clock.today().year - 1950, "patient.sex": "female", "patient.elder_mode": True}
    assert fresh(run).kernel_state.facts == {"visit.kind": "first", **person}
    assert [found.number for found in queries.runs_of(owner)] == [run.number]


def test_tomorrows_appointment_starts_nothing_today() -> None:
    publish()
    account()
    appointment(starts=clock.now() + timedelta(days=1))
    assert errands.start_today("A1") is None
    assert not Run.objects.exists()


def test_without_a_bound_flow_nothing_starts() -> None:
    account()
    visit = appointment()
    assert errands.start(visit) is None
    with pytest.raises(NoFlowBound):
        actions.start_run(errands.visit_of(visit))
    assert not Run.objects.exists()


def test_two_workers_starting_one_appointment_make_one_run() -> None:
    publish()
    account()
    visit = appointment()
    numbers = at_once(*[lambda: errands.start(visit).number] * 2)
    assert (Run.objects.count(), len(set(numbers))) == (1, 1)


# Events


def test_an_event_twice_counts_once() -> None:
    publish()
    _, run = started()
    assert [read(run, "first"), read(run, "first"), read(run, "first", name="other")] == ["applied", "repeat", "late"]
    assert live(run) == {"second#1": "waiting"}
    assert [row.verdict for row in queries.journal(run)] == ["applied", "applied", "late"]


def test_an_early_event_is_parked_and_counts_when_its_step_opens() -> None:
    publish()
    _, run = started()
    assert read(run, "second") == "parked"
    assert live(run) == {"first#1": "waiting"}
    assert read(run, "first") == "applied"
    assert fresh(run).status == Run.Status.ENDED
    assert list(Step.objects.filter(run=run).values_list("key", "outcome")) == [("first", "read"), ("second", "read")]


def test_eight_workers_with_the_same_event_apply_it_once() -> None:
    publish()
    _, run = started()
    assert sorted(at_once(*[lambda: read(run, "first")] * 8)) == ["applied"] + ["repeat"] * 7


def test_replay_of_the_journal_gives_the_same_hashes() -> None:
    publish()
    _, run = started()
    for key, name in (("second", "a"), ("first", "b"), ("first", "c")):
        read(run, key, name=name)
    state, program = kernel.State(), fresh(run).version.program
    for row in queries.journal(run):
        event = kernel.Event(
            id=f"{row.source}:{row.name}", source=row.source, type=row.type, at=row.at.isoformat(), ref=row.ref or None,
            outcome=row.outcome or None, facts=row.facts, by=row.by or None, reason=row.reason or None,
        )  # fmt: skip
        moved = kernel.advance(program, state, event)
        state = moved.state
        assert (moved.verdict, actions.hash_of(state.to_json())) == (row.verdict, row.state_after)
    assert state.to_json() == fresh(run).state


def test_the_revision_counts_every_change_and_stands_in_the_cache() -> None:
    publish()
    _, run = started()
    before = queries.revision(run.number)
    read(run, "first")
    actions.refresh(run.number)
    assert queries.revision(run.number) == before + 2 == cache.get(f"run:{run.number}")


# Numbers of HIS


CLINIC: list[dict[str, Any]] = [
    {"kind": "repeat", "key": "queue", "title": "排队", "at_most": 3, "exhausted": [],
     "until": {"fact": "wait.outcome", "op": "is", "value": "called"},
     "body": [{"kind": "step", "key": "wait", "title": "候诊", "type": "waiting@1", "ports": {"passed": []}}]},
    {"kind": "step", "key": "bill", "title": "账单", "type": "bill@1", "ports": {"none": []}},
]  # fmt: skip


def test_a_number_of_the_visit_moves_to_the_next_round_a_bills_number_stays() -> None:
    publish(CLINIC)
    _, run = started()
    passed = News("care", "queue.passed", "queue.passed", outcome="passed")
    assert actions.hear(run.number, "waiting@1", "A1", passed, again=True) == "applied"
    assert live(run) == {"wait#2": "waiting"}
    called = News("care", "queue.called", "queue.called", outcome="called")
    assert actions.hear(run.number, "waiting@1", "A1", called, again=True) == "applied"
    assert actions.hear(run.number, "waiting@1", "A1", called, again=True) == "repeat"
    issued = News("care", "bill.issued", "bill.issued", outcome="issued", facts={"due_fen": 100, "lines": 1})
    assert actions.hear(run.number, "bill@1", "B1", issued) == "applied"
    assert actions.hear(run.number, "bill@1", "B1", issued) == "repeat"
    assert Handle.objects.get(run=run, family="bill@1").instance == "bill#1"


def test_a_bill_before_the_doctor_is_parked_and_opens_the_way_later() -> None:
    publish(CLINIC)
    _, run = started()
    issued = News("care", "bill.issued", "bill.issued", outcome="issued", facts={"due_fen": 100, "lines": 1})
    assert actions.hear(run.number, "bill@1", "B1", issued) == "parked"
    actions.hear(run.number, "waiting@1", "A1", News("care", "queue.called", "queue.called", outcome="called"), again=True)
    assert fresh(run).status == Run.Status.ENDED
    assert fresh(run).kernel_state.facts["bill.due_fen"] == 100


def test_news_nobody_listens_to_changes_nothing() -> None:
    publish()
    _, run = started()
    assert actions.hear(run.number, "pharmacy@1", "A1", News("care", "drug.dispensed", "drug.dispensed", outcome="dispensed")) == "unheard"
    assert Event.objects.filter(run=run).count() == 1


# Two phones


def tap(run: Run, owner: Any, step: str, key: str, action: str = "read") -> Any:
    return errands.answer(run.number, step, owner, action=action, data={}, position=None, key=key, elder=False)


def test_a_tap_answers_with_the_next_screen_and_its_repeat_with_the_current_one() -> None:
    publish()
    owner, run = started()
    assert now_of(tap(run, owner, "first", "key-00001")) == "second"
    assert now_of(tap(run, owner, "first", "key-00001")) == "second"
    assert (Answer.objects.count(), live(run)) == (1, {"second#1": "waiting"})


def test_a_tap_whose_process_died_in_between_is_carried_out_when_it_comes_again() -> None:
    publish()
    owner, run = started()
    assert actions.claim_answer(run, key="key-00001", step="first", action="read")
    assert live(run) == {"first#1": "waiting"}, "noted, and then the process was killed"
    assert now_of(tap(run, owner, "first", "key-00001")) == "second"
    assert now_of(tap(run, owner, "first", "key-00001")) == "second"
    assert [row.verdict for row in queries.journal(run) if row.ref == "first#1"].count("applied") == 1


def test_the_later_phone_gets_the_current_screen() -> None:
    publish()
    owner, run = started()
    tap(run, owner, "first", "phone-one")
    with pytest.raises(StepPassed) as refused:
        tap(run, owner, "first", "phone-two")
    assert now_of(refused.value.screen) == "second"
    assert (refused.value.status, refused.value.code) == (409, "flows.step_passed")
    assert live(run) == {"second#1": "waiting"}


def test_two_phones_at_once_answer_once() -> None:
    publish()
    owner, run = started()
    keys = iter(["phone-one", "phone-two"])

    def tapped() -> str:
        try:
            return now_of(tap(run, owner, "first", next(keys)))
        except StepPassed as passed:
            return f"passed, {now_of(passed.screen)}"

    assert set(at_once(*[tapped] * 2)) <= {"second", "passed, second"}
    assert [row.verdict for row in queries.journal(run) if row.ref == "first#1"].count("applied") == 1


def test_unknown_steps_and_actions_are_refused_and_nothing_changes() -> None:
    publish()
    owner, run = started()
    before = fresh(run).revision
    with pytest.raises(StepUnknown):
        tap(run, owner, "nowhere", "key-00001")
    with pytest.raises(ActionUnknown):
        tap(run, owner, "first", "key-00001", action="pay_nothing")
    with pytest.raises(StepPassed):
        tap(run, owner, "second", "key-00001")
    assert (fresh(run).revision, Answer.objects.count()) == (before, 0)


def test_a_strangers_run_is_unknown_everywhere() -> None:
    publish()
    _, run = started()
    stranger = account("2")
    for look in (
        lambda: queries.screen(run.number, stranger, elder=False),
        lambda: queries.step_screen(run.number, "first", stranger, elder=False),
        lambda: tap(run, stranger, "first", "key-00001"),
        lambda: errands.pay(run.number, "first", stranger, channel="wechat", client_ip="127.0.0.1"),
        lambda: queries.screen("V-NONE", stranger, elder=False),
        lambda: queries.revision("V-NONE"),
    ):
        with pytest.raises(RunUnknown):
            look()
    assert live(run) == {"first#1": "waiting"}


# Screens


def now_of(screen: Any) -> str:
    return next((block.key.removeprefix("now-") for block in screen.blocks if block.type == "now_card"), "")


def test_the_visit_page_names_place_and_person_masked_and_each_step_has_its_page() -> None:
    outpatient()
    owner, run = started()
    text = queries.screen(run.number, owner, elder=False).model_dump_json()
    assert "心内科" in text and "赵*鸣" in text and "赵一鸣" not in text
    fence = queries.step_screen(run.number, "arrive", owner, elder=True)
    assert (fence.mode, fence.blocks[0].limit) == ("elder", 500)
    with pytest.raises(StepUnknown):
        queries.step_screen(run.number, "nowhere", owner, elder=False)


def test_many_visits_take_as_many_queries_as_one(django_assert_max_num_queries: Any) -> None:
    outpatient()
    owner, _ = started()
    patient = owner.memberships.get().patient.number
    for number in ("21", "22", "23", "24"):
        visit = appointment(number)
        Appointment.objects.filter(pk=visit.pk).update(patient=patient)
        visit.refresh_from_db()
        errands.start(visit)
    runs = queries.runs_of(owner)
    assert len(runs) == 5
    with django_assert_max_num_queries(9):
        assert len(queries.chains(runs, owner, elder=False)) == 5


def test_a_branch_nobody_can_decide_reads_as_trouble() -> None:
    when = {"fact": "visit.insured", "op": "is", "value": True}
    unproved(
        [
            {
                "kind": "branch",
                "key": "b",
                "title": "医保",
                "cases": [{"key": "yes", "title": "参保", "when": when, "body": []}],
                "otherwise": [],
            }
        ]
    )
    owner, run = started()
    screen = queries.screen(run.number, owner, elder=False)
    assert "工作人员正在处理" in screen.model_dump_json()
    assert fresh(run).in_trouble


# Versions


def test_a_run_keeps_its_version_and_the_next_visit_takes_the_new_one() -> None:
    old = publish()
    _, run = started()
    new = publish(GUIDES[:1])
    _, later = started("2")
    assert (fresh(run).version, later.version) == (old, new)
    assert read(run, "first") == "applied"
    assert live(run) == {"second#1": "waiting"}
    assert old.number + 1 == new.number


@pytest.mark.parametrize("field", ["tree", "contracts", "sha256", "number", "kernel"])
def test_the_database_refuses_to_change_a_published_version(field: str) -> None:
    version = publish()
    value = {"tree": {"body": []}, "contracts": {}, "sha256": "0" * 64, "number": 9, "kernel": 9}[field]
    with pytest.raises(DatabaseError), transaction.atomic():
        FlowVersion.objects.filter(pk=version.pk).update(**{field: value})
    assert getattr(FlowVersion.objects.get(pk=version.pk), field) == getattr(version, field)


def test_what_does_not_change_its_meaning_may_be_written() -> None:
    version = publish()
    FlowVersion.objects.filter(pk=version.pk).update(approved_by="lin2")
    assert FlowVersion.objects.get(pk=version.pk).approved_by == "lin2"


# Time


def test_a_timer_fires_once_and_a_stale_one_changes_nothing() -> None:
    publish()
    _, run = started()
    Timer.objects.filter(run=run, name="first#1").update(due=clock.now() - timedelta(minutes=1))
    assert (actions.fire_due_timers(), actions.fire_due_timers()) == (1, 0)
    assert live(run) == {"second#1": "waiting"}
    Timer.objects.filter(run=run, name="first#1").update(armed=True, due=clock.now() - timedelta(minutes=2))
    assert actions.fire_due_timers() == 1
    assert queries.journal(run)[-1].verdict == "late"
    assert live(run) == {"second#1": "waiting"}


def test_a_visit_ends_with_its_day_and_the_patient_is_told(drain: Drain) -> None:
    publish()
    owner, run = started()
    drain()
    assert queries.runs_past_their_day() == []
    Run.objects.filter(pk=run.pk).update(day=clock.today() - timedelta(days=1))
    assert errands.close_past_days(queries.runs_past_their_day()) == 1
    drain()
    run = fresh(run)
    assert (run.status, run.ended_by, live(run)) == ("ended", "visit.day_over", {})
    assert [(row.key, row.state) for row in Step.objects.filter(run=run)] == [("first", "cancelled")]
    assert not Timer.objects.filter(run=run, armed=True).exists()
    assert [row.title for row in Message.objects.filter(patient=run.patient)] == ["今天的就诊已结束"]
    assert queries.runs_past_their_day() == []
    assert "这次就诊已结束" in queries.screen(run.number, owner, elder=False).model_dump_json()


def test_closing_a_day_twice_is_one_event(drain: Drain) -> None:
    publish()
    _, run = started()
    actions.close_day(run.number)
    actions.close_day(run.number)
    assert [row.type for row in queries.journal(run)].count("visit.day_over") == 1


def test_a_reminder_reaches_the_inbox_once_and_changes_nothing(drain: Drain) -> None:
    publish([GUIDES[0] | {"reminders": [10]}])
    _, run = started()
    Timer.objects.filter(run=run, name="first#1+10").update(due=clock.now() - timedelta(minutes=1))
    actions.fire_due_timers()
    drain()
    effects.carry_out(run.number, "remind+10", "first#1")
    assert [row.title for row in Message.objects.filter(patient=run.patient)] == ["提醒：看第一页"]
    assert live(run) == {"first#1": "waiting"}


def test_marks_of_long_past_events_are_dropped_the_journal_stays() -> None:
    publish()
    _, run = started()
    read(run, "first")
    Seen.objects.filter(run=run.pk).update(at=clock.now() - timedelta(days=91))
    assert (actions.forget_seen(), Seen.objects.count(), Event.objects.filter(run=run).count()) == (1, 0, 2)


# Effects


def test_a_message_is_left_once_and_never_blocks(drain: Drain) -> None:
    publish(
        [{"kind": "step", "key": "say", "title": "通知", "type": "message@1", "settings": {"subject": "您好", "body": "请带上就诊卡。"}}]
    )
    _, run = started()
    drain()
    effects.carry_out(run.number, "open", "say#1")
    assert fresh(run).status == Run.Status.ENDED
    assert [(row.title, row.body) for row in Message.objects.filter(patient=run.patient)] == [("您好", "请带上就诊卡。")]


def test_a_page_that_need_not_be_read_is_passed_at_once(drain: Drain) -> None:
    publish([{"kind": "step", "key": "page", "title": "须知", "type": "guide@1", "settings": {"page": "a"}}, *GUIDES[:1]])
    _, run = started()
    drain()
    assert live(run) == {"first#1": "waiting"}
