"""viewflow's own task views, at addresses of the desk and in its look. Dashboards and lists are ours (我的待办)."""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, reverse
from viewflow.workflow.flow import FlowViewset

from operations import duties
from operations.access import View, plainly


class OfficeFlow(FlowViewset):
    """One process without viewflow's dashboards; the process page and the task pages stay."""

    index_path: Any = None
    process_list_path: Any = None
    task_list_path: Any = None
    chart_path: Any = None
    flow_chart_path: Any = None
    process_cancel_path: Any = None


def urls() -> list[URLPattern | URLResolver]:
    """`desk/duty/<process>/…`, names in the process's own namespace."""
    found: list[URLPattern | URLResolver] = []
    for name, flow in duties.FLOWS.items():
        patterns, _, _ = OfficeFlow(flow, namespace=name).urls
        plain(patterns, duties.TITLES[name])
        found.append(path(f"desk/duty/{name}/", include((patterns, name), namespace=name)))
    return found


def plain(patterns: list[Any], what: str) -> None:
    """Every view below answers a refusal with the plain page of who can."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            plain(pattern.url_patterns, what)
        elif pattern.callback:
            pattern.callback = plainly(what)(going_on(pattern.callback))


class After:
    """Where a task's page leads when its form is sent: whoever took it goes on with it, whoever ended it or put it back is at the inbox."""

    @staticmethod
    def get_success_url(request: HttpRequest) -> str:
        task = request.activation.task  # type: ignore[attr-defined]  # viewflow's views put it there
        if task.finished or task.owner_id is None:
            return reverse("operations:inbox")
        return str(task.flow_task.reverse("execute", args=[task.process_id, task.pk]))


def going_on(view: View) -> View:
    """viewflow's views ask their viewset where to go; without its dashboards it is the desk that knows."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
        if request.resolver_match is not None:
            request.resolver_match.viewset = After  # type: ignore[attr-defined]  # where viewflow looks for it
        answer = view(request, *args, **words)
        if request.method == "POST" and answer.status_code == HTTPStatus.FOUND:
            say_done(request)
        return answer

    return inner


def say_done(request: HttpRequest) -> None:
    """In the desk's words, in place of viewflow's."""
    list(messages.get_messages(request))
    task = request.activation.task  # type: ignore[attr-defined]  # viewflow's views put it there
    said = "已提交，这件事办好了。" if task.finished else "已接手，同事看得到是您在办。" if task.owner_id else "已放回待办，同事可以接手。"
    messages.success(request, said)
