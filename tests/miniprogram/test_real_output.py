"""The two mini-programs as they are built, on Tencent's open engine in a browser: a patient signs in, checks in and pays, in both versions.

Not the hosts' own runtimes: templates, data, events, requests and layout are proved; native widgets, real sign-in and real payment are
not. Alipay has no open engine: its part stands on the harness's own layer of Component2.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sample_screens as sample
from conftest import PHONE, ROOT
from fake_house import ME, Asked, House, Reply, problem

from core.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CLIENT = ROOT / "miniprogram"
PICTURES = ROOT / "docs" / "pictures"
CODES = {"wechat": "wechat-code", "alipay": "alipay-code"}
ANSWER, PAY, BILL = "POST /visits/V1/steps/s0/answer", "POST /visits/V1/steps/s4/pay", "GET /visits/V1/steps/s4"
PARAMS = {"timeStamp": "1", "nonceStr": "n", "package": "prepay_id=1", "signType": "RSA", "paySign": "s"}
VERSIONS = pytest.mark.parametrize("elder", [False, True], ids=["normal", "elder"])
HOSTS = pytest.mark.parametrize("kind", ["wechat", "alipay"])


@pytest.fixture(scope="session")
def packed(built: dict[str, Path]) -> dict[str, Path]:
    """Both programs, packed for a browser."""
    for folder in built.values():
        subprocess.run(["node", "harness/pack.js", str(folder), str(folder.parent / "packed")], cwd=CLIENT, check=True)
    return {kind: folder.parent / "packed" for kind, folder in built.items()}


Opened = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, packed: dict[str, Path]) -> Iterator[Opened]:
    """Opens a program on a phone: `opened(kind, elder=…)` gives the page and its house; no page may have complained when the test ends."""
    running: list[tuple[Any, House]] = []

    def open_program(kind: str, *, elder: bool = False, at: str = "/pages/sign-in/index", token: str = "") -> tuple[Any, House]:
        house = House(packed[kind])
        house.__enter__()
        width, height = PHONE
        context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", reduced_motion="reduce")
        if token:
            context.add_init_script(f"localStorage.getItem('kept y.token') ?? localStorage.setItem('kept y.token', '\"{token}\"')")
        page = context.new_page()
        running.append((page, house))
        page.set_default_timeout(6000)
        lay_out(house, elder=elder)
        page.goto(f"{house.address}/m/#{at}")
        return page, house

    yield open_program
    faults = [page.evaluate("phone.faults") for page, _ in running]
    for page, house in running:
        page.context.close()
        house.__exit__()
    assert faults == [[] for _ in running]


def shown(screen: Screen, **more: Any) -> dict[str, Any]:
    return screen.model_dump(mode="json") | more


def lay_out(house: House, *, elder: bool) -> None:
    """A visit before its check-in, asked for every second; whoever does not say who she is is asked to."""

    def named(screen: Screen) -> Callable[[Asked], Reply]:
        known = Reply(shown(screen, poll={"after": 1}))
        return lambda asked: known if token_of(asked) == "Bearer t-2" else problem(401, "patients.not_signed_in", "请重新登录")

    def numbered(asked: Asked) -> Reply:
        house.answers["GET /visits/V1"] = waiting = named(sample.visit(1, elder=elder))
        return waiting(asked)

    display = {"mode": "elder" if elder else "normal", "source": "account", "prompt": ""}
    house.answers |= {
        "POST /sign-in": Reply({"token": "t-2", "bound": True}),
        "GET /me": Reply(ME | {"display": display}),
        "GET /home": named(sample.home(elder=elder)),
        "GET /visits/V1": named(sample.visit(0, elder=elder)),
        ANSWER: numbered,
        PAY: Reply({"order": "O1", "kind": "wechat", "params": PARAMS, "cashier": None}),
    }


def header(asked: Asked, name: str) -> str:
    """Alipay's programs write the names of headers small."""
    return {one.lower(): value for one, value in asked.headers.items()}.get(name, "")


def token_of(asked: Asked) -> str:
    return header(asked, "authorization")


def calls(page: Any, name: str) -> list[Any]:
    return page.evaluate("name => phone.calls.filter(one => one.name === name).map(one => one.given)", name)


def until_at(page: Any, route: str) -> None:
    page.wait_for_function("route => phone.stack.at(-1)?.page.$page?.fullPath === route", arg=route)


