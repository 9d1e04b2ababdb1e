"""Signing in, binding a card, and who chooses how screens are drawn."""

from __future__ import annotations

from typing import Any

import pytest
import sample_screens as sample
from fake_house import CONFIG, ME, Asked, Reply, problem

pytestmark = pytest.mark.browser


def answers_only(token: str, reply: Reply) -> Any:
    def answer(asked: Asked) -> Reply:
        return reply if asked.headers.get("Authorization") == f"Bearer {token}" else problem(401, "api.sign_in_needed", "请先登录")

    return answer


def field(page: Any, label: str) -> Any:
    return page.locator(".field").filter(has=page.get_by_text(label, exact=True)).locator("input")


def test_a_stranger_is_led_to_sign_in_and_back_to_where_she_wanted(phone: Any, house: Any) -> None:
    house.answers["GET /config"] = Reply(CONFIG | {"sign_in_url": f"{house.address}/m/demo-sign-in"})
    house.answers["GET /visits/V1"] = answers_only("t-2", Reply(sample.visit(1).model_dump(mode="json")))
    house.answers["POST /sign-in"] = Reply({"token": "t-2", "bound": True})
    page = phone("#/pages/visit/index?id=V1", signed_in=False)
    page.get_by_text("登录", exact=True).last.click()
    page.wait_for_url("**/demo-sign-in?**")
    back = page.evaluate("new URL(location.href).searchParams.get('redirect')")
    assert back == f"{house.address}/m/#/pages/sign-in/index"
    page.goto(f"{back}?code=c-1")
    page.get_by_text("等候叫号").wait_for()
    assert house.last("POST /sign-in").body == {"platform": "wechat", "code": "c-1"}
    assert house.times("POST /sign-in") == 1


def test_a_code_before_the_hash_signs_in_too(phone: Any, house: Any) -> None:
    house.answers["POST /sign-in"] = Reply({"token": "t-2", "bound": True})
    house.answers["GET /home"] = answers_only("t-2", Reply(sample.home().model_dump(mode="json")))
    page = phone("?code=c-9", signed_in=False)
    page.get_by_text("看就诊进度").wait_for()
    assert house.last("POST /sign-in").body["code"] == "c-9"
    assert "code=" not in page.url.partition("#")[0]


def test_a_used_code_is_refused_in_plain_words(phone: Any, house: Any) -> None:
    house.answers["POST /sign-in"] = problem(401, "patients.code_refused", "登录码已失效", "", "请重新登录。")
    page = phone("#/pages/sign-in/index?code=old", signed_in=False)
    page.get_by_text("登录码已失效。请重新登录。").wait_for()
    assert page.evaluate("localStorage.getItem('y.token')") is None


def test_the_first_sign_in_binds_a_card_with_consent(phone: Any, house: Any) -> None:
    house.answers["POST /sign-in"] = Reply({"token": "t-2", "bound": False})
    house.answers["POST /cards"] = Reply({"patient": ME["patients"][0]})  # type: ignore[index]
    house.shows("/home", sample.home())
    page = phone("#/pages/sign-in/index?code=c-1", signed_in=False)
    page.get_by_text("这些资料怎么用").wait_for()
    assert page.locator("[role=checkbox]").get_attribute("aria-checked") == "false"
    page.get_by_text("绑定", exact=True).click()
    assert page.get_by_text("请填写姓名").count() == 1
    assert page.get_by_text("请先看过说明").count() == 1
    for name, value in {"姓名": "测试人", "证件号码": "000000199001011234", "手机号": "00000000000"}.items():
        field(page, name).fill(value)
    page.get_by_text("绑定", exact=True).click()
    assert house.times("POST /cards") == 0
    page.locator("[role=checkbox]").click()
    page.get_by_text("绑定", exact=True).click()
    page.get_by_text("看就诊进度").wait_for()
    sent = {"name": "测试人", "id_type": "resident", "id_no": "000000199001011234", "phone": "00000000000", "consent": True}
    assert house.last("POST /cards").body == sent
    assert "测试人" not in page.evaluate("JSON.stringify(localStorage)")


