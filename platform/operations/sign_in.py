"""The door of the back office: who tries too often waits; every failure is counted, none of the passwords is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F, Sum
from wagtail.admin.forms.auth import LoginForm

from core import audit, clock, encryption
from core.errors import Problem
from operations.errors import SignInLocked
from operations.models import FailedSignIn

MOST, MINUTES = 10, 10
NOBODY = "没有这个账号"


class SignInForm(LoginForm):
    """Wagtail's form, with a count before the password is looked at."""

    def clean(self) -> dict[str, Any]:
        account = self.cleaned_data.get("username", "")
        if not account or not self.cleaned_data.get("password"):
            return dict(super().clean())
        try:
            left = claim(account)
        except Problem as problem:
            raise forms.ValidationError(f"{problem.title}。{problem.remedy}", code="locked") from None
        try:
            given = super().clean()
        except forms.ValidationError:
            raise forms.ValidationError(failed(account, left), code="invalid_login") from None
        succeeded(account, by=self.user_cache.get_username())
        return dict(given)


def index_of(account: str) -> str:
    """What is typed as an account may be a password: only its blind index is kept."""
    return encryption.blind_index(account.strip().casefold()[:150], kind="account")


def this_minute() -> Any:
    return clock.now().replace(second=0, microsecond=0)


@transaction.atomic
def claim(account: str) -> int:
    """Count this try as failed until it succeeds; returns how many are left after it. Raises SignInLocked; then nothing is counted."""
    index, minute = index_of(account), this_minute()
    known = get_user_model().objects.filter(username=account.strip()).exists()
    FailedSignIn.objects.bulk_create(
        [FailedSignIn(index=index, minute=minute, account=account.strip() if known else "")], ignore_conflicts=True
    )
    FailedSignIn.objects.select_for_update().get(index=index, minute=minute)
    since = minute - timedelta(minutes=MINUTES)
    tried = FailedSignIn.objects.filter(index=index, minute__gte=since).aggregate(sum=Sum("count"))["sum"] or 0
    if tried >= MOST:
        raise SignInLocked(minutes=MINUTES)
    FailedSignIn.objects.filter(index=index, minute=minute).update(count=F("count") + 1)
    return int(MOST - tried - 1)


@transaction.atomic
def failed(account: str, left: int) -> str:
    """What whoever typed it reads: the same whether the account exists or not."""
    if left:
        return f"账号或密码不对，没有登录。还能再试 {left} 次。"
    row = FailedSignIn.objects.filter(index=index_of(account)).latest("minute")
    audit.record("door", "operations.sign_in_locked", row.account or NOBODY, count=MOST)
    return f"{SignInLocked.title}。{SignInLocked.remedy}"


@transaction.atomic
def succeeded(account: str, *, by: str) -> None:
    """The try was none of the failed ones. What failed before still counts."""
    row = FailedSignIn.objects.select_for_update().filter(index=index_of(account), count__gt=0).latest("minute")
    FailedSignIn.objects.filter(pk=row.pk).update(count=F("count") - 1)
    audit.record(by, "operations.sign_in", by)


@transaction.atomic
def tell_failures() -> int:
    """One audit entry for each account and minute that is over, accounts nobody has in one; returns how many."""
    over = this_minute()
    rows = list(FailedSignIn.objects.select_for_update(skip_locked=True).filter(told=False, minute__lt=over).order_by("minute", "pk")[:500])
    counts: dict[tuple[Any, str], int] = {}
    for row in rows:
        counts[row.minute, row.account] = counts.get((row.minute, row.account), 0) + row.count
    for (minute, account), count in counts.items():
        if count:
            audit.record("door", "operations.sign_in_failed", account or NOBODY, count=count, minute=minute.isoformat(timespec="minutes"))
    FailedSignIn.objects.filter(pk__in=[row.pk for row in rows]).update(told=True)
    FailedSignIn.objects.filter(told=True, minute__lt=over - timedelta(days=1)).delete()
    return len([count for count in counts.values() if count])
