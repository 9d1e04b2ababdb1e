"""Orders, the tenders they are made of, every attempt at a channel, refunds, the ledger, and the notices partners sent.

An order is one sum for one bill. It is paid by tenders (today one: cash; later the fund and the personal account), each by attempts at a
channel. The ledger is append-only: the database refuses to change or remove a line, and a transaction whose lines do not sum to zero.
Amounts in fen. `state` is written by the machines in `states.py` alone.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from viewflow import jsonstore
from viewflow.workflow.models import Process


class Order(models.Model):
    class State(models.TextChoices):
        OPEN = "open"
        PAYING = "paying"
        UNKNOWN = "unknown"
        CLOSING = "closing"
        CLOSED = "closed"
        PAID = "paid"
        BOOKED = "booked"
        TROUBLE = "trouble"
        REFUNDING = "refunding"
        REFUNDED = "refunded"

    number = models.CharField("订单号", max_length=32, unique=True)
    key = models.CharField(max_length=100, unique=True)
    purpose = models.CharField(max_length=32)
    subject = models.CharField("账单号", max_length=64)
    patient = models.CharField(max_length=32, db_index=True)
    campus = models.CharField(max_length=32)
    amount = models.BigIntegerField("金额（分）")
    description = models.CharField(max_length=127)
    state = models.CharField("状态", max_length=16, default=State.OPEN, db_index=True)
    expires_at = models.DateTimeField("最晚付款")
    created_at = models.DateTimeField("开单", auto_now_add=True, db_index=True)
    paid_at = models.DateTimeField("付款", null=True, blank=True, db_index=True)
    receipt = models.CharField("收据号", max_length=64, blank=True)
    reason = models.CharField("原因", max_length=200, blank=True)
    alone = models.BooleanField(default=True)
    """While true, no other order may be opened for the same subject: this one may still be paid, or was."""
    closing_for = models.CharField(max_length=40, blank=True)
    """Why it is to be closed; empty while nobody wants that."""
    unclear_since = models.DateTimeField(null=True, blank=True)
    ask_at = models.DateTimeField(null=True, blank=True)
    """When the sweep looks at it next; empty once nothing can change any more."""
    asks = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "订单"
        permissions = [("resolve_trouble", "处理有问题的钱款")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="order_amount_positive"),
            models.UniqueConstraint(fields=["purpose", "subject"], condition=Q(alone=True), name="order_alone_for_subject"),
        ]
        indexes = [models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="order_ask_at")]

    def __str__(self) -> str:
        return self.number


class Tender(models.Model):
    """One means of paying a part of an order. The parts sum to the order's amount."""

    class State(models.TextChoices):
        WAITING = "waiting"
        UNKNOWN = "unknown"
        IN = "in"
        DROPPED = "dropped"
        RETURNING = "returning"
        RETURNED = "returned"
        HELD = "held"

    order = models.ForeignKey(Order, models.PROTECT, related_name="tenders")
    kind = models.CharField(max_length=16)
    amount = models.BigIntegerField()
    state = models.CharField(max_length=16, default=State.WAITING)

    class Meta:
        verbose_name = verbose_name_plural = "付款方式"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="tender_amount_positive"),
            models.UniqueConstraint(fields=["order", "kind"], name="tender_kind_once"),
        ]


class Attempt(models.Model):
    """One try at a channel, recorded under `out_trade_no` before it leaves. At most one of a tender can be alive."""

    class State(models.TextChoices):
        NEW = "new"
        CLAIMED = "claimed"
        PREPAID = "prepaid"
        UNKNOWN = "unknown"
        PAID = "paid"
        CLOSED = "closed"
        REFUSED = "refused"

    ALIVE = (State.NEW, State.CLAIMED, State.PREPAID, State.UNKNOWN)

    order = models.ForeignKey(Order, models.PROTECT, related_name="attempts")
    tender = models.ForeignKey(Tender, models.PROTECT, related_name="attempts")
    channel = models.CharField(max_length=32)
    out_trade_no = models.CharField("商户单号", max_length=32, unique=True)
    channel_no = models.CharField("渠道单号", max_length=64, blank=True)
    amount = models.BigIntegerField()
    state = models.CharField(max_length=16, default=State.NEW)
    asked = models.TextField()
    """What was asked, sealed: payer and address, so that a repeat asks exactly the same."""
    payer = models.CharField(max_length=64)
    """Blind index of the payer."""
    prepay_id = models.CharField(max_length=64, blank=True)
    prepaid_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField()
    received = models.BigIntegerField(default=0)
    paid_at = models.DateTimeField(null=True, blank=True)
    surplus = models.BooleanField(default=False)
    """Money the order had no use for: it came after closing, or twice. It goes back by itself."""

    class Meta:
        verbose_name = verbose_name_plural = "收款尝试"
        constraints = [
            models.UniqueConstraint(fields=["channel", "channel_no"], condition=~Q(channel_no=""), name="attempt_channel_no_once"),
            models.UniqueConstraint(
                fields=["tender"], condition=Q(state__in=["new", "claimed", "prepaid", "unknown"]), name="attempt_alive_once"
            ),
        ]

    def __str__(self) -> str:
        return self.out_trade_no


