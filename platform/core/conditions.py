"""Conditions as data: a fact compared with a constant, in groups, over three values of truth.

Flows (branch, until) and questionnaires (show-if) share them. `OPERATORS` is the only place that knows an operator:
the evaluator, the sentence, the check and the editor read it. Nothing here runs what staff wrote.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Discriminator, Field, StrictBool, StrictInt, StrictStr, Tag

Value = bool | int | str
Kind = Literal["bool", "enum", "int", "count", "money", "duration", "date", "time"]
Operand = StrictBool | StrictInt | StrictStr

KINDS: frozenset[str] = frozenset(get_args(Kind))
NUMBERS = KINDS - {"bool", "enum"}
RANGES = {"count": (0, 9_999), "money": (0, 100_000_000), "duration": (0, 525_600), "date": (-365, 365), "time": (0, 1_439)}
MOST_COMPARISONS = 12


# Facts


class FactType(BaseModel, frozen=True, extra="forbid"):
    """What a fact may be. Money is fen, duration minutes, date days from the visit's day, time a minute of the day.

    `options` belongs to `enum` (value → label); `low` and `high` narrow the range of a number; `unit` is written behind int and count.
    """

    kind: Kind
    options: dict[str, str] = {}
    low: int | None = None
    high: int | None = None
    unit: str = ""

    @property
    def range(self) -> tuple[int | None, int | None]:
        """Both bounds included; None is open."""
        low, high = RANGES.get(self.kind, (None, None))
        return self.low if self.low is not None else low, self.high if self.high is not None else high

    def holds(self, value: object) -> bool:
        """Whether `value` is one of this type's values."""
        if self.kind == "bool":
            return isinstance(value, bool)
        if self.kind == "enum":
            return isinstance(value, str) and value in self.options
        return isinstance(value, int) and not isinstance(value, bool) and self.within(value)

    def within(self, value: int) -> bool:
        low, high = self.range
        return (low is None or low <= value) and (high is None or value <= high)

    def words(self, value: object) -> str:
        """A value as staff read it: 是, a label, 12.50 元, 90 分钟, 就诊前 1 天, 14:30, 65."""
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, int):
            return _number_words(self, value)
        return "(未填写)" if value is None else self.options.get(str(value), str(value))


def _number_words(kind: FactType, value: int) -> str:
    if kind.kind == "money":
        yuan, fen = divmod(abs(value), 100)
        return f"{'-' if value < 0 else ''}{yuan:,}.{fen:02d} 元"
    if kind.kind == "duration":
        return f"{value} 分钟"
    if kind.kind == "date":
        return "就诊当天" if value == 0 else f"就诊{'前' if value < 0 else '后'} {abs(value)} 天"
    if kind.kind == "time":
        return f"{value // 60:02d}:{value % 60:02d}"
    return f"{value} {kind.unit}".rstrip()


class Fact(BaseModel, frozen=True, extra="forbid"):
    """One entry of the vocabulary. `name` is `namespace.name`; a fact is unknown, then known, then never changes within its round."""

    name: str
    title: str
    type: FactType
    source: str = ""
    known: Literal["start", "maybe", "after"] = "start"
    privacy: str = "coarse"


Vocabulary = Mapping[str, Fact]


# Operators


@dataclass(frozen=True)
class Operator:
    """One row of the table. `takes`: how many constants. `opposite` is the operator that is true exactly when this one is false."""

    name: str
    words: str
    kinds: frozenset[str]
    takes: Literal["none", "one", "many", "pair"]
    opposite: str
    test: Callable[[Any, Any], bool]


def _is(value: Value, constant: object) -> bool:
    """Equal and of one type: True is not 1."""
    return type(value) is type(constant) and value == constant


OPERATORS: dict[str, Operator] = {
    row.name: row
    for row in (
        Operator("is", "是", KINDS, "one", "is_not", _is),
        Operator("is_not", "不是", KINDS - {"bool"}, "one", "is", lambda value, constant: not _is(value, constant)),
        Operator("in", "是以下之一", frozenset({"enum"}), "many", "not_in", lambda value, constants: value in constants),
        Operator("not_in", "不是以下任何一个", frozenset({"enum"}), "many", "in", lambda value, constants: value not in constants),
        Operator("below", "小于", NUMBERS, "one", "at_least", operator.lt),
        Operator("at_most", "不超过", NUMBERS, "one", "above", operator.le),
        Operator("above", "大于", NUMBERS, "one", "at_most", operator.gt),
        Operator("at_least", "不少于", NUMBERS, "one", "below", operator.ge),
        Operator("between", "介于…与…之间(含两端)", NUMBERS, "pair", "", lambda value, pair: pair[0] <= value <= pair[1]),
        Operator("known", "已有结果", KINDS, "none", "unknown", lambda _value, _constant: True),
        Operator("unknown", "还没有结果", KINDS, "none", "known", lambda _value, _constant: False),
    )
}


