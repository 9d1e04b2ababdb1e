"""*Staff add a guide page between two steps; a second person approves; the visit under way keeps its chain, the next one shows it.*

In a real browser against the running house. With PICTURES=1 the pictures of the documents are taken anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import walk
from running import House

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the test's own thread
pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
TITLE = "候诊区在哪里"


def signed_in(chromium: Any, house: House, username: str) -> Any:
    """A page of this member of staff, signed in by hand with the password of this house."""
    password = json.loads((house.folder / "staff.json").read_text(encoding="utf-8"))[username]
    page = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", base_url=house.url).new_page()
    page.goto("/admin/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.click("[type=submit]")
    page.wait_for_url("**/admin/")
    return page


def picture(page: Any, name: str) -> None:
    if os.environ.get("PICTURES"):
        page.wait_for_timeout(1_500)
        page.screenshot(path=str(PICTURES / f"{name}.png"))


def visit_begun(house: House, person: str) -> walk.Walk:
    """A patient with a new visit of today, over the public API."""
    walk.API = f"{house.url}/api/v1"
    walk.HIS, walk.WECHAT = (f"http://127.0.0.1:{house.sandbox_port + n}/control" for n in (0, 1))
    one = walk.Walk(person)
    one.come()
    one.enter()
    return one


def titles(one: walk.Walk) -> list[str]:
    return [stop["title"] for stop in walk.stops(one.phone.get(f"/visits/{one.visit}"))]


def test_a_guide_page_is_added_approved_and_shown_to_the_next_visit(house: House, chromium: Any) -> None:
    before = visit_begun(house, "zhou")
    chain = titles(before)
    assert TITLE not in chain

    nurse = signed_in(chromium, house, "chen")
    nurse.goto("/admin/snippets/flows/flowdefinition/")
    nurse.get_by_role("link", name="门诊就诊").first.click()
    nurse.locator("#yc-node-arrive").wait_for()
    picture(nurse, "office-flow-editor")
    nurse.locator("#yc-node-arrive").click()
    nurse.keyboard.press("+")
    nurse.locator(".yc-palette input").fill("指引")
    picture(nurse, "office-flow-palette")
    nurse.keyboard.press("Enter")
    nurse.keyboard.press("F2")
    nurse.keyboard.press("Control+a")
    nurse.keyboard.type(TITLE)
    nurse.keyboard.press("Enter")
    nurse.locator(".yc-cardlet", has_text=TITLE).wait_for()
    nurse.locator(".yc-verdict", has_text="可以送审").or_(nurse.locator(".yc-verdict", has_text="可以发布")).first.wait_for()
    nurse.locator("[data-flow-send]").click()
    nurse.locator("text=送审").first.wait_for()
    assert TITLE not in titles(visit_begun(house, "zhao")), "submitted is not published"

    nurse.goto("/admin/desk/inbox/")
    assert nurse.get_by_text("接手并办理").count() == 0, "who submits does not decide"

    director = signed_in(chromium, house, "lin")
    director.goto("/admin/desk/inbox/")
    director.get_by_text("门诊就诊").first.wait_for()
    picture(director, "office-inbox")
    director.get_by_text("去办", exact=True).first.click()
    director.get_by_text("接手并办理").first.click()
    director.get_by_text("同意，马上发布").click()
    picture(director, "office-approval")
    director.get_by_role("button", name="提交决定").click()
    director.get_by_text("办好了").first.wait_for()

    assert titles(before) == chain, "the visit under way keeps its chain"
    after = titles(visit_begun(house, "smith"))
    assert after[: len(chain) + 1] == [chain[0], TITLE, *chain[1:]]
