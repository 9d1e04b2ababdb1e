"""Which addresses outside the house a patient may be sent to: https, on a host the hospital allows, nothing that could be inside it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings

NAME = re.compile(r"^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+$")
NUMERIC = re.compile(r"^(0x[0-9a-f]*|\d+)$")
"""A last label like this makes the whole name an address of four numbers, in one of its spellings."""
INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "test", "invalid", "arpa")


def safe(url: str) -> str:
    """The address as given. Raises ValueError, in words, for one that no patient may be sent to."""
    if not url.isascii() or re.search(r"[\x00-\x20\x7f\\<>\"]", url):
        raise ValueError("网址里有空格、中文或不能用的字符")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise ValueError("网址不完整") from problem
    if parts.scheme != "https":
        raise ValueError("网址要以 https:// 开头")
    if "@" in parts.netloc or port not in (None, 443):
        raise ValueError("网址里不能带账号或端口")
    if not is_name(host := (parts.hostname or "")):
        raise ValueError("网址要写域名，不能是 IP 地址或内网名称")
    if not is_allowed(host):
        raise ValueError("这个域名不在允许名单里，请信息科加入后再用")
    return url


def is_name(host: str) -> bool:
    """A public name: no number in any spelling, nothing that only means something inside a house."""
    last = host.rpartition(".")[2]
    return bool(NAME.match(host)) and not NUMERIC.match(last) and last not in INSIDE


def is_allowed(host: str) -> bool:
    """An entry of the list is a host, or with a leading dot every host below it."""
    return any(host == entry or (entry.startswith(".") and host.endswith(entry)) for entry in settings.LINK_HOSTS)


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""
