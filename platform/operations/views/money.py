"""钱款： find an order, read one, hand it to the money desk."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from core.errors import Problem
from operations import actions, forms
from operations.access import needs
from operations.frame import Crumb, page, tell
from operations.queries import money

A_PAGE = 20
SEES, BOOKS, RESOLVES = "payments.view_order", "payments.view_posting", "payments.resolve_trouble"


def crumbs() -> list[Crumb]:
    return [Crumb("查订单", reverse("operations:orders"))]


@require_GET
@needs(SEES, "查订单")
def index(request: HttpRequest) -> HttpResponse:
    wanted = forms.order_filter(request.GET)
    orders = money.shown(money.narrowed(wanted), wanted.show)
    sheet = Paginator(orders, A_PAGE).get_page(request.GET.get("p"))
    context = {
        "wanted": wanted,
        "counts": money.counts(wanted),
        "rows": money.rows(list(sheet.object_list)),
        "sheet": sheet,
        "total": money.total(orders),
        "query": forms.without(request.GET, "p"),
        "sees_sums": request.user.has_perm(BOOKS),
        "today": forms.today(),
    }
    return page(request, "orders", "查订单", context)


@require_GET
@needs(SEES, "订单")
def detail(request: HttpRequest, number: str) -> HttpResponse:
    try:
        order = money.order_of(number)
    except Problem as problem:
        return page(request, "missing", problem.title, {"problem": problem}, crumbs=crumbs(), status=404)
    context = {
        "order": order,
        "sheet": money.sheet(order),
        "sees_sums": request.user.has_perm(BOOKS),
        "resolves": request.user.has_perm(RESOLVES),
        "side": True,
    }
    return page(request, "order", f"订单 {order.number}", context, crumbs=crumbs())


@require_POST
@needs(RESOLVES, "把订单交给待处理")
def trouble(request: HttpRequest, number: str) -> HttpResponse:
    """Open the process money-in-trouble for this order; an open one stays the only one."""
    try:
        actions.hand_to_desk(number, by=request.user.get_username(), reason=request.POST.get("reason", ""))
    except Problem as problem:
        tell(request, problem)
        return redirect("operations:order", number=number)
    messages.success(request, "已交给待处理。没有动钱。")
    return redirect(f"{reverse('operations:inbox')}?flow=trouble")
