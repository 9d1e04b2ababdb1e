"""viewflow's own task views, at addresses of the desk and in its look. Dashboards and lists are ours (我的待办)."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, include, path
from viewflow.workflow.flow import FlowViewset

from operations import duties
from operations.access import plainly


class OfficeFlow(FlowViewset):
    """One process without viewflow's dashboards; the process page and the task pages stay."""

    index_path: Any = None
    process_list_path: Any = None
    task_list_path: Any = None
    chart_path: Any = None
    flow_chart_path: Any = None
    process_cancel_path: Any = None


def urls() -> list[URLPattern | URLResolver]:
    """`desk/work/<process>/…`, names in the process's own namespace."""
    found: list[URLPattern | URLResolver] = []
    for name, flow in duties.FLOWS.items():
        patterns, _, _ = OfficeFlow(flow, namespace=name).urls
        plain(patterns, duties.TITLES[name])
        found.append(path(f"desk/work/{name}/", include((patterns, name), namespace=name)))
    return found


def plain(patterns: list[Any], what: str) -> None:
    """Every view below answers a refusal with the plain page of who can."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            plain(pattern.url_patterns, what)
        elif pattern.callback:
            pattern.callback = plainly(what)(pattern.callback)
