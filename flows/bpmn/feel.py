"""Conditions in FEEL, the expression language of DMN."""

from __future__ import annotations

import json

from core.conditions import All, Compare, Condition, Not

LANGUAGE = "https://www.omg.org/spec/DMN/20191111/FEEL/"
SIGNS = {"is": "=", "is_not": "!=", "below": "<", "at_most": "<=", "above": ">", "at_least": ">="}


def feel(condition: Condition) -> str:
    if isinstance(condition, Compare):
        return compared(condition)
    if isinstance(condition, Not):
        return f"not({feel(condition.inner)})"
    members, joint = (condition.all, " and ") if isinstance(condition, All) else (condition.any, " or ")
    return joint.join(f"({feel(member)})" for member in members) or ("true" if isinstance(condition, All) else "false")


def ended(key: str, outcome: str) -> str:
    return f"{key}.outcome = {constant(outcome)}"


def compared(comparison: Compare) -> str:
    name, values = comparison.fact, comparison.value if isinstance(comparison.value, list) else [comparison.value]
    listed = ", ".join(map(constant, values))
    if comparison.op in ("known", "unknown"):
        return f"{name} {'!=' if comparison.op == 'known' else '='} null"
    if comparison.op in ("in", "not_in"):
        return f"{name} in ({listed})" if comparison.op == "in" else f"not({name} in ({listed}))"
    if comparison.op == "between" and len(values) == 2:
        return f"{name} between {constant(values[0])} and {constant(values[1])}"
    return f"{name} {SIGNS.get(comparison.op, comparison.op)} {constant(values[0])}"


def constant(value: object) -> str:
    return "null" if value is None else json.dumps(value, ensure_ascii=False)
