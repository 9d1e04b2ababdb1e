"""Who may open a page of the desk. Whoever may not reads who can."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from operations import roles

View = Callable[..., HttpResponse]
Person = AbstractBaseUser | AnonymousUser


def needs(permission: str, what: str) -> Callable[[View], View]:
    """Let only holders of `permission` in. `what` is the page's name in the refusal."""

    def guarded(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                return forbidden(request, what, permission)
            return view(request, *args, **words)

        inner.permission = permission  # type: ignore[attr-defined]  # read by the test that walks every page's permission
        return inner

    return guarded


def forbidden(request: HttpRequest, what: str, permission: str = "") -> HttpResponse:
    """The plain page of who can, status 403."""
    able = roles.who_can([permission]) if permission else []
    sentence = f"“{what}”只有{'、'.join(able)}能打开" if able else f"“{what}”现在没有对您开放"
    return render(request, "operations/forbidden.html", {"title": what, "sentence": sentence, "roles": able}, status=403)


def plainly(what: str) -> Callable[[View], View]:
    """For views that are not ours (viewflow's): a refusal becomes the same plain page instead of a jump to the front page."""

    def guarded(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **words: Any) -> HttpResponse:
            try:
                return view(request, *args, **words)
            except PermissionDenied:
                return forbidden(request, what)

        return inner

    return guarded