def seen(page: Any) -> str:
    return page.evaluate("phone.stack.at(-1).holder.innerText")


def on(page: Any) -> Any:
    """The page on top."""
    return page.locator(".sheet-of-page:not(.sheet-of-page--under)")


def located(page: Any, fault: dict[str, Any]) -> None:
    """The phone gives no position from now on; each host reads its own part of the fault."""
    page.evaluate("fault => void (phone.answers.getLocation = {fault})", fault)


def by_hand(opened: Opened, kind: str) -> tuple[Any, House]:
    page, house = opened(kind)
    on(page).get_by_text("岭海医院").first.wait_for()
    on(page).locator(".btn--main").click()
    on(page).get_by_text("看就诊进度").wait_for()
    return page, house


def renewed(opened: Opened, kind: str) -> tuple[Any, House]:
    """An old sign-in is refused once and renewed by itself."""
    page, house = opened(kind, elder=True, at="/pages/home/index", token="t-1")
    on(page).get_by_text("看就诊进度").wait_for()
    assert token_of(house.last("GET /home")) == "Bearer t-2"
    assert house.times("POST /sign-in") == 1
    return page, house


def checked_in(page: Any, house: House) -> None:
    """The position is explained, then asked, then sent once; the answer is the next screen."""
    on(page).get_by_text("看就诊进度").click()
    on(page).get_by_text("到呼吸内科附近后报到取号").first.wait_for()
    until_at(page, "/pages/visit/index?id=V1")
    on(page).get_by_role("button").filter(has_text="报到取号").click()
    on(page).get_by_text("算完就丢掉，不保存，也不给别人").wait_for()
    assert (house.times(ANSWER), calls(page, "getLocation")) == (0, [])
    on(page).get_by_text("同意，用我的位置").click()
    on(page).get_by_text("等候叫号").first.wait_for()
    sent = house.last(ANSWER)
    position = sent.body.pop("position")
    assert sent.body == {"action": "take_number"}
    assert {name: position[name] for name in ("lng", "lat", "accuracy")} == {"lng": 113.3, "lat": 23.1, "accuracy": 12}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", position["at"])
    assert (house.times(ANSWER), len(calls(page, "getLocation"))) == (1, 1)


def at_the_bill(page: Any, house: House, *, elder: bool) -> None:
    """The visit moves on by itself; the bill is one tap away."""
    house.answers["GET /visits/V1"] = Reply(shown(sample.visit(4, elder=elder)))
    house.shows("/visits/V1/steps/s4", sample.step(4, elder=elder))
    on(page).get_by_role("button").filter(has_text="去缴费").first.click()
    until_at(page, "/pages/step/index?visit=V1&step=s4")
    on(page).get_by_text("胸部 CT 平扫").wait_for(state="hidden" if elder else "visible")
    assert "326.50" in seen(page)


def paid(page: Any, house: House, *, elder: bool) -> None:
    """The server says how it ended; until it knows, nothing can be paid again."""
    on(page).get_by_role("button").filter(has_text="微信支付").click()
    on(page).get_by_text("请不要再付一次。", exact=True).wait_for()
    until_at(page, "/pages/result/index?visit=V1&step=s4")
    assert "微信支付" not in seen(page)
    assert house.last(PAY).body == {"channel": "wechat"}
    asked = house.times(BILL)
    house.shows("/visits/V1/steps/s4", sample.at_result(4, elder=elder, state="done", outcome="paid", paid_fen=32650))
    on(page).get_by_text("缴费成功", exact=True).first.wait_for()
    assert house.times(BILL) > asked


@VERSIONS
@HOSTS
def test_a_patient_signs_in_checks_in_and_pays(opened: Opened, kind: str, elder: bool) -> None:
    page, house = renewed(opened, kind) if elder else by_hand(opened, kind)
    assert house.last("POST /sign-in").body == {"platform": kind, "code": CODES[kind]}
    if not elder:
        picture = PICTURES / f"patient-{kind}.png"
        page.screenshot(path=picture)
        assert picture.stat().st_size < 150_000
    checked_in(page, house)
    assert ("y--elder" in on(page).locator(".y").get_attribute("class")) == elder
    at_the_bill(page, house, elder=elder)
    paid(page, house, elder=elder)
    assert calls(page, "requestPayment") == ([PARAMS] if kind == "wechat" else [])
    assert calls(page, "tradePay") == []  # the channel of Alipay is still to come: the server is asked, nothing is guessed


