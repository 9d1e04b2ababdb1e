"""What a visit begins with: places as HIS lists them, frozen with the version; session and elder version where the rooms know them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, transaction
from house import GUIDES, account, appointment, fresh, publish

from care.models import Appointment, Campus, Department
from flows import errands, queries
from flows.models import FlowVersion, Run
from flows.vocabulary import MOST_PLACES, OTHER, START, declared
from patients.models import Account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    cache.clear()


def directory(*departments: str) -> None:
    campus, _ = Campus.objects.get_or_create(his_id="C1", defaults={"name": "本部", "lng": 113.3, "lat": 23.1, "fence_metres": 500})
    for number in departments:
        Department.objects.get_or_create(his_id=number, defaults={"campus": campus, "name": f"科室{number}"})


def facts_of(visit: Appointment) -> dict[str, Any]:
    run = errands.start(visit)
    assert run is not None
    return dict(fresh(run).kernel_state.facts)


def by_department(*cases: str) -> list[dict[str, Any]]:
    ways = [
        {"key": f"to_{number.lower()}", "title": number, "when": {"fact": "visit.department", "op": "is", "value": number}, "body": []}
        for number in cases
    ]
    return [{"kind": "branch", "key": "where", "title": "哪个科", "cases": ways, "otherwise": [GUIDES[0]]}, GUIDES[1]]


def test_a_visit_begins_with_its_place_session_and_way_of_display() -> None:
    directory("D1", "D2")
    publish()
    account()
    facts = facts_of(appointment(session="am"))
    assert {name: facts[name] for name in ("visit.campus", "visit.department", "clinic.session", "patient.elder_mode")} == {
        "visit.campus": "C1", "visit.department": "D1", "clinic.session": "am", "patient.elder_mode": True,
    }  # fmt: skip


def test_her_own_choice_of_display_counts_and_what_is_not_known_is_no_fact() -> None:
    publish()
    account()
    Account.objects.update(display="normal")
    facts = facts_of(appointment())
    assert facts["patient.elder_mode"] is False
    assert (
        not {"visit.campus", "visit.department", "clinic.session"} & facts.keys()
    )  # no directory when it was published, HIS named no session


def test_the_range_is_frozen_and_a_place_that_came_later_is_one_of_the_others() -> None:
    directory("D8", "D9")
    version = publish(by_department("D8"))
    assert version.vocabulary["visit.department"]["type"]["options"] == {"D8": "科室D8", "D9": "科室D9", OTHER: "其他科室"}
    account()
    visit = appointment()  # in D1, which HIS lists since
    run = errands.start(visit)
    assert run is not None
    assert fresh(run).kernel_state.facts["visit.department"] == OTHER
    assert list(fresh(run).kernel_state.live) == ["first"]
    assert not Run.objects.filter(in_trouble=True).exists()


def test_a_branch_over_every_place_still_needs_its_others() -> None:
    from flows.errors import FlowIncomplete

    directory("D8", "D9")
    body = by_department("D8", "D9")
    body[0]["otherwise"] = None
    with pytest.raises(FlowIncomplete) as refused:
        publish(body)
    assert refused.value.facts["first"] == "flow.branch_gap"


def test_a_published_range_never_changes() -> None:
    directory("D8")
    version = publish()
    with pytest.raises(DatabaseError), transaction.atomic():
        FlowVersion.objects.filter(pk=version.pk).update(vocabulary={})


def test_a_version_from_before_keeps_to_what_it_was_proved_against() -> None:
    directory("D1")
    assert declared({"visit.department": "D1", "patient.age": 7, "patient.name": "赵一鸣"}) == {"patient.age": 7}
    assert "visit.department" not in START


def test_a_large_hospital_has_forty_places_to_tell_apart_at_most() -> None:
    directory(*[f"X{n:03d}" for n in range(100)])
    words = queries.start_facts(fresh=True)["visit.department"]
    assert (len(words.type.options), OTHER in words.type.options) == (MOST_PLACES + 1, True)


def test_the_canvas_asks_for_the_directory_once_a_minute() -> None:
    directory("D8")
    assert "D8" in queries.start_facts()["visit.department"].type.options
    directory("D9")
    assert "D9" not in queries.start_facts()["visit.department"].type.options
    assert "D9" in queries.start_facts(fresh=True)["visit.department"].type.options
