"""The run desk: who is found, in which order, what is shown masked, what staff may do by hand."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from core.models import Entry
from flows import actions as flows
from flows.actions import News
from flows.models import Event, Run, Step
from operations import actions
from operations.errors import ExportTooLarge, HandRefused, ReasonMissing, ReasonNamesSomeone, StepMoved
from operations.queries import hands
from operations.queries import runs as desk

pytestmark = pytest.mark.django_db
Begin = Callable[..., Run]
SignIn = Callable[[str], Client]


def in_trouble(run: Run, key: str, reason: str = "HIS 没有回传") -> None:
    flows.deliver(run.number, News("care", uuid.uuid4().hex, "trouble", ref=f"{key}#1", reason=reason))


def listed(client: Client, **query: str) -> list[str]:
    """The visits' numbers in the order of the list."""
    page = BeautifulSoup(client.get(reverse("operations:runs"), query).content, "html.parser")
    return [tag["href"].rpartition("run=")[2] for tag in page.select("tbody a.yc-open")]


def test_what_needs_a_look_comes_first_then_who_waits_longest(visit: Begin, signed_in: SignIn) -> None:
    short, long, stuck = visit("甲一", minutes=5), visit("乙二", minutes=90), visit("丙三", minutes=1)
    in_trouble(stuck, "arrive")
    assert listed(signed_in("运营")) == [stuck.number, long.number, short.number]


def test_a_visit_is_found_by_its_number_its_card_or_the_cards_last_four(visit: Begin, signed_in: SignIn) -> None:
    run, _ = visit("甲一"), visit("乙二")
    client = signed_in("运营")
    assert listed(client, q=run.number) == [run.number]
    assert listed(client, q="9000000001") == [run.number]
    assert listed(client, q="0001") == [run.number]
    assert listed(client, q="10012300001") == [run.number]


def test_a_visits_number_is_found_on_every_day(visit: Begin, signed_in: SignIn) -> None:
    run = visit("甲一")
    Run.objects.filter(pk=run.pk).update(day="2026-01-01")
    client = signed_in("运营")
    assert listed(client, q=run.number) == [run.number]
    assert listed(client, q="0001") == []


@pytest.mark.parametrize("text", ["甲一", "90000000", "001", "1001230000", "%", "'; drop table", "\x00"])
def test_parts_of_numbers_and_names_find_nobody(visit: Begin, signed_in: SignIn, text: str) -> None:
    visit("甲一")
    assert listed(signed_in("运营"), q=text) == [] or not text.strip("\x00")


def test_the_list_is_narrowed_by_state_department_step_and_day(visit: Begin, signed_in: SignIn) -> None:
    first, second = visit("甲一", steps=1, department="D2"), visit("乙二")
    in_trouble(second, "arrive")
    client = signed_in("运营")
    assert listed(client, show="needs") == [second.number]
    assert listed(client, department="D2") == [first.number]
    assert listed(client, step="waiting") == [first.number]
    assert listed(client, day="2020-01-01") == []
    assert len(listed(client, day="not a day", show="nonsense", p="x")) == 2


def test_nothing_plain_is_shown_and_nothing_personal_stands_in_an_address(visit: Begin, signed_in: SignIn) -> None:
    run = visit("赵一鸣", steps=2)
    client = signed_in("运营")
    for url in (
        reverse("operations:runs"),
        reverse("operations:runs") + f"?run={run.number}",
        reverse("operations:run", args=[run.number]),
    ):
        text = client.get(url).content.decode()
        assert "赵*鸣" in text
        assert not [plain for plain in ("赵一鸣", "9000000001", "10012300001") if plain in text]


def test_the_page_of_a_visit_tells_past_present_and_future(visit: Begin, signed_in: SignIn) -> None:
    run = visit(steps=1)
    page = BeautifulSoup(signed_in("运营").get(reverse("operations:run", args=[run.number])).content, "html.parser")
    titles = [tag.get_text(strip=True) for tag in page.select(".yc-main .yc-timeline__what strong")]
    assert titles == ["报到", "候诊", "取药须知", "账单", "缴费", "取药"]
    assert "现在在“候诊”" in page.get_text()
    assert "“候诊”还没有完成，就按“已过号”往下走" in page.get_text()


def test_the_journal_names_event_version_person_and_verdict(visit: Begin, signed_in: SignIn) -> None:
    run = visit(steps=1)
    flows.deliver(run.number, News("his", "again", "his.told", ref="arrive#1", outcome="arrived"))
    text = signed_in("运营").get(reverse("operations:run", args=[run.number]), {"view": "events"}).content.decode()
    for words in ("就诊开始", "已报到", "已生效", "来晚了，没有改变", "第 1 版", run.version.sha256[:8]):
        assert words in text


def test_an_unknown_visit_is_a_plain_404(signed_in: SignIn) -> None:
    answer = signed_in("运营").get(reverse("operations:run", args=["V-NONE"]))
    assert answer.status_code == 404
    assert "没有找到这次就诊" in answer.content.decode()


