"""Money in trouble: one order a person must decide about. What moves money is confirmed by a second person.

The decision is carried out afterwards, outside any transaction: it asks partners. An order still in trouble then comes back as a new task.
"""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.validators import MinLengthValidator, RegexValidator
from django.db import transaction
from django.http import HttpResponse
from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.flow.views import UpdateProcessView
from viewflow.workflow.lock import SelectForUpdateLock
from viewflow.workflow.models import Process, Task
from viewflow.workflow.status import STATUS

from payments.actions.desk import record_decision
from payments.actions.rows import locked
from payments.desk import DECISIONS, MOVE_MONEY
from payments.models import Trouble

ENOUGH = MinLengthValidator(4, "请写一句理由，至少 4 个字。")
NO_NUMBERS = RegexValidator(re.compile(r"\d{7,}"), "理由里不要写电话、证件号等号码。", inverse_match=True)


class Decision(forms.ModelForm[Trouble]):
    """Without a reason nothing is decided; booking by hand needs the receipt."""

    decision = forms.ChoiceField(label="怎么办", choices=[("", "请选择"), *DECISIONS.items()])
    receipt = forms.CharField(label="收据号", max_length=64, required=False, help_text="只在“医院已人工入账”时填。")
    why = forms.CharField(
        label="理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[ENOUGH, NO_NUMBERS],
        help_text="会进入审计，患者看不到；不要写姓名、电话、证件号。",
    )

    class Meta:
        model = Trouble
        fields: list[str] = []

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if told.get("decision") == "booked" and not told.get("receipt", "").strip():
            self.add_error("receipt", "请填医院的收据号。")
        return told

    def save(self, commit: bool = True) -> Trouble:  # noqa: ARG002 -- Django's signature; a process is always saved
        row, told = self.instance, self.cleaned_data
        row.decision, row.receipt, row.agreed = told["decision"], told["receipt"].strip(), False
        row.why = " ".join(told["why"].split())
        row.save()
        return row


class Agreement(forms.ModelForm[Trouble]):
    agreed = forms.ChoiceField(label="核对结果", choices=[("", "请选择"), ("yes", "同意，照办"), ("no", "不同意，退回重新处理")])

    class Meta:
        model = Trouble
        fields: list[str] = []

    def save(self, commit: bool = True) -> Trouble:  # noqa: ARG002 -- Django's signature; a process is always saved
        self.instance.agreed = self.cleaned_data["agreed"] == "yes"
        self.instance.save()
        return self.instance


class DecideView(UpdateProcessView):
    form_class = Decision
    success_message = "已提交。"

    def form_valid(self, form: Decision) -> HttpResponse:
        form.instance.by = self.request.user.get_username()
        return super().form_valid(form)


class AgreeView(UpdateProcessView):
    form_class = Agreement
    success_message = "已提交。"


class SecondPerson(flow.View):
    """A task that whoever decided cannot take."""

    def can_assign(self, user: Any, task: Task) -> bool:
        return bool(super().can_assign(user, task)) and task.process.coerced.by != user.get_username()


class MoneyInTrouble(flow.Flow):
    process_class = Trouble
    process_title = "钱款待处理"
    lock_impl = SelectForUpdateLock(nowait=False)

    start = flow.StartHandle(this.begin).Next(this.decide)
    decide = flow.View(DecideView.as_view()).Annotation(title="处理这笔钱").Permission("payments.resolve_trouble").Next(this.moves_money)
    moves_money = flow.If(lambda activation: activation.process.decision in MOVE_MONEY).Then(this.agree).Else(this.hand_over)
    agree = SecondPerson(AgreeView.as_view()).Annotation(title="第二个人核对").Permission("payments.resolve_trouble").Next(this.is_agreed)
    is_agreed = flow.If(lambda activation: activation.process.agreed).Then(this.hand_over).Else(this.decide)
    hand_over = flow.Function(this.tell).Next(this.end)
    end = flow.End()

    def begin(self, activation: Any, *, order: str, reason: str, amount: int) -> Process:
        process: Process = activation.process
        process.order, process.reason, process.amount = order, reason, amount
        return process

    def tell(self, activation: Any) -> None:
        """In the process's own transaction: the decision is made known with it or not at all."""
        process = activation.process
        record_decision(process.order, process.decision, receipt=process.receipt, reason=process.why, by=process.by, process=process.pk)


@transaction.atomic
def open_desk(order_number: str, reason: str) -> Process:
    """The one open process about this order, started when there is none."""
    order = locked(order_number)
    known = open_process(order_number)
    if known:
        return known
    started: Process = MoneyInTrouble.start.run(order=order.number, reason=reason, amount=order.amount)
    return started


def open_process(order_number: str) -> Process | None:
    found: Process | None = Trouble.objects.filter(flow_class=MoneyInTrouble, finished=None, data__order=order_number).first()
    return found


@transaction.atomic
def put_away(order_number: str) -> bool:
    """The order got out of trouble by itself: a task nobody has begun goes away. True when there was one."""
    locked(order_number)
    process = open_process(order_number)
    if process is None or process.task_set.filter(status=STATUS.STARTED).exists():
        return False
    MoneyInTrouble.instance.cancel(process)
    return True