@HOSTS
def test_a_position_not_given_and_a_refusal_have_their_way_out(opened: Opened, kind: str) -> None:
    page, house = by_hand(opened, kind)
    on(page).get_by_text("看就诊进度").click()
    located(page, {"errMsg": "getLocation:fail auth deny", "error": 2001})
    on(page).get_by_role("button").filter(has_text="报到取号").click()
    on(page).get_by_text("同意，用我的位置").click()
    on(page).get_by_text("没有打开定位").wait_for()
    on(page).get_by_text("打给门诊导诊台").click()
    page.wait_for_function("phone.calls.some(one => one.name === 'makePhoneCall')")
    located(page, {"errMsg": "getLocation:fail", "error": 13})
    on(page).get_by_text("再试一次").click()
    on(page).get_by_text("现在定不到位").wait_for()
    assert house.times(ANSWER) == 0
    house.answers[ANSWER] = problem(422, "care.too_far", "您还没到医院", "离院区约 6.2 公里。", "到 500 米内再报到，或到导诊台报到。")
    page.evaluate("void delete phone.answers.getLocation")
    on(page).get_by_text("再试一次").click()
    on(page).get_by_text("您还没到医院").wait_for()
    assert "到 500 米内再报到，或到导诊台报到。" in seen(page)
    assert house.times(ANSWER) == 1


@HOSTS
def test_an_unchanged_screen_stays_without_a_warning(opened: Opened, kind: str) -> None:
    page, house = by_hand(opened, kind)
    body = shown(sample.visit(1), poll={"after": 1})
    house.answers["GET /visits/V1"] = lambda asked: (
        Reply(None, 304, {"ETag": '"e1"'}) if header(asked, "if-none-match") == '"e1"' else Reply(body, headers={"ETag": '"e1"'})
    )
    on(page).get_by_text("看就诊进度").click()
    on(page).get_by_text("等候叫号").first.wait_for()
    page.wait_for_timeout(1500)
    assert house.times("GET /visits/V1") >= 2
    assert "没有网络" not in seen(page)


def test_a_cashier_that_was_closed_is_said_as_it_is(opened: Opened) -> None:
    page, house = by_hand(opened, "wechat")
    house.shows("/visits/V1/steps/s4", sample.step(4))
    page.evaluate("void (phone.answers.requestPayment = {fault: {errMsg: 'requestPayment:fail cancel'}})")
    page.evaluate("wx.navigateTo({url: '/pages/step/index?visit=V1&step=s4'})")
    on(page).get_by_role("button").filter(has_text="微信支付").click()
    on(page).get_by_text("付款页面已关闭。有没有付成，以医院收到为准。").wait_for()
    assert calls(page, "requestPayment") == [PARAMS]


@HOSTS
def test_every_page_and_every_block_is_drawn_and_no_stranger_is_asked(opened: Opened, kind: str) -> None:
    """The engine warns of a property nobody knows and notes what a page throws: none of it. The framework's maker hears nothing."""
    page, house = by_hand(opened, kind)
    name = {"wechat": "wx", "alipay": "my"}[kind]
    for elder in (False, True):
        every = Reply(shown(sample.every_block(elder=elder)))
        house.answers |= dict.fromkeys(["GET /visits/V1", "GET /orders", "GET /inbox", "GET /records", "GET /guides/medicine"], every)
        for path in page.evaluate("program.pages"):
            page.evaluate(f"url => {name}.reLaunch({{url}})", f"/{path}?id=V1&visit=V1&step=s0&slug=medicine&number=O1")
            page.wait_for_timeout(100)
            assert seen(page).strip(), path
    page.evaluate(f"{name}.reLaunch({{url: '/pages/visit/index?id=V1'}})")
    on(page).locator(".slot").first.wait_for()
    assert "国际医疗部多学科联合会诊中心第二门诊" in seen(page)
    page.wait_for_function("performance.now() > 3500")  # the framework calls its maker three seconds after the start
    asked = [call["url"] for call in calls(page, "request")]
    assert len(asked) > 12
    assert [url for url in asked if not url.startswith("https://hospital.example/api/v1/")] == []
    assert calls(page, "preloadAssets") == []
    assert (
        page.evaluate("""Object.entries(program.styles).filter(([, css]) => /url\\(["']?https?:/.test(css)).map(([path]) => path)""") == []
    )
