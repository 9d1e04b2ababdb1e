"""Publishing: what is refused, by whom it is done, and that two at once do not lose one another's version."""

from __future__ import annotations

from typing import Any

import pytest
from at_once import at_once
from django.contrib.auth.models import Permission
from house import GUIDES, publish
from viewflow.workflow.models import Task

from core.models import Entry
from flows import actions, patterns, processes
from flows.errors import DraftMoved, FlowIncomplete, PublishRefused
from flows.models import FlowBinding, FlowDefinition, FlowVersion, Publication
from flows.processes import PublishFlow

pytestmark = pytest.mark.django_db(transaction=True)
Json = dict[str, Any]


def draft(body: list[Json], *, code: str = "walk", **more: Any) -> FlowDefinition:
    tree = {"schema": 1, "code": code, "title": "门诊", "body": body, **more}
    definition = FlowDefinition.objects.create(code=code, title="门诊", tree=tree)
    definition.save_revision()
    return definition


def with_money() -> FlowDefinition:
    tree = patterns.outpatient()
    return draft(tree["body"], code="outpatient", interrupts=tree["interrupts"])


@pytest.fixture
def staff(django_user_model: Any) -> Any:
    approves = Permission.objects.get(codename="approve_flowdefinition")

    def hire(name: str, *, may: bool = True) -> Any:
        user = django_user_model.objects.create_user(username=name, first_name=f"职员{name}")
        if may:
            user.user_permissions.add(approves)
        return user

    return hire


# What is refused


@pytest.mark.parametrize(
    "body",
    [
        [{"kind": "step", "key": "a", "title": "报到", "type": "checkin@1"}],  # ports unserved
        [{"kind": "step", "key": "a", "title": "甲", "type": "teleport@1"}],
        [GUIDES[0], GUIDES[0]],
        [{"kind": "leave", "key": "a"}, GUIDES[0]],
        [{"kind": "nonsense"}],
    ],
)
def test_an_incomplete_flow_is_not_published_and_nothing_changes(body: list[Json]) -> None:
    definition = draft(body)
    with pytest.raises(FlowIncomplete) as refused:
        actions.publish(definition, by="chen", approved_by="lin")
    assert refused.value.facts["faults"] >= 1
    assert (FlowVersion.objects.count(), Entry.objects.filter(action="flows.published").count()) == (0, 0)


@pytest.mark.parametrize("approved_by", ["", "chen"])
def test_money_needs_a_second_person(approved_by: str) -> None:
    with pytest.raises(PublishRefused):
        actions.publish(with_money(), by="chen", approved_by=approved_by)
    assert FlowVersion.objects.count() == 0


def test_without_money_one_person_is_enough(staff: Any) -> None:
    version = processes.submit(draft(GUIDES), by=staff("chen", may=False))
    assert isinstance(version, FlowVersion)
    assert (version.number, version.published_by, version.approved_by, Publication.objects.count()) == (1, "chen", "", 0)


def test_every_flow_ends_with_its_day() -> None:
    assert [interrupt["on"] for interrupt in publish().tree["interrupts"]] == ["visit.day_over"]


def test_two_people_publishing_at_once_make_two_versions_and_one_binding() -> None:
    publish()
    definition = FlowDefinition.objects.get()
    numbers = at_once(*[lambda: actions.publish(FlowDefinition.objects.get(pk=definition.pk), by="chen").number] * 2)
    assert sorted(numbers) == [2, 3]
    assert [binding.version.number for binding in FlowBinding.objects.filter(until=None)] == [3]


# The process


def approve_task() -> Task:
    return Task.objects.get(flow_task=PublishFlow.approve, status__in=["NEW", "ASSIGNED"])


def decide(client: Any, user: Any, *, agreed: str, reason: str = "") -> Any:
    """Take the task and decide, through viewflow's own views at the desk's addresses."""
    task = approve_task()
    client.force_login(user)
    base = f"/admin/desk/duty/publish/{task.process_id}/approve/{task.pk}"
    taken = client.post(f"{base}/assign/")
    if taken.status_code != 302:
        return taken
    return client.post(f"{base}/execute/", {"agreed": agreed, "reason": reason})


