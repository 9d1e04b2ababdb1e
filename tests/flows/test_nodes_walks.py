"""Wait, form, link, staff task and money desk, each walked through its states by the runtime, the patient's taps and the desk's pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from at_once import at_once
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client
from house import fresh, live, publish, started
from viewflow.workflow.models import Task

from core import clock
from core.models import Entry
from flows import actions, effects, errands, queries, staffing
from flows.actions import News
from flows.errors import ActionUnknown, AnswerUnfit, StepPassed
from flows.models import Event, Run, StaffWork, Step, Timer
from messaging.models import Message

pytestmark = pytest.mark.django_db(transaction=True)
Drain = Callable[[], int]
Json = dict[str, Any]
ASKS = [
    {"key": "fever", "title": "发热吗"},
    {"key": "where", "title": "哪里痛", "kind": "enum", "options": ["头", "胸"]},
    {"key": "days", "title": "几天了", "kind": "number", "low": 0, "high": 30},
]
TOLD = {"fever": "yes", "where": "胸", "days": "3"}


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    cache.clear()


def step(key: str, family: str, ports: Json | None = None, **more: Any) -> Json:
    return {"kind": "step", "key": key, "title": f"做{key}", "type": f"{family}@1", "ports": ports or {}, **more}


def guide(key: str) -> Json:
    return step(key, "guide", settings={"page": "a", "must_read": True})


def begin(*body: Json, **more: Any) -> tuple[Any, Run]:
    publish(list(body), **more)
    return started()


def tap(owner: Any, run: Run, key: str, action: str, *, data: dict[str, str] | None = None, name: str = "tap-0001") -> Any:
    return errands.answer(run.number, key, owner, action=action, data=data or {}, position=None, key=name, elder=False)


def times_up(run: Run, name: str) -> None:
    Timer.objects.filter(run=run, name=name).update(due=clock.now() - timedelta(seconds=1))
    actions.fire_due_timers()


def shown(owner: Any, run: Run, key: str) -> str:
    return queries.step_screen(run.number, key, owner, elder=False).model_dump_json()


# Wait


def test_a_wait_is_as_long_as_its_settings_say_and_is_over_by_itself(drain: Drain) -> None:
    owner, run = begin(step("rest", "wait", settings={"minutes": 90}), guide("after"))
    timer = Timer.objects.get(run=run, name="rest#1")
    assert timedelta(minutes=89) < timer.due - clock.now() <= timedelta(minutes=90)
    assert "等一会儿" in shown(owner, run, "rest")
    assert actions.fire_due_timers() == 0
    times_up(run, "rest#1")
    assert live(run) == {"after#1": "waiting"}
    assert "已等够时间" in shown(owner, run, "rest")


def test_a_limit_of_the_step_itself_comes_before_the_settings() -> None:
    _, run = begin(step("rest", "wait", settings={"minutes": 90}, timeout={"after": 5}))
    assert Timer.objects.get(run=run, name="rest#1").due - clock.now() <= timedelta(minutes=5)


def test_a_wait_until_a_time_that_has_passed_is_over_at_once() -> None:
    _, run = begin(step("rest", "wait", settings={"until": "00:00"}), guide("after"))
    actions.fire_due_timers()
    assert live(run) == {"after#1": "waiting"}


def test_a_wait_that_is_given_up_does_not_come_back() -> None:
    _, run = begin(step("rest", "wait"), guide("after"))
    actions.close_day(run.number)
    assert (fresh(run).status, Step.objects.get(run=run).state) == ("ended", "cancelled")
    times_up(run, "rest#1")
    assert Event.objects.filter(run=run, type="timer").count() == 0


# Form


FORM = step("ask", "form", {"declined": [], "unanswered": []}, settings={"fields": ASKS, "may_decline": True})


def test_a_form_is_filled_in_once_and_only_with_answers() -> None:
    owner, run = begin(FORM, guide("after"))
    assert "发热吗" in shown(owner, run, "ask")
    for wrong in ({}, {**TOLD, "where": "脚"}, {**TOLD, "days": "99"}):
        with pytest.raises(AnswerUnfit):
            tap(owner, run, "ask", "submit", data=wrong)
    assert (live(run), Event.objects.filter(run=run, type="form.submitted").count()) == ({"ask#1": "waiting"}, 0)
    tap(owner, run, "ask", "submit", data={**TOLD, "name": "赵一鸣"})
    tap(owner, run, "ask", "submit", data={**TOLD, "fever": "no"})  # the same tap again
    assert live(run) == {"after#1": "waiting"}
    told = Event.objects.get(run=run, type="form.submitted")
    assert (told.facts, told.verdict) == ({"fever": True, "where": "胸", "days": 3}, "applied")
    with pytest.raises(StepPassed):
        tap(owner, run, "ask", "submit", data=TOLD, name="tap-0002")
    assert "赵一鸣" not in str(fresh(run).state) + str(told.facts)


def test_the_answers_are_facts_the_flow_branches_on() -> None:
    hot = {"key": "hot", "title": "发热", "when": {"fact": "ask.fever", "op": "is", "value": True}, "body": [guide("fever_clinic")]}
    chest = {"key": "chest", "title": "胸痛", "when": {"fact": "ask.where", "op": "in", "value": ["胸"]}, "body": [guide("ecg")]}
    known = {"key": "told", "title": "填了", "when": {"fact": "ask.outcome", "op": "is", "value": "submitted"}, "body": [
        {"kind": "branch", "key": "where_to", "title": "去哪", "cases": [hot, chest], "otherwise": []}]}  # fmt: skip
    owner, run = begin(FORM, {"kind": "branch", "key": "answered", "title": "填了吗", "cases": [known], "otherwise": [guide("asked")]})
    tap(owner, run, "ask", "submit", data=TOLD)
    facts = fresh(run).kernel_state.facts
    assert {name: facts.get(name) for name in ("ask.fever", "ask.where", "ask.days")} == {
        "ask.fever": True,
        "ask.where": "胸",
        "ask.days": 3,
    }
    assert live(run) == {"fever_clinic#1": "waiting"}


def test_a_form_without_questions_is_a_button() -> None:
    owner, run = begin(step("ask", "form", {"declined": [], "unanswered": []}), guide("after"))
    with pytest.raises(ActionUnknown):
        tap(owner, run, "ask", "decline")
    tap(owner, run, "ask", "submit", name="tap-0002")
    assert live(run) == {"after#1": "waiting"}


def test_a_form_may_be_declined_or_left() -> None:
    owner, run = begin({**FORM, "ports": {"declined": [guide("told")], "unanswered": []}})
    assert "不想填" in shown(owner, run, "ask")
    tap(owner, run, "ask", "decline")
    assert live(run) == {"told#1": "waiting"}
    assert "没有填" in shown(owner, run, "ask")


def test_a_form_nobody_fills_in_ends_unanswered() -> None:
    owner, run = begin({**FORM, "ports": {"declined": [], "unanswered": [guide("told")]}, "reminders": [60]})
    assert Timer.objects.filter(run=run, name__in=["ask#1", "ask#1+60"]).count() == 2
    times_up(run, "ask#1")
    assert live(run) == {"told#1": "waiting"}
    with pytest.raises(StepPassed):
        tap(owner, run, "ask", "submit", data=TOLD)


# Link


def test_a_link_ends_when_she_is_back_or_when_the_time_is_over() -> None:
    away = step("park", "link", {"no_answer": []}, settings={"url": "https://hospital.example/park", "owner": "停车场"})
    owner, run = begin(away, {**away, "key": "again", "ports": {"no_answer": [guide("told")]}})
    page = shown(owner, run, "park")
    assert "https://hospital.example/park" in page and "要打开停车场的页面" in page
    tap(owner, run, "park", "returned")
    assert live(run) == {"again#1": "waiting"}
    times_up(run, "again#1")
    assert live(run) == {"told#1": "waiting"}


# Staff task


@pytest.fixture
def hire(django_user_model: Any) -> Callable[..., Any]:
    def make(name: str, *roles: str) -> Any:
        user = django_user_model.objects.create_user(username=name, first_name=f"职员{name}", is_staff=True)
        user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
        return user

    return make


def task_of(run: Run) -> Task:
    return Task.objects.get(process__in=StaffWork.objects.filter(data__run=run.number), flow_task_type="HUMAN", finished=None)


def work(user: Any, run: Run, **given: str) -> Any:
    """Takes the task and answers it, at the desk's addresses."""
    task, client = task_of(run), Client()
    client.force_login(user)
    base = f"/admin/desk/duty/task/{task.process_id}/work/{task.pk}"
    if task.owner_id is None:
        taken = client.post(f"{base}/assign/")
        if taken.status_code != 302:
            return taken
    return client.post(f"{base}/execute/", given)


