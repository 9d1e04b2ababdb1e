"""Checking a request's words: names, types and lengths, with the PARAM_ERROR that names the field."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.partner import Refused

OUT_TRADE_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
OUT_REFUND_NO = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")


def wrong(field: str, value: Any, issue: str) -> Refused:
    """400 PARAM_ERROR with the detail the merchant can read."""
    return Refused(400, "PARAM_ERROR", f"参数错误：{issue}", field=field, value=str(value)[:64], issue=issue, location="body")


@dataclass(frozen=True)
class Words:
    """One level of a JSON body; `path` is where it hangs."""

    body: dict[str, Any]
    path: str = ""

    def only(self, *names: str) -> None:
        for name in self.body:
            if name not in names:
                raise wrong(f"{self.path}/{name}", "", "不认识的字段")

    def text(self, name: str, most: int, *, needed: bool = True, form: re.Pattern[str] | None = None) -> str | None:
        value = self.body.get(name)
        if value is None and not needed:
            return None
        if not isinstance(value, str) or not value or len(value) > most:
            raise wrong(f"{self.path}/{name}", value, f"要是 1–{most} 个字符")
        if form and not form.fullmatch(value):
            raise wrong(f"{self.path}/{name}", value, "不合规定的字符或长度")
        return value

    def must(self, name: str, most: int, form: re.Pattern[str] | None = None) -> str:
        return str(self.text(name, most, form=form))

    def fen(self, name: str) -> int:
        value = self.body.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1 or value > 10**11:
            raise wrong(f"{self.path}/{name}", value, "要是不小于 1 的整数(分)")
        return value

    def inner(self, name: str) -> Words:
        value = self.body.get(name)
        if not isinstance(value, dict):
            raise wrong(f"{self.path}/{name}", value, "要是对象")
        return Words(value, f"{self.path}/{name}")

    def moment(self, name: str) -> int | None:
        """Seconds of an RFC 3339 time; None when it is left out."""
        value = self.text(name, 64, needed=False)
        if value is None:
            return None
        try:
            found = datetime.fromisoformat(value)
        except ValueError as problem:
            raise wrong(f"{self.path}/{name}", value, "不是 RFC 3339 时间") from problem
        if found.tzinfo is None:
            raise wrong(f"{self.path}/{name}", value, "缺少时区")
        return int(found.timestamp())

    def public_address(self, name: str, *, needed: bool = True) -> str | None:
        """https, a public name, no query."""
        value = self.text(name, 255, needed=needed)
        if value is not None and not is_public(value):
            raise wrong(f"{self.path}/{name}", value, "回调地址要是外网可访问的 https 地址，不带参数")
        return value


def is_public(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = parts.scheme == "https" and not (parts.query or parts.fragment or parts.username) and "?" not in address
    return (
        plain and port in (None, 443) and "." in host and not host.endswith((".local", ".internal", ".localhost")) and not is_number(host)
    )


def is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.rsplit(".", 1)[-1].isdigit()
    return True
