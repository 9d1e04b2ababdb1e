"""The two staff processes and the run desk in a real browser, from the sign-in page on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group

from core.models import Entry
from flows import patterns, processes
from flows.models import FlowDefinition, FlowVersion, Run, Step
from operations import roles
from payments.models import Trouble

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the test's own thread
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "Spring-2026-rain"


@pytest.fixture
def enter(chromium: Any, live_server: Any, django_user_model: Any, settings: Any) -> Iterator[Callable[..., Any]]:
    """A page of a colleague who has signed in through the door; a script error fails the test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    roles.keep()
    contexts, wrong = [], []

    def come_in(username: str, *names: str) -> Any:
        user, made = django_user_model.objects.get_or_create(username=username, defaults={"first_name": f"职员{username}"})
        if made:
            user.set_password(PASSWORD)
            user.save()
            user.groups.set(Group.objects.filter(name__in=names))
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", base_url=live_server.url)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto("/admin/login/")
        page.get_by_label("账号").fill(username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.get_by_role("heading", name="今日").wait_for()
        return page

    yield come_in
    for context in contexts:
        context.close()
    assert wrong == []


def open_first_duty(page: Any) -> None:
    page.goto("/admin/desk/inbox/")
    page.locator("tbody a.yc-open").first.click()
    page.get_by_role("button", name="接手并办理").click()


def said(page: Any) -> str:
    return str(page.locator(".messages").inner_text())


def test_money_in_trouble_from_the_badge_to_the_second_person(enter: Callable[..., Any], patient: Callable[[str], str]) -> None:
    import busy

    from payments.processes import open_desk

    order = busy.wrong_sum(patient("赵一鸣"))
    open_desk(order.number, order.reason)
    huang = enter("huang", "收费财务")
    assert huang.locator("[data-yc-badge='1']").count() >= 1
    open_first_duty(huang)
    assert "渠道说收到 ¥ 129.50" in huang.locator(".yc-main").inner_text()
    huang.get_by_label("怎么办").select_option("refund")
    huang.get_by_label("理由").fill("多收了患者的钱")
    huang.get_by_role("button", name="提交决定").click()
    huang.get_by_text("没有等您办的事").wait_for()
    assert "办好了" in said(huang)
    fang = enter("fang", "收费财务")
    open_first_duty(fang)
    assert "职员huang的理由：多收了患者的钱" in fang.locator(".yc-main").inner_text()
    fang.get_by_label("核对结果").select_option("yes")
    fang.get_by_role("button", name="提交决定").click()
    fang.get_by_text("没有等您办的事").wait_for()
    assert (Trouble.objects.get().finished is not None, Entry.objects.get(action="payments.desk_decided").actor) == (True, "huang")


def test_a_flow_that_takes_money_is_looked_at_and_published_by_a_second_person(enter: Callable[..., Any], django_user_model: Any) -> None:
    chen = enter("chen", "运营")
    definition = FlowDefinition.objects.create(code="outpatient", title="门诊就诊", tree=patterns.outpatient())
    definition.save_revision()
    processes.submit(definition, by=django_user_model.objects.get(username="chen"))
    chen.goto("/admin/desk/inbox/")
    chen.get_by_text("没有等您办的事").wait_for()
    lin = enter("lin", "流程审核")
    open_first_duty(lin)
    assert "第一次发布" in lin.locator(".yc-main").inner_text()
    lin.get_by_role("link", name="看流程").click()
    lin.get_by_text("缴费取药").first.wait_for()
    lin.go_back()
    lin.get_by_label("同意，马上发布").check()
    lin.get_by_role("button", name="提交决定").click()
    lin.get_by_text("没有等您办的事").wait_for()
    version = FlowVersion.objects.get()
    assert (version.published_by, version.approved_by) == ("chen", "lin")


def test_a_stopped_visit_is_found_read_and_helped(enter: Callable[..., Any], visit: Callable[..., Run]) -> None:
    from flows import actions
    from flows.actions import News

    run = visit("赵一鸣", steps=3)
    actions.deliver(run.number, News("care", "stop", "trouble", ref="bill#1", reason="HIS 没有回传"))
    page = enter("chen", "运营")
    page.goto("/admin/desk/runs/")
    page.get_by_label("就诊编号、卡号、卡号后四位").fill("0001")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="赵*鸣").click()
    assert "HIS 没有回传" in page.locator(".yc-side").inner_text()
    page.get_by_role("link", name="完整时间线").click()
    page.get_by_text("查看姓名原文").click()
    page.get_by_role("button", name="电话核对身份").click()
    page.get_by_role("button", name="显示 30 秒").click()
    page.get_by_text("30 秒后遮回").wait_for()
    assert page.locator("[data-yc-name]").inner_text() == "赵一鸣"
    page.get_by_text("再试一次“账单”").first.click()
    form = page.locator("details[open] form[action$='/act/']")
    form.get_by_role("button", name="设备故障").click()
    form.get_by_role("button", name="再试一次“账单”").click()
    page.get_by_text("已办好，患者手机会更新").wait_for()
    assert Step.objects.get(run=run, key="bill").state == "open"
    assert page.locator("[data-yc-name]").inner_text() == "赵*鸣"
    recorded = set(Entry.objects.filter(actor="chen").values_list("action", flat=True))
    assert {"patients.name_revealed", "flows.retry_by_hand", "operations.sign_in"} <= recorded