# By hand


def post(client: Client, run: Run, **given: str) -> None:
    answer = client.post(reverse("operations:run_act", args=[run.number]), {"key": uuid.uuid4().hex, "reason": "患者在窗口已办", **given})
    assert answer.status_code == 302


def test_staff_finish_a_step_and_it_stands_in_journal_and_audit(visit: Begin, signed_in: SignIn) -> None:
    run = visit()
    post(signed_in("导诊"), run, kind="finish", instance="arrive#1", outcome="arrived")
    assert Step.objects.get(run=run, key="arrive").outcome == "arrived"
    event = Event.objects.get(run=run, source="staff")
    assert (event.type, event.ref, event.outcome, event.reason, event.verdict) == (
        "staff.finish",
        "arrive#1",
        "arrived",
        "患者在窗口已办",
        "applied",
    )
    entry = Entry.objects.get(action="flows.finish_by_hand")
    assert (entry.actor, entry.subject) == (event.by, run.number)
    assert entry.facts["reason"] == "患者在窗口已办"


def test_the_same_click_twice_is_done_once(visit: Begin, signed_in: SignIn) -> None:
    run, key = visit(), uuid.uuid4().hex
    client = signed_in("导诊")
    post(client, run, kind="finish", instance="arrive#1", outcome="arrived", key=key)
    assert actions.by_hand(run.number, "finish", "arrive#1", by="chen", reason="患者在窗口已办", key=key, outcome="arrived") == "repeat"
    post(client, run, kind="finish", instance="arrive#1", outcome="arrived", key=key)
    assert Event.objects.filter(run=run, source="staff").count() == 1


def test_staff_skip_only_what_the_flow_lets_them_skip(visit: Begin, signed_in: SignIn) -> None:
    run = visit(steps=2)
    client = signed_in("运营")
    post(client, run, kind="skip", instance="tell#1")
    assert Step.objects.get(run=run, key="tell").state == "skipped"
    with pytest.raises(HandRefused):
        actions.by_hand(run.number, "skip", "bill#1", by="chen", reason="患者要求", key="k")
    assert Step.objects.get(run=run, key="bill").state == "open"


def test_a_step_that_stands_still_is_tried_again(visit: Begin, signed_in: SignIn) -> None:
    run = visit()
    with pytest.raises(HandRefused):
        actions.by_hand(run.number, "retry", "arrive#1", by="chen", reason="设备故障已修", key="k")
    in_trouble(run, "arrive")
    post(signed_in("运营"), run, kind="retry", instance="arrive#1")
    run.refresh_from_db()
    assert (run.in_trouble, Step.objects.get(run=run, key="arrive").state) == (False, "open")


def test_staff_choose_the_way_where_a_fact_is_missing(patient: Callable[[str], str], signed_in: SignIn) -> None:
    import busy

    busy.publish({"schema": 1, "code": "ways", "title": "久等先看", "body": busy.UNKNOWN_WAY})
    run = busy.visit(patient("赵一鸣"), 0)
    busy.tell(run, "his", "his.told", ref="wait#1", outcome="called")
    client = signed_in("导诊")
    page = client.get(reverse("operations:run", args=[run.number])).content.decode()
    assert "停在“等久了的先看”" in page
    assert "走哪条路" in page
    post(client, run, kind="choose", instance="way#1", outcome="long")
    run.refresh_from_db()
    assert (run.in_trouble, Step.objects.get(run=run, key="sorry").state) == (False, "open")
    entry = Entry.objects.get(action="flows.choose_by_hand")
    assert (entry.facts["step"], entry.facts["outcome"], entry.facts["reason"]) == ("way#1", "long", "患者在窗口已办")


def test_a_refusal_says_why_and_changes_nothing(visit: Begin, signed_in: SignIn) -> None:
    run, client = visit(steps=3), signed_in("导诊")
    page = client.get(reverse("operations:run", args=[run.number])).content.decode()
    assert [words for words in ("这一步没有停住，系统会自己继续。", "这一步收钱或提供服务，免除会对不上账。") if words not in page] == []
    answer = client.post(
        reverse("operations:run_act", args=[run.number]),
        {"kind": "skip", "instance": "bill#1", "reason": "患者要求", "key": "k"},
        follow=True,
    )
    assert "现在不能这样做，没有改动" in answer.content.decode()
    assert Step.objects.get(run=run, key="bill").state == "open"


def test_money_is_never_taken_by_hand(visit: Begin) -> None:
    run = visit(steps=4)
    offered = next(hand for hand in hands.hands(run) if hand.kind == "finish")
    assert "paid" not in dict(offered.outcomes)
    with pytest.raises(HandRefused):
        actions.by_hand(run.number, "finish", "pay#1", by="chen", reason="患者说已付", key="k", outcome="paid")
    assert Step.objects.get(run=run, key="pay").state == "open"


