"""Every code a member of staff could meet has a Chinese word; the codes are collected from the source, so a new one is noticed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import outbox
from core.errors import Problem, code_of
from flows.models import Run
from flows.nodes import PALETTE
from operations import words
from operations.queries import security
from payments.actions import receipts, refunds
from payments.desk import DECISIONS
from payments.models import Attempt, Order, Refund, Tender

ROOT = Path(__file__).resolve().parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
HANDS = ("retry", "finish", "skip", "choose")


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Every file of every room but the partners' play."""
    for folder in (ROOT / "platform", ROOT / "flows", ROOT / "cms"):
        for path in sorted(folder.rglob("*.py")):
            if "sandbox" not in path.parts and "migrations" not in path.parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def calls(name: str) -> Iterator[ast.Call]:
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
                yield node


def texts(node: ast.expr) -> list[str]:
    """What an argument can be: a constant, or a name with the verb of one's hand in it. Anything else is for the reader to look at."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        shape = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return [shape.replace("{}", kind) for kind in HANDS]
    return []


def recorded() -> set[str]:
    return {action for call in calls("audit.record") for action in texts(call.args[1])}


def has_word(known: object, codes: set[str]) -> set[str]:
    """The codes without a word."""
    return {code for code in codes if code not in known}  # type: ignore[operator]


def test_every_audit_action_has_a_word() -> None:
    found = recorded()
    assert len(found) > 30
    assert has_word(words.AUDIT, found) == set()
    assert set(words.AUDIT) - found == set()  # and no word stands for nothing


def test_every_fact_of_the_audit_has_a_name() -> None:
    found = {word.arg for call in calls("audit.record") for word in call.keywords if word.arg}
    assert has_word(words.FACTS, found) == set()


def test_every_actor_of_the_audit_has_a_name() -> None:
    found = {text for call in calls("audit.record") for text in actors(call.args[0])}
    assert has_word(words.SOURCES, found) == set()


def actors(node: ast.expr) -> list[str]:
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        return [str(node.values[0].value).partition(":")[0]]
    return [str(node.value)] if isinstance(node, ast.Constant) else []


def test_every_event_has_a_word() -> None:
    outbox.load()
    written = {
        node.name
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(ast.unparse(one) == "outbox.event" for one in node.decorator_list)
    }
    assert len(written) > 20
    assert has_word(words.EVENTS, written) == set()
    assert set(words.EVENTS) - written == set()


def test_every_room_that_hears_news_has_a_name() -> None:
    outbox.load()
    assert has_word(words.ROOMS, {name.partition(".")[0] for name in outbox.SUBSCRIBERS}) == set()


def test_every_refusal_says_why_in_chinese() -> None:
    kinds = list(words.family(Problem))
    assert len(kinds) > 60
    said = {code_of(kind): words.reason_of(code_of(kind)) for kind in kinds}
    assert [code for code, text in said.items() if text == words.NO_WORD or not CHINESE.search(text)] == []
    assert words.reason_of("builtins.key_error") == words.NO_WORD


@pytest.mark.parametrize(
    ("known", "states"),
    [(words.ORDER, Order.State), (words.ATTEMPT, Attempt.State), (words.REFUND, Refund.State), (words.TENDER, Tender.State)],
)
def test_every_state_of_money_has_a_word(known: dict[str, words.Word], states: type[Order.State]) -> None:
    assert set(known) == {str(one) for one in states}


def test_every_state_of_a_step_and_every_verdict_has_a_word() -> None:
    written = {
        value.value
        for path, tree in sources()
        if path.parts[-2:] == ("flows", "actions.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "state"
        for value in ast.walk(node.value)
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }
    assert {"done", "skipped", "trouble", "cancelled"} <= written
    assert has_word(words.STEP, written - {"close", "undo", ""}) == set()
    assert set(words.VERDICT) == {"applied", "parked", "late", "repeat"}
    assert all(CHINESE.search(str(one.label)) for one in Run.Status)


def test_every_step_of_the_palette_says_what_it_waits_for() -> None:
    assert has_word(words.WAITS, {name.partition("@")[0] for name in PALETTE}) == set()


def test_every_source_of_an_event_has_a_word() -> None:
    found = {text for name in ("News", "actions.News") for call in calls(name) for text in texts(call.args[0])}
    told = [word for name in ("tell", "effects.tell") for call in calls(name) for word in call.keywords if word.arg == "source"]
    found |= {text for word in told for text in texts(word.value)}
    assert {"staff", "timer", "care"} <= found
    assert has_word(words.SOURCES, found) == set()


def test_the_codes_the_audit_shows_have_words() -> None:
    codes = {*receipts.REASONS, *refunds.WORDS, *DECISIONS, *(str(one) for one in Order.State)} - {"desk"}
    assert has_word(words.CODES, codes - {"closing", "trouble", "refunding", "refunded"}) == set()


def test_every_purpose_channel_and_account_of_the_books_has_a_word() -> None:
    purposes = {text for call in calls("open_order") for word in call.keywords if word.arg == "purpose" for text in texts(word.value)}
    assert has_word(words.PURPOSES, purposes) == set()


def test_words_are_chinese() -> None:
    tables = (words.AUDIT, words.STEP, words.VERDICT, words.ORDER, words.ATTEMPT, words.REFUND, words.TENDER, words.LETTER)
    said = [word.text for table in tables for word in table.values()]
    said += [text for table in (words.FACTS, words.EVENTS, words.CODES, words.WAITS, words.ROOMS, words.REASONS) for text in table.values()]
    said += [title for title, _ in security.GROUPS.values()]
    assert [text for text in said if not CHINESE.search(text)] == []