class Refund(models.Model):
    """Money on its way back. `number` goes to the channel and stays the same for ever: asking again under it cannot refund twice."""

    class State(models.TextChoices):
        NEW = "new"
        CLAIMED = "claimed"
        PROCESSING = "processing"
        UNKNOWN = "unknown"
        SUCCEEDED = "succeeded"
        HELD = "held"

    OPEN = (State.NEW, State.CLAIMED, State.PROCESSING, State.UNKNOWN)

    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds")
    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="refunds")
    number = models.CharField("退款单", max_length=32, unique=True)
    key = models.CharField(max_length=100)
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=80)
    state = models.CharField(max_length=16, default=State.NEW)
    channel_no = models.CharField(max_length=64, blank=True)
    held_for = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    ask_at = models.DateTimeField(null=True, blank=True)
    asks = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "退款"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.UniqueConstraint(fields=["order", "key"], name="refund_key_once"),
        ]
        indexes = [models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="refund_ask_at")]

    def __str__(self) -> str:
        return self.number


class Transaction(models.Model):
    """One entry of the books. Its postings are written first, then this row: writing it is what the database checks."""

    number = models.CharField(max_length=32, primary_key=True)
    order = models.CharField(max_length=32, db_index=True)
    kind = models.CharField(max_length=16)
    reference = models.CharField(max_length=64)
    """What it is about, unique per kind: our number of the attempt or the refund."""
    memo = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "记账"
        constraints = [models.UniqueConstraint(fields=["kind", "reference"], name="transaction_reference_once")]


class Posting(models.Model):
    """One line: a positive amount is a debit, a negative one a credit. The database never changes or removes one."""

    transaction = models.ForeignKey(Transaction, models.PROTECT, related_name="postings")
    account = models.CharField(max_length=40, db_index=True)
    amount = models.BigIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = "分录"
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="posting_amount_not_zero")]


class PartnerNotice(models.Model):
    """A genuine notice of a channel, kept once and counted: `number` is our number it speaks of. The body is sealed."""

    channel = models.CharField(max_length=32)
    event_type = models.CharField(max_length=40)
    number = models.CharField(max_length=64)
    out_trade_no = models.CharField(max_length=64, db_index=True)
    body = models.TextField()
    verdict = models.CharField(max_length=20)
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "渠道通知"
        constraints = [models.UniqueConstraint(fields=["channel", "event_type", "number"], name="notice_once")]


class Forgery(models.Model):
    """How many notices one source had refused within one minute; `told` once the audit has its one entry."""

    source = models.CharField(max_length=64)
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    told = models.BooleanField(default=False)

    class Meta:
        verbose_name = verbose_name_plural = "被拒的通知"
        constraints = [models.UniqueConstraint(fields=["source", "minute"], name="forgery_source_minute")]


class Moment(models.Model):
    """One line of an order's timeline, as staff read it. No sums and no names in it."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="moments")
    at = models.DateTimeField()
    text = models.CharField(max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "订单经过"
        ordering = ["pk"]


class Trouble(Process):
    """The staff process about one order; `by` is who decided, the second person confirms."""

    order = jsonstore.CharField(max_length=32)
    reason = jsonstore.CharField(max_length=200)
    amount = jsonstore.IntegerField()
    decision = jsonstore.CharField(max_length=16, blank=True)
    receipt = jsonstore.CharField(max_length=64, blank=True)
    why = jsonstore.CharField(max_length=200, blank=True)
    by = jsonstore.CharField(max_length=150, blank=True)
    agreed = jsonstore.BooleanField(default=False)

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "钱款待处理"
