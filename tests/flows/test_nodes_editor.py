"""The drawer of the new types in a real browser: questions are written, kept with their keys, refused in words; reminders under 更多."""

from __future__ import annotations

from typing import Any

import pytest
from test_editor_browser import draft, kept, nurse, opened  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FORM = {"kind": "step", "key": "ask", "title": "问几句", "type": "form@1", "settings": {}, "ports": {"declined": [], "unanswered": []}}
WAIT = {"kind": "step", "key": "rest", "title": "休息", "type": "wait@1", "settings": {}, "ports": {}}
BILL = {"kind": "step", "key": "bill", "title": "账单", "type": "bill@1", "settings": {}, "ports": {"none": []}}
FREE = {"schema": 1, "code": "free", "title": "问诊前", "body": [FORM, WAIT, BILL], "interrupts": []}


def settings_of(page: Any, key: str) -> Any:
    return next(block for block in kept(page)["body"] if block["key"] == key)


def test_questions_are_written_in_the_drawer_and_keep_their_keys(nurse: Any) -> None:  # noqa: F811
    opened(nurse, draft(FREE))
    nurse.locator("#yc-node-ask").click()
    nurse.get_by_text("加一个问题").click()
    nurse.locator(".yc-question input").first.fill("发热吗")
    nurse.get_by_text("加一个问题").click()
    second = nurse.locator(".yc-question").nth(1)
    second.locator("input").fill("哪里痛")
    second.locator("select").select_option("enum")
    nurse.locator(".yc-question").nth(1).locator("textarea").fill("头\n胸\n\n")
    assert settings_of(nurse, "ask")["settings"]["fields"] == [
        {"key": "q1", "title": "发热吗", "kind": "bool"},
        {"key": "q2", "title": "哪里痛", "kind": "enum", "options": ["头", "胸"]},
    ]
    nurse.locator(".yc-question").first.get_by_role("button", name="删除第 1 个问题").click()
    nurse.get_by_text("加一个问题").click()
    assert [each["key"] for each in settings_of(nurse, "ask")["settings"]["fields"]] == ["q2", "q3"]
    nurse.locator("#yc-node-ask.is-wrong").wait_for()  # the new question has no words yet
    nurse.get_by_text("还没有写问题或选项").first.wait_for()
    nurse.locator(".yc-question input").last.fill("几天了")
    nurse.locator("#yc-node-ask:not(.is-wrong)").wait_for()
    nurse.locator("#yc-node-rest").click()
    nurse.locator("#yc-node-ask").click()
    assert nurse.locator(".yc-question input").first.input_value() == "哪里痛"


def test_a_wait_says_how_long_and_reminders_stand_under_more(nurse: Any) -> None:  # noqa: F811
    opened(nurse, draft(FREE))
    nurse.locator("#yc-node-rest").click()
    nurse.locator(".yc-settings [data-contentpath=until] input").fill("14:30")
    nurse.locator("#yc-node-rest", has_text="等到 14:30").wait_for()
    nurse.locator(".yc-more summary").last.click()
    nurse.locator("[data-reminders]").fill("60、30, 30")
    assert settings_of(nurse, "rest")["reminders"] == [30, 60]
    assert nurse.get_by_text("按哪个单号对应 HIS 的消息").count() == 1
    nurse.locator("#yc-node-ask").click()
    assert nurse.get_by_text("按哪个单号对应 HIS 的消息").count() == 0  # a patient has no number of HIS
    nurse.locator("#yc-node-rest").click()
    nurse.locator(".yc-settings [data-contentpath=until] input").fill("25:00")
    nurse.get_by_text("请写成 14:30 的样子").first.wait_for()
