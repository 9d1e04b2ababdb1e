"""Versions and drafts compared: which two, and the sentences that tell them apart (`flows.diff`)."""

from __future__ import annotations

from flows import actions
from flows.diff import Change, Side, changes
from flows.models import FlowDefinition, FlowVersion, Publication
from flows.nodes import CONTRACTS, PALETTE
from flows.queries import start_facts

SETTINGS = {name: node.settings for name, node in PALETTE.items()}


def of_version(version: FlowVersion) -> Side:
    """In the words it was proved with."""
    return Side(version.parsed, version.frozen, actions.start_words(version), SETTINGS)


def of_draft(definition: FlowDefinition) -> Side:
    """The draft as it would be published. Raises FlowIncomplete for JSON that is no tree."""
    return Side(actions.complete(definition.get_latest_revision_as_object()), CONTRACTS, start_facts(), SETTINGS)


def between(before: FlowVersion, after: FlowVersion | None) -> list[Change]:
    """What `after`, or the draft, changes against `before`. Raises FlowIncomplete."""
    return changes(of_version(before), of_version(after) if after else of_draft(before.definition))


def submitted(process: Publication) -> list[Change]:
    """What a second person is asked to agree to, against the version that is out; empty for a first publication.

    A draft that was changed after it was submitted is compared as it is now: agreeing will be refused. Raises FlowIncomplete.
    """
    definition = FlowDefinition.objects.filter(pk=process.definition).first()
    versions = FlowVersion.objects.filter(definition=process.definition)
    out = versions.exclude(sha256=process.sha256).order_by("-number").first()
    if definition is None or out is None:
        return []
    return between(out, versions.filter(sha256=process.sha256).first())