def test_a_card_the_hospital_does_not_know_is_said_in_place(phone: Any, house: Any) -> None:
    house.answers["POST /cards"] = problem(
        422, "patients.card_unknown", "没有找到就诊卡", "姓名、证件或手机号和医院的记录对不上。", "请核对后再试，或带证件到导诊台办理。"
    )
    page = phone("#/pages/card/index")
    for name in ("姓名", "证件号码", "手机号"):
        field(page, name).fill("0000000")
    page.locator("[role=checkbox]").click()
    page.get_by_text("绑定", exact=True).click()
    page.get_by_text("没有找到就诊卡").wait_for()
    assert field(page, "姓名").input_value() == "0000000"


def test_a_switch_by_the_house_is_announced_once_and_taken_back(phone: Any, house: Any) -> None:
    prompt = "王* 已满 60 岁，已为您换成长辈版，可在设置中改回。"
    house.answers["GET /me"] = Reply(ME | {"display": {"mode": "elder", "source": "age", "prompt": prompt}})
    house.shows("/home", sample.home(elder=True))
    page = phone()
    page.get_by_text("已换成长辈版").wait_for()
    page.get_by_text("知道了").click()
    assert page.get_by_text("已换成长辈版").count() == 0
    page.reload()
    page.get_by_text("换回普通版").wait_for()
    page.wait_for_timeout(300)
    assert page.get_by_text("已换成长辈版").count() == 0
    house.answers["PUT /me/display"] = Reply({"mode": "normal", "source": "account", "prompt": ""})
    house.shows("/home", sample.home())
    page.get_by_text("换回普通版").click()
    page.locator(".tabs").wait_for()
    assert house.last("PUT /me/display").body == {"mode": "normal"}


@pytest.mark.parametrize(("label", "mode"), [("自动", "auto"), ("长辈版", "elder"), ("普通版", "normal")])
def test_settings_choose_the_version(phone: Any, house: Any, label: str, mode: str) -> None:
    start = "elder" if mode == "normal" else "normal"
    house.answers["GET /me"] = Reply(ME | {"display": {"mode": start, "source": "account", "prompt": ""}})
    house.answers["PUT /me/display"] = Reply(
        {"mode": "elder" if mode == "elder" else "normal", "source": "default" if mode == "auto" else "account", "prompt": ""}
    )
    page = phone("#/pages/settings/index")
    page.wait_for_timeout(400)
    page.get_by_text(label, exact=True).click()
    page.wait_for_timeout(400)
    assert house.last("PUT /me/display").body == {"mode": mode}
    assert ("y--elder" in page.locator(".y").get_attribute("class")) == (mode == "elder")


def test_larger_text_and_high_contrast_stay_on_the_phone(phone: Any, house: Any) -> None:
    page = phone("#/pages/settings/index")
    page.get_by_text("特大").click()
    page.get_by_text("高对比度").click()
    assert page.locator(".y--contrast.y--k2").count() == 1
    page.reload()
    page.locator(".y--contrast.y--k2").wait_for()
    assert page.locator(".row").first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)") == pytest.approx(20.8)


def test_read_to_me_speaks_the_screens_own_words_and_stops(phone: Any, house: Any) -> None:
    house.shows("/visits/V1", sample.visit(1, elder=True))
    page = phone("#/pages/visit/index?id=V1")
    page.evaluate("window.heard = []")
    page.evaluate("void (speechSynthesis.speak = one => window.heard.push([one.lang, one.text]))")
    page.evaluate("void (speechSynthesis.cancel = () => window.heard.push('stop'))")
    page.get_by_text("念给我听").click()
    assert page.evaluate("window.heard") == ["stop", ["zh-CN", sample.visit(1, elder=True).speech]]
    page.get_by_text("不念了").click()
    assert page.evaluate("window.heard[2]") == "stop"


def test_signing_out_forgets_what_was_seen(phone: Any, house: Any) -> None:
    house.shows("/home", sample.home())
    page = phone()
    page.get_by_text("看就诊进度").wait_for()
    assert "王*" in page.evaluate("JSON.stringify(localStorage)")
    page.get_by_text("我的", exact=True).click()
    page.get_by_text("退出登录").click()
    page.locator(".btn--danger").click()
    page.get_by_text("登录只用来认出是您本人").wait_for()
    assert "王*" not in page.evaluate("JSON.stringify(localStorage)")


def test_a_keyboard_can_press_what_a_finger_can(phone: Any, house: Any) -> None:
    house.shows("/home", sample.home())
    house.shows("/visits/V1", sample.visit(1))
    page = phone()
    page.locator(".now .btn").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/pages/visit/index?id=V1")