def test_who_submitted_may_not_decide_another_may(staff: Any) -> None:
    chen, lin, wu = staff("chen"), staff("lin"), staff("wu", may=False)
    process = processes.submit(with_money(), by=chen)
    task = approve_task()
    assert isinstance(process, Publication)
    assert (process.title, process.submitter, task.flow_task.name) == ("门诊", "职员chen", "approve")
    assert [bool(task.flow_task.can_assign(user, task)) for user in (chen, lin, wu)] == [False, True, False]
    with pytest.raises(PublishRefused):
        actions.publish_submitted(process, by="chen")
    with pytest.raises(PublishRefused):
        actions.refuse_submitted(process, by="chen", reason="不行")
    assert FlowVersion.objects.count() == 0


def test_submitting_the_same_draft_again_is_the_same_process(staff: Any) -> None:
    definition, chen = with_money(), staff("chen")
    assert processes.submit(definition, by=chen).pk == processes.submit(definition, by=chen).pk
    assert Publication.objects.count() == 1


def test_agreeing_publishes_in_one_go(staff: Any) -> None:
    process = processes.submit(with_money(), by=staff("chen"))
    version = actions.publish_submitted(process, by="lin")
    assert (version.number, version.published_by, version.approved_by, version.sha256) == (1, "chen", "lin", process.sha256)
    assert Entry.objects.get(action="flows.published").actor == "lin"


def test_a_draft_changed_since_is_stale(staff: Any) -> None:
    definition = with_money()
    process = processes.submit(definition, by=staff("chen"))
    definition.tree = {**definition.tree, "body": [*definition.tree["body"], *GUIDES]}
    definition.save_revision()
    with pytest.raises(DraftMoved):
        actions.publish_submitted(process, by="lin")
    assert FlowVersion.objects.count() == 0


def test_an_unsaved_look_is_never_published(staff: Any) -> None:
    """What is published is the newest revision, not the row: the row follows it."""
    definition = with_money()
    definition.tree = {**definition.tree, "body": [*definition.tree["body"], *GUIDES]}
    definition.save_revision()
    process = processes.submit(definition.get_latest_revision_as_object(), by=staff("chen"))
    version = actions.publish_submitted(process, by="lin")
    row = FlowDefinition.objects.get()
    assert (row.tree["body"], row.has_unpublished_changes, len(version.tree["body"])) == (definition.tree["body"], False, 3)


class TestAtTheDesk:
    """The same, by hand, in the back office."""

    def test_agree(self, client: Any, staff: Any) -> None:
        processes.submit(with_money(), by=staff("chen"))
        lin = staff("lin")
        lin.is_superuser = True
        lin.save()
        assert decide(client, lin, agreed="yes").status_code == 302
        assert FlowVersion.objects.get().approved_by == "lin"
        assert Publication.objects.get().finished is not None

    def test_a_superuser_may_not_agree_to_her_own(self, client: Any, staff: Any) -> None:
        chen = staff("chen")
        chen.is_superuser = True
        chen.save()
        processes.submit(with_money(), by=chen)
        assert decide(client, chen, agreed="yes").status_code in (302, 403)
        assert FlowVersion.objects.count() == 0

    def test_sending_back_needs_a_reason_and_goes_to_the_submitter(self, client: Any, staff: Any) -> None:
        chen, lin = staff("chen"), staff("lin")
        lin.is_superuser = True
        lin.save()
        processes.submit(with_money(), by=chen)
        assert "请写明要改什么" in decide(client, lin, agreed="no").content.decode()
        task = approve_task()
        assert (
            client.post(
                f"/admin/desk/duty/publish/{task.process_id}/approve/{task.pk}/execute/", {"agreed": "no", "reason": "缺报到"}
            ).status_code
            == 302
        )
        revise = Task.objects.get(flow_task=PublishFlow.revise)
        assert (revise.owner, revise.process.coerced.reason, FlowVersion.objects.count()) == (chen, "缺报到", 0)
        assert Entry.objects.get(action="flows.sent_back").facts["reason"] == "缺报到"

    def test_a_stale_draft_says_so_and_the_task_stays(self, client: Any, staff: Any) -> None:
        definition, lin = with_money(), staff("lin")
        lin.is_superuser = True
        lin.save()
        processes.submit(definition, by=staff("chen"))
        definition.tree = {**definition.tree, "body": GUIDES}
        definition.save_revision()
        assert "送审之后流程又改过" in decide(client, lin, agreed="yes").content.decode()
        assert (FlowVersion.objects.count(), approve_task().status) == (0, "ASSIGNED")
