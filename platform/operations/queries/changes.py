"""What a submitted flow changes against what is out: for the second person, in sentences, what touches money first."""

from __future__ import annotations

from dataclasses import dataclass

from flows import actions, comparisons, diff
from flows.errors import FlowIncomplete
from flows.models import FlowDefinition, FlowVersion, Publication
from flows.schema import Tree, digest, walk
from operations.words import Word

WORDS = {
    "added": Word("新加", "good"),
    "removed": Word("去掉", "urgent"),
    "changed": Word("改了", "watch"),
    "renamed": Word("改名", "watch"),
    "moved": Word("挪了位置", "busy"),
}


@dataclass(frozen=True)
class Change:
    word: Word
    text: str
    money: bool


@dataclass(frozen=True)
class Changes:
    """`against` is the version that is out; 0 when none is. `stale`: the draft was changed after it had been submitted."""

    rows: list[Change]
    against: int
    steps: int
    stale: bool = False
    definition: int = 0


def changes(process: Publication) -> Changes | None:
    """None when the flow that was submitted cannot be read any more."""
    definition = FlowDefinition.objects.filter(pk=process.definition).first()
    after = submitted(definition, process.sha256) if definition else None
    if definition is None or after is None:
        return None
    out = FlowVersion.objects.filter(definition=definition).exclude(sha256=process.sha256).order_by("-number").first()
    rows = [told(change) for change in comparisons.submitted(process)]
    stale = digest(after) != process.sha256
    return Changes(rows, out.number if out else 0, sum(1 for _ in walk(after)), stale, definition.pk)


def told(change: diff.Change) -> Change:
    return Change(WORDS[change.kind], change.text, change.money)


def submitted(definition: FlowDefinition, sha256: str) -> Tree | None:
    """What was published of it, else the draft as it is now."""
    if version := FlowVersion.objects.filter(definition=definition, sha256=sha256).first():
        return version.parsed
    try:
        return actions.complete(definition.get_latest_revision_as_object())
    except FlowIncomplete:
        return None
