"""What a tap does: one key per tap, the answer is the next screen, a refusal is said in plain words, silence can be repeated safely."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import sample_screens as sample
from fake_house import Asked, Reply, problem

from core.screen import Action, ActionBar, Choice, Form, FormField, Option, Screen

pytestmark = pytest.mark.browser
VISIT = "#/pages/visit/index?id=V1"
CHECK_IN = "#/pages/step/index?visit=V1&step=s0"
BILL = "#/pages/step/index?visit=V1&step=s4"
ANSWER = "POST /visits/V1/steps/s0/answer"
PAY = "POST /visits/V1/steps/s4/pay"
PARAMS = {"timeStamp": "1", "nonceStr": "n", "package": "prepay_id=1", "signType": "RSA", "paySign": "s"}
NEAR = {"geolocation": {"latitude": 39.915, "longitude": 116.404, "accuracy": 12}, "permissions": ["geolocation"]}


def reply(screen: Screen) -> Reply:
    return Reply(screen.model_dump(mode="json"))


def until(true: Callable[[], bool], page: Any, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert true()


def at_check_in(phone: Any, house: Any, **how: Any) -> Any:
    house.shows("/visits/V1/steps/s0", sample.step(0))
    house.shows("/visits/V1", sample.visit(1))
    page = phone(CHECK_IN, **how)
    page.get_by_text("报到取号").click()
    return page


def test_position_is_explained_before_the_phone_asks_and_sent_in_gcj02(phone: Any, house: Any) -> None:
    house.answers[ANSWER] = reply(sample.visit(1))
    page = at_check_in(phone, house, **NEAR)
    page.get_by_text("算完就丢掉，不保存，也不给别人").wait_for()
    assert house.times(ANSWER) == 0
    page.get_by_text("同意，用我的位置").click()
    page.get_by_text("等候叫号").wait_for()
    sent = house.last(ANSWER)
    assert sent.body["action"] == "take_number"
    assert sent.body["position"]["lng"] == pytest.approx(116.41024, abs=1e-4)
    assert sent.body["position"]["lat"] == pytest.approx(39.9164, abs=1e-4)
    assert sent.body["position"]["accuracy"] == 12
    assert set(sent.body["position"]) == {"lng", "lat", "accuracy", "at"}
    assert 8 <= len(sent.headers["Idempotency-Key"]) <= 64
    assert sent.headers["Authorization"] == "Bearer t-1"
    assert "pages/visit/index?id=V1" in page.url


def test_a_refused_position_has_a_way_out(phone: Any, house: Any) -> None:
    page = at_check_in(phone, house, permissions=[])
    page.get_by_text("同意，用我的位置").click()
    page.get_by_text("没有打开定位").wait_for()
    assert page.get_by_text("打给门诊导诊台").count() == 1
    assert house.times(ANSWER) == 0


def test_too_far_is_said_in_plain_words_and_tried_again_as_a_new_tap(phone: Any, house: Any) -> None:
    house.answers[ANSWER] = problem(
        422, "care.too_far", "您还没到医院", "离院区约 6.2 公里。", "到 500 米内再报到，或到导诊台报到。", distance=6200, limit=500
    )
    page = at_check_in(phone, house, **NEAR)
    page.get_by_text("同意，用我的位置").click()
    page.get_by_text("您还没到医院").wait_for()
    assert page.get_by_text("到 500 米内再报到，或到导诊台报到。").count() == 1
    first = house.last(ANSWER).headers["Idempotency-Key"]
    page.get_by_text("再试一次").click()
    until(lambda: house.times(ANSWER) == 2, page)
    assert house.last(ANSWER).headers["Idempotency-Key"] != first


def test_silence_is_repeated_with_the_same_key(phone: Any, house: Any) -> None:
    house.answers[ANSWER] = reply(sample.visit(1))
    page = at_check_in(phone, house, **NEAR)
    keys: list[str] = []

    def cut(route: Any) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.abort()

    page.route("**/answer", cut)
    page.get_by_text("同意，用我的位置").click()
    page.get_by_text("没有连上医院").wait_for()
    page.get_by_text("再试一次").click()
    until(lambda: len(keys) == 2, page)
    page.unroute("**/answer")
    page.get_by_text("没有连上医院").wait_for()
    page.get_by_text("再试一次").click()
    page.get_by_text("等候叫号").wait_for()
    assert [keys[0], keys[0], keys[0]] == [*keys, house.last(ANSWER).headers["Idempotency-Key"]]


def test_two_quick_taps_are_one(phone: Any, house: Any) -> None:
    def slow(_: Asked) -> Reply:
        time.sleep(0.5)
        return reply(sample.visit(1))

    house.answers[ANSWER] = slow
    page = at_check_in(phone, house, **NEAR)
    page.get_by_text("同意，用我的位置").click()
    button = page.locator(".bar .btn--main, .bar .btn--off")
    page.get_by_text("正在办理…").wait_for()
    button.dispatch_event("click")
    page.get_by_text("等候叫号").wait_for()
    assert house.times(ANSWER) == 1


def test_a_late_tap_shows_where_the_visit_stands(phone: Any, house: Any) -> None:
    house.answers[ANSWER] = problem(
        409, "flows.step_passed", "这一步已经办过了", "已在导诊台报到。", "请看现在的进度。", sample.step(0, ticket="A012")
    )
    page = at_check_in(phone, house, **NEAR)
    page.get_by_text("同意，用我的位置").click()
    page.get_by_text("这一步已经办过了。已在导诊台报到。").wait_for()
    assert page.locator(".sheet").count() == 0


def test_a_question_is_asked_before_what_cannot_be_undone(phone: Any, house: Any) -> None:
    action = Action(
        label="退号",
        kind="act",
        target="/visits/V1/steps/s0/answer",
        tone="danger",
        body={"action": "cancel"},
        confirm="退号后要重新预约。确定退号吗？",
    )
    house.shows("/visits/V1", sample.screen(ActionBar(key="bar", main=action), key="visit:V1"))
    house.answers[ANSWER] = reply(sample.screen(key="visit:V1", title="已退"))
    page = phone(VISIT)
    page.locator(".bar .btn").click()
    page.get_by_text("退号后要重新预约").wait_for()
    page.get_by_text("先不办").click()
    assert house.times(ANSWER) == 0
    page.locator(".bar .btn").click()
    page.locator(".sheet .btn--main").click()
    until(lambda: house.times(ANSWER) == 1, page)
    assert house.last(ANSWER).body == {"action": "cancel"}


def test_a_choice_is_sent_under_its_name(phone: Any, house: Any) -> None:
    options = [Option(value="lab", label="先抽血"), Option(value="ct", label="先做 CT")]
    house.shows(
        "/visits/V1", sample.screen(Choice(key="c", name="first", options=options, value="lab", target="/order-of-tests"), key="visit:V1")
    )
    house.answers["POST /order-of-tests"] = reply(sample.screen(key="visit:V1", title="换好了"))
    page = phone(VISIT)
    page.get_by_text("先做 CT").click()
    page.get_by_text("换好了").wait_for()
    assert house.last("POST /order-of-tests").body == {"action": "choose", "data": {"first": "ct"}}


def test_what_is_filled_in_is_sent_under_data(phone: Any, house: Any) -> None:
    """Nothing leaves while a question is open; then the answers, beside the action of the screen."""
    yes = [Option(value="yes", label="是"), Option(value="no", label="否")]
    fields = [FormField(name="fever", label="发热吗", kind="select", options=yes), FormField(name="days", label="几天了", kind="number")]
    submit = Action(label="提交", kind="act", target="/visits/V1/steps/ask/answer", tone="main", body={"action": "submit"})
    house.shows("/visits/V1", sample.screen(Form(key="form", fields=fields, submit=submit), key="visit:V1"))
    house.answers["POST /visits/V1/steps/ask/answer"] = reply(sample.screen(key="visit:V1", title="填好了"))
    page = phone(VISIT)
    page.get_by_text("提交").click()
    page.get_by_text("请填写发热吗").wait_for()
    assert house.times("POST /visits/V1/steps/ask/answer") == 0
    page.get_by_text("请选择").click()
    page.get_by_text("是", exact=True).click()
    page.locator("input[name=days], .field__input input").last.fill("3")
    page.get_by_text("提交").click()
    page.get_by_text("填好了").wait_for()
    assert house.last("POST /visits/V1/steps/ask/answer").body == {"action": "submit", "data": {"fever": "yes", "days": "3"}}


def test_paying_opens_the_cashier_and_the_server_says_how_it_ended(phone: Any, house: Any) -> None:
    """The way back says *ok*; the server does not know yet: nothing can be paid again, until it does."""
    house.shows("/visits/V1/steps/s4", sample.step(4))
    house.answers[PAY] = Reply({"order": "O1", "kind": "wechat", "params": PARAMS, "cashier": f"{house.address}/m/cashier?prepay_id=1"})
    page = phone(BILL)
    page.locator(".bar .btn--main").click()
    page.wait_for_url("**/m/cashier?**")
    assert "prepay_id=1" in page.url
    assert house.last(PAY).body == {"channel": "wechat"}
    back = page.evaluate("new URL(location.href).searchParams.get('back')")
    assert back == f"{house.address}/m/#/pages/result/index?visit=V1&step=s4"
    page.goto(f"{back}&result=ok")
    page.get_by_text("请不要再付一次。", exact=True).wait_for()
    assert page.get_by_text("微信支付").count() == 0
    house.shows("/visits/V1/steps/s4", sample.at_result(4, state="done", outcome="paid", paid_fen=32650))
    page.get_by_text("缴费成功", exact=True).wait_for()
    house.shows("/visits/V1", sample.visit(5))
    page.get_by_text("看就诊进度").click()
    page.wait_for_url("**/pages/visit/index?id=V1")


@pytest.mark.slow
def test_a_payment_the_hospital_never_received_may_be_made_again(phone: Any, house: Any) -> None:
    house.shows("/visits/V1/steps/s4", sample.step(4))
    page = phone("#/pages/result/index?visit=V1&step=s4")
    page.get_by_text("请不要再付一次。", exact=True).wait_for()
    page.get_by_text("医院还没有收到这笔钱").wait_for(timeout=30_000)
    assert page.get_by_text("微信支付").count() == 1
    assert house.times("GET /visits/V1/steps/s4") == 6


def test_an_unknown_payment_offers_no_way_to_pay(phone: Any, house: Any) -> None:
    house.shows("/visits/V1/steps/s4", sample.at_result(4, state="unknown", order_state="unknown"))
    page = phone(BILL)
    page.get_by_text("正在确认付款结果", exact=True).wait_for()
    assert page.get_by_text("微信支付").count() == 0


def test_an_unchanged_page_is_asked_with_its_etag_and_keeps_what_it_shows(phone: Any, house: Any) -> None:
    body = sample.visit(1).model_dump(mode="json") | {"poll": {"after": 1}}

    def visit(asked: Asked) -> Reply:
        return Reply(None, 304, {"ETag": '"e1"'}) if asked.headers.get("If-None-Match") == '"e1"' else Reply(body, headers={"ETag": '"e1"'})

    house.answers["GET /visits/V1"] = visit
    page = phone(VISIT)
    page.get_by_text("等候叫号").wait_for()
    until(lambda: house.times("GET /visits/V1") >= 3, page)
    assert house.last("GET /visits/V1").headers["If-None-Match"] == '"e1"'
    assert page.get_by_text("等候叫号").count() == 1


def test_a_hidden_page_does_not_ask_and_asks_at_once_when_seen_again(phone: Any, house: Any) -> None:
    house.answers["GET /visits/V1"] = Reply(sample.visit(1).model_dump(mode="json") | {"poll": {"after": 1}})
    page = phone(VISIT)
    page.get_by_text("等候叫号").wait_for()
    hide = """state => {
      Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, "hidden")
    page.wait_for_timeout(200)
    seen = house.times("GET /visits/V1")
    page.wait_for_timeout(2500)
    assert house.times("GET /visits/V1") == seen
    page.evaluate(hide, "visible")
    until(lambda: house.times("GET /visits/V1") > seen, page, 0.9)