def test_while_the_channel_is_asked_nobody_answers_for_it(visit: Begin) -> None:
    run = visit(steps=4)
    flows.deliver(run.number, News("timer", "late", "timer", ref="pay#1"))
    run.refresh_from_db()
    assert {hand.kind: hand.allowed for hand in hands.hands(run)} == {"retry": False, "finish": False, "skip": False}
    assert desk.rows([desk.told(Run.objects.filter(pk=run.pk)).get()])[0].word.text == "结果未知"


def test_refusals_change_nothing(visit: Begin) -> None:
    run = visit("赵一鸣", steps=1)
    before = (Event.objects.count(), Entry.objects.count())
    for reason, error in (("", ReasonMissing), ("赵一鸣本人来电", ReasonNamesSomeone), ("电话 10012300001", ReasonNamesSomeone)):
        with pytest.raises(error):
            actions.by_hand(run.number, "finish", "wait#1", by="chen", reason=reason, key="k", outcome="called")
    with pytest.raises(StepMoved):
        actions.by_hand(run.number, "finish", "arrive#1", by="chen", reason="患者在窗口已办", key="k", outcome="arrived")
    with pytest.raises(HandRefused):
        actions.by_hand(run.number, "finish", "wait#1", by="chen", reason="患者在窗口已办", key="k", outcome="no_such")
    assert (Event.objects.count(), Entry.objects.count()) == before


# The plain name


def reveal(client: Client, run: Run, reason: str = "电话核对身份") -> Any:
    return client.post(reverse("operations:run_name", args=[run.number]), {"reason": reason})


def test_a_name_is_shown_for_a_reason_and_recorded(visit: Begin, signed_in: SignIn) -> None:
    run = visit("赵一鸣")
    answer = reveal(signed_in("导诊"), run)
    assert (answer.status_code, answer.json()) == (200, {"name": "赵一鸣", "seconds": 30})
    assert "no-store" in answer["Cache-Control"]
    entry = Entry.objects.get(action="patients.name_revealed")
    assert (entry.subject, entry.facts["reason"], entry.facts["run"]) == (run.patient, "电话核对身份", run.number)
    assert "赵一鸣" not in str(entry.facts)


def test_no_reason_no_name(visit: Begin, signed_in: SignIn) -> None:
    run = visit("赵一鸣")
    answer = reveal(signed_in("导诊"), run, reason=" ")
    assert (answer.status_code, "name" in answer.json()) == (422, False)
    assert not Entry.objects.filter(action="patients.name_revealed").exists()


def test_ten_names_a_day_are_enough(visit: Begin, signed_in: SignIn) -> None:
    run, client = visit("赵一鸣"), signed_in("导诊")
    assert [reveal(client, run).status_code for _ in range(actions.REVEALS_A_DAY)] == [200] * actions.REVEALS_A_DAY
    assert reveal(client, run).status_code == 403
    assert Entry.objects.filter(action="patients.name_revealed").count() == actions.REVEALS_A_DAY


# The export


def exported(client: Client, **given: str) -> list[list[str]]:
    answer = client.post(reverse("operations:runs_export"), {"reason": "核对窗口人数", **given})
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_export_is_masked_says_its_filter_and_is_recorded(visit: Begin, signed_in: SignIn) -> None:
    run = visit("赵一鸣", steps=1)
    lines = exported(signed_in("运营"), show="all")
    assert lines[0][0].startswith("就诊列表（脱敏）：")
    assert lines[2][:2] == [run.number, "赵*鸣"]
    assert "赵一鸣" not in str(lines)
    entry = Entry.objects.get(action="operations.runs_exported")
    assert (entry.facts["rows"], entry.facts["reason"]) == (1, "核对窗口人数")


def test_no_cell_is_a_formula(visit: Begin, signed_in: SignIn) -> None:
    run = visit()
    in_trouble(run, "arrive", reason="=HYPERLINK(号)")
    assert [cell for line in exported(signed_in("运营")) for cell in line if cell[:1] in "=+-@" and cell] == []


def test_an_export_without_reason_or_too_large_is_refused(visit: Begin, signed_in: SignIn) -> None:
    visit()
    answer = signed_in("运营").post(reverse("operations:runs_export"), {"reason": ""})
    assert (answer.status_code, answer["Location"]) == (302, reverse("operations:runs"))
    with pytest.raises(ExportTooLarge):
        actions.note_export(actions.EXPORT_ROWS + 1, by="chen", reason="核对窗口人数", narrowed="全部")
    assert not Entry.objects.filter(action="operations.runs_exported").exists()


def test_a_list_takes_few_queries_however_long_it_is(visit: Begin, django_assert_max_num_queries: Any) -> None:
    for number in range(6):
        visit(f"病人{number}", steps=number % 3)
    with django_assert_max_num_queries(6):
        desk.rows(list(desk.shown(desk.narrowed(desk.Filter()), "all")))
