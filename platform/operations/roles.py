"""Roles are Django groups. What each begins with is written here; `keep` gives it once, staff may change it afterwards.

A grant reads `room.codename`; `pages.<codename>` is a right on every page, `files.<codename>` on every image and document.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from operations.models import Grant

EVERYONE = ("wagtailadmin.access_admin", "operations.see_today")
RUNS = ("flows.view_run", "flows.act_on_run", "flows.view_staffwork", "operations.reveal_patient", "operations.export_runs")
FLOWS = (
    "flows.view_flowdefinition",
    "flows.add_flowdefinition",
    "flows.change_flowdefinition",
    "flows.view_flowversion",
    "flows.view_publication",
)
MONEY = ("payments.view_order", "payments.view_posting", "payments.resolve_trouble", "payments.view_trouble")
PAGES = ("pages.add_page", "pages.change_page", "pages.publish_page", "pages.lock_page", "pages.unlock_page")
FILES = tuple(f"files.{verb}_{kind}" for kind in ("image", "document") for verb in ("add", "change", "choose"))
PEOPLE = ("auth.add_user", "auth.change_user", "auth.delete_user", "auth.add_group", "auth.change_group", "auth.delete_group")
LETTERS = ("core.view_delivery", "core.change_delivery")
FOLDERS = tuple(f"wagtailcore.{verb}_collection" for verb in ("add", "change", "delete"))

ROLES: dict[str, tuple[str, ...]] = {
    "运营": (*EVERYONE, *RUNS, *FLOWS, *PAGES, *FILES),
    "收费财务": (*EVERYONE, *MONEY, "flows.view_run", "flows.view_staffwork"),
    "导诊": (*EVERYONE, "flows.view_run", "flows.act_on_run", "flows.view_staffwork", "operations.reveal_patient"),
    "信息科": (
        *EVERYONE,
        *PAGES,
        *FILES,
        *LETTERS,
        *FOLDERS,
        "flows.view_run",
        "flows.view_flowdefinition",
        "flows.view_flowversion",
        "payments.view_order",
    ),
    "安全": (*EVERYONE, *PEOPLE, "core.view_entry", "core.view_delivery"),
    "流程审核": (
        *EVERYONE,
        "flows.view_flowdefinition",
        "flows.view_flowversion",
        "flows.view_publication",
        "flows.approve_flowdefinition",
    ),
}

WAGTAILS_OWN = ("Moderators", "Editors")
"""Made by Wagtail's first migration; our roles take their place."""


@transaction.atomic
def keep() -> None:
    """Make every role, and give it what it never had. A repeat changes nothing; what staff removed is not given again."""
    Group.objects.filter(name__in=WAGTAILS_OWN, user=None).delete()
    for role, wanted in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        had = set(Grant.objects.filter(role=role).values_list("permission", flat=True))
        for name in wanted:
            if name not in had and give(group, name):
                Grant.objects.create(role=role, permission=name)


def give(group: Group, name: str) -> bool:
    """True when it was given; False when its room is not installed (yet)."""
    room, _, codename = name.partition(".")
    if room in ("pages", "files"):
        return give_tree(group, room, codename)
    found = Permission.objects.filter(content_type__app_label=room, codename=codename).first()
    if found:
        group.permissions.add(found)
    return bool(found)


def give_tree(group: Group, room: str, codename: str) -> bool:
    """A right on the whole tree of pages, or on all files."""
    label = {"page": "wagtailcore", "image": "wagtailimages", "document": "wagtaildocs"}[codename.partition("_")[2]]
    permission = Permission.objects.filter(content_type__app_label=label, codename=codename).first()
    page, collection = Page.get_first_root_node(), Collection.get_first_root_node()
    if permission is None or page is None or collection is None:
        return False
    if room == "pages":
        GroupPagePermission.objects.get_or_create(group=group, page=page, permission=permission)
    else:
        GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=permission)
    return True


def who_can(permissions: Iterable[str]) -> list[str]:
    """The roles that hold every one of these permissions today, in the order above, then the hospital's own."""
    wanted = [name.split(".", 1) for name in permissions]
    groups = Group.objects.all()
    for room, codename in wanted:
        groups = groups.filter(permissions__content_type__app_label=room, permissions__codename=codename)
    names = set(groups.values_list("name", flat=True))
    return [role for role in ROLES if role in names] + sorted(names - set(ROLES))
