"""The bearer token: genuine, not expired, not ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from core import clock
from patients import actions, queries, tokens
from patients.models import Account

Accounts = Callable[..., Account]
pytestmark = pytest.mark.django_db(transaction=True)


def now() -> int:
    return int(clock.now().timestamp())


def token(account: Account, *, at: int | None = None) -> str:
    return tokens.issue(tokens.Claim(account.pk, account.epoch), at=now() if at is None else at)


def test_a_token_is_its_account(account: Accounts) -> None:
    hers = account()
    found = queries.account_of(token(hers))
    assert (found, found and found.platform, found and found.openid.reveal()) == (hers, "wechat", "oTest0000000000000000000001")


def test_a_token_ends_after_a_day(account: Accounts) -> None:
    hers = account()
    assert queries.account_of(token(hers, at=now() - tokens.LIFETIME_SECONDS + 5)) == hers
    assert queries.account_of(token(hers, at=now() - tokens.LIFETIME_SECONDS)) is None


def test_a_token_of_another_key_is_nobody(account: Accounts, settings: Any) -> None:
    stolen = token(account())
    settings.TOKEN_KEY = "ab" * 32
    assert queries.account_of(stolen) is None


@pytest.mark.parametrize("spoilt", ["", "x", "1.1.1.1", "1.1.1.9999999999." + "0" * 64, "１.1.1.1." + "0" * 64, "a" * 10_000, "\x00"])
def test_what_is_no_token_is_nobody(account: Accounts, spoilt: str) -> None:
    account()
    assert queries.account_of(spoilt) is None


def test_no_part_can_be_changed(account: Accounts) -> None:
    first, second = account(), account("oTest0000000000000000000002")
    parts = token(first).split(".")
    for place, value in [(0, "2"), (1, str(second.pk)), (2, "2"), (3, str(now() + 10**8)), (4, "0" * 64)]:
        assert queries.account_of(".".join([*parts[:place], value, *parts[place + 1 :]])) is None


def test_ended_sign_ins_are_nobody_at_once(account: Accounts) -> None:
    hers = account()
    old = token(hers)
    assert queries.account_of(old) == hers
    actions.end_sign_ins(hers)
    assert queries.account_of(old) is None
    assert queries.account_of(token(Account.objects.get(pk=hers.pk))) == hers


def test_an_account_that_may_not_sign_in_is_nobody(account: Accounts) -> None:
    hers = account()
    Account.objects.filter(pk=hers.pk).update(is_active=False)
    assert queries.account_of(token(hers)) is None


def test_an_account_that_is_gone_is_nobody(account: Accounts) -> None:
    hers = account()
    spent = token(hers)
    hers.delete()
    assert queries.account_of(spent) is None


def test_within_a_minute_the_database_is_not_asked(account: Accounts, django_assert_num_queries: Any) -> None:
    spent = token(account())
    queries.account_of(spent)
    with django_assert_num_queries(0):
        found = queries.account_of(spent)
        assert found is not None
        assert queries.display_mode(found).mode == "normal"


def test_the_cache_holds_no_openid(account: Accounts) -> None:
    hers = account()
    queries.account_of(token(hers))
    assert "oTest" not in repr(cache.get(f"patients.account:{hers.pk}"))
