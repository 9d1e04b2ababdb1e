"""What is wrong with a tree: the fault catalogue (flow-language §6.2). Errors block publishing, warnings are shown; neither blocks saving.

`faults` is the whole: the drawing first, then every history a run can have. Where the drawing itself is broken nothing is said about
histories. What could not be decided within the budget is said to be unproved (`flow.undecided_limit`).
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from core.conditions import Vocabulary
from flows.proof import facts, purposes, references, structure
from flows.proof.draft import Draft, References
from flows.proof.facts import before
from flows.proof.fault import Fault, Turn
from flows.proof.judge import Judge
from flows.proof.references import unchecked
from flows.schema import Contract, Tree, steps_in, vocabulary_of

RULES = (*structure.RULES, *facts.RULES, *purposes.RULES, *references.RULES)
BLOCKING = frozenset(
    {
        "flow.key_duplicate", "flow.key_reserved", "flow.type_unknown", "flow.port_unknown", "flow.branch_empty", "flow.group_empty",
        "flow.need_out_of_range", "flow.lane_must_wait", "flow.repeat_empty", "flow.leave_target", "flow.after_leave", "flow.leave_at_once",
        "flow.too_deep", "flow.too_large", "flow.interrupt_trigger", "flow.interrupt_twice", "flow.fact_missing", "flow.operator_mismatch",
        "flow.value_unknown", "flow.value_out_of_range", "flow.range_reversed", "flow.read_too_early", "flow.race_read",
    }
)  # fmt: skip
"""With one of these the tree has no certain meaning yet, so its histories are not judged."""

__all__ = ["Fault", "Turn", "before", "faults", "structural", "unchecked"]


def faults(
    tree: Tree,
    contracts: Mapping[str, Contract],
    vocabulary: Vocabulary | None = None,
    settings: Mapping[str, type[BaseModel]] | None = None,
    references: References | None = None,
) -> list[Fault]:
    """Every fault, errors and warnings, in the order drawn.

    `vocabulary` holds the start facts (those of the steps are added here), `settings` the typed settings of each type that has some,
    `references` what other rooms offer (`unchecked` says what it leaves out).
    """
    draft = drafted(tree, contracts, vocabulary, settings, references)
    found = drawn(draft)
    if not {fault.code for fault in found} & BLOCKING:
        found += Judge(draft).faults()
    return in_order(draft, found)


def structural(
    tree: Tree,
    contracts: Mapping[str, Contract],
    vocabulary: Vocabulary | None = None,
    settings: Mapping[str, type[BaseModel]] | None = None,
    references: References | None = None,
) -> list[Fault]:
    """What the drawing alone shows: quick enough for every key stroke."""
    draft = drafted(tree, contracts, vocabulary, settings, references)
    return in_order(draft, drawn(draft))


def drafted(
    tree: Tree,
    contracts: Mapping[str, Contract],
    vocabulary: Vocabulary | None,
    settings: Mapping[str, type[BaseModel]] | None,
    references: References | None,
) -> Draft:
    words = {**(vocabulary or {}), **vocabulary_of(tree, contracts)}
    return Draft(tree, contracts, words, settings or {}, references or {}, {step.key: step for step in steps_in(tree)})


def drawn(draft: Draft) -> list[Fault]:
    return [fault for rule in RULES for fault in rule(draft)]


def in_order(draft: Draft, found: list[Fault]) -> list[Fault]:
    order = {key: place for place, (key, _, _) in enumerate(draft.names())}
    return sorted(dict.fromkeys(found), key=lambda fault: order.get(fault.keys[0], -1))
