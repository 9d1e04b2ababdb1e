"""The canvas in a real browser: draw, move by drag and by keys, undo, fill in a condition, read the fault, save, send."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from flows import patterns
from flows.models import FlowDefinition, FlowVersion

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the test's own thread
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EDIT = "/admin/snippets/flows/flowdefinition/edit/{}/"
GUIDE = {"kind": "step", "key": "guide", "title": "须知", "type": "guide@1", "settings": {}, "ports": {}}
FREE = {"schema": 1, "code": "free", "title": "指路", "body": [GUIDE, {**GUIDE, "key": "guide_2", "title": "路线"}], "interrupts": []}


@pytest.fixture
def nurse(chromium: Any, live_server: Any, client: Any, django_user_model: Any) -> Iterator[Any]:
    """A page signed in as operations; a script error fails the test."""
    from django.contrib.auth.models import Group

    from operations import roles

    roles.keep()
    user = django_user_model.objects.create(username="nurse", first_name="测试员")
    user.groups.set(Group.objects.filter(name="运营"))
    client.force_login(user)
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", base_url=live_server.url)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert wrong == []


def draft(tree: dict[str, Any], **words: str) -> FlowDefinition:
    made = FlowDefinition.objects.create(tree=tree, **{"code": "free", "title": "指路", **words})
    made.save_revision()
    return made


def opened(page: Any, definition: FlowDefinition) -> None:
    page.goto(EDIT.format(definition.pk))
    page.locator(".yc-cardlet").first.wait_for()
    page.locator(".yc-verdict:not(:empty)").first.wait_for()


def box(page: Any, selector: str) -> dict[str, float]:
    """Where it stands, once the canvas has drawn it."""
    for _ in range(50):
        if found := page.locator(selector).bounding_box():
            return dict(found)
        page.wait_for_timeout(100)
    raise AssertionError(f"{selector} was never drawn")


def keys(page: Any) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.yc-paper [data-key]')].map((each) => each.dataset.key)")


def kept(page: Any) -> dict[str, Any]:
    return json.loads(page.locator("#id_tree").input_value())


def test_a_step_is_added_from_the_palette_moved_and_undone(nurse: Any) -> None:
    opened(nurse, draft(FREE))
    nurse.locator("#yc-node-guide").click()
    nurse.keyboard.press("+")
    nurse.locator(".yc-palette input").fill("消息")
    nurse.keyboard.press("Enter")
    assert keys(nurse) == ["guide", "message", "guide_2"]
    nurse.keyboard.press("Alt+ArrowDown")
    assert keys(nurse) == ["guide", "guide_2", "message"]
    nurse.keyboard.press("Control+z")
    nurse.keyboard.press("Control+z")
    assert keys(nurse) == ["guide", "guide_2"]
    nurse.keyboard.press("Control+Shift+z")
    assert keys(nurse) == ["guide", "message", "guide_2"]
    assert [block["key"] for block in kept(nurse)["body"]] == keys(nurse)


def test_a_card_is_dragged_to_a_plus_and_a_copy_gets_a_new_key(nurse: Any) -> None:
    opened(nurse, draft(FREE))
    first, last = box(nurse, "#yc-node-guide"), box(nurse, ".yc-add--end")
    nurse.mouse.move(first["x"] + 90, first["y"] + 20)
    nurse.mouse.down()
    nurse.mouse.move(first["x"] + 100, first["y"] + 60, steps=3)
    nurse.mouse.move(last["x"] + 30, last["y"] + 17, steps=5)
    nurse.mouse.up()
    assert keys(nurse) == ["guide_2", "guide"]
    nurse.keyboard.press("Control+d")
    assert keys(nurse) == ["guide_2", "guide", "guide_3"]
    nurse.keyboard.press("Delete")
    assert keys(nurse) == ["guide_2", "guide"]


def test_settings_are_wagtails_fields_and_land_in_the_tree(nurse: Any) -> None:
    opened(nurse, draft(patterns.outpatient(), code="outpatient", title="门诊就诊"))
    before = kept(nurse)
    nurse.locator("#yc-node-arrive").click()
    nurse.locator("#yc-node-pay").click()
    assert kept(nurse) == before, "looking changes nothing"
    nurse.locator(".yc-settings [data-contentpath=now_text] textarea").fill("请缴费")
    nurse.locator(".yc-picker label", has_text="就诊").locator("input").check()
    pay = json.dumps(kept(nurse), ensure_ascii=False)
    assert '"now_text": "请缴费"' in pay and '"for": ["pharmacy", "consult"]' in pay
    nurse.locator(".yc-phone__glass", has_text="请缴费").wait_for()
    nurse.locator(".yc-phone .yc-seg").click()
    nurse.locator(".yc-phone__glass.is-elder", has_text="用微信付钱").wait_for()


def test_a_condition_is_built_and_reads_back(nurse: Any) -> None:
    opened(nurse, draft(FREE))
    nurse.locator("#yc-node-guide").click()
    nurse.keyboard.press("+")
    nurse.locator(".yc-palette input").fill("条件")
    nurse.keyboard.press("Enter")
    nurse.locator(".yc-sentence .yc-link").click()
    nurse.locator(".yc-line select").first.select_option(label="年龄")
    nurse.locator(".yc-line select").nth(1).select_option(label="不少于")
    nurse.locator(".yc-line input").fill("65")
    nurse.locator(".yc-cond__words", has_text="「年龄」不少于 65 岁").wait_for()
    nurse.locator(".yc-cond .button", has_text="用这个条件").click()
    assert kept(nurse)["body"][1]["cases"][0]["when"] == {"fact": "patient.age", "op": "at_least", "value": 65}
    nurse.locator(".yc-lead", has_text="「年龄」不少于 65 岁").wait_for()


def test_a_fault_marks_the_card_and_keeps_the_flow_from_being_sent(nurse: Any) -> None:
    definition = draft(
        {**FREE, "body": [GUIDE, {"kind": "step", "key": "arrive", "title": "报到", "type": "checkin@1", "settings": {}, "ports": {}}]}
    )
    opened(nurse, definition)
    nurse.locator("#yc-node-arrive.is-wrong").wait_for()
    nurse.locator("[data-flow-send]").click()
    nurse.locator(".yc-problem.is-wrong").first.wait_for()
    assert "is-selected" in nurse.locator("#yc-node-arrive").get_attribute("class")
    assert FlowVersion.objects.count() == 0
    for _ in range(3):
        nurse.locator(".yc-exit .yc-link", has_text="照常往下").first.click()
    nurse.locator(".yc-verdict", has_text="可以发布").wait_for()
    nurse.locator("[data-flow-send]").click()
    nurse.locator("text=已发布第 1 版").first.wait_for()
    assert sorted(FlowVersion.objects.get().tree["body"][1]["ports"]) == ["late", "missed", "too_far"]


def test_a_new_flow_starts_from_the_pattern_and_saves_itself(nurse: Any) -> None:
    nurse.goto("/admin/snippets/flows/flowdefinition/add/")
    nurse.locator(".yc-way", has_text="门诊").click()
    assert "pharmacy" in keys(nurse)
    nurse.wait_for_url("**/edit/**")
    made = FlowDefinition.objects.get()
    assert made.get_latest_revision_as_object().tree["body"][0]["key"] == "onsite"


def test_sixty_blocks_open_and_take_one_more_and_the_page_is_light(nurse: Any) -> None:
    definition = draft({**FREE, "body": [{**GUIDE, "key": f"guide_{n}"} for n in range(60)]})
    opened(nurse, definition)
    nurse.goto(EDIT.format(definition.pk))
    nurse.locator("#yc-node-guide_59").wait_for()
    files = "performance.getEntriesByType('resource').filter((each) => each.name.includes('/static/flows/'))"
    sizes = nurse.evaluate(f"{files}.reduce((sum, each) => sum + each.decodedBodySize, 0)")
    assert sizes < 200_000
    nurse.evaluate("""() => document.querySelector("#id_tree").yc.editor.addType({ sequence: "$flow/body", index: 30 }, "message@1")""")
    assert len(keys(nurse)) == 61