# Conditions


class Compare(BaseModel, frozen=True, extra="forbid"):
    fact: str
    op: str
    value: Operand | list[Operand] | None = None


class All(BaseModel, frozen=True, extra="forbid"):
    all: list[Condition]


class Any_(BaseModel, frozen=True, extra="forbid"):  # `Any` is typing's
    any: list[Condition]


class Not(BaseModel, frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True):
    inner: Condition = Field(validation_alias="not", serialization_alias="not")


def _shape(data: object) -> str:
    """Which of the four a piece of JSON, or a model already made, is."""
    if isinstance(data, Mapping):
        return next((name for name in ("all", "any", "not") if name in data), "compare")
    return next((name for name, model in (("all", All), ("any", Any_), ("not", Not)) if isinstance(data, model)), "compare")


Condition = Annotated[
    Annotated[Compare, Tag("compare")] | Annotated[All, Tag("all")] | Annotated[Any_, Tag("any")] | Annotated[Not, Tag("not")],
    Discriminator(_shape),
]
for _model in (All, Any_, Not):
    _model.model_rebuild()


def evaluate(condition: Condition, facts: Mapping[str, Value]) -> bool | None:
    """True, False, or None when the known facts do not decide (Kleene). Total: what cannot be compared is unknown."""
    if isinstance(condition, Compare):
        return _compare(condition, facts.get(condition.fact))
    if isinstance(condition, Not):
        verdict = evaluate(condition.inner, facts)
        return None if verdict is None else not verdict
    decides, members = (False, condition.all) if isinstance(condition, All) else (True, condition.any)
    verdicts = [evaluate(member, facts) for member in members]
    if decides in verdicts:
        return decides
    return None if None in verdicts else not decides


def _compare(comparison: Compare, value: Value | None) -> bool | None:
    row = OPERATORS.get(comparison.op)
    if row is None:
        return None
    if row.takes == "none":
        return (value is not None) == (row.name == "known")
    if value is None:
        return None
    try:
        return row.test(value, comparison.value)
    except (TypeError, IndexError):  # only a draft that the check refuses gets here
        return None


def compares(condition: Condition) -> Iterator[Compare]:
    """Every comparison, from left to right."""
    if isinstance(condition, Compare):
        yield condition
        return
    for member in _members(condition):
        yield from compares(member)


def _members(condition: All | Any_ | Not) -> list[Condition]:
    if isinstance(condition, Not):
        return [condition.inner]
    return condition.all if isinstance(condition, All) else condition.any


# The sentence


def sentence(condition: Condition, vocabulary: Vocabulary) -> str:
    """The condition as one Chinese sentence; brackets only round a group inside a group."""
    plain = _plain(condition)
    if isinstance(plain, Compare):
        return _compare_words(plain, vocabulary)
    if isinstance(plain, Not):
        return f"不符合 {_member_words(plain.inner, vocabulary)}"
    joint, members = ("并且", plain.all) if isinstance(plain, All) else ("或者", plain.any)
    return f" {joint} ".join(_member_words(member, vocabulary) for member in members) or "(空条件组)"


def _member_words(member: Condition, vocabulary: Vocabulary) -> str:
    words = sentence(member, vocabulary)
    return words if isinstance(_plain(member), Compare) else f"({words})"


def _plain(condition: Condition) -> Condition:
    """Without groups of one, without double `not`, and with the opposite operator in place of `not` where there is one."""
    if isinstance(condition, Compare):
        return condition
    if not isinstance(condition, Not):
        members = _members(condition)
        return _plain(members[0]) if len(members) == 1 else condition
    inner = _plain(condition.inner)
    if isinstance(inner, Not):
        return _plain(inner.inner)
    return (_opposite(inner) if isinstance(inner, Compare) else None) or Not(inner=inner)


