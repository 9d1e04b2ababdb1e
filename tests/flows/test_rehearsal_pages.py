"""The rehearsal's pages and its background work: asked for, worked, cancelled, broken off; who may see them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from house import outpatient
from recorded import block

from care.models import Campus, Department
from core import clock
from fixtures import days
from flows.models import FlowDefinition, Rehearsal, Run
from flows.rehearsal import jobs
from operations import roles

WEEK = (60,) * 7


@pytest.fixture
def past(db: None) -> FlowDefinition:
    campus = Campus.objects.create(his_id="C1", name="本部", lng=113.3, lat=23.1, fence_metres=500)
    for number, name in enumerate(("心内科", "骨科")):
        Department.objects.create(his_id=f"D{number}", campus=campus, name=name)
    version = outpatient()
    days.load(version, days=2, weekly=WEEK)
    return version.definition


@pytest.fixture
def nurse(client: Any, django_user_model: Any, db: None) -> Any:
    roles.keep()
    user = django_user_model.objects.create_user("chen", password="…", is_staff=True)
    user.groups.set(Group.objects.filter(name="运营"))
    client.force_login(user)
    return client


def spoil(definition: FlowDefinition) -> None:
    """The draft loses what happens to those who come late."""
    tree = json.loads(json.dumps(definition.tree))
    del block(tree, "arrive")["ports"]["late"]
    definition.tree = tree
    definition.save_revision()


def window(days: int = 2) -> dict[str, str]:
    today = clock.today()
    return {"since": (today - timedelta(days=days)).isoformat(), "until": (today - timedelta(days=1)).isoformat()}


def at(name: str, *args: object) -> str:
    return reverse(f"flow_rehearsal:{name}", args=args)


def test_a_replay_of_the_unchanged_flow_says_all_are_the_same(nurse: Any, past: FlowDefinition) -> None:
    answer = nurse.post(at("replay", past.pk), window(), follow=True)
    assert answer.status_code == 200
    body = answer.content.decode()
    assert "120 次和过去一样（100.0%）。" in body
    row = Rehearsal.objects.get()
    assert (row.state, row.total, row.done, row.asked_by) == ("done", 120, 120, "chen")


def test_a_replay_names_who_would_be_stuck_and_where(nurse: Any, past: FlowDefinition) -> None:
    spoil(past)
    body = nurse.post(at("replay", past.pk), window(), follow=True).content.decode()
    assert "停在「报到」：草稿没有说“迟到”之后怎么办。" in body
    row = Rehearsal.objects.get()
    group = row.result["groups"][0]
    assert group["verdict"] == "stuck"
    assert Run.objects.filter(number__in=group["examples"]).count() == len(group["examples"]) > 0
    only = nurse.get(at("found", past.pk, row.pk) + "?only=unknown").content.decode()
    assert "停在「报到」" not in only


def test_one_department_is_replayed_alone(nurse: Any, past: FlowDefinition) -> None:
    nurse.post(at("replay", past.pk), {**window(), "department": "D1"})
    assert Rehearsal.objects.get().total == Run.objects.filter(department="D1").count() < 120


def test_days_the_wrong_way_round_are_refused_and_nothing_is_asked(nurse: Any, past: FlowDefinition) -> None:
    given = window()
    body = nurse.post(at("replay", past.pk), {"since": given["until"], "until": given["since"]}).content.decode()
    assert "开始的日子要在结束之前" in body
    assert not Rehearsal.objects.exists()


def test_a_simulation_tells_its_conclusion_and_its_numbers(nurse: Any, past: FlowDefinition) -> None:
    given = {"visits": 200, "slow": 10, "seed": 1, "counters_wait": 1, "minutes_consult": 9}
    body = nurse.post(at("simulate", past.pk), given, follow=True).content.decode()
    assert "「候诊」最先堵住" in body
    assert "一半的人在此之内办完" in body
    assert Rehearsal.objects.get().parameters["steps"] == {"wait": {"counters": 1}, "consult": {"minutes": 9.0}}
    again = nurse.get(at("simulate", past.pk) + f"?again={Rehearsal.objects.get().pk}").content.decode()
    assert 'name="counters_wait" value="1"' in again


def test_a_simulation_from_history_comes_when_people_came(past: FlowDefinition) -> None:
    given = jobs.simulated(past, {**window(), "visits": 50, "seed": 3})
    assert given.visits == 50
    assert given.arrivals[8] > given.arrivals.get(12, 0)
    assert given.steps["consult"].outcomes["seen"] > 0
    assert isinstance(given.steps["consult"].minutes, list)
    assert given.steps["pharmacy"].minutes is None
    assert given.starts


def test_play_walks_beside_the_phone(nurse: Any, past: FlowDefinition) -> None:
    body = nurse.get(at("play", past.pk)).content.decode()
    assert "一位患者" in body
    walk = ["start", "arrive#1=arrived", "wait#1=called"]
    body = nurse.get(at("play", past.pk), {"walk": walk}).content.decode()
    assert "「候诊」已叫号" in body
    assert "「就诊」已就诊" in body
    assert "医生正在等您" in body
    elder = nurse.get(at("play", past.pk), {"walk": walk, "elder": "1"}).content.decode()
    assert "yc-phone__glass is-elder" in elder


def test_a_walk_the_draft_does_not_know_any_more_says_so(nurse: Any, past: FlowDefinition) -> None:
    body = nurse.get(at("play", past.pk), {"walk": ["start", "gone#1=done", "wait#1=called"]}).content.decode()
    assert "这条走法从这里起走不下去了" in body


def test_who_may_not_see_flows_sees_no_rehearsal(client: Any, django_user_model: Any, past: FlowDefinition) -> None:
    user = django_user_model.objects.create_user("other", is_staff=True)
    client.force_login(user)
    for name in ("play", "replay", "simulate"):
        assert client.get(at(name, past.pk)).status_code in (302, 403)
    assert client.post(at("replay", past.pk), window()).status_code in (302, 403)
    assert not Rehearsal.objects.exists()


# In the background


def waiting(definition: FlowDefinition) -> Rehearsal:
    return Rehearsal.objects.create(
        definition=definition, kind="replay", tree=definition.tree, parameters=window(), total=120, asked_by="chen"
    )


def test_a_long_one_is_left_to_the_worker(
    nurse: Any, past: FlowDefinition, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(jobs, "SMALL", 10)  # a setting, not a function
    left: list[int] = []
    monkeypatch.setattr(jobs.work, "apply_async", lambda args, **_: left.extend(args))  # Celery's, not ours
    with django_capture_on_commit_callbacks(execute=True):
        answer = nurse.post(at("replay", past.pk), window(), follow=True)
    row = Rehearsal.objects.get()
    assert left == [row.pk]
    assert (row.state, row.result) == ("waiting", None)
    assert "data-yr-progress" in answer.content.decode()
    jobs.work(row.pk)
    row.refresh_from_db()
    assert (row.state, row.result["same"]) == ("done", 120)


def test_worked_twice_it_is_worked_once(past: FlowDefinition) -> None:
    row = waiting(past)
    jobs.work(row.pk)
    first = Rehearsal.objects.get(pk=row.pk)
    jobs.work(row.pk)
    assert Rehearsal.objects.get(pk=row.pk).touched_at == first.touched_at


def test_cancelled_before_it_began_it_never_does(nurse: Any, past: FlowDefinition) -> None:
    row = waiting(past)
    nurse.post(at("cancel", past.pk, row.pk))
    jobs.work(row.pk)
    row.refresh_from_db()
    assert (row.state, row.result) == ("cancelled", None)
    assert "已取消，没有结果。" in nurse.get(at("found", past.pk, row.pk)).content.decode()


def test_cancelled_under_way_it_stops_and_keeps_nothing(past: FlowDefinition, monkeypatch: Any) -> None:
    monkeypatch.setattr(jobs, "TOUCH", 0.0)  # a setting: every word is written
    row = waiting(past)
    heard = jobs.telling(row.pk)
    assert jobs.claim(row.pk)
    assert heard(10, 120)
    jobs.cancel(row)
    assert not heard(20, 120)
    row.refresh_from_db()
    assert (row.state, row.done, row.result) == ("cancelled", 10, None)


def test_a_done_one_cannot_be_cancelled(past: FlowDefinition) -> None:
    row = waiting(past)
    jobs.work(row.pk)
    jobs.cancel(row)
    assert Rehearsal.objects.get(pk=row.pk).state == "done"


def test_broken_off_is_said_and_can_be_done_again(nurse: Any, past: FlowDefinition) -> None:
    """The worker died: the table still says it is under way, but nobody said a word for a while."""
    row = waiting(past)
    Rehearsal.objects.filter(pk=row.pk).update(state="running", done=40, touched_at=clock.now() - timedelta(minutes=5))
    body = nurse.get(at("found", past.pk, row.pk)).content.decode()
    assert "已中断：做到 40 / 120 时" in body
    assert nurse.get(at("progress", past.pk, row.pk)).json() == {"state": "broken", "done": 40, "total": 120}
    nurse.post(at("again", past.pk, row.pk))
    assert Rehearsal.objects.order_by("pk").last().state == "done"  # type: ignore[union-attr]  # there are two
    jobs.work(row.pk)  # and a message that comes again after the worker's death begins anew
    assert Rehearsal.objects.get(pk=row.pk).state == "done"


def test_one_under_way_is_not_begun_twice(past: FlowDefinition) -> None:
    row = waiting(past)
    assert jobs.claim(row.pk)
    assert not jobs.claim(row.pk)


def test_one_that_fails_says_so(nurse: Any, past: FlowDefinition) -> None:
    row = waiting(past)
    Rehearsal.objects.filter(pk=row.pk).update(parameters={"since": "yesterday", "until": "today"})
    with pytest.raises(jobs.RehearsalUnclear):
        jobs.work(row.pk)
    Rehearsal.objects.filter(pk=row.pk).update(parameters=window())
    assert "没有算成" in nurse.get(at("found", past.pk, row.pk)).content.decode()
