"""The door before Django: an unchanged visit page is answered from the cache alone, and only to whoever may see it."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import cache

from flows import actions
from patients import actions as people
from patients.models import Account


@pytest.fixture
def ask() -> Callable[..., tuple[int, dict[str, str]]]:
    """A GET through the entry point that granian serves."""
    from config.wsgi import application

    def get(path: str, query: str = "", **headers: str) -> tuple[int, dict[str, str]]:
        told: dict[str, Any] = {}

        def start(status: str, sent: list[tuple[str, str]], _error: Any = None) -> None:
            told.update(status=int(status.split()[0]), headers=dict(sent))

        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": f"/api/v1{path}", "QUERY_STRING": query, "SERVER_NAME": "testserver", "SERVER_PORT": "80",
            "HTTP_HOST": "testserver", "wsgi.input": BytesIO(), "wsgi.url_scheme": "http", **headers,
        }  # fmt: skip
        b"".join(application(environ, start))
        return told["status"], told["headers"]

    return get


def test_unchanged_is_said_without_the_database(phone: Callable[[str], Any], ask: Any, django_assert_num_queries: Any) -> None:
    hers, his = phone("wang"), phone("li")
    path, mine = f"/visits/{hers.visit}", {"HTTP_AUTHORIZATION": f"Bearer {hers.token}"}
    status, headers = ask(path, **mine)
    held = {**mine, "HTTP_IF_NONE_MATCH": headers["ETag"]}
    assert status == 200
    with django_assert_num_queries(0):
        assert ask(path, **held) == (304, {"ETag": headers["ETag"], "Cache-Control": "private, no-cache"})
    assert ask(path, "mode=elder", **held)[0] == 200, "another drawing"
    assert ask(path, **{**held, "HTTP_AUTHORIZATION": f"Bearer {his.token}"})[0] == 404, "another's tag opens nothing"
    assert ask(path, **{**held, "HTTP_AUTHORIZATION": ""})[0] == 401
    assert ask(path, **{**held, "HTTP_IF_NONE_MATCH": '"0"'})[0] == 200


def test_every_change_is_seen_at_once(phone: Callable[[str], Any], ask: Any) -> None:
    hers = phone("wang")
    number, mine = hers.visit, {"HTTP_AUTHORIZATION": f"Bearer {hers.token}"}
    path = f"/visits/{number}"
    for change in (lambda: actions.refresh(number), lambda: people.choose_display(account_of(hers), "elder"), cache.clear):
        held = {**mine, "HTTP_IF_NONE_MATCH": ask(path, **mine)[1]["ETag"]}
        assert ask(path, **held)[0] == 304
        change()
        if change is not cache.clear:
            assert ask(path, **held)[0] == 200
    assert ask(path, **mine)[0] == 200, "an empty cache is no answer"
    people.end_sign_ins(account_of(hers))
    assert ask(path, **held)[0] == 401, "a token that was ended holds no page"


def account_of(phone: Any) -> Account:
    from patients import queries

    found = queries.account_of(phone.token)
    assert found is not None
    return found
