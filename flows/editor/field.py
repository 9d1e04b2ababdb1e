"""The form field of a flow: a hidden text is the truth, the canvas draws it."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.telepath import JSContext

from core.conditions import Fact, FactType
from flows.editor import palette
from flows.editor.forms import CANVAS, block_of
from flows.editor.outline import outline
from flows.nodes import CONTRACTS, PALETTE
from flows.queries import start_facts
from flows.reading import TreeUnreadable, parsed, tree_of
from flows.schema import Tree, vocabulary_of

UNCHOSEN = {"": Fact(name="", title="还没有选看哪一项", type=FactType(kind="enum"))}
"""A comparison whose fact is not chosen yet reads as words, not as an empty name."""


class Canvas(forms.Widget):
    """The hidden text, what the canvas needs, and the flow as a list for whoever has no scripts."""

    template_name = "flows/editor/canvas.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"data-flow-tree": True, **(attrs or {})})
        self._context: JSContext | None = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        self._context = JSContext()
        context["config"] = palette.config(self._context)
        context["config_id"] = f"{context['widget']['attrs'].get('id', name)}-config"
        context["lines"] = drawn(value)
        return context

    @property
    def media(self) -> forms.Media:
        """Telepath and the fields' own media before the canvas; asked before and after drawing, always complete."""
        if self._context is None:
            self._context = JSContext()
            for node in PALETTE.values():
                self._context.pack(block_of(node))
        css = ["wagtailadmin/css/panels/streamfield.css"]
        own = [f"flows/editor/{name}.css" for name in ("canvas", "panels", "phone")]
        scripts = [versioned_static("wagtailadmin/js/telepath/blocks.js"), CANVAS]
        return self._context.media + forms.Media(css={"all": [*(versioned_static(one) for one in css), *own]}, js=scripts)


def drawn(value: Any) -> Any:
    """The lines of the outline; nothing for a text that is no flow."""
    try:
        tree = tree_of(parsed(value) if isinstance(value, str) else value)
    except TreeUnreadable:
        return ()
    return outline(tree, vocabulary(tree))


def vocabulary(tree: Tree) -> dict[str, Fact]:
    """Every fact a condition of this tree may name."""
    return {**UNCHOSEN, **start_facts(), **vocabulary_of(tree, CONTRACTS)}


class TreeField(forms.JSONField):
    """A draft may be incomplete, never unreadable. The cleaned value is plain JSON in the spelling of the schema."""

    widget = Canvas
    default_error_messages = {"invalid": "流程内容不是有效的 JSON，没有保存。请刷新页面后再试。"}

    def to_python(self, value: Any) -> Any:
        try:
            return parsed(value) if isinstance(value, str) and value else super().to_python(value)
        except TreeUnreadable as problem:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from problem

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What cannot be read is shown again as it came."""
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return InvalidJSONInput(data)

    def clean(self, value: Any) -> Any:
        raw = super().clean(value)
        try:
            tree = tree_of({**raw, "code": "draft"} if isinstance(raw, dict) else raw)
        except TreeUnreadable as problem:
            told = problem.as_problem()
            raise ValidationError(f"{told['title']}。{told['remedy']}", code="unreadable") from problem
        return {**json.loads(tree.model_dump_json(by_alias=True)), "code": raw.get("code") or "draft"}
