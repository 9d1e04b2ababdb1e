"""Refusals to start: what exists only for the demo is impossible in production."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks
from django.core.management.base import SystemCheckError

LOOPBACK = ("127.0.0.1", "localhost", "::1", "0.0.0.0", "")  # noqa: S104 -- a name to recognise, not an address to listen on
SECRETS = ("SECRET_KEY", "INDEX_KEY", "AUDIT_KEY", "TOKEN_KEY", "STAFF_READ_TOKEN")
DEMO_STAFF = ("chen", "lin", "huang", "wu", "he", "admin")


def partner_addresses() -> dict[str, str]:
    """Every partner's address, by the setting that holds it."""
    rooms = {"HIS": settings.HIS, "CHANNELS": settings.CHANNELS, "PLATFORMS": settings.PLATFORMS}
    return {f"{room}[{name}]": row["OPTIONS"].get("url", "") for room, rows in rooms.items() for name, row in rows.items()}


@register("production", deploy=False)
def refuses_the_demo(app_configs: Any, **_: Any) -> Iterable[CheckMessage]:
    """Only the production profile is strict; `manage.py` and the servers run this check at every start."""
    if not settings.PRODUCTION:
        return []
    return [*wrong_addresses(), *missing_secrets(), *sandbox_keys(), *demo_apps()]


def or_refuse() -> None:
    """What web and worker call when they start. Raises SystemCheckError in production; elsewhere nothing is asked."""
    found = run_checks(tags=["production", "production_accounts"], databases=["default"]) if settings.PRODUCTION else []
    if found:
        raise SystemCheckError("\n".join(str(one) for one in found))


def wrong_addresses() -> Iterable[CheckMessage]:
    for name, address in partner_addresses().items():
        parts = urlsplit(address)
        if (parts.hostname or "") in LOOPBACK:
            yield Error(f"{name} 指向沙箱或没有填写：{address or '(空)'}", hint="填写合作方的正式地址。", id="config.E001")
        elif parts.scheme != "https":
            yield Error(f"{name} 没有使用 https。", hint="正式环境只用加密连接。", id="config.E002")
    if urlsplit(settings.PUBLIC_URL).hostname in (*LOOPBACK, "hospital.example"):
        yield Error("PUBLIC_URL 还是示例地址。", hint="填写医院备案的域名。", id="config.E003")
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield Error("正式环境不能使用 SQLite。", hint="DATABASE_URL 指向 PostgreSQL。", id="config.E004")
    if not settings.REDIS_URL:
        yield Error("没有填写 REDIS_URL。", hint="正式环境的队列和缓存使用 Redis。", id="config.E005")


def missing_secrets() -> Iterable[CheckMessage]:
    for name in SECRETS:
        value = getattr(settings, name, "") or ""
        if len(value) < 32 or len(set(value)) < 8:
            yield Error(f"{name} 太短或过于简单。", hint="用密钥服务生成，不少于 32 个字符。", id="config.E010")
    if not settings.FIELD_KEYS:
        yield Error("没有加密字段的密钥 FIELD_KEYS。", hint="由密钥服务提供。", id="config.E011")


def sandbox_keys() -> Iterable[CheckMessage]:
    """A key of the sandbox is recognised by its number: the sandbox names its own `sandbox…` or `SANDBOX…`."""
    options = settings.CHANNELS["wechat"]["OPTIONS"]
    marks = [
        options["mchid"],
        options["appid"],
        *options["public_keys"],
        settings.HIS["default"]["OPTIONS"]["key_id"],
        *settings.HIS_PUSH_KEYS,
    ]
    if any("sandbox" in str(mark).lower() for mark in marks):
        yield Error("正在使用沙箱的密钥或商户号。", hint="换成合作方发给医院的参数。", id="config.E020")
    if settings.DEMO_SIGN_IN_URL or options.get("demo_cashier"):
        yield Error("示范登录页或示范收银台还开着。", hint="正式环境不设这两项。", id="config.E021")


def demo_apps() -> Iterable[CheckMessage]:
    for name in ("sandbox", "fixtures"):
        if name in settings.INSTALLED_APPS:
            yield Error(f"正式环境不能安装 {name}。", hint="它只属于示范与测试。", id="config.E030")


@register("production_accounts", "database")
def refuses_demo_accounts(app_configs: Any, databases: Any = None, **_: Any) -> Iterable[CheckMessage]:
    """Looks into the tables, so it runs with `check --database` and at the start of the web and worker processes."""
    if not settings.PRODUCTION or not databases:
        return []
    from django.contrib.auth import get_user_model
    from django.db.utils import DatabaseError

    try:
        found = list(get_user_model().objects.filter(username__in=DEMO_STAFF, is_active=True).values_list("username", flat=True))
    except DatabaseError:
        return []
    return [Error(f"存在示范账号：{', '.join(sorted(found))}", hint="删除或停用示范账号。", id="config.E031")] if found else []
