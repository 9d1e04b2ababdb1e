"""WeChat's side of signing in, over wechatpy: code2session and the access token."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.core.cache import cache
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException
from wechatpy.session import SessionStorage

from core import http
from core.encryption import seal, unseal
from core.errors import PartnerRefused, PartnerUnavailable, PartnerUnclear
from patients.errors import AccountBlocked, SignInRefused
from patients.platforms.port import HostIdentity

PARTNER: Final = "wechat"
CODE_SPENT = (40029, 40163)
"""The code is wrong, too old, or was used before."""
RISKY = 40226
BUSY = (-1, 45009, 45011)
EARLY_SECONDS = 120
"""A token is given up this long before WeChat would."""
FETCH_SECONDS = 15
TIMEOUT = (3.0, 8.0)


class Kept(SessionStorage):
    """wechatpy's storage over our cache, so that all processes share one token; sealed, for many read a cache."""

    def get(self, key: str, default: Any = None) -> Any:
        found = cache.get(f"wechatpy:{key}")
        return unseal(found) if found else default

    def set(self, key: str, value: str, ttl: int | None = None) -> None:
        cache.set(f"wechatpy:{key}", seal(value), max((ttl or 7200) - EARLY_SECONDS, 1))

    def delete(self, key: str) -> None:
        cache.delete(f"wechatpy:{key}")


class Client(WeChatClient):
    """wechatpy's client at the address of our settings. Every request has a time limit (wechatpy gives fetching a token none)."""

    def __init__(self, url: str, appid: str, secret: str) -> None:
        super().__init__(appid, secret, session=Kept(), timeout=TIMEOUT, auto_retry=False)
        self.API_BASE_URL = f"{url.rstrip('/')}/"
        self._http.request = partial(self._http.request, timeout=TIMEOUT)

    def fetch_access_token(self) -> None:
        """One caller fetches; the others wait for what it found."""
        lock, mine = f"wechatpy:{self.appid}:lock", secrets.token_hex(8)
        until = time.monotonic() + FETCH_SECONDS
        while not cache.add(lock, mine, FETCH_SECONDS):
            time.sleep(0.05)
            if self.session.get(self.access_token_key):
                return
            if time.monotonic() > until:
                raise PartnerUnavailable(partner=PARTNER)
        try:
            self._fetch()
        finally:
            if cache.get(lock) == mine:
                cache.delete(lock)

    def _fetch(self) -> None:
        if self.session.get(self.access_token_key):  # another caller fetched it between our look and our lock
            return
        params = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        self._fetch_access_token(url=f"{self.API_BASE_URL}cgi-bin/token", params=params)


class WeChat:
    """Implements `patients.platforms.port.Platform`."""

    def __init__(self, *, url: str, appid: str, secret: str) -> None:
        self.url, self.appid, self.secret = url, appid, secret

    def session(self, code: str) -> HostIdentity:
        """The session key in WeChat's answer is not kept: nothing of ours needs it."""
        asked = {"appid": self.appid, "secret": self.secret, "js_code": code, "grant_type": "authorization_code", "access_token": None}
        found = self._call(lambda client: client.get("sns/jscode2session", params=asked))
        openid = found.get("openid") if isinstance(found, dict) else None
        if not isinstance(openid, str) or not 1 <= len(openid) <= 128:
            raise PartnerUnavailable(partner=PARTNER, reason="answer")
        return HostIdentity(openid=openid, unionid=str(found.get("unionid") or ""))

    def access_token(self) -> str:
        token = self._call(lambda client: client.access_token)
        if not isinstance(token, str) or not token:
            raise PartnerUnavailable(partner=PARTNER, reason="answer")
        return token

    def _call(self, ask: Callable[[Client], Any]) -> Any:
        """Neither call changes anything that matters: without an answer it is tried again, with a new code."""
        try:
            with http.leaving(PARTNER):
                return ask(Client(self.url, self.appid, self.secret))
        except PartnerUnclear:
            raise PartnerUnavailable(partner=PARTNER) from None
        except WeChatClientException as no:
            raise meaning(no.errcode) from None  # what it chains to holds the address, and the address holds the secret
        except (KeyError, ValueError, TypeError):
            raise PartnerUnavailable(partner=PARTNER, reason="answer") from None


def meaning(errcode: int | None) -> Exception:
    """Which refusal of ours WeChat's number is. None: the answer was not WeChat's own."""
    if errcode in CODE_SPENT:
        return SignInRefused()
    if errcode == RISKY:
        return AccountBlocked()
    if errcode is None or errcode in BUSY:
        return PartnerUnavailable(partner=PARTNER, reason=str(errcode or "http"))
    return PartnerRefused(partner=PARTNER, reason=str(errcode))
