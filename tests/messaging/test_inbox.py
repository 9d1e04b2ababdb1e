"""Messages: left once, read, hers alone, nothing plain."""

from __future__ import annotations

import pytest
from at_once import at_once

from messaging import actions, queries
from messaging.errors import MessageEmpty
from messaging.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_is_left_once() -> None:
    first = actions.leave_message("P1", key="run-1:told#1", title="请到药房取药", body="3 号窗口", target="/pages/visit?run=run-1")
    again = actions.leave_message("P1", key="run-1:told#1", title="另一句", body="另一段")
    assert (again, again.title, again.body, again.target, Message.objects.count()) == (
        first,
        "请到药房取药",
        "3 号窗口",
        "/pages/visit?run=run-1",
        1,
    )


def test_the_same_key_of_another_patient_is_another_message() -> None:
    actions.leave_message("P1", key="k", title="一")
    actions.leave_message("P2", key="k", title="二")
    assert [message.title for message in queries.inbox("P2")] == ["二"]


def test_the_newest_is_first_and_hers_alone() -> None:
    for number in range(3):
        actions.leave_message("P1", key=f"k{number}", title=f"第 {number} 条")
    actions.leave_message("P2", key="k", title="别人的")
    assert [message.title for message in queries.inbox("P1")] == ["第 2 条", "第 1 条", "第 0 条"]
    assert len(queries.inbox("P1", limit=2)) == 2


def test_reading_counts_once_and_only_hers() -> None:
    first = actions.leave_message("P1", key="a", title="一")
    actions.leave_message("P1", key="b", title="二")
    other = actions.leave_message("P2", key="a", title="三")
    assert queries.unread("P1") == 2
    assert actions.mark_read("P1", [first.number, other.number]) == 1
    assert actions.mark_read("P1", [first.number]) == 0
    assert (queries.unread("P1"), queries.unread("P2")) == (1, 1)
    assert actions.mark_read("P1") == 1
    assert queries.unread("P1") == 0


@pytest.mark.parametrize(("key", "title"), [("", "一"), ("k", "")])
def test_a_message_without_key_or_title_is_refused(key: str, title: str) -> None:
    with pytest.raises(MessageEmpty):
        actions.leave_message("P1", key=key, title=title)
    assert not Message.objects.exists()


def test_what_looks_like_a_number_of_hers_is_masked() -> None:
    message = actions.leave_message("P1", key="k", title="请联系 13812345678", body="证件 11010519491231002X")
    assert (message.title, message.body) == ("请联系 138****5678", "证件 1****************X")


def test_a_text_too_long_is_cut() -> None:
    message = actions.leave_message("P1", key="k", title="题" * 99, body="文" * 999)
    assert (len(message.title), len(message.body)) == (60, 500)


def test_left_by_two_workers_at_once_it_is_one() -> None:
    left = at_once(*[lambda: actions.leave_message("P1", key="k", title="一").number] * 4)
    assert (len(set(left)), Message.objects.count()) == (1, 1)
