"""A step that a role works, and a visit that stands still, from the inbox to the run's timeline; what each role may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from test_inbox import Colleague, Hire, hire  # noqa: F401 -- a fixture

from core import clock
from core.models import Entry
from flows import actions, effects, staffing
from flows.actions import Visit
from flows.models import Event, FlowDefinition, Run
from operations.queries import visit as visits

pytestmark = pytest.mark.django_db
TREE = {
    "schema": 1,
    "code": "staff_work",
    "title": "入院办理",
    "body": [
        {"kind": "step", "key": "check", "title": "核对材料", "type": "task@1", "ports": {"rejected": []},
         "settings": {"role": "导诊", "what": "看身份证和住院单", "fields": [{"key": "complete", "title": "材料齐吗"}]}},
        {"kind": "step", "key": "after", "title": "须知", "type": "guide@1", "settings": {"page": "a", "must_read": True}},
    ],
}  # fmt: skip


@pytest.fixture
def run(patient: Callable[[str], str]) -> Run:
    definition = FlowDefinition.objects.create(code="staff_work", title="入院办理", tree=TREE)
    actions.bind(actions.publish(definition, by="chen"), by="lin")
    started = actions.start_run(Visit("A1", patient("赵一鸣"), "C1", "D1", "first", clock.today(), {}))
    effects.carry_out(started.number, "open", "check#1")
    return started


def live(run: Run) -> list[str]:
    return list(Run.objects.get(pk=run.pk).kernel_state.live)


def test_the_role_finds_the_task_works_it_and_the_visit_goes_on(run: Run, hire: Hire) -> None:  # noqa: F811
    nurse, cashier = hire("ding", "导诊"), hire("fang", "收费财务")
    assert cashier.inbox == []
    [(what, url)] = nurse.inbox
    assert what == f"核对材料：就诊 {run.number}"
    form = nurse.take(url)
    page = nurse.page(form).get_text()
    assert "看身份证和住院单" in page and "材料齐吗" in page and "打开这次就诊" in page
    assert "赵一鸣" not in page
    assert timeline(run)[0] == ("核对材料", "导诊 · 职员ding在办")
    refused = nurse.decide(form, outcome="done")
    assert refused.select(".yc-field__wrong")
    assert live(run) == ["check"]
    done = nurse.decide(form, outcome="done", fact_complete="yes", note="已看原件")
    assert "这件事办好了" in str(done)
    assert (live(run), nurse.inbox) == (["after"], [])
    assert timeline(run)[0] == ("核对材料", "ding")
    entry = Entry.objects.get(action="flows.task_worked")
    assert (entry.actor, entry.subject, entry.facts["reason"]) == ("ding", run.number, "已看原件")
    assert Event.objects.get(run=run, type="task.done").facts == {"complete": True}


def timeline(run: Run) -> list[tuple[str, str]]:
    fresh = visits.run_of(run.number)
    return [(moment.title, moment.who) for moment in visits.timeline(fresh, visits.steps_of(fresh))]


def test_before_anybody_takes_it_the_timeline_says_so(run: Run) -> None:
    assert timeline(run)[0] == ("核对材料", "导诊 · 还没有人接")


def test_another_role_can_neither_take_it_nor_end_it(run: Run, hire: Hire) -> None:  # noqa: F811
    nurse, cashier = hire("ding", "导诊"), hire("fang", "收费财务")
    url = nurse.inbox[0][1]
    taken = cashier.client.post(f"{url}assign/", follow=True)
    sent = cashier.client.post(f"{url}execute/", {"outcome": "done", "fact_complete": "yes"}, follow=True)
    assert live(run) == ["check"]
    assert (taken.status_code, sent.status_code) == (403, 403)


def test_somebody_who_left_the_role_cannot_end_what_she_took(run: Run, hire: Hire) -> None:  # noqa: F811
    nurse = hire("ding", "导诊")
    form = nurse.take(nurse.inbox[0][1])
    nurse.user.groups.set(Group.objects.filter(name="收费财务"))
    assert nurse.client.post(form, {"outcome": "done", "fact_complete": "yes"}, follow=True).status_code == 403
    assert live(run) == ["check"]


def test_a_note_with_the_patients_name_is_refused(run: Run, hire: Hire) -> None:  # noqa: F811
    nurse = hire("ding", "导诊")
    form = nurse.take(nurse.inbox[0][1])
    page = nurse.decide(form, outcome="done", fact_complete="yes", note="赵一鸣的材料齐了")
    assert "不要写患者姓名" in page.get_text()
    assert live(run) == ["check"]


def test_a_visit_that_stands_still_is_somebodys_task(run: Run, hire: Hire) -> None:  # noqa: F811
    effects.trouble(run, "check#1", "系统说不清")
    Run.objects.filter(pk=run.pk).update(troubled_at=clock.now() - timedelta(minutes=30))
    assert staffing.escalate(["导诊", "运营"], minutes=15) == 1
    nurse, operator, cashier = hire("ding", "导诊"), hire("yun", "运营"), hire("fang", "收费财务")
    title = f"就诊停住了：就诊 {run.number}"
    assert title in [what for what, _ in nurse.inbox]
    assert [what for what, _ in operator.inbox] == [title]
    assert cashier.inbox == []
    page = operator.page(operator.take(operator.inbox[0][1])).get_text()
    assert "停在“核对材料”" in page
    assert "结果" not in [label.get_text() for label in operator.page(operator.inbox[0][1]).select("label")]


def test_the_inbox_narrows_to_the_kind(run: Run, hire: Hire) -> None:  # noqa: F811
    nurse: Colleague = hire("ding", "导诊")
    page = nurse.page(f"{reverse('operations:inbox')}?flow=task").get_text()
    assert "就诊里的事" in page and "核对材料" in page


def test_money_that_goes_back_is_never_ended_by_hand(patient: Callable[[str], str]) -> None:
    from flows.nodes import CONTRACTS
    from flows.schema import Step
    from operations.queries import hands

    refund = Step(key="back", title="退款", type="refund@1", settings={"of": ["pay"]}, skippable=True)
    desk = Step(key="desk", title="收费处", type="desk@1", settings={"of": ["pay"]})
    for step in (refund, desk):
        contract: Any = CONTRACTS[step.type]
        assert not hands.finish(step, contract, f"{step.key}#1", "waiting").allowed
        assert not hands.skip(step, contract, f"{step.key}#1", "waiting").allowed
