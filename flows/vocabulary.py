"""The facts a visit begins with. Coarsened by construction: what is not listed here cannot be a fact, so it cannot be written down."""

from __future__ import annotations

from core.conditions import Fact, FactType

KINDS = {"first": "初诊", "again": "复诊", "chronic": "慢病", "emergency": "急诊"}
SEXES = {"male": "男", "female": "女"}
OLDEST = 120

START: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact(name="visit.kind", title="就诊类型", type=FactType(kind="enum", options=KINDS), source="HIS"),
        Fact(name="visit.insured", title="是否参保", type=FactType(kind="bool"), source="HIS", known="maybe"),
        Fact(name="patient.age", title="年龄", type=FactType(kind="int", low=0, high=OLDEST, unit="岁"), source="档案", known="maybe"),
        Fact(name="patient.sex", title="性别", type=FactType(kind="enum", options=SEXES), source="档案", known="maybe"),
    )
}


def declared(facts: dict[str, bool | int | str | None]) -> dict[str, bool | int | str]:
    """Only facts of the list, with values of their type; anything else is dropped before it reaches journal or kernel."""
    return {name: value for name, value in facts.items() if name in START and value is not None and START[name].type.holds(value)}
