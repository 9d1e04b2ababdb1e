"""A node's settings as a Wagtail StructBlock, derived from its pydantic `Settings`: one source for field, title and limit."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from django import forms
from django.forms.widgets import Script
from django.utils.functional import cached_property
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from wagtail import blocks
from wagtail.admin.telepath import Adapter, register

from core.errors import Blank
from flows.editor import sources
from flows.nodes import NodeType, Settings
from flows.schema import MOST_OPTIONS, MOST_QUESTIONS, Question

Wants = Literal["delivers", "takes", "amount"]

STEPS: dict[str, tuple[Wants, bool]] = {"for": ("delivers", True), "of": ("takes", True), "amount_of": ("amount", False)}
"""Settings that name steps of the same tree: which steps may be named, and whether several."""
CHOSEN: dict[tuple[str, str], str] = {
    ("guide", "page"): sources.GUIDE_PAGES,
    ("task", "role"): sources.ROLES,
    ("desk", "role"): sources.ROLES,
    ("task", "process"): sources.STAFF_PROCESSES,
}
"""(node, setting) → the list it is chosen from."""
FIRST = 4
"""With the title the drawer opens with five fields; the rest stands under 更多."""
SHARED_ORDER = ("now_text", "place", "done_text", "elder_text")
LONG = 60


CANVAS: Any = Script("flows/editor/main.js", type="module")


class StepPicker(forms.Widget):
    """Steps of the tree under the pen; drawn in the browser, which alone knows the tree as it is now."""

    def __init__(self, wants: Wants, *, many: bool) -> None:
        super().__init__()
        self.wants, self.many = wants, many


class StepPickerAdapter(Adapter):
    js_constructor = "flows.StepPicker"

    def js_args(self, widget: StepPicker) -> list[Any]:
        return [widget.many, widget.wants]

    @cached_property
    def media(self) -> forms.Media:
        return forms.Media(js=[CANVAS])


register(StepPickerAdapter(), StepPicker)


class QuestionList(forms.Widget):
    """Questions staff write: their words, what kind of answer, which answers. Keys are minted in the browser and never shown."""


class QuestionListAdapter(Adapter):
    js_constructor = "flows.QuestionList"

    def js_args(self, _widget: QuestionList) -> list[Any]:
        return [MOST_QUESTIONS, MOST_OPTIONS]

    @cached_property
    def media(self) -> forms.Media:
        return forms.Media(js=[CANVAS])


register(QuestionListAdapter(), QuestionList)


class QuestionsBlock(blocks.FieldBlock):
    """The questions of one step, in the spelling of `flows.schema.Question`."""

    def __init__(self, **options: Any) -> None:
        self.field = forms.JSONField(required=False, widget=QuestionList())
        super().__init__(**options)


class StepsBlock(blocks.FieldBlock):
    """One or several step keys."""

    def __init__(self, wants: Wants, *, many: bool, **options: Any) -> None:
        self.field = forms.JSONField(required=False, widget=StepPicker(wants, many=many))
        super().__init__(**options)


def block_of(node: NodeType) -> blocks.StructBlock:
    """The drawer's form: at most four settings first, the others in the folded group 更多."""
    own = [alias(name, field) for name, field in node.settings.model_fields.items() if name not in Settings.model_fields]
    order = [*own, *SHARED_ORDER]
    rest = order[FIRST:]
    layout: list[Any] = order[:FIRST] + (
        [blocks.BlockGroup(rest, heading="更多", classname="collapsed", icon="sliders", label_format="")] if rest else []
    )
    struct = blocks.StructBlock(children(node, node.settings), label="", icon="cog", form_layout=blocks.BlockGroup(layout), collapsed=False)
    struct.set_name(f"settings_{node.name.replace('@', '_')}")
    return struct


def alias(name: str, field: FieldInfo) -> str:
    return field.alias or name


def children(node: NodeType, model: type[BaseModel]) -> list[tuple[str, blocks.Block]]:
    return [(alias(name, field), child(node, alias(name, field), field)) for name, field in model.model_fields.items()]


def child(node: NodeType, name: str, field: FieldInfo) -> blocks.Block:
    label = field.title or name
    kind = shape_of(node, name, field)
    if isinstance(kind, dict):
        inner = field.annotation
        return blocks.StructBlock(children(node, inner), label=label, icon="site", collapsed=True, required=False, label_format="")  # type: ignore[arg-type]  # a model: checked by shape_of
    if kind == "steps":
        wants, many = STEPS[name]
        return StepsBlock(wants, many=many, label=label, required=False)
    if kind == "questions":
        return QuestionsBlock(label=label, required=False)
    if kind == "choice":
        return blocks.ChoiceBlock(choices=options_of(node, name), label=label, required=False)
    if kind == "bool":
        return blocks.BooleanBlock(label=label, required=False)
    if kind == "number":
        return blocks.IntegerBlock(label=label, required=False)
    most = limit(field)
    if most and most > LONG:
        return blocks.TextBlock(label=label, required=False, max_length=most, rows=2)
    return blocks.CharBlock(label=label, required=False, max_length=most)


def options_of(node: NodeType, name: str) -> Any:
    source = CHOSEN[node.name.partition("@")[0], name]
    return lambda: sources.choices(source)


def limit(field: FieldInfo) -> int | None:
    return next((each.max_length for each in field.metadata if hasattr(each, "max_length")), None)


Shape = str | dict[str, Any]


def shape_of(node: NodeType, name: str, field: FieldInfo) -> Shape:
    """What the browser must know of a setting: text, bool, number, choice, steps, or the shapes of an inner form."""
    kind = field.annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {alias(inner, one): shape_of(node, inner, one) for inner, one in kind.model_fields.items()}
    source = CHOSEN.get((node.name.partition("@")[0], name))
    if source and sources.is_offered(source):
        return "choice"
    if name in STEPS:
        return "steps"
    if get_origin(kind) is list and get_args(kind)[:1] == (Question,):
        return "questions"
    return {bool: "bool", int: "number"}.get(kind, "text")  # type: ignore[arg-type]  # any annotation may be asked


def shapes(node: NodeType) -> dict[str, Shape]:
    return {alias(name, field): shape_of(node, alias(name, field), field) for name, field in node.settings.model_fields.items()}


MESSAGES = {
    "string_too_long": "最多 {max_length} 个字",
    "bool_type": "请选是或否",
    "int_parsing": "请填一个整数",
    "list_type": "请选择步骤",
    "string_pattern_mismatch": "请写成 14:30 的样子",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
}


def messages(node: NodeType, values: dict[str, Any]) -> dict[str, list[str]]:
    """What the node's own schema refuses, by setting, in words."""
    from pydantic import ValidationError

    try:
        node.settings.model_validate(values)
    except ValidationError as problem:
        found: dict[str, list[str]] = {}
        for each in problem.errors():
            found.setdefault(str(each["loc"][0]) if each["loc"] else "", []).append(message(each))
        return found
    return {}


def message(problem: Any) -> str:
    """One refusal in words; where the schema says it in words itself, those. A question is told by its number."""
    at, context = problem["loc"], problem.get("ctx") or {}
    which = f"第 {at[1] + 1} 题：" if len(at) > 1 and isinstance(at[1], int) else ""
    if problem["type"] == "value_error":
        return f"{which}{context['error']}"
    if which and problem["type"] == "string_too_short":
        return f"{which}还没有写问题或选项"
    return which + MESSAGES.get(problem["type"], "没有填写或不正确").format_map(Blank(context))
