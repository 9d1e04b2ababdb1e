"""How a page of the desk is put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import Problem


@dataclass(frozen=True)
class Crumb:
    label: str
    url: str


def page(
    request: HttpRequest, template: str, title: str, context: Mapping[str, Any], *, crumbs: Sequence[Crumb] = (), status: int = 200
) -> HttpResponse:
    """One page in Wagtail's frame; `crumbs` lead to it."""
    return render(request, f"operations/{template}.html", {"title": title, "crumbs": crumbs, **context}, status=status)


def tell(request: HttpRequest, problem: Problem) -> None:
    """A refusal, as it stands in the error: what is the case, then what to do."""
    messages.error(request, f"{problem.title}。{problem.remedy}")
