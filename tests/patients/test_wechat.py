"""Signing in with WeChat's code, and the access token, against a WeChat that says what it is told."""

from __future__ import annotations

import logging
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from at_once import at_once
from django.core.cache import cache
from django.db import transaction
from scripted_partner import Scripted

from core.errors import LeftWithTransactionOpen, PartnerRefused, PartnerUnavailable
from patients import errands, queries
from patients.errors import AccountBlocked, PlatformUnknown, SignInRefused
from patients.models import Account
from patients.platforms import platform

pytestmark = pytest.mark.django_db(transaction=True)
SESSION = {"openid": "oTest0000000000000000000001", "session_key": "tiihtNczf5v6AKRyjwEUhQ==", "unionid": "u1"}


def says(script: Scripted, status: int, body: Any) -> None:
    script.says = lambda *_: (status, body)


def test_a_code_becomes_a_session(wechat: Scripted) -> None:
    says(wechat, 200, SESSION)
    session = errands.sign_in("wechat", "c-1")
    assert queries.account_of(session.token) == session.account
    assert errands.sign_in("wechat", "c-2").account == session.account
    method, path, _, _ = wechat.heard[0]
    assert (method, urlsplit(path).path, parse_qs(urlsplit(path).query)) == (
        "GET", "/sns/jscode2session",
        {"appid": ["wxtest"], "secret": ["s3cret"], "js_code": ["c-1"], "grant_type": ["authorization_code"]},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("errcode", "refusal"),
    [(40029, SignInRefused), (40163, SignInRefused), (40226, AccountBlocked), (45011, PartnerUnavailable), (-1, PartnerUnavailable),
     (40013, PartnerRefused), (41002, PartnerRefused), (40001, PartnerRefused)],
)  # fmt: skip
def test_each_no_of_wechat_has_its_name(wechat: Scripted, errcode: int, refusal: type[Exception]) -> None:
    says(wechat, 200, {"errcode": errcode, "errmsg": "no"})
    with pytest.raises(refusal):
        errands.sign_in("wechat", "c-1")
    assert (Account.objects.count(), len(wechat.heard)) == (0, 1)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b""), (200, b"<html>"), (200, []), (200, {}), (200, {"openid": ""}), (200, {"openid": 7}), (500, {}), (302, b"")],
)
def test_an_answer_out_of_shape_is_unavailable(wechat: Scripted, status: int, body: Any) -> None:
    says(wechat, status, body)
    with pytest.raises(PartnerUnavailable):
        errands.sign_in("wechat", "c-1")
    assert Account.objects.count() == 0


def test_silence_is_unavailable_and_says_no_secret(wechat: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    wechat.says = lambda *_: None
    with caplog.at_level(logging.INFO), pytest.raises(PartnerUnavailable) as caught:
        errands.sign_in("wechat", "c-1")
    assert caught.value.__cause__ is None
    assert "s3cret" not in caplog.text


def test_a_host_without_a_program_is_refused() -> None:
    with pytest.raises(PlatformUnknown):
        errands.sign_in("alipay", "c-1")


def test_an_account_that_was_stopped_gets_no_token(wechat: Scripted) -> None:
    says(wechat, 200, SESSION)
    errands.sign_in("wechat", "c-1")
    Account.objects.update(is_active=False)
    with pytest.raises(AccountBlocked):
        errands.sign_in("wechat", "c-2")


def test_nobody_leaves_with_a_transaction_open(wechat: Scripted) -> None:
    with transaction.atomic(), pytest.raises(LeftWithTransactionOpen):
        platform("wechat").session("c-1")
    assert wechat.heard == []


# The access token


def test_the_access_token_is_fetched_once_and_kept_sealed(wechat: Scripted) -> None:
    says(wechat, 200, {"access_token": "at-1", "expires_in": 7200})
    assert [platform("wechat").access_token() for _ in range(3)] == ["at-1"] * 3
    assert [urlsplit(path).path for _, path, _, _ in wechat.heard] == ["/cgi-bin/token"]
    assert "at-1" not in repr(cache.get("wechatpy:wxtest_access_token"))


def test_it_is_fetched_anew_before_it_expires(wechat: Scripted) -> None:
    says(wechat, 200, {"access_token": "at-1", "expires_in": 121})
    platform("wechat").access_token()
    says(wechat, 200, {"access_token": "at-2", "expires_in": 7200})
    time.sleep(1.1)
    assert platform("wechat").access_token() == "at-2"


def test_many_at_once_fetch_it_once(wechat: Scripted) -> None:
    def slowly(*_: Any) -> tuple[int, Any]:
        time.sleep(0.3)
        return 200, {"access_token": "at-1", "expires_in": 7200}

    wechat.says = slowly
    assert at_once(*[lambda: platform("wechat").access_token()] * 6) == ["at-1"] * 6
    assert len(wechat.heard) == 1


def test_a_failed_fetch_gives_the_lock_back(wechat: Scripted) -> None:
    says(wechat, 200, {"errcode": 40001, "errmsg": "invalid credential"})
    with pytest.raises(PartnerRefused):
        platform("wechat").access_token()
    says(wechat, 200, {"access_token": "at-1", "expires_in": 7200})
    assert platform("wechat").access_token() == "at-1"
