"""Form 填表: questions staff write on the step; the answers become facts of that step, never free text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import Field

from core.conditions import Value
from flows.errors import AnswerUnfit
from flows.nodes.contracts import Contract, main, other
from flows.nodes.port import Drawing, Hearing, NodeType, Scene, Settings
from flows.schema import Question, Questions

YES, NO = "yes", "no"
WHOLE = re.compile(r"^-?[0-9]{1,9}$")


class FormSettings(Settings):
    fields: Questions = Field(default=[], title="问哪些问题")
    may_decline: bool = Field(default=False, title="患者可以不填")


def answers(questions: list[Question], data: Mapping[str, str]) -> dict[str, Value]:
    """The typed facts in what was posted. What nobody asked is dropped. Raises AnswerUnfit for the first that is missing or no answer."""
    return {each.key: answer(each, data.get(each.key, "").strip()) for each in questions}


def answer(question: Question, text: str) -> Value:
    if question.kind == "bool" and text in (YES, NO):
        return text == YES
    if question.kind == "enum" and text in question.options:
        return text
    if question.kind == "number" and WHOLE.match(text) and question.low <= int(text) <= question.high:
        return int(text)
    raise AnswerUnfit(question=question.title)


def draw(scene: Scene) -> Drawing:
    if scene.state == "done":
        return Drawing(lead="没有填" if scene.outcome != "submitted" else scene.settings.done_text or "已填好")
    if scene.state in ("now", "waiting"):
        return Drawing(lead=scene.settings.now_text or "请填几个问题", verb="填表", action=scene.go("去填写"))
    return Drawing(lead="到时候请填几个问题")


NODE = NodeType(
    contract=Contract(
        name="form@1",
        title="填表",
        actor="patient",
        main="submitted",
        outcomes=[main("submitted", "已填好"), other("declined", "不愿意填"), other("unanswered", "没有填")],
        late="unanswered",
        after=1440,
        undo=[],
        declares="fields",
    ),
    family="talk",
    icon="me",
    summary="问患者几个问题，后面可以按回答走不同的路。",
    settings=FormSettings,
    draw=draw,
    hears={"form.submitted": Hearing("submitted"), "form.declined": Hearing("declined")},
    answers=("submit", "decline"),
    online=True,
)
