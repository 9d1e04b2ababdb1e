"""Every page of the desk asks for its permission; whoever has none reads who can."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from operations import roles, urls
from operations.views import runs

pytestmark = pytest.mark.django_db
NUMBERS = {"number": "V0", "pk": 1}
OPEN_TO_JSON = {"run_name"}
"""Answers its refusal as JSON: tested with the reveal."""


def pages() -> list[tuple[str, Any, str]]:
    found = []
    for pattern in urls.urlpatterns:
        words = {name: NUMBERS[name] for name in pattern.pattern.converters}
        found.append((pattern.name, pattern.callback, reverse(f"operations:{pattern.name}", kwargs=words)))
    return found


def person(django_user_model: Any, *names: str) -> Client:
    user = django_user_model.objects.create(username="someone", first_name="某人")
    for name in ("wagtailadmin.access_admin", *names):
        room, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=room, codename=codename))
    client = Client()
    client.force_login(user)
    return client


def test_every_page_names_its_permission() -> None:
    assert [name for name, view, _ in pages() if name not in OPEN_TO_JSON and not unwrapped(view)] == []


def unwrapped(view: Any) -> str:
    while view is not None:
        if hasattr(view, "permission"):
            return str(view.permission)
        view = getattr(view, "__wrapped__", None)
    return ""


def test_a_stranger_is_led_to_the_sign_in() -> None:
    for name, _, url in pages():
        answer = Client().get(url)
        assert (name, answer.status_code) == (name, 302)
        assert answer["Location"].startswith("/admin/login/")


def test_without_the_right_every_page_says_who_can(django_user_model: Any) -> None:
    roles.keep()
    client = person(django_user_model)
    for name, view, url in pages():
        if name in OPEN_TO_JSON:
            continue
        answer = client.get(url)
        if answer.status_code == 405:
            answer = client.post(url)
        able = roles.who_can([unwrapped(view)])
        assert (name, answer.status_code) == (name, 403)
        assert "、".join(able) in answer.content.decode(), name
        assert able, f"nobody can open {name}"


def test_the_refusal_names_the_roles_that_hold_the_right_today(django_user_model: Any) -> None:
    roles.keep()
    text = person(django_user_model).get(reverse("operations:audit")).content.decode()
    assert "“审计”只有安全能打开" in text


def test_seeing_is_not_acting(django_user_model: Any) -> None:
    roles.keep()
    client = person(django_user_model, runs.SEES)
    assert client.get(reverse("operations:runs")).status_code == 200
    assert client.post(reverse("operations:run_act", args=["V0"])).status_code == 403
    assert client.post(reverse("operations:run_name", args=["V0"])).status_code == 403
