"""Drafts that come from a file: each a revision with an audit entry, in one transaction. Publishing is another matter (`flows.actions`)."""

from __future__ import annotations

import json

from django.contrib.auth import get_user_model
from django.db import transaction

from core import audit
from core.errors import Conflict, NotFound
from flows.models import FlowDefinition
from flows.schema import Tree, digest


class DraftUnknown(NotFound):
    title = "没有编码是“{flow}”的流程"
    remedy = "请核对编码。"


class DraftLocked(Conflict):
    """Wagtail's lock: somebody keeps others from editing."""

    title = "这个流程被锁定，不能导入"
    remedy = "请先解锁，或导入成一个新流程。"


@transaction.atomic
def begin(tree: Tree, *, by: str) -> FlowDefinition:
    """A new flow. Its code is the file's, or the next that is free."""
    code, title = free_code(tree.code), tree.title or "导入的流程"
    made = FlowDefinition.objects.create(code=code, title=title, tree=stored(tree, code, title), live=False)
    return kept(made, tree, by=by)


@transaction.atomic
def replace(code: str, tree: Tree, *, by: str) -> FlowDefinition:
    """The newest draft of a flow there is; code and title stay, earlier drafts stay in its history. Raises DraftUnknown, DraftLocked."""
    row = FlowDefinition.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise DraftUnknown(flow=code)
    if row.locked:
        raise DraftLocked
    draft: FlowDefinition = row.get_latest_revision_as_object()
    draft.tree = stored(tree, draft.code, draft.title)
    return kept(draft, tree, by=by)


def kept(draft: FlowDefinition, tree: Tree, *, by: str) -> FlowDefinition:
    draft.save_revision(user=get_user_model().objects.filter(username=by).first())
    audit.record(by, "flows.imported", str(draft.pk), flow=draft.code, sha256=digest(tree))
    return draft


@transaction.atomic
def note_exported(definition: FlowDefinition, *, by: str, form: str, version: int) -> None:
    """That somebody took it out of the house; `version` 0 is the draft."""
    audit.record(by, "flows.exported", str(definition.pk), flow=definition.code, form=form, version=version)


def stored(tree: Tree, code: str, title: str) -> dict[str, object]:
    data: dict[str, object] = json.loads(tree.model_dump_json(by_alias=True))
    return {**data, "code": code, "title": title}


def free_code(wanted: str) -> str:
    """What the file says, else with a number behind; within 40 letters."""
    taken = set(FlowDefinition.objects.values_list("code", flat=True))
    numbered = (f"{wanted[:34]}_{n}" for n in range(2, len(taken) + 3))
    return next(code for code in (wanted, *numbered) if code not in taken)
