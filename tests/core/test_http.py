"""The one way out: nothing sent is unavailable, anything sent is unclear, and nobody leaves with a transaction open."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import pytest
import requests
from django.db import transaction

from core import http
from core.errors import LeftWithTransactionOpen, PartnerRefused, PartnerUnavailable, PartnerUnclear

PLAIN = "some-secret-phone-13800138000"


def test_an_answer_comes_whole_whatever_its_status(partner: Any) -> None:
    partner.behaves = partner.says(b"\x00bytes", "404 Not Found", "X-Reason: gone")
    answer = http.call("his", "POST", f"{partner.url}/a?b=1", headers={"X-Key": "k"}, body=b"{}")
    assert (answer.status, answer.body, answer.headers["x-reason"]) == (404, b"\x00bytes", "gone")
    assert partner.heard[0].startswith(b"POST /a?b=1 HTTP/1.1") and partner.heard[0].endswith(b"\r\n\r\n{}")
    assert b"X-Key: k" in partner.heard[0]
    assert "bytes" not in repr(answer)


def test_nobody_listening_is_unavailable(closed_port: int) -> None:
    with pytest.raises(PartnerUnavailable) as problem:
        http.call("his", "GET", f"http://127.0.0.1:{closed_port}/")
    assert problem.value.facts == {"partner": "his", "reason": "NewConnectionError"}


@pytest.mark.parametrize("url", ["http://no-such-partner.invalid/", "ftp://127.0.0.1/", "http://"])
def test_an_address_that_leads_nowhere_is_unavailable(url: str) -> None:
    with pytest.raises(PartnerUnavailable):
        http.call("his", "GET", url)


def test_a_handshake_that_fails_is_unavailable(partner: Any) -> None:
    with pytest.raises(PartnerUnavailable):
        http.call("his", "POST", partner.url.replace("http:", "https:"), body=b"x", timeout=(1, 1))
    assert not any(b"POST" in request for request in partner.heard)


@pytest.mark.parametrize("behaviour", ["silent", "hangs_up", "stops_midway", "drips"])
def test_sent_but_not_answered_is_unclear(partner: Any, behaviour: str) -> None:
    partner.behaves = getattr(partner, behaviour)
    began = time.monotonic()
    with pytest.raises(PartnerUnclear):
        http.call("his", "POST", partner.url, body=b"pay", timeout=(0.3, 0.3))
    assert len(partner.heard) == 1
    assert time.monotonic() - began < 2


def test_the_original_message_does_not_travel(closed_port: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(PartnerUnavailable) as problem:
        http.call("his", "POST", f"http://127.0.0.1:{closed_port}/?secret={PLAIN}", body=PLAIN.encode())
    assert problem.value.__suppress_context__
    assert PLAIN not in caplog.text


def test_bodies_and_queries_are_never_logged(partner: Any, caplog: pytest.LogCaptureFixture) -> None:
    partner.behaves = partner.says(PLAIN.encode())
    with caplog.at_level(logging.DEBUG):
        http.call("his", "POST", f"{partner.url}/?secret={PLAIN}", headers={"X": PLAIN}, body=PLAIN.encode())
    assert PLAIN not in caplog.text
    assert "his POST 127.0.0.1: 200" in caplog.text


def test_redirects_are_answers_and_proxies_are_not_asked(partner: Any, closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")
    partner.behaves = partner.says(b"", "302 Found", "Location: /elsewhere")
    assert http.call("his", "GET", partner.url).status == 302
    assert len(partner.heard) == 1


def test_an_answer_has_a_size(partner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LARGEST", 1000)
    partner.behaves = partner.says(b"x" * 1001)
    with pytest.raises(PartnerUnclear) as problem:
        http.call("his", "GET", partner.url)
    assert problem.value.reason == "TooLarge"
    partner.behaves = partner.says(b"x" * 1000)
    assert len(http.call("his", "GET", partner.url).body) == 1000


def test_a_thread_keeps_its_connection_and_threads_share_none(partner: Any) -> None:
    for _ in range(3):
        http.call("his", "GET", partner.url)
    assert partner.connections == 1
    other = threading.Thread(target=http.call, args=("his", "GET", partner.url))
    other.start()
    other.join()
    assert partner.connections == 2


def test_times_come_from_the_settings(settings: Any) -> None:
    settings.PARTNER_TIMEOUTS = {"his": [1.5, 4]}
    assert http.times("his") == (1.5, 4)
    assert http.times("wechat") == (http.CONNECT, http.READ)
    assert http.times("his", 9) == (1.5, 9)
    assert http.times("his", (1, 2)) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_nobody_leaves_with_a_transaction_open(partner: Any) -> None:
    with transaction.atomic(), pytest.raises(LeftWithTransactionOpen):
        http.call("his", "GET", partner.url)
    with transaction.atomic(), pytest.raises(LeftWithTransactionOpen), http.leaving("wechat"):
        requests.get(partner.url, timeout=1)
    assert partner.heard == []
    assert http.call("his", "GET", partner.url).status == 200


def test_an_sdk_is_told_apart_the_same_way(partner: Any, closed_port: int) -> None:
    with pytest.raises(PartnerUnavailable), http.leaving("wechat"):
        requests.post(f"http://127.0.0.1:{closed_port}", timeout=1)
    for behaviour in ("silent", "hangs_up"):
        partner.behaves = getattr(partner, behaviour)
        with pytest.raises(PartnerUnclear) as problem, http.leaving("wechat"):
            requests.post(partner.url, data=b"pay", timeout=0.3)
        assert problem.value.partner == "wechat"


def test_what_an_sdk_makes_of_a_broken_line_is_seen_through(closed_port: int) -> None:
    with pytest.raises(PartnerUnavailable), http.leaving("wechat"):
        try:
            requests.get(f"http://127.0.0.1:{closed_port}", timeout=1)
        except requests.RequestException:
            raise ValueError("the SDK's own error")  # noqa: B904 -- as wechatpy raises it


def test_refusals_pass_through_leaving(partner: Any) -> None:
    with pytest.raises(KeyError), http.leaving("wechat"):
        raise KeyError("errcode")
    with pytest.raises(PartnerRefused), http.leaving("wechat"):
        raise PartnerRefused("wechat", reason="PARAM_ERROR")
    partner.behaves = partner.says(b"", "403 Forbidden")
    with pytest.raises(requests.HTTPError), http.leaving("wechat"):
        requests.get(partner.url, timeout=1).raise_for_status()
    partner.behaves = partner.says(b"", "502 Bad Gateway")
    with pytest.raises(PartnerUnclear), http.leaving("wechat"):
        requests.get(partner.url, timeout=1).raise_for_status()
