"""The two staff processes over HTTP, from the inbox to the audit: money in trouble, and publishing a flow that takes money."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from core.models import Entry, Published
from flows import patterns, processes
from flows.models import FlowDefinition, FlowVersion, Publication
from operations import roles
from payments import queries as payments
from payments.models import Order, Trouble

pytestmark = pytest.mark.django_db


Hire = Callable[..., "Colleague"]


class Colleague:
    """A person at her desk."""

    def __init__(self, user: Any) -> None:
        self.user, self.client = user, Client()
        self.client.force_login(user)

    def page(self, url: str) -> BeautifulSoup:
        answer = self.client.get(url, follow=True)
        assert answer.status_code == 200, url
        return BeautifulSoup(answer.content, "html.parser")

    @property
    def inbox(self) -> list[tuple[str, str]]:
        """(what, address) of everything that waits for her."""
        rows = self.page(reverse("operations:inbox")).select("tbody a.yc-open")
        return [(row.get_text(strip=True), str(row["href"])) for row in rows]

    def take(self, url: str) -> str:
        """接手并办理; the address of the form."""
        answer = self.client.get(url, follow=True)
        answer = self.client.post(answer.redirect_chain[-1][0], {"_continue": "1"}, follow=True)
        assert answer.status_code == 200
        return str(answer.redirect_chain[-1][0])

    def decide(self, url: str, **given: str) -> BeautifulSoup:
        answer = self.client.post(url, given, follow=True)
        return BeautifulSoup(answer.content, "html.parser")


@pytest.fixture
def hire(django_user_model: Any) -> Hire:
    roles.keep()

    def make(username: str, *names: str) -> Colleague:
        user = django_user_model.objects.create(username=username, first_name=f"职员{username}")
        user.groups.set(Group.objects.filter(name__in=names))
        return Colleague(django_user_model.objects.get(pk=user.pk))

    return make


@pytest.fixture
def wrong_sum(patient: Callable[[str], str]) -> Order:
    """The channel said another amount than was asked; the desk has its task."""
    import busy

    from payments.processes import open_desk

    order = busy.wrong_sum(patient("赵一鸣"))
    open_desk(order.number, order.reason)
    return order


# Money in trouble


def test_a_wrong_amount_is_decided_by_the_accountant_with_a_reason(wrong_sum: Order, hire: Hire) -> None:
    huang = hire("huang", "收费财务")
    [(what, url)] = huang.inbox
    assert what == f"订单 {wrong_sum.number} 的钱要人处理"
    form = huang.take(url)
    page = huang.page(form)
    assert "渠道通知的金额与订单不符" in page.get_text()
    assert "渠道说收到 ¥ 129.50，应收 ¥ 128.50，差 + ¥ 1.00" in page.get_text()
    refused = huang.decide(form, decision="ask", why="")
    assert refused.select(".yc-field__wrong")
    assert not Entry.objects.filter(action="payments.desk_decided").exists()
    done = huang.decide(form, decision="ask", why="渠道再查一次")
    assert "已提交，这件事办好了。" in str(done)
    assert huang.inbox == []
    assert what in huang.page(reverse("operations:inbox_done")).get_text()
    entry = Entry.objects.get(action="payments.desk_decided")
    assert (entry.actor, entry.subject, entry.facts["decision"], entry.facts["reason"]) == (
        "huang",
        wrong_sum.number,
        "ask",
        "渠道再查一次",
    )
    assert Published.objects.filter(name="DeskDecided").count() == 1


def test_what_moves_money_needs_a_second_person(wrong_sum: Order, hire: Hire) -> None:
    huang, fang = hire("huang", "收费财务"), hire("fang", "收费财务")
    huang.decide(huang.take(huang.inbox[0][1]), decision="refund", why="多收了患者的钱")
    assert huang.inbox == []
    [(_, url)] = fang.inbox
    taken = huang.client.post(url + "assign/", {})
    assert (taken.status_code, Trouble.objects.get().finished) == (403, None)
    form = fang.take(url)
    text = fang.page(form).get_text()
    assert [words for words in ("原路退回全部", "职员huang的理由：多收了患者的钱", "渠道通知的金额与订单不符") if words not in text] == []
    fang.decide(form, agreed="yes")
    assert Trouble.objects.get().finished is not None
    assert Published.objects.filter(name="DeskDecided").count() == 1


def test_a_second_person_who_does_not_agree_sends_it_back(wrong_sum: Order, hire: Hire) -> None:
    huang, fang = hire("huang", "收费财务"), hire("fang", "收费财务")
    huang.decide(huang.take(huang.inbox[0][1]), decision="refund", why="多收了患者的钱")
    fang.decide(fang.take(fang.inbox[0][1]), agreed="no")
    assert len(huang.inbox) == 1
    assert not Published.objects.filter(name="DeskDecided").exists()


def test_whoever_is_not_of_the_money_desk_sees_nothing_of_it(wrong_sum: Order, hire: Hire) -> None:
    assert hire("chen", "运营").inbox == []


def test_an_order_is_handed_to_the_desk_by_hand_once(patient: Callable[[str], str], hire: Hire) -> None:
    import busy

    order, huang = busy.paid(patient("赵一鸣")), hire("huang", "收费财务")
    url = reverse("operations:order_trouble", args=[order.number])
    for reason in ("", "赵一鸣来电"):
        huang.client.post(url, {"reason": reason})
    assert (payments.order(order.number).state, Trouble.objects.count()) == ("paid", 0)
    for _ in range(2):
        huang.client.post(url, {"reason": "HIS 没有记上"})
    assert (payments.order(order.number).state, [one.reason for one in Trouble.objects.all()]) == ("trouble", ["HIS 没有记上"])
    assert len(huang.inbox) == 1
    assert Entry.objects.get(action="payments.trouble", subject=order.number).actor == "huang"


def test_a_settled_order_is_not_handed_over(patient: Callable[[str], str], hire: Hire) -> None:
    import busy

    order, huang = busy.closed(patient("赵一鸣")), hire("huang", "收费财务")
    answer = huang.client.post(reverse("operations:order_trouble", args=[order.number]), {"reason": "患者说已付"}, follow=True)
    assert "已经落定" in answer.content.decode()
    assert Trouble.objects.count() == 0


# Publishing


@pytest.fixture
def nurse(hire: Hire) -> Colleague:
    """She may draw and, for the test of the rule, also approve."""
    return hire("chen", "运营", "流程审核")


@pytest.fixture
def published(nurse: Colleague) -> FlowDefinition:
    """The outpatient flow is out in its first version."""
    from flows import actions

    definition = FlowDefinition.objects.create(code="outpatient", title="门诊就诊", tree=patterns.outpatient())
    definition.save_revision()
    actions.publish(definition, by="chen", approved_by="lin")
    return definition


def submitted(definition: FlowDefinition, nurse: Colleague) -> Publication:
    """One step more, one text changed; sent for approval."""
    guide = {"kind": "step", "key": "welcome", "title": "就诊须知", "type": "guide@1", "settings": {"page": "check-in"}}
    tree = patterns.outpatient()
    scope = tree["body"][0]
    scope["body"][0]["settings"]["now_text"] = "请到分诊台报到"
    scope["body"][2]["title"] = "看医生"
    scope["body"].insert(1, guide)
    definition.tree = tree
    definition.save_revision()
    process = processes.submit(definition, by=nurse.user)
    assert isinstance(process, Publication)
    return process


def test_the_second_person_sees_what_changes_and_approves(published: FlowDefinition, nurse: Colleague, hire: Hire) -> None:
    submitted(published, nurse)
    lin = hire("lin", "流程审核")
    [(what, url)] = lin.inbox
    assert what == "审核发布“门诊就诊”"
    form = lin.take(url)
    page = lin.page(form)
    rows = [[cell.get_text(strip=True) for cell in row.select("td")] for row in page.select(".yc-main tbody tr")]
    assert rows == [
        ["改了", "「报到」的“轮到时，患者读到”由“到院后报到取号，报到后才会叫您”改为“请到分诊台报到”。"],
        ["新加", "在「报到」之后新增步骤「就诊须知」。"],
        ["改名", "「就诊」改名为「看医生」。"],
    ]
    look = next(link["href"] for link in page.select("a") if link.get_text() == "看流程")
    assert "就诊须知" in lin.page(str(look)).get_text()
    lin.decide(form, agreed="yes")
    version = FlowVersion.objects.get(number=2)
    assert (version.published_by, version.approved_by, lin.inbox) == ("chen", "lin", [])
    assert Entry.objects.get(action="flows.published", facts__version=2).actor == "lin"


def test_sending_back_needs_a_reason_that_the_submitter_reads(published: FlowDefinition, nurse: Colleague, hire: Hire) -> None:
    submitted(published, nurse)
    lin = hire("lin", "流程审核")
    form = lin.take(lin.inbox[0][1])
    assert "退回时请写明要改什么" in lin.decide(form, agreed="no", reason="").get_text()
    assert Publication.objects.get().finished is None
    lin.decide(form, agreed="no", reason="须知放到候诊后面")
    assert FlowVersion.objects.count() == 1
    entry = Entry.objects.get(action="flows.sent_back")
    assert (entry.actor, entry.facts["reason"]) == ("lin", "须知放到候诊后面")
    [(what, url)] = nurse.inbox
    assert what == "“门诊就诊”没有通过"
    assert "须知放到候诊后面" in nurse.page(url).get_text()


def test_whoever_submitted_cannot_approve(published: FlowDefinition, nurse: Colleague) -> None:
    process = submitted(published, nurse)
    assert nurse.inbox == []
    task = process.task_set.get(finished=None)
    url = reverse("publish:approve:assign", args=[process.pk, task.pk])
    answer = nurse.client.post(url, {"_continue": "1"})
    assert answer.status_code == 403
    assert FlowVersion.objects.count() == 1


def test_a_draft_changed_after_it_was_submitted_is_not_published(published: FlowDefinition, nurse: Colleague, hire: Hire) -> None:
    submitted(published, nurse)
    published.tree = {**published.tree, "title": "又改"}
    published.title = "门诊就诊（新）"
    published.save_revision()
    lin = hire("lin", "流程审核")
    form = lin.take(lin.inbox[0][1])
    assert "送审之后流程又改过" in lin.page(form).get_text()
    assert "送审之后流程又改过" in lin.decide(form, agreed="yes").get_text()
    assert FlowVersion.objects.count() == 1
