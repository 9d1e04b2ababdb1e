"""Roles: complete after a migrate, given once, and theirs to change afterwards."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission

from operations import roles
from operations.models import Grant

pytestmark = pytest.mark.django_db


def holds(role: str, name: str) -> bool:
    room, codename = name.split(".")
    return Group.objects.get(name=role).permissions.filter(content_type__app_label=room, codename=codename).exists()


def test_every_role_got_everything_it_begins_with() -> None:
    roles.keep()
    wanted = {(role, name) for role, names in roles.ROLES.items() for name in names}
    assert wanted - set(Grant.objects.values_list("role", "permission")) == set()
    assert {role for role in roles.ROLES if not holds(role, "wagtailadmin.access_admin")} == set()


def test_money_is_for_the_cashiers_alone() -> None:
    roles.keep()
    assert roles.who_can(["payments.resolve_trouble"]) == ["收费财务"]
    assert roles.who_can(["flows.approve_flowdefinition"]) == ["流程审核"]
    assert roles.who_can(["core.view_entry"]) == ["安全"]


def test_a_repeat_changes_nothing() -> None:
    roles.keep()
    before = [(group.name, sorted(group.permissions.values_list("pk", flat=True))) for group in Group.objects.order_by("name")]
    roles.keep()
    assert [(group.name, sorted(group.permissions.values_list("pk", flat=True))) for group in Group.objects.order_by("name")] == before


def test_what_staff_took_away_stays_away() -> None:
    roles.keep()
    Group.objects.get(name="导诊").permissions.remove(Permission.objects.get(codename="act_on_run"))
    roles.keep()
    assert not holds("导诊", "flows.act_on_run")


def test_wagtails_own_groups_are_gone_unless_someone_is_in_them(django_user_model: object) -> None:
    Group.objects.get_or_create(name="Editors")
    someone = django_user_model.objects.create(username="editor")  # type: ignore[attr-defined]
    Group.objects.get_or_create(name="Moderators")[0].user_set.add(someone)
    roles.keep()
    assert set(Group.objects.filter(name__in=roles.WAGTAILS_OWN).values_list("name", flat=True)) == {"Moderators"}