def _opposite(comparison: Compare) -> Compare | None:
    """The comparison that is true exactly when this one is false; None when the table has none."""
    if comparison.op == "is" and isinstance(comparison.value, bool):
        return comparison.model_copy(update={"value": not comparison.value})
    row = OPERATORS.get(comparison.op)
    return comparison.model_copy(update={"op": row.opposite}) if row and row.opposite else None


def _compare_words(comparison: Compare, vocabulary: Vocabulary) -> str:
    fact, row, value = vocabulary.get(comparison.fact), OPERATORS.get(comparison.op), comparison.value
    kind = fact.type if fact else FactType(kind="enum")
    subject = f"「{fact.title if fact else comparison.fact}」"
    if row is None:
        return f"{subject}{comparison.op} {kind.words(value)}"
    if row.takes == "none":
        return f"{subject}{row.words}"
    if row.takes == "many" and isinstance(value, list):
        return f"{subject}{row.words}：{'、'.join(kind.words(each) for each in value)}"
    if row.takes == "pair" and isinstance(value, list) and len(value) == 2:
        return f"{subject}介于 {kind.words(value[0])} 与 {kind.words(value[1])} 之间(含两端)"
    return f"{subject}{row.words} {kind.words(value)}"


# The check


@dataclass(frozen=True)
class Finding:
    """What is wrong with a condition, as staff read it."""

    code: str
    text: str


def check(condition: Condition, vocabulary: Vocabulary, title: str = "条件") -> list[Finding]:
    """Everything that keeps a condition from being decided by its facts; `title` names the block it stands in."""
    found = [Finding("flow.group_empty", f"「{title}」里有一个空的条件组。")] if _has_empty_group(condition) else []
    comparisons = list(compares(condition))
    if len(comparisons) > MOST_COMPARISONS:
        found.append(Finding("flow.too_large", f"「{title}」的条件超过 {MOST_COMPARISONS} 个比较，请拆分或简化。"))
    return found + [finding for comparison in comparisons for finding in _check_compare(comparison, vocabulary, title)]


def _has_empty_group(condition: Condition) -> bool:
    if isinstance(condition, Compare):
        return False
    members = _members(condition)
    return not members or any(_has_empty_group(member) for member in members)


def _check_compare(comparison: Compare, vocabulary: Vocabulary, title: str) -> list[Finding]:
    fact, row = vocabulary.get(comparison.fact), OPERATORS.get(comparison.op)
    if fact is None:
        return [Finding("flow.fact_missing", f'「{title}」用到的"{comparison.fact}"不存在。')]
    if row is None or fact.type.kind not in row.kinds:
        return [Finding("flow.operator_mismatch", f'"{fact.title}"不能用"{row.words if row else comparison.op}"比较。')]
    if row.takes == "none":
        wrong = comparison.value is not None
        return [Finding("flow.operator_mismatch", f'"{row.words}"后面不需要填写内容。')] if wrong else []
    constants = comparison.value if isinstance(comparison.value, list) else [comparison.value]
    fits = {"one": not isinstance(comparison.value, list), "many": bool(constants), "pair": len(constants) == 2}[row.takes]
    if not fits or None in constants:
        return [Finding("flow.value_unknown", f'"(未填写)"不是"{fact.title}"的可选值。')]
    found = [finding for constant in constants for finding in _check_constant(constant, fact)]
    if not found and row.takes == "pair" and constants[0] > constants[1]:  # type: ignore[operator]  # both are numbers: checked a line above
        low, high = fact.type.words(constants[0]), fact.type.words(constants[1])
        found.append(Finding("flow.range_reversed", f"区间写反了：{low} 大于 {high}。"))
    return found


def _check_constant(constant: object, fact: Fact) -> list[Finding]:
    kind = fact.type
    if kind.holds(constant):
        return []
    if kind.kind in NUMBERS and isinstance(constant, int) and not isinstance(constant, bool):
        low, high = ("不限" if bound is None else kind.words(bound) for bound in kind.range)
        text = f'"{fact.title}"只能在 {low} 到 {high} 之间，{kind.words(constant)} 超出范围。'
        return [Finding("flow.value_out_of_range", text)]
    return [Finding("flow.value_unknown", f'"{kind.words(constant)}"不是"{fact.title}"的可选值。')]
