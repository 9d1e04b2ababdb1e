"""Accounts and patients as the sign-in leaves them. Names and numbers here are no one's; the cast's are asked of the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from scripted_partner import Scripted, listening


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Limits, tokens and accounts are kept in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def wechat(settings: Any) -> Iterator[Scripted]:
    """A WeChat that says what the test tells it to."""
    with listening() as script:
        options = {"url": script.url, "appid": "wxtest", "secret": "s3cret"}
        settings.PLATFORMS = {"wechat": {"PLATFORM": "patients.platforms.wechat.WeChat", "OPTIONS": options}}
        yield script


@pytest.fixture
def hospital(settings: Any) -> Iterator[Scripted]:
    """A HIS that says what the test tells it to."""
    with listening() as script:
        settings.HIS = {"default": {**settings.HIS["default"], "OPTIONS": {"url": script.url, "key_id": "k", "key": "k"}}}
        yield script


@pytest.fixture
def account() -> Callable[..., Any]:
    from patients import actions
    from patients.platforms.port import HostIdentity

    return lambda openid="oTest0000000000000000000001": actions.keep_account("wechat", HostIdentity(openid))


@pytest.fixture
def bound() -> Callable[..., Any]:
    """Bind a patient of the HIS to an account, as if the HIS had confirmed her."""
    from his.port import Card, Identity
    from patients import actions

    def bind(account: Any, his_id: str = "H1", *, name: str = "测试甲", born: int = 1988, phone: str = "10012300001") -> Any:
        card = Card(his_id, f"90000{his_id}", "female", date(born, 1, 1))
        return actions.keep_card(account, Identity(name, "passport", f"X{his_id}00000", phone), card)

    return bind
