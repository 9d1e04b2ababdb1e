"""我的待办."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from operations import duties
from operations.access import needs
from operations.frame import Crumb, page
from operations.queries import inbox

SEES = "operations.see_today"


@require_GET
@needs(SEES, "我的待办")
def index(request: HttpRequest) -> HttpResponse:
    """What waits for me; `flow` narrows it to one kind."""
    wanted = request.GET.get("flow", "")
    flow = wanted if wanted in duties.FLOWS else ""
    every = inbox.waiting(request.user)  # type: ignore[arg-type]  # signed in
    kinds = [(key, title, sum(one.task.process.flow_class is duties.FLOWS[key] for one in every)) for key, title in duties.TITLES.items()]
    shown = [one for one in every if not flow or one.task.process.flow_class is duties.FLOWS[flow]]
    context = {"duties": shown, "kinds": [kind for kind in kinds if kind[2] or kind[0] == flow], "flow": flow, "total": len(every)}
    return page(request, "inbox", "我的待办", context)


@require_GET
@needs(SEES, "我的待办")
def done(request: HttpRequest) -> HttpResponse:
    context = {"duties": inbox.done(request.user)}  # type: ignore[arg-type]  # signed in
    return page(request, "inbox_done", "已办", context, crumbs=[Crumb("我的待办", reverse("operations:inbox"))])