ASK_STAFF = {"role": "导诊", "what": "核对材料", "fields": [{"key": "complete", "title": "材料齐吗"}]}
TASK = step("check", "task", {"rejected": [guide("told")]}, settings=ASK_STAFF)


def test_a_role_works_a_task_and_the_flow_goes_on(drain: Drain, hire: Any) -> None:
    owner, run = begin(TASK, guide("after"))
    drain()
    effects.carry_out(run.number, "open", "check#1")  # the same letter once more
    assert StaffWork.objects.count() == 1
    assert "工作人员正在办理" in shown(owner, run, "check")
    nurse, cashier, boss = hire("nurse", "导诊"), hire("cashier", "收费财务"), hire("boss")
    boss.is_superuser = True
    boss.save()
    task = task_of(run)
    assert [bool(task.flow_task.can_assign(user, task)) for user in (nurse, cashier, boss)] == [True, False, True]
    nurse.is_superuser = True  # the desk's pages ask for the role's rights, which operations gives
    nurse.save()
    assert "请填写" in work(nurse, run, outcome="done").content.decode()
    assert work(nurse, run, outcome="done", fact_complete="yes", note="已核对原件").status_code == 302
    drain()
    assert live(run) == {"after#1": "waiting"}
    done = Event.objects.get(run=run, type="task.done")
    assert (done.by, done.source, done.facts, done.reason) == ("nurse", "staff", {"complete": True}, "已核对原件")
    assert Entry.objects.get(action="flows.task_worked").facts["step"] == "check#1"
    assert StaffWork.objects.get().finished is not None


