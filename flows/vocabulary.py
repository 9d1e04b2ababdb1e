"""The facts a visit begins with. Coarsened by construction: what is not listed here cannot be a fact, so it cannot be written down."""

from __future__ import annotations

from collections.abc import Mapping

from core.conditions import Fact, FactType

KINDS = {"first": "初诊", "again": "复诊", "chronic": "慢病", "emergency": "急诊"}
SEXES = {"male": "男", "female": "女"}
SESSIONS = {"am": "上午", "pm": "下午"}
OLDEST = 120
OTHER = "other"
"""Stands for every place a version did not know when it was published, so that a branch over places never has a gap."""
MOST_PLACES = 39

START: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact(name="visit.kind", title="就诊类型", type=FactType(kind="enum", options=KINDS), source="HIS"),
        Fact(name="visit.insured", title="是否参保", type=FactType(kind="bool"), source="HIS", known="maybe"),
        Fact(name="clinic.session", title="出诊时段", type=FactType(kind="enum", options=SESSIONS), source="HIS", known="maybe"),
        Fact(name="patient.age", title="年龄", type=FactType(kind="int", low=0, high=OLDEST, unit="岁"), source="档案", known="maybe"),
        Fact(name="patient.sex", title="性别", type=FactType(kind="enum", options=SEXES), source="档案", known="maybe"),
        Fact(name="patient.elder_mode", title="是否用长辈版", type=FactType(kind="bool"), source="档案", known="maybe"),
    )
}
PLACES = {"visit.campus": "院区", "visit.department": "科室"}
"""Facts whose range is the directory of HIS; publishing freezes it."""


def place(name: str, options: Mapping[str, str]) -> Fact:
    """The fact of a visit's place, over the places there are now."""
    title = PLACES[name]
    kept = dict(list(options.items())[:MOST_PLACES]) | {OTHER: f"其他{title}"}
    return Fact(name=name, title=title, type=FactType(kind="enum", options=kept), source="HIS")


def declared(facts: Mapping[str, bool | int | str | None], words: Mapping[str, Fact] = START) -> dict[str, bool | int | str]:
    """Only facts of the list, with values of their type; anything else is dropped before it reaches journal or kernel."""
    known = {name: fitted(name, value, words[name]) for name, value in facts.items() if name in words and value is not None}
    return {name: value for name, value in known.items() if words[name].type.holds(value)}


def fitted(name: str, value: bool | int | str, fact: Fact) -> bool | int | str:
    """A place the list does not have is one of the others."""
    return OTHER if name in PLACES and value not in fact.type.options else value
