"""Sign-in of the mini-program: one-time codes, code2session, access tokens. Errors are 200 with an errcode, as WeChat has it."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

from sandbox import clock, people
from sandbox.partner import Partner

CODE_SECONDS = 300
TOKEN_SECONDS = 7200
RENEW_BEFORE = 300


class Errcode(Exception):
    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.body = {"errcode": number, "errmsg": message}


def issue_code(wechat: Partner, openid: str) -> str:
    """What `wx.login` would give: usable once, for five minutes."""
    code = secrets.token_urlsafe(24)
    wechat.store.add("code", value=code, openid=openid, expires=clock.seconds() + CODE_SECONDS, used=0)
    return code


def app(wechat: Partner, appid: str, secret: str) -> None:
    ours = wechat.credentials["wechat"]
    if not appid:
        raise Errcode(41002, "appid missing")
    if not secret:
        raise Errcode(41004, "appsecret missing")
    if appid != ours["appid"]:
        raise Errcode(40013, "invalid appid")
    if secret != ours["secret"]:
        raise Errcode(40125, "invalid appsecret")


def session(wechat: Partner, *, appid: str, secret: str, code: str, grant_type: str) -> dict[str, Any]:
    app(wechat, appid, secret)
    if not code:
        raise Errcode(41008, "missing code")
    if grant_type != "authorization_code":
        raise Errcode(40002, "invalid grant_type")
    with wechat.store.change():
        row = wechat.store.row("select * from code where value = ?", code)
        if row is None or row["used"] or row["expires"] < clock.seconds():
            raise Errcode(40029, "invalid code")
        wechat.store.run("update code set used = 1 where value = ?", code)
    session_key = base64.b64encode(hashlib.sha256(code.encode()).digest()[:16]).decode()
    return {"openid": row["openid"], "session_key": session_key}


def token(wechat: Partner, *, appid: str, secret: str, grant_type: str, fresh: bool) -> dict[str, Any]:
    """A fresh token, or the one in use while it lasts. Old tokens stay good until they expire."""
    app(wechat, appid, secret)
    if grant_type != "client_credential":
        raise Errcode(40002, "invalid grant_type")
    now = clock.seconds()
    with wechat.store.change():
        row = None if fresh else wechat.store.row("select * from token where expires > ? order by expires desc", now + RENEW_BEFORE)
        if row is None:
            row = {"value": secrets.token_urlsafe(96), "expires": now + TOKEN_SECONDS}
            wechat.store.add("token", **row)
    return {"access_token": row["value"], "expires_in": row["expires"] - now}


def is_openid(openid: str) -> bool:
    return any(person["openid"] == openid for person in people.phones())
