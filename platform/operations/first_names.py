"""What Django's and Wagtail's first migrations leave in the tables in English, put into Chinese once. A name staff have changed stays."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import translation
from wagtail.models import Collection, GroupApprovalTask, Page, Workflow

VERBS = {
    "add": "新建",
    "change": "修改",
    "delete": "删除",
    "view": "查看",
    "publish": "发布",
    "lock": "锁定",
    "unlock": "解锁",
    "choose": "选用",
}
PAGES = {
    "bulk_delete_page": "连同下级页面一起删除",
    "lock_page": "锁定、解锁自己锁的页面",
    "unlock_page": "解锁任何页面",
    "publish_page": "发布任何页面",
    "access_admin": "可以进入后台",
}


@transaction.atomic
def keep() -> None:
    """A repeat changes nothing."""
    Page.objects.filter(depth=1, title="Root").update(title="全部页面", draft_title="全部页面")
    Page.objects.filter(depth=2, title="Welcome to your new Wagtail site!").update(
        title=settings.HOSPITAL_NAME, draft_title=settings.HOSPITAL_NAME
    )
    Collection.objects.filter(depth=1, name="Root").update(name="全部文件")
    Workflow.objects.filter(name="Moderators approval").update(name="内容审核")
    for task in GroupApprovalTask.objects.filter(name="Moderators approval"):
        task.name = "信息科审核"
        task.save()
        task.groups.set(Group.objects.filter(name="信息科"))
    permissions()


def permissions() -> None:
    """Permissions as the page of a role shows them: 新建用户 instead of what Django wrote."""
    with translation.override(settings.LANGUAGE_CODE):
        for permission in Permission.objects.select_related("content_type").filter(name__regex=r"^[A-Za-z]"):
            if (name := chinese(permission)) and name != permission.name:
                permission.name = name
                permission.save(update_fields=["name"])


def chinese(permission: Permission) -> str:
    """Empty when there is no word for it: a permission of ours is Chinese from the first."""
    if permission.codename in PAGES:
        return PAGES[permission.codename]
    verb = VERBS.get(permission.codename.partition("_")[0])
    model = permission.content_type.model_class()
    return f"{verb}{model._meta.verbose_name}" if verb and model else ""
