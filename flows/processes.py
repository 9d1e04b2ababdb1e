"""Publishing a flow that takes money: submitted by one person, decided by another, worked from the inbox of the back office.

viewflow keeps the tasks; what is done stands in `actions`. A flow that takes no money is published at once.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.http import HttpResponse
from viewflow import this
from viewflow.workflow import Activation, flow, lock
from viewflow.workflow.flow.views import UpdateProcessView
from viewflow.workflow.models import Task

from core.errors import Problem
from flows import actions
from flows.models import FlowDefinition, FlowVersion, Publication
from flows.schema import digest
from flows.staffing import StaffTask

__all__ = ["PublishFlow", "StaffTask", "submit"]
APPROVES = "flows.approve_flowdefinition"


class Decision(forms.ModelForm[Publication]):
    """Agree, or send back with a reason."""

    agreed = forms.TypedChoiceField(
        label="决定", choices=[("yes", "同意，马上发布"), ("no", "退回修改")], widget=forms.RadioSelect, coerce=lambda word: word == "yes"
    )
    reason = forms.CharField(label="理由", max_length=200, required=False, help_text="退回时必填，送审人会看到。")

    class Meta:
        model = Publication
        fields = ["agreed", "reason"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("agreed") is False and not given.get("reason", "").strip():
            self.add_error("reason", "退回时请写明要改什么。")
        return given


class Acknowledgement(forms.ModelForm[Publication]):
    """Nothing to fill in: the submitter has read why."""

    class Meta:
        model = Publication
        fields: list[str] = []


class Decide(UpdateProcessView):
    """Publishing or sending back happens in the same transaction as the task's end; a refusal keeps the task open and says why."""

    form_class = Decision
    success_message = "已办好。"

    def form_valid(self, form: Decision) -> HttpResponse:
        process, by = self.request.activation.process, self.request.user.get_username()
        try:
            if form.cleaned_data["agreed"]:
                actions.publish_submitted(process, by=by)
            else:
                actions.refuse_submitted(process, by=by, reason=form.cleaned_data["reason"])
        except Problem as problem:
            form.add_error(None, f"{problem.title}。{problem.remedy}")
            return self.form_invalid(form)
        return super().form_valid(form)


class Acknowledge(UpdateProcessView):
    form_class = Acknowledgement
    success_message = "已办好。"


class SecondPerson(flow.View):
    """A task for everybody with its permission but the one who submitted."""

    def can_assign(self, user: AbstractUser, task: Task) -> bool:
        return task.process.coerced.by != user.get_username() and bool(super().can_assign(user, task))

    def can_execute(self, user: AbstractUser, task: Task) -> bool:
        return task.process.coerced.by != user.get_username() and bool(super().can_execute(user, task))


class PublishFlow(flow.Flow):
    """流程审核."""

    process_class = Publication
    process_title = "流程审核"
    lock_impl = lock.SelectForUpdateLock(nowait=False)

    start = flow.StartHandle(this.begin).Annotation(title="送审").Next(this.approve)
    approve = SecondPerson(Decide.as_view()).Annotation(title="审核发布").Permission(APPROVES).Next(this.decided)
    decided = flow.If(this.is_agreed).Annotation(title="是否同意").Then(this.published).Else(this.revise)
    revise = flow.View(Acknowledge.as_view()).Annotation(title="退回修改").Assign(this.submitter_of).Next(this.sent_back)
    published = flow.End().Annotation(title="已发布")
    sent_back = flow.End().Annotation(title="已退回")

    def begin(self, activation: Activation, *, draft: FlowDefinition, by: AbstractUser) -> Publication:
        process: Publication = activation.process
        process.definition, process.title, process.sha256 = draft.pk, draft.title, digest(actions.complete(draft))
        process.by, process.submitter = by.get_username(), by.get_full_name() or by.get_username()
        return process

    def is_agreed(self, activation: Activation) -> bool:
        return bool(activation.process.agreed)

    def submitter_of(self, activation: Activation) -> AbstractUser:
        user: AbstractUser = get_user_model().objects.get(username=activation.process.by)
        return user


def submit(definition: FlowDefinition, *, by: AbstractUser) -> FlowVersion | Publication:
    """Publish at once, or hand a flow that takes money to a second person: then the process, the open one when it is the same draft.

    `definition` is the draft itself (its newest revision as an object). Raises FlowIncomplete.
    """
    tree = actions.proved(definition)
    if not actions.takes_money(tree):
        return actions.publish(definition, by=by.get_username())
    return waiting(definition, digest(tree)) or PublishFlow.start.run(draft=definition, by=by)


def waiting(definition: FlowDefinition, sha256: str) -> Publication | None:
    """The open submission of exactly this draft."""
    rows = Publication.objects.filter(flow_class=PublishFlow, finished=None, data__definition=definition.pk, data__sha256=sha256)
    found: Publication | None = rows.filter(task__status__in=["NEW", "ASSIGNED"], task__flow_task=PublishFlow.approve).first()
    return found
