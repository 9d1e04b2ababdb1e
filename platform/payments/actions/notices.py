"""Notices of channels: the genuine ones kept and counted beside what they changed, the refused ones only counted."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from core import audit, clock, encryption
from payments.actions import receipts, refunds
from payments.actions.receipts import Verdict
from payments.channels.port import Notice
from payments.models import Forgery, PartnerNotice


@transaction.atomic
def take(channel: str, notice: Notice, body: bytes) -> Verdict:
    """Do what the notice says, once, and record that it came. `body` is kept sealed."""
    verdict = act_on(channel, notice)
    now = clock.now()
    row, first = PartnerNotice.objects.get_or_create(
        channel=channel,
        event_type=notice.event_type[:40],
        number=notice.number[:64],
        defaults={
            "out_trade_no": notice.out_trade_no[:64],
            "body": encryption.seal(body.decode("utf-8", "replace")),
            "verdict": verdict,
            "first_at": now,
            "last_at": now,
        },
    )
    if not first:
        worse = verdict if verdict != Verdict.REPEAT else row.verdict
        PartnerNotice.objects.filter(pk=row.pk).update(times=F("times") + 1, last_at=now, verdict=worse)
    return verdict


def act_on(channel: str, notice: Notice) -> Verdict:
    if notice.payment:
        return receipts.take(channel, notice.payment)
    if notice.refund and refunds.take(notice.refund):
        return Verdict.TAKEN
    return Verdict.UNKNOWN_ORDER


@transaction.atomic
def count_forgery(source: str) -> None:
    """One more refused notice of this source in this minute. Nothing else is written: a flood must not fill the books."""
    minute = clock.now().replace(second=0, microsecond=0)
    Forgery.objects.bulk_create([Forgery(source=source, minute=minute)], ignore_conflicts=True)
    Forgery.objects.filter(source=source, minute=minute).update(count=F("count") + 1)


@transaction.atomic
def tell_forgeries() -> int:
    """One audit entry for each source and minute that is over."""
    over = clock.now().replace(second=0, microsecond=0)
    rows = list(Forgery.objects.select_for_update(skip_locked=True).filter(told=False, minute__lt=over).order_by("pk")[:200])
    for row in rows:
        audit.record(row.source, "payments.forged", "callback", count=row.count, minute=row.minute.isoformat(timespec="minutes"))
    Forgery.objects.filter(pk__in=[row.pk for row in rows]).update(told=True)
    Forgery.objects.filter(told=True, minute__lt=over - timedelta(days=7)).delete()
    return len(rows)
