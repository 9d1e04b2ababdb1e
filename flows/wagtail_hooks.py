"""Where flows meets Wagtail: the snippet with its canvas, the addresses of the canvas, the save bar."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.urls import URLPattern, URLResolver, include, path
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.snippets.action_menu import ActionMenuItem
from wagtail.snippets.models import register_snippet

from flows import processes, staffing
from flows.editor import handover, rehearsing, sources, urls
from flows.editor.snippet import FlowViewSet, SendItem, only_ours
from flows.models import FlowDefinition, FlowVersion

register_snippet(FlowViewSet)


def submit(draft: FlowDefinition, user: Any) -> str:
    """Publish, or start the approval of a flow that takes money; what staff read. Raises FlowIncomplete."""
    outcome = processes.submit(draft, by=user)
    if isinstance(outcome, FlowVersion):
        return f"已发布第 {outcome.number} 版。新的就诊按这一版走，走到一半的就诊不变。"
    return "已送审。这个流程会收钱，另一位同事在“我的待办”里同意后才发布。"


handover.use(submit)


def roles() -> sources.Choices:
    return [(name, name) for name in Group.objects.order_by("pk").values_list("name", flat=True)]


def staff_processes() -> sources.Choices:
    return [(name, str(one.process_title)) for name, one in staffing.CODED.items()]


sources.offer(sources.ROLES, roles)
sources.offer(sources.STAFF_PROCESSES, staff_processes)


@hooks.register("register_admin_urls")
def canvas_urls() -> list[URLPattern | URLResolver]:
    return [path("flows/editor/", include((urls.urlpatterns, urls.app_name)))]


@hooks.register("register_admin_urls")
def rehearsal_urls() -> list[URLPattern | URLResolver]:
    return [path("flows/rehearsal/", include((rehearsing.urlpatterns, "flow_rehearsal")))]


@hooks.register("register_snippet_action_menu_item")
def send_item(model: type[Any]) -> ActionMenuItem | None:
    return SendItem() if model is FlowDefinition else None


hooks.register("construct_snippet_action_menu", only_ours)


@hooks.register("construct_main_menu")
def no_list_of_snippets(_request: object, items: list[MenuItem]) -> None:
    """流程 stands in the menu by itself."""
    items[:] = [item for item in items if item.name != "snippets"]
