"""Where the desk meets Wagtail: menu, pages, look, front page, search."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.forms.collections import GroupCollectionManagementPermissionFormSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.search import SearchArea
from wagtail.documents.forms import GroupDocumentPermissionFormSet
from wagtail.images.forms import GroupImagePermissionFormSet
from wagtail.sites.views import IndexView as SiteList
from wagtail.users.forms import PagePermissionsForm

from operations import board, menu, urls, viewsets


@hooks.register("register_admin_urls")
def desk_urls() -> list[URLPattern | URLResolver]:
    return [*viewsets.urls(), path("desk/", include((urls.urlpatterns, urls.app_name)))]


@hooks.register("insert_global_admin_css")
def look() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("operations/office.css"))


for maker in (menu.today, menu.visits, menu.money, menu.content, menu.safety):
    hooks.register("register_admin_menu_item", maker)


@hooks.register("construct_main_menu", order=1000)
def only_ours(request: HttpRequest, items: list[MenuItem]) -> None:
    menu.narrow(request, items)


@hooks.register("construct_homepage_panels")
def front_page(request: HttpRequest, panels: list[Any]) -> None:
    """The front page is 今日： Wagtail's own panels give way."""
    panels[:] = board.panels(request)


@hooks.register("construct_homepage_summary_items")
def no_counts_of_pages(_request: HttpRequest, items: list[Any]) -> None:
    items.clear()


class DeskSearch(SearchArea):
    """A list of ours that the sidebar's search opens."""

    def __init__(self, label: str, url: str, *, permission: str, **options: Any) -> None:
        super().__init__(label, url, **options)
        self.permission = permission

    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.permission)


@hooks.register("register_admin_search_area")
def search_runs() -> SearchArea:
    return DeskSearch("就诊", reverse("operations:runs"), name="runs", icon_name="clipboard-list", order=1, permission="flows.view_run")


@hooks.register("register_admin_search_area")
def search_orders() -> SearchArea:
    return DeskSearch("订单", reverse("operations:orders"), name="orders", icon_name="form", order=2, permission="payments.view_order")


SITE_COLUMNS = {"port": "端口", "site_name": "站点名称", "root_page": "首页"}
"""Wagtail's list of sites names these columns by their attribute, in English, untranslatably."""

for column in SiteList.columns:
    column.label = SITE_COLUMNS.get(column.name, column.label)
PagePermissionsForm.base_fields["page"].label = "页面"

FILE_RIGHTS = {
    "add": ("新建", "新建，并改自己建的"),
    "change": ("修改", "修改任何一个"),
    "delete": ("删除", "删除任何一个"),
    "choose": ("选用", "在别处选用"),
}
"""Wagtail reads these labels once, in whatever language is on when it is first imported."""

for rights in (GroupImagePermissionFormSet, GroupDocumentPermissionFormSet, GroupCollectionManagementPermissionFormSet):
    rights.permission_types[:] = [(code, *FILE_RIGHTS[code.partition("_")[0]]) for code, _, _ in rights.permission_types]
    rights.form.base_fields["collection"].label = "文件夹"
