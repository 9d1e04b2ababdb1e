"""The form of a staff task: how it ended, what the step asks to be told, a note. It follows from the step and its frozen contract."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from core.conditions import Value
from flows.models import Run, StaffWork
from flows.schema import Contract, FactSpec, tells

NO_NUMBERS = RegexValidator(re.compile(r"\d{7,}"), "不要写电话、证件号等号码。", inverse_match=True)
PREFIX = "fact_"


class Answer(forms.ModelForm[StaffWork]):
    """`outcome`, `facts` and `said` (the note) once it is valid. What only another outcome tells is not asked for."""

    note = forms.CharField(
        label="说明",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[NO_NUMBERS],
        help_text="会进入审计和这次就诊的经过，患者看不到；不要写姓名、电话、证件号。",
    )

    class Meta:
        model = StaffWork
        fields: list[str] = []

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.contract, self.asked = asked_of(self.instance)
        own: dict[str, forms.Field] = {}
        if self.contract and len(self.contract.outcomes) > 1:
            own["outcome"] = choice("结果", [(one.key, one.title) for one in self.contract.outcomes], required=True)
        own |= {PREFIX + fact.key: field_of(fact) for fact in self.asked}
        self.fields = {**own, "note": self.fields["note"]}

    @property
    def outcome(self) -> str:
        return str(self.cleaned_data.get("outcome") or (self.contract.main if self.contract else ""))

    @property
    def facts(self) -> dict[str, Value]:
        told_now = [fact for fact in self.asked if self.outcome in fact.on]
        found = {fact.key: self.cleaned_data.get(PREFIX + fact.key) for fact in told_now}
        truths = {fact.key: found[fact.key] == "yes" for fact in told_now if fact.type == "bool" and found[fact.key]}
        return {name: value for name, value in found.items() if value not in (None, "")} | truths

    @property
    def said(self) -> str:
        return " ".join(self.cleaned_data.get("note", "").split())

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for fact in self.asked:
            if self.outcome in fact.on and given.get(PREFIX + fact.key) in (None, ""):
                self.add_error(PREFIX + fact.key, "请填写。")
        if (self.contract is None or self.outcome != self.contract.main) and len(self.said) < 4:
            self.add_error("note", "请写一句说明，至少 4 个字。")
        return given

    def save(self, commit: bool = True) -> StaffWork:  # noqa: ARG002 -- Django's signature; a process is always saved
        row = self.instance
        row.outcome, row.note = self.outcome, self.said
        row.save()
        return row


def asked_of(process: StaffWork) -> tuple[Contract | None, list[FactSpec]]:
    """The contract of the step a process is about, and what it asks; nothing for a visit that stands still."""
    if not process.instance:
        return None, []
    version = Run.objects.light().get(number=process.run).version
    step = version.program.step(process.instance.partition("#")[0])
    contract = version.frozen[step.type]
    return contract, tells(step, contract)


def field_of(fact: FactSpec) -> forms.Field:
    if fact.type == "bool":
        return choice(fact.title, [("yes", "是"), ("no", "否")])
    if fact.type == "enum":
        return choice(fact.title, list(fact.options.items()))
    kind = fact.fact_type
    low, high = kind.range
    return forms.IntegerField(label=fact.title, required=False, min_value=low, max_value=high, help_text=fact.unit)


def choice(label: str, options: list[tuple[str, str]], *, required: bool = False) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=required, choices=[("", "请选择"), *options])
