"""The published versions of a flow, and where new visits start them (投放)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from care.models import Campus, Department
from core import clock
from flows import actions
from flows.models import FlowBinding, FlowDefinition, FlowVersion
from flows.vocabulary import KINDS


class BindingForm(forms.Form):
    """Which new visits start which version; an empty choice means every one."""

    version = forms.ModelChoiceField(FlowVersion.objects.none(), label="版本", empty_label=None)
    campus = forms.ChoiceField(label="院区", required=False)
    department = forms.ChoiceField(label="科室", required=False)
    kind = forms.ChoiceField(label="就诊类型", required=False, choices=[("", "全部类型"), *KINDS.items()])

    def __init__(self, definition: FlowDefinition, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["version"].queryset = definition.versions.all()  # type: ignore[attr-defined]  # a model choice
        self.fields["campus"].choices = [("", "全部院区"), *Campus.objects.values_list("his_id", "name")]  # type: ignore[attr-defined]  # a choice
        self.fields["department"].choices = [("", "全部科室"), *Department.objects.values_list("his_id", "name")]  # type: ignore[attr-defined]  # a choice


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Versions and bindings; POST binds one version to a place from now on."""
    definition = get_object_or_404(FlowDefinition, pk=pk)
    user: Any = request.user
    if not user.has_perm("flows.view_flowversion"):
        raise PermissionDenied
    may_bind = user.has_perm("flows.change_flowdefinition")
    form = BindingForm(definition, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may_bind:
            raise PermissionDenied
        if form.is_valid():
            bind(form.cleaned_data, by=user.get_username())
            messages.success(request, "已投放。从现在起新的就诊按这一版走，走到一半的就诊不变。")
            return HttpResponseRedirect(reverse("flow_editor:versions", args=[pk]))
    versions = list(definition.versions.all())
    names = names_of({name for one in versions for name in (one.published_by, one.approved_by)})
    rows = {
        "versions": [(one, names.get(one.published_by, one.published_by), names.get(one.approved_by, one.approved_by)) for one in versions],
        "bindings": [told(one) for one in bindings(definition)],
        "title": f"{definition.title} · 版本与投放",
    }
    return render(request, "flows/editor/versions.html", {**rows, "definition": definition, "form": form if may_bind else None})


def names_of(accounts: set[str]) -> dict[str, str]:
    """Who published and approved, as colleagues know them."""
    users = get_user_model().objects.filter(username__in=accounts)
    return {user.get_username(): user.get_full_name() or user.get_username() for user in users}


def bind(choice: dict[str, Any], *, by: str) -> FlowBinding:
    return actions.bind(choice["version"], by=by, campus=choice["campus"], department=choice["department"], kind=choice["kind"])


def bindings(definition: FlowDefinition) -> list[FlowBinding]:
    """Those in force now."""
    now = clock.now()
    rows = FlowBinding.objects.select_related("version").filter(
        Q(until=None) | Q(until__gt=now), version__definition=definition, since__lte=now
    )
    return list(rows)


def told(binding: FlowBinding) -> dict[str, Any]:
    words = {"campus": place(Campus, binding.campus), "department": place(Department, binding.department)}
    return {
        "version": binding.version.number, "since": binding.since,
        "campus": words["campus"] or "全部院区", "department": words["department"] or "全部科室",
        "kind": KINDS.get(binding.visit_kind, binding.visit_kind) or "全部类型",
    }  # fmt: skip


def place(model: type[Campus] | type[Department], number: str) -> str:
    row = model.objects.filter(his_id=number).first() if number else None
    return row.name if row else number
