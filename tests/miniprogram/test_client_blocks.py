"""Every block of a screen, drawn in both versions and at every width: nothing runs over, nothing is too small to read or to touch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import sample_screens as sample
from conftest import PHONE, ROOT, SMALL, TABLET

from core.screen import AnyBlock, Screen

pytestmark = pytest.mark.browser
TYPES = {block.model_fields["type"].default for block in get_args(get_args(AnyBlock)[0])}
VISIT = "#/pages/visit/index?id=V1"
MODES = ["normal", "elder"]
SIZES = {"phone": PHONE, "small": SMALL, "tablet": TABLET}

FOLDER = Path(__file__).parent
CONTRAST = (FOLDER / "contrast.js").read_text(encoding="utf-8")
MEASURES = (FOLDER / "measures.js").read_text(encoding="utf-8")


def drawn(phone: Callable[..., Any], house: Any, screen: Screen, **how: Any) -> Any:
    house.shows("/visits/V1", screen)
    page = phone(VISIT, **how)
    page.locator(".slot").first.wait_for()
    fold = page.get_by_text("看全部")
    if fold.count():
        fold.first.click()
    page.wait_for_timeout(150)
    return page


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", SIZES)
def test_every_block_is_drawn_and_nothing_runs_over(phone: Any, house: Any, mode: str, size: str) -> None:
    page = drawn(phone, house, sample.every_block(elder=mode == "elder"), size=SIZES[size])
    for kind in TYPES - {"action_bar"} - ({"stepper"} if mode == "normal" else set()):
        assert page.locator(f".slot--{kind}").first.inner_text().strip(), kind
    assert page.locator(".bar").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0]
    assert page.evaluate(MEASURES)["over"] == []
    assert page.evaluate(MEASURES)["clipped"] == []
    assert page.faults == []


@pytest.mark.parametrize(("mode", "text", "touch"), [("normal", 13, 44), ("elder", 20, 44)])
@pytest.mark.parametrize("size", ["phone", "small"])
def test_texts_and_touch_areas_keep_their_least_size(phone: Any, house: Any, mode: str, text: int, touch: int, size: str) -> None:
    for screen in (sample.every_block(elder=mode == "elder"), sample.home(elder=mode == "elder"), sample.forked(elder=mode == "elder")):
        page = drawn(phone, house, screen, size=SIZES[size])
        smallest, words = page.evaluate(MEASURES)["smallest"]
        assert smallest >= text, words
        least, label = page.evaluate(MEASURES)["touch"]
        assert least >= touch, label


def test_the_elder_version_has_its_sizes(phone: Any, house: Any) -> None:
    page = drawn(phone, house, sample.visit(elder=True))
    size = lambda where: page.locator(where).first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")  # noqa: E731
    assert size(".now__lead") == 22
    assert size(".now__title") >= 30
    assert size(".now__value") >= 62
    assert page.locator(".btn--on-now").bounding_box()["height"] >= 72
    assert all(box.bounding_box()["height"] >= 60 for box in page.locator(".help .btn").all())
    house.shows("/visits/V1/steps/s1", sample.step(1, elder=True))
    page.get_by_text("看排队").click()
    page.locator(".ticket__ahead").wait_for()
    assert size(".ticket__ahead") == 104


@pytest.mark.parametrize(
    ("looks", "least"),
    [({}, 4.5), ({"dark": True}, 4.5), ({"contrast": True}, 7), ({"elder": True}, 7)],
    ids=["light", "dark", "contrast", "elder"],
)
def test_every_text_stands_out_from_its_ground(phone: Any, house: Any, looks: dict[str, bool], least: float) -> None:
    page = drawn(phone, house, sample.every_block(elder=looks.get("elder", False)), dark=looks.get("dark", False))
    if looks.get("contrast"):
        page.evaluate("localStorage.setItem('y.contrast', JSON.stringify({type: 'string', data: 'yes'}))")
        page.reload()
        page.locator(".slot").first.wait_for()
    assert page.evaluate(CONTRAST, least) == []


def test_a_type_not_known_yet_is_skipped(phone: Any, house: Any) -> None:
    from fake_house import Reply

    body = sample.home().model_dump(mode="json")
    body["blocks"].insert(1, {"type": "hologram", "key": "h", "elder": {"role": "lead", "title": None, "text": None}})
    house.answers["GET /home"] = Reply(body)
    page = phone()
    page.get_by_text("看就诊进度").wait_for()
    assert page.locator(".slot--hologram").inner_text() == ""
    assert page.faults == []


def test_the_elder_version_is_a_composition(phone: Any, house: Any) -> None:
    house.shows("/visits/V1", sample.visit(elder=True))
    page = phone(VISIT)
    page.locator(".now").wait_for()
    assert page.locator(".line").count() == 0
    assert page.get_by_text("第 2 步，共 7 步").count() == 1
    assert page.locator(".btn--main, .btn--on-now").count() == 1
    page.get_by_text("看全部 7 步").click()
    assert page.locator(".line").count() == 1
    assert [box.inner_text() for box in page.locator(".help .btn").all()] == ["念给我听", "呼叫导诊台"]
    assert page.locator(".tabs").count() == 0


def test_the_whole_chain_is_in_view_with_words_and_shapes(phone: Any, house: Any) -> None:
    house.shows("/visits/V1", sample.visit())
    page = phone(VISIT)
    page.locator(".line").wait_for()
    titles = ["报到", "候诊", "就诊", "费用", "缴费", "取药", "取药须知"]
    assert [one.inner_text() for one in page.locator(".stop__head > uni-text:first-child").all()] == titles
    labels = [one.get_attribute("aria-label") for one in page.locator(".stop .dot").all()]
    assert labels[0] == "第 1 步，共 7 步，已完成"
    assert labels[1] == "第 2 步，共 7 步，现在"
    assert page.locator(".dot--now").count() == 1
    assert "前面还有" in page.locator(".now").inner_text()
    assert "门诊楼 3 楼 B 区候诊厅" in page.locator(".now").inner_text()


SHOTS: list[tuple[str, str, dict[str, Screen], dict[str, Any]]] = [
    ("home", "", {"/home": sample.home()}, {}),
    ("home-elder", "", {"/home": sample.home(elder=True)}, {}),
    ("visit", VISIT, {"/visits/V1": sample.visit()}, {}),
    ("visit-elder", VISIT, {"/visits/V1": sample.visit(elder=True)}, {}),
    ("visit-dark", VISIT, {"/visits/V1": sample.forked()}, {"dark": True}),
    ("visit-320", VISIT, {"/visits/V1": sample.forked()}, {"size": (320, 844)}),
    ("visit-tablet", VISIT, {"/visits/V1": sample.visit()}, {"size": TABLET}),
    ("waiting", "#/pages/step/index?visit=V1&step=s1", {"/visits/V1/steps/s1": sample.step(1)}, {}),
    ("waiting-elder", "#/pages/step/index?visit=V1&step=s1", {"/visits/V1/steps/s1": sample.step(1, elder=True)}, {}),
    ("check-in", "#/pages/step/index?visit=V1&step=s0", {"/visits/V1/steps/s0": sample.step(0)}, {}),
    ("bill", "#/pages/step/index?visit=V1&step=s4", {"/visits/V1/steps/s4": sample.step(4)}, {}),
    ("guide", "#/pages/guide/index?slug=medicine", {"/pages/medicine": sample.guide()}, {}),
]


@pytest.mark.parametrize(("name", "address", "screens", "how"), SHOTS, ids=[shot[0] for shot in SHOTS])
def test_pictures(phone: Any, house: Any, name: str, address: str, screens: dict[str, Screen], how: dict[str, Any]) -> None:
    for path, screen in screens.items():
        house.shows(path, screen)
    page = phone(address, **how)
    page.locator(".slot").first.wait_for()
    page.wait_for_timeout(200)
    target = ROOT / "docs" / "pictures" / f"patient-{name}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)
    assert page.faults == []
    assert target.stat().st_size < 120_000
