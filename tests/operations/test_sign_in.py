"""The door: a page in Chinese with the hospital's name; wrong passwords are counted, audited without the password, and lead to a lock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core import clock
from core.models import Entry
from operations import roles, sign_in
from operations.models import FailedSignIn

pytestmark = pytest.mark.django_db
RIGHT, WRONG = "Spring-2026-rain", "WinterSecret-99"


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> None:
    """What is tested is the counting, not how slow a hash is."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def nurse(django_user_model: Any) -> Any:
    from django.contrib.auth.models import Group

    roles.keep()
    user = django_user_model.objects.create_user(username="nurse", password=RIGHT, first_name="测试员")
    user.groups.set(Group.objects.filter(name="运营"))
    return user


def knock(account: str = "nurse", password: str = WRONG) -> Any:
    return Client().post("/admin/login/", {"username": account, "password": password, "next": "/admin/"})


def told(answer: Any) -> str:
    return "" if answer.status_code == 302 else str(answer.context["form"].non_field_errors()[0])


def earlier(minutes: int) -> None:
    """What was counted was counted so long ago."""
    for row in FailedSignIn.objects.order_by("minute"):
        FailedSignIn.objects.filter(pk=row.pk).update(minute=row.minute - timedelta(minutes=minutes))


def test_the_page_is_the_hospitals(settings: Any) -> None:
    page = Client().get("/admin/login/").content.decode()
    assert all(words in page for words in (settings.HOSPITAL_NAME, "登录", "账号", "密码", "不收真钱"))


def test_the_right_password_opens_and_is_recorded(nurse: Any) -> None:
    answer = knock(password=RIGHT)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert Entry.objects.get(action="operations.sign_in").actor == "nurse"
    assert sum(row.count for row in FailedSignIn.objects.all()) == 0


def test_a_wrong_one_says_how_many_tries_are_left(nurse: Any) -> None:
    assert told(knock()) == "账号或密码不对，没有登录。还能再试 9 次。"
    assert told(knock()) == "账号或密码不对，没有登录。还能再试 8 次。"


def test_an_account_nobody_has_reads_the_same(nurse: Any) -> None:
    assert told(knock("nobody")) == told(knock("nurse"))


def test_after_ten_in_ten_minutes_it_is_locked_even_for_the_right_password(nurse: Any) -> None:
    answers = [told(knock()) for _ in range(sign_in.MOST)]
    assert "先锁住了" in answers[-1]
    assert "请过 10 分钟再试" in told(knock(password=RIGHT))
    entry = Entry.objects.get(action="operations.sign_in_locked")
    assert (entry.subject, entry.facts) == ("nurse", {"count": 10})
    assert not Entry.objects.filter(action="operations.sign_in").exists()


def test_another_account_is_not_locked(nurse: Any) -> None:
    for _ in range(sign_in.MOST + 2):
        knock("nobody")
    assert knock(password=RIGHT).status_code == 302


def test_ten_minutes_later_it_opens_again(nurse: Any) -> None:
    for _ in range(sign_in.MOST):
        knock()
    earlier(sign_in.MINUTES - 1)
    assert knock(password=RIGHT).status_code == 200
    earlier(3)
    assert knock(password=RIGHT).status_code == 302


def test_one_audit_entry_for_an_account_and_minute_without_the_password(nurse: Any) -> None:
    for account in ("nurse", "nurse", "nurse", WRONG, "other"):  # somebody typed the password where the account belongs
        knock(account)
    assert sign_in.tell_failures() == 0  # the minute is not over
    earlier(1)
    assert sign_in.tell_failures() == 2
    assert sign_in.tell_failures() == 0
    entries = Entry.objects.filter(action="operations.sign_in_failed").order_by("-subject")
    assert sorted((entry.actor, entry.subject, entry.facts["count"]) for entry in entries) == [
        ("door", "nurse", 3),
        ("door", "没有这个账号", 2),
    ]
    kept = str([*entries.values(), *FailedSignIn.objects.values()])
    assert WRONG not in kept
    assert "other" not in kept


def test_what_was_told_is_forgotten_after_a_day(nurse: Any) -> None:
    knock()
    earlier(60 * 25)
    sign_in.tell_failures()
    assert FailedSignIn.objects.count() == 0
    assert Entry.objects.get(action="operations.sign_in_failed").at <= clock.now()
