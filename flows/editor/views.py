"""What the canvas asks while staff draw: faults, the sentence of a condition, the patient's screen. Nothing is written here."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST
from pydantic import TypeAdapter, ValidationError

from core.conditions import OPERATORS, Condition, Fact, check, sentence
from core.errors import Problem
from flows.editor import verdicts
from flows.editor.field import vocabulary
from flows.preview import preview as patient_screen
from flows.proof import before
from flows.queries import start_facts
from flows.reading import parsed, refused, tree_of
from flows.schema import Branch, Repeat, Tree, steps_in, walk

View = Callable[[HttpRequest, dict[str, Any]], HttpResponse]
CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)


def asked(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """A JSON object in, by somebody who may see flows; refusals are a sentence with their status."""

    @require_POST
    @wraps(view)
    def inner(request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("flows.view_flowdefinition"):
            return JsonResponse({"message": "流程没有对您开放。"}, status=403)
        try:
            body = parsed(request.body)
            if not isinstance(body, dict):
                raise refused("不是一个流程")
            return view(request, body)
        except RequestDataTooBig:
            return JsonResponse({"message": "流程太大，请拆分成几个流程。"}, status=413)
        except Problem as problem:
            told = problem.as_problem()
            return JsonResponse({"message": f"{told['title']}。{told['remedy']}", "code": problem.code}, status=problem.status)

    return inner


@asked
def check_draft(_request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """`{tree}` → faults, the sentence of every condition, messages at settings, whether it takes money."""
    return JsonResponse(verdicts.of(tree_of(body.get("tree"))))


@asked
def read(_request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """`{tree, condition, at}` → the sentence, what is wrong with it, the facts that may be known at `at`."""
    tree = tree_of(body.get("tree"))
    try:
        condition = CONDITION.validate_python(body.get("condition"))
    except ValidationError as problem:
        raise refused("这个条件的格式不对") from problem
    known = facts_at(tree, str(body.get("at")))
    words = vocabulary(tree)
    findings = [verdicts.plain(finding.text) for finding in check(condition, {**words, **known}, "这个条件")]
    rows = [{"name": row.name, "words": row.words, "kinds": sorted(row.kinds), "takes": row.takes} for row in OPERATORS.values()]
    return JsonResponse({
        "sentence": sentence(condition, words),
        "findings": list(dict.fromkeys(findings)),
        "facts": [fact.model_dump(mode="json") for fact in known.values()],
        "operators": rows,
    })  # fmt: skip


def facts_at(tree: Tree, key: str) -> dict[str, Fact]:
    """The facts a condition of this block may read: those at the start, and of the steps that may be over by then."""
    found = next(((block, parents) for block, parents in walk(tree) if block.key == key and isinstance(block, Branch | Repeat)), None)
    if found is None:
        return start_facts()
    block, parents = found
    start = start_facts()
    over = before(block, parents) | ({step.key for child in block.body for step in steps_in(child)} if isinstance(block, Repeat) else set())
    return {name: fact for name, fact in vocabulary(tree).items() if name in start or (name and fact.source in over)}


@asked
def preview(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    """`{tree, at, state, elder}` → the patient's screen as HTML; an unfinished draft still draws."""
    tree, at = body.get("tree"), body.get("at")
    if not isinstance(tree, dict):
        raise refused("不是一个流程")
    screen = patient_screen(tree, at=at if isinstance(at, str) else None, state=str(body.get("state")), elder=body.get("elder") is True)
    return render(request, "flows/editor/phone.html", {"screen": screen, "blocks": shown(json.loads(screen.model_dump_json()))})


def shown(screen: dict[str, Any]) -> list[dict[str, Any]]:
    """The blocks of the mode: in the elder version what leads comes first and what is dropped is gone."""
    blocks: list[dict[str, Any]] = screen["blocks"]
    if screen["mode"] != "elder":
        return blocks
    order = {"lead": 0, "support": 1, "more": 2}
    kept = [block for block in blocks if block["elder"]["role"] in order]
    return sorted(kept, key=lambda block: (block["type"] == "action_bar", order[block["elder"]["role"]]))