def test_without_a_network_the_last_screen_stays_with_its_time(phone: Any, house: Any) -> None:
    house.shows("/visits/V1", sample.visit(1))
    page = phone(VISIT)
    page.get_by_text("等候叫号").wait_for()
    page.route("**/api/**", lambda route: route.abort())
    page.reload()
    page.get_by_text("没有网络").wait_for()
    assert page.get_by_text("等候叫号").count() == 1
    page.unroute("**/api/**")
    page.get_by_text("重试").click()
    page.get_by_text("没有网络").wait_for(state="detached")


def test_a_page_never_seen_says_what_to_do_without_a_network(phone: Any, house: Any) -> None:
    page = phone("#/pages/me/index")
    page.get_by_text("就诊记录").wait_for()
    page.route("**/api/**", lambda route: route.abort())
    page.goto(f"{house.address}/m/#/pages/visit/index?id=V7")
    page.get_by_text("没有连上医院").first.wait_for()
    assert page.get_by_text("没有扣钱。").count() == 1
    assert page.get_by_text("再试一次").count() == 1
    assert page.get_by_text("打给门诊导诊台").count() == 1


def test_an_unknown_visit_is_a_plain_refusal(phone: Any, house: Any) -> None:
    house.answers["GET /visits/V8"] = problem(404, "flows.run_unknown", "没有找到这次就诊", "", "请回首页，从今天的就诊进入。")
    page = phone("#/pages/visit/index?id=V8")
    page.get_by_text("没有找到这次就诊").wait_for()
    assert page.get_by_text("请回首页，从今天的就诊进入。").count() == 1


def test_being_called_shakes_the_phone_and_is_announced(phone: Any, house: Any) -> None:
    house.answers["GET /visits/V1/steps/s1"] = Reply(sample.step(1).model_dump(mode="json") | {"poll": {"after": 1}})
    page = phone("#/pages/step/index?visit=V1&step=s1")
    page.evaluate("() => { window.shaken = 0; navigator.vibrate = () => { window.shaken += 1; return true } }")
    page.get_by_text("A012").first.wait_for()
    house.shows("/visits/V1/steps/s1", sample.step(1, ticket="A012", called=True, room="5 诊室", ahead=0))
    page.get_by_text("轮到您了").wait_for()
    assert page.locator("[aria-live=polite]").inner_text() == "叫到您了，请进5 诊室"
    assert page.evaluate("window.shaken") == 1
