"""Flows in and out as files: JSON both ways, BPMN 2.0 outward. An import is a draft, never a publication."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from core.errors import Problem
from flows import bpmn, comparisons, drafts, reading
from flows.diff import Side
from flows.language.telling import refused, sentences
from flows.models import FlowDefinition, FlowVersion
from flows.nodes import CONTRACTS
from flows.schema import Tree


class FileForm(forms.Form):
    """One file, and where it goes."""

    file = forms.FileField(label="流程文件（JSON）", widget=forms.FileInput(attrs={"accept": ".json,application/json"}))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > reading.MOST_BYTES:
            raise forms.ValidationError(f"文件超过 {reading.MOST_BYTES // 1000} KB，请拆分成几个流程。")
        return file


# Out


@require_GET
def export_json(request: HttpRequest, pk: int) -> HttpResponse:
    return handed_out(request, pk, "json", "application/json", lambda *which: reading.written(tree_of(*which)).encode())


@require_GET
def export_bpmn(request: HttpRequest, pk: int) -> HttpResponse:
    return handed_out(request, pk, "bpmn", "application/xml", lambda *which: bpmn.exported(side_of(*which)))


def tree_of(definition: FlowDefinition, version: FlowVersion | None) -> Tree:
    """A draft as it is drawn. Raises TreeUnreadable."""
    if version:
        return version.parsed
    draft = definition.get_latest_revision_as_object()
    return reading.tree_of({**draft.tree, "code": draft.code, "title": draft.title})


def side_of(definition: FlowDefinition, version: FlowVersion | None) -> Side:
    """A draft as it would be published. Raises FlowIncomplete."""
    return comparisons.of_version(version) if version else comparisons.of_draft(definition)


def wanted(request: HttpRequest, pk: int) -> tuple[FlowDefinition, FlowVersion | None]:
    """`?version=3`, else the draft."""
    need(request, "flows.view_flowdefinition")
    definition = get_object_or_404(FlowDefinition, pk=pk)
    number = request.GET.get("version", "")
    if not number:
        return definition, None
    need(request, "flows.view_flowversion")
    chosen = int(number) if number.isdecimal() and len(number) < 7 else 0
    return definition, get_object_or_404(FlowVersion, definition=definition, number=chosen)


def handed_out(request: HttpRequest, pk: int, form: str, kind: str, made: Callable[..., bytes]) -> HttpResponse:
    """The file, noted in the audit; what cannot be exported is said on the editor's page."""
    definition, version = wanted(request, pk)
    number = version.number if version else 0
    try:
        content = made(definition, version)
    except Problem as problem:
        told = problem.as_problem()
        messages.error(request, f"没有导出。{told['title']}。{told['remedy']}")
        return HttpResponseRedirect(reverse("wagtailsnippets_flows_flowdefinition:edit", args=[pk]))
    drafts.note_exported(definition, by=request.user.get_username(), form=form, version=number)
    answer = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{definition.code}-{f"v{number}" if number else "draft"}.{form}"'
    return answer


# In


def import_new(request: HttpRequest) -> HttpResponse:
    """A new flow from a file."""
    need(request, "flows.add_flowdefinition")
    return imported(request, None)


def import_into(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest draft of this flow from a file; earlier drafts stay in its history."""
    need(request, "flows.change_flowdefinition")
    return imported(request, get_object_or_404(FlowDefinition, pk=pk))


def imported(request: HttpRequest, into: FlowDefinition | None) -> HttpResponse:
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    found: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            draft = take_in(form.cleaned_data["file"].read(), into, by=request.user.get_username())
        except Problem as problem:
            found = sentences(refused(problem))
        else:
            messages.success(request, f"已导入为“{draft.title}”的草稿，还没有发布。请看一遍再发布。")
            return HttpResponseRedirect(reverse("wagtailsnippets_flows_flowdefinition:edit", args=[draft.pk]))
    title = f"导入到“{into.title}”" if into else "导入流程"
    shown = {"form": form, "found": found, "definition": into, "title": title}
    return render(request, "flows/editor/import.html", shown, status=422 if found or form.errors else 200)


def take_in(text: bytes, into: FlowDefinition | None, *, by: str) -> FlowDefinition:
    """Raises TreeUnreadable, DraftLocked; then nothing is written."""
    tree = reading.admitted(text, CONTRACTS)
    return drafts.replace(into.code, tree, by=by) if into else drafts.begin(tree, by=by)


def need(request: HttpRequest, permission: str) -> None:
    user: Any = request.user
    if not user.has_perm(permission):
        raise PermissionDenied