def test_a_rejected_task_needs_a_word_and_takes_its_port(drain: Drain, hire: Any) -> None:
    _, run = begin(TASK)
    drain()
    boss = hire("boss")
    boss.is_superuser = True
    boss.save()
    assert "至少 4 个字" in work(boss, run, outcome="rejected").content.decode()
    assert "不要写电话" in work(boss, run, outcome="rejected", note="打 13800001111").content.decode()
    assert live(run) == {"check#1": "waiting"}
    assert work(boss, run, outcome="rejected", note="材料不全").status_code == 302
    assert live(run) == {"told#1": "waiting"}


def test_a_task_that_is_given_up_goes_away(drain: Drain) -> None:
    _, run = begin(TASK)
    drain()
    actions.close_day(run.number)
    drain()
    assert (StaffWork.objects.get().status, Task.objects.get(flow_task_type="HUMAN").status) == ("CANCELED", "CANCELED")


def test_a_task_ended_by_other_hands_goes_away(drain: Drain) -> None:
    _, run = begin(TASK, guide("after"))
    drain()
    actions.deliver(run.number, News("staff", "hand", "staff.finish", ref="check#1", outcome="done", by="chen", reason="当面办了"))
    drain()
    assert StaffWork.objects.get().status == "CANCELED"


def test_a_person_who_is_too_late_is_told_and_nothing_changes(drain: Drain, hire: Any) -> None:
    _, run = begin(TASK, guide("after"))
    drain()
    boss = hire("boss")
    boss.is_superuser = True
    boss.save()
    actions.deliver(run.number, News("staff", "hand", "staff.finish", ref="check#1", outcome="done", by="chen", reason="当面办了"))
    page = work(boss, run, outcome="done", fact_complete="yes")
    assert "已经不等这件事了" in page.content.decode()
    assert Entry.objects.filter(action="flows.task_worked").count() == 0
    drain()
    assert StaffWork.objects.get().status == "CANCELED"


