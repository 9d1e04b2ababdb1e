"""The eight entries of the sidebar (office.md §1), as far as rooms stand. Badges count only what waits for this person."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.http import HttpRequest
from django.urls import reverse
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from operations.queries import inbox

Count = Callable[[HttpRequest], int]


class Entry(MenuItem):
    """A link shown to holders of any of `permissions`, with an optional badge."""

    def __init__(
        self, label: str, url: str, *, name: str, permissions: Iterable[str], order: int, icon_name: str = "", count: Count | None = None
    ) -> None:
        super().__init__(label, url, name=name, icon_name=icon_name, order=order)
        self.permissions = tuple(permissions)
        self.count = count

    def is_shown(self, request: HttpRequest) -> bool:
        return any(request.user.has_perm(one) for one in self.permissions)

    def render_component(self, request: HttpRequest) -> object:
        component = super().render_component(request)
        component.attrs = {**component.attrs, **badge(self.label, self.count(request) if self.count else 0)}
        return component


class Section(SubmenuMenuItem):
    """A part of the menu; it is shown when one of its pages is."""

    def __init__(self, label: str, items: list[MenuItem], *, name: str, icon_name: str, order: int, count: Count | None = None) -> None:
        super().__init__(label, Menu(items=items), name=name, icon_name=icon_name, order=order)
        self.count = count

    def render_component(self, request: HttpRequest) -> object:
        component = super().render_component(request)
        component.attrs = {**component.attrs, **badge(self.label, self.count(request) if self.count else 0)}
        return component


def badge(label: str, count: int) -> dict[str, str]:
    """Nothing when nothing waits; else the number, also for those who listen."""
    return {"data-yc-badge": str(count), "aria-label": f"{label}，{count} 件等您办"} if count else {}


def waiting(request: HttpRequest) -> int:
    return inbox.count(request.user)  # type: ignore[arg-type]  # signed in


def money_waiting(request: HttpRequest) -> int:
    return inbox.count(request.user, flow="trouble")  # type: ignore[arg-type]  # signed in


def today() -> MenuItem:
    items: list[MenuItem] = [
        Entry("看板", reverse("wagtailadmin_home"), name="today-board", permissions=["operations.see_today"], icon_name="home", order=1),
        Entry(
            "我的待办",
            reverse("operations:inbox"),
            name="today-inbox",
            permissions=["operations.see_today"],
            icon_name="tasks",
            order=2,
            count=waiting,
        ),
        Entry(
            "已办",
            reverse("operations:inbox_done"),
            name="today-done",
            permissions=["operations.see_today"],
            icon_name="circle-check",
            order=3,
        ),
    ]
    return Section("今日", items, name="yc-today", icon_name="calendar-check", order=10, count=waiting)


def visits() -> MenuItem:
    return Entry("就诊", reverse("operations:runs"), name="yc-runs", permissions=["flows.view_run"], icon_name="clipboard-list", order=30)


def money() -> MenuItem:
    desk = f"{reverse('operations:inbox')}?flow=trouble"
    items: list[MenuItem] = [
        Entry(
            "查订单", reverse("operations:orders"), name="money-orders", permissions=["payments.view_order"], icon_name="search", order=1
        ),
        Entry(
            "待处理", desk, name="money-desk", permissions=["payments.resolve_trouble"], icon_name="warning", order=2, count=money_waiting
        ),
    ]
    return Section("钱款", items, name="yc-money", icon_name="form", order=40, count=money_waiting)


def content() -> MenuItem:
    pages = ["wagtailcore.add_page", "wagtailcore.change_page"]
    items: list[MenuItem] = [
        PagesEntry(
            "页面", reverse("wagtailadmin_explore_root"), name="content-pages", icon_name="folder-open-inverse", order=1, permissions=pages
        ),
        FilesEntry("图片", reverse("wagtailimages:index"), name="content-images", icon_name="image", order=2, permissions=["image"]),
        FilesEntry(
            "文档", reverse("wagtaildocs:index"), name="content-documents", icon_name="doc-full-inverse", order=3, permissions=["document"]
        ),
    ]
    return Section("内容", items, name="yc-content", icon_name="doc-full", order=50)


class PagesEntry(Entry):
    """Rights on pages hang on the tree, not on the model."""

    def is_shown(self, request: HttpRequest) -> bool:
        from wagtail.admin.auth import user_has_any_page_permission

        return bool(user_has_any_page_permission(request.user))


class FilesEntry(Entry):
    """Rights on files hang on collections."""

    def is_shown(self, request: HttpRequest) -> bool:
        from wagtail.documents.permissions import permission_policy as documents
        from wagtail.images.permissions import permission_policy as images

        policy = images if self.permissions == ("image",) else documents
        return bool(policy.user_has_any_permission(request.user, ["add", "change", "delete"]))


def safety() -> MenuItem:
    items: list[MenuItem] = [
        Entry("审计", reverse("operations:audit"), name="safety-audit", permissions=["core.view_entry"], icon_name="history", order=1),
        Entry(
            "没送到的消息",
            reverse("operations:letters"),
            name="safety-letters",
            permissions=["core.view_delivery"],
            icon_name="mail",
            order=2,
        ),
        Entry(
            "人员",
            reverse("wagtailusers_users:index"),
            name="safety-people",
            permissions=["auth.add_user", "auth.change_user"],
            icon_name="user",
            order=3,
        ),
        Entry(
            "角色",
            reverse("wagtailusers_groups:index"),
            name="safety-roles",
            permissions=["auth.add_group", "auth.change_group"],
            icon_name="group",
            order=4,
        ),
        Entry(
            "文件夹",
            reverse("wagtailadmin_collections:index"),
            name="safety-folders",
            permissions=["wagtailcore.change_collection"],
            icon_name="folder-open-1",
            order=5,
        ),
    ]
    return Section("安全与设置", items, name="yc-safety", icon_name="lock", order=90)


OURS = ("yc-today", "yc-runs", "yc-money", "yc-content", "yc-safety", "flows")


def narrow(request: HttpRequest, items: list[MenuItem]) -> None:
    """Leave our entries; a section with one visible page becomes that page."""
    kept = [item for item in items if item.name in OURS]
    items[:] = [alone(request, item) for item in kept]


def alone(request: HttpRequest, item: MenuItem) -> MenuItem:
    """A section with a single visible page opens it directly."""
    if not isinstance(item, Section):
        return item
    inside = item.menu.menu_items_for_request(request)
    if len(inside) != 1:
        return item
    only = inside[0]
    return Entry(
        item.label,
        only.url,
        name=item.name,
        permissions=["wagtailadmin.access_admin"],
        icon_name=item.icon_name,
        order=item.order,
        count=item.count,
    )
