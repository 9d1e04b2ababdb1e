"""The demo's past days: journals that hold line by line, the same ones every time, and no name in them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from house import outpatient

from care.models import Campus, Department
from core import clock
from fixtures import days
from flows.models import Event, Run, Step
from flows.rehearsal.history import stray

WEEK = (30,) * 7


@pytest.fixture
def past(db: None) -> int:
    campus = Campus.objects.create(his_id="C1", name="本部", lng=113.3, lat=23.1, fence_metres=500)
    for number in range(3):
        Department.objects.create(his_id=f"D{number}", campus=campus, name=f"科室 {number}")
    return days.load(outpatient(), days=2, weekly=WEEK)


def test_every_journal_leads_to_the_states_on_record(past: int) -> None:
    assert past == 60
    for run in Run.objects.select_related("version"):
        rows = Event.objects.filter(run=run).order_by("sequence")
        assert stray(run.version.program, rows) == []
        assert run.status == Run.Status.ENDED


def test_one_changed_line_is_seen(past: int) -> None:
    run = Run.objects.select_related("version").filter(ended_by="finished").first()
    assert run is not None
    line = Event.objects.filter(run=run, verdict="applied", type="checkin.recorded").first()
    assert line is not None
    Event.objects.filter(pk=line.pk).update(outcome="missed")
    assert stray(run.version.program, Event.objects.filter(run=run).order_by("sequence"))[0] == line.sequence


def test_a_day_that_is_there_stays_as_it_is(past: int) -> None:
    before = list(Event.objects.order_by("pk").values_list("pk", "state_after"))
    version = Run.objects.select_related("version").first()
    assert version is not None
    assert days.load(version.version, days=2, weekly=WEEK) == 0
    assert list(Event.objects.order_by("pk").values_list("pk", "state_after")) == before


def test_the_same_day_is_invented_the_same_way(past: int) -> None:
    version, day = Run.objects.select_related("version").order_by("pk")[0].version, clock.today() - timedelta(days=2)
    places = list(Department.objects.order_by("his_id").values_list("campus_id", "his_id"))
    again = days.invent(version, day, visits=30, places=places)
    told = [(one.run.number, [event.state_after for event in one.events]) for one in again]
    kept = [(run.number, list(run.events.values_list("state_after", flat=True))) for run in Run.objects.filter(day=day).order_by("number")]
    assert told == kept


def test_people_come_in_two_waves_to_every_department_and_some_have_trouble(db: None) -> None:
    campus = Campus.objects.create(his_id="C1", name="本部", lng=113.3, lat=23.1, fence_metres=500)
    Department.objects.create(his_id="D1", campus=campus, name="心内科")
    Department.objects.create(his_id="D2", campus=campus, name="骨科")
    made = days.load(outpatient(), days=7)
    assert 1_950 <= made <= 2_050
    hours = Counter(timezoned.hour for timezoned in map(local, Run.objects.values_list("started_at", flat=True)))
    assert hours[8] > hours[12] * 3
    assert hours[14] > hours[12] * 3
    assert Run.objects.values("department").distinct().count() == 2
    assert Event.objects.filter(type="trouble", verdict="applied").count() > 10
    assert Event.objects.filter(type="undone", outcome="returned").exists()
    assert Step.objects.filter(state="cancelled").exists()


def local(moment: object) -> object:
    from django.utils import timezone

    return timezone.localtime(moment)  # type: ignore[arg-type]  # a datetime of the database


def test_without_departments_it_says_what_to_do(db: None) -> None:
    with pytest.raises(days.NoDepartments):
        days.load(outpatient(), days=1)