def test_two_workers_opening_one_task_make_one() -> None:
    _, run = begin(TASK)
    at_once(*[lambda: effects.carry_out(run.number, "open", "check#1")] * 4)
    assert StaffWork.objects.count() == 1


def test_a_reminder_presses_the_role_and_not_the_patient(drain: Drain) -> None:
    _, run = begin({**TASK, "reminders": [30]})
    drain()
    times_up(run, "check#1+30")
    drain()
    assert (StaffWork.objects.get().reminded, Message.objects.count()) == (1, 0)


def test_a_task_opened_again_after_trouble_has_its_process(drain: Drain) -> None:
    _, run = begin(TASK)
    drain()
    effects.trouble(fresh(run), "check#1", "说不清")
    actions.deliver(run.number, News("staff", "again", "staff.retry", ref="check#1", by="chen"))
    drain()
    assert StaffWork.objects.filter(finished=None).count() == 1


# Money desk


def test_the_money_desk_says_what_became_of_it(drain: Drain, hire: Any) -> None:
    owner, run = begin(step("money", "desk"), guide("after"))
    drain()
    boss = hire("boss")
    boss.is_superuser = True
    boss.save()
    assert StaffWork.objects.get().roles == ["收费财务"]
    assert "请填写" in work(boss, run).content.decode()
    assert work(boss, run, fact_resolution="kept").status_code == 302
    assert fresh(run).kernel_state.facts["money.resolution"] == "kept"
    assert live(run) == {"after#1": "waiting"}
    assert "收费处已处理好" in shown(owner, run, "money")


# Visits that stand still


def stalled(run: Run, minutes: int) -> None:
    since = clock.now() - timedelta(minutes=minutes)
    Event.objects.filter(run=run).update(received_at=since)
    Run.objects.filter(pk=run.pk).exclude(troubled_at=None).update(troubled_at=since)


def test_a_visit_in_trouble_becomes_one_task_and_closes_it_when_it_goes_on(hire: Any) -> None:
    _, run = begin(guide("first"), guide("second"))
    effects.trouble(fresh(run), "first#1", "说不清")
    assert staffing.escalate(["导诊"], minutes=15) == 0
    stalled(run, 20)
    assert [staffing.escalate(["导诊", "运营"], minutes=15) for _ in range(3)] == [1, 0, 0]
    process = StaffWork.objects.get()
    assert (process.roles, process.run, "做first" in process.what) == (["导诊", "运营"], run.number, True)
    actions.deliver(run.number, News("staff", "again", "staff.retry", ref="first#1", by="chen"))
    assert staffing.escalate(["导诊"], minutes=15) == 0
    assert StaffWork.objects.get().status == "CANCELED"


def test_a_stuck_visit_somebody_has_seen_to_is_not_told_twice(hire: Any) -> None:
    _, run = begin(guide("first"))
    effects.trouble(fresh(run), "first#1", "说不清")
    stalled(run, 20)
    staffing.escalate(["导诊"], minutes=15)
    boss = hire("boss")
    boss.is_superuser = True
    boss.save()
    assert "至少 4 个字" in work(boss, run).content.decode()
    assert work(boss, run, note="已请信息科看").status_code == 302
    assert Entry.objects.get(action="flows.stuck_seen").subject == run.number
    assert staffing.escalate(["导诊"], minutes=15) == 0
    assert StaffWork.objects.count() == 1


def test_a_visit_that_only_waits_is_not_stuck(drain: Drain) -> None:
    _, run = begin(step("rest", "wait", settings={"minutes": 600}), TASK)
    stalled(run, 300)
    assert staffing.escalate(["导诊"], minutes=15) == 0
    times_up(run, "rest#1")
    stalled(run, 300)
    assert staffing.escalate(["导诊"], minutes=15) == 0  # the role has its task
    Timer.objects.filter(run=run).update(armed=False)
    Step.objects.filter(run=run, key="check").update(state="closing")
    assert staffing.escalate(["导诊"], minutes=15) == 1


def test_an_ended_visit_is_never_stuck() -> None:
    _, run = begin(guide("first"))
    actions.close_day(run.number)
    stalled(run, 300)
    assert queries.stuck_runs(minutes=15) == []
