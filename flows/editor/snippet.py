"""The FlowDefinition snippet: its form, its pages, its save bar."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.widgets.button import Button
from wagtail.snippets.action_menu import ActionMenuItem, PublishMenuItem, SnippetActionMenu, UnpublishMenuItem
from wagtail.snippets.views.snippets import CreateView, EditView, IndexView, InspectView, SnippetViewSet

from core.errors import Problem
from flows import actions
from flows.editor import handover, verdicts
from flows.editor.field import TreeField, drawn
from flows.errors import FlowIncomplete
from flows.models import FlowDefinition, empty_tree
from flows.reading import TreeUnreadable, tree_of

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


class FlowForm(WagtailAdminModelForm):
    """Saving a draft always works; the code is frozen once a version is out."""

    code = forms.CharField(label="编码", max_length=40)
    tree = TreeField(label="步骤")

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if self.instance.pk and self.instance.newest and code != self.instance.code:
            raise ValidationError("已有发布的版本，编码不能再改。")
        if code and not CODE.fullmatch(code):
            raise ValidationError("编码以小写字母开头，只用小写字母、数字和下划线。")
        return code

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean()
        if isinstance(given.get("tree"), dict):
            given["tree"] = {**given["tree"], "code": given.get("code") or "draft", "title": given.get("title") or ""}
        return given


PANELS = ObjectList(
    [
        FieldRowPanel([FieldPanel(name, disable_comments=True) for name in ("title", "code", "note")], classname="yc-flow-names"),
        FieldPanel("tree", disable_comments=True),
    ],
    base_form_class=FlowForm,
)


class SendItem(ActionMenuItem):
    """送审 for a flow that takes money, else 发布; the canvas changes the word when the draft changes."""

    name = "action-send"
    icon_name = "upload"
    template_name = "flows/editor/send.html"
    order = 10

    def is_shown(self, context: dict[str, Any]) -> bool:
        return context["model"] is FlowDefinition and super().is_shown(context)

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(parent_context)
        draft = parent_context.get("instance")
        return {**context, "takes_money": draft is not None and takes_money(draft)}


def takes_money(definition: FlowDefinition) -> bool:
    try:
        return actions.takes_money(tree_of({**definition.tree, "code": "draft"}))
    except TreeUnreadable:
        return False


def only_ours(items: list[ActionMenuItem], _request: HttpRequest, context: dict[str, Any]) -> None:
    """Wagtail's own publishing knows no versions: ours stands in its place."""
    if context["model"] is FlowDefinition:
        items[:] = [item for item in items if not isinstance(item, PublishMenuItem | UnpublishMenuItem)]


class SaveBar(SnippetActionMenu):
    """Save and send side by side: nothing hides in a drop-up."""

    template = "flows/editor/save_bar.html"


class Sending:
    """The action of the button: the server proves anew, then publishes or hands over to a second person."""

    request: HttpRequest
    object: FlowDefinition
    view_name: str
    locked_for_user: bool
    new_revision: Any

    def get_available_actions(self) -> list[str]:
        return [*(one for one in super().get_available_actions() if one != "publish"), "send"]  # type: ignore[misc]  # Wagtail's view stands behind

    def _get_action_menu(self) -> SaveBar:
        if self.view_name == "create":
            return SaveBar(self.request, view="create", model=FlowDefinition)
        return SaveBar(self.request, view=self.view_name, instance=self.object, locked_for_user=self.locked_for_user)

    def send_action(self) -> HttpResponse | None:
        draft = self.new_revision.as_object()
        try:
            if not draft.tree["body"]:
                raise FlowIncomplete(faults=1, first=verdicts.EMPTY.code)
            outcome = handover.submit(draft, by=self.request.user)
        except Problem as problem:
            told = problem.as_problem()
            messages.error(self.request, f"{told['title']}。{told['remedy']} 草稿已保存。")
            return HttpResponseRedirect(reverse("wagtailsnippets_flows_flowdefinition:edit", args=[self.object.pk]) + "#problems")
        messages.success(self.request, outcome)
        return HttpResponseRedirect(reverse("flow_editor:versions", args=[self.object.pk]))

    def get_side_panels(self) -> MediaContainer:
        """The phone beside the canvas is the preview; Wagtail's own needs a web page."""
        panels = super().get_side_panels()  # type: ignore[misc]  # Wagtail's view stands behind
        return MediaContainer([panel for panel in panels if panel.name == "status"])


def address(name: str, *of: int) -> str:
    return reverse(f"flow_editor:{name}", args=of)


class FlowListView(IndexView):
    @property
    def header_more_buttons(self) -> list[Button]:
        may = self.request.user.has_perm("flows.add_flowdefinition")
        own = [Button("导入 JSON", url=address("import_new"), icon_name="upload", priority=5)] if may else []
        return [*super().header_more_buttons, *own]


class FlowCreateView(Sending, CreateView):
    template_name = "flows/editor/create.html"

    @property
    def header_more_buttons(self) -> list[Button]:
        return [*super().header_more_buttons, Button("导入 JSON", url=address("import_new"), icon_name="upload", priority=5)]

    def get_initial_form_instance(self) -> FlowDefinition:
        return FlowDefinition(title="新流程", code=free_code(), tree=empty_tree())


class FlowEditView(Sending, EditView):
    template_name = "flows/editor/edit.html"

    @property
    def header_more_buttons(self) -> list[Button]:
        own = [("版本与投放", "versions", "history"), ("导出 JSON", "export_json", "download"), ("导出 BPMN", "export_bpmn", "download")]
        own += [("导入 JSON", "import_into", "upload")] if self.request.user.has_perm("flows.change_flowdefinition") else []
        made = [
            Button(label, url=address(name, self.object.pk), icon_name=icon, priority=5 + n) for n, (label, name, icon) in enumerate(own)
        ]
        rehearse = Button("彩排", url=reverse("flow_rehearsal:play", args=[self.object.pk]), icon_name="view", priority=4)
        return [*super().header_more_buttons, rehearse, *made]


class FlowInspectView(InspectView):
    """The draft as a list, for those who approve or only look."""

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**options)
        draft = self.object.get_latest_revision_as_object()
        return {**context, "draft": draft, "lines": drawn({**draft.tree, "code": "draft"})}


def free_code() -> str:
    """A code nobody uses: flow_1, flow_2 …"""
    taken = set(FlowDefinition.objects.values_list("code", flat=True))
    return next(code for n in range(1, len(taken) + 2) if (code := f"flow_{n}") not in taken)


class VersionColumn(Column):
    """What is out: the newest version, or nothing yet."""

    def get_value(self, instance: FlowDefinition) -> str:
        return f"第 {instance.newest.number} 版" if instance.newest else "还没有发布"


class FlowViewSet(SnippetViewSet):
    model = FlowDefinition
    icon = "list-ul"
    menu_label = "流程"
    menu_name = "flows"
    menu_order = 20
    add_to_admin_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_template_name = "flows/editor/inspect.html"
    create_template_name = "flows/editor/create.html"
    edit_template_name = "flows/editor/edit.html"
    index_view_class = FlowListView
    add_view_class = FlowCreateView
    edit_view_class = FlowEditView
    inspect_view_class = FlowInspectView
    list_display = ["title", "note", VersionColumn("newest", label="已发布"), DateColumn("updated", label="修改时间", sort_key="updated")]
    search_fields = ["title", "code", "note"]

    def get_edit_handler(self) -> Any:
        return PANELS.bind_to_model(self.model)
