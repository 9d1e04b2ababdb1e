"""Every type of the palette draws in every state, for normal and elder; what its settings refuse is said in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args

import pytest
from django.conf import settings as house
from pydantic import ValidationError

from core import clock
from flows import screens
from flows.chain import Look
from flows.errors import AnswerUnfit
from flows.nodes import PALETTE, form, wait
from flows.nodes.addresses import safe
from flows.nodes.form import FormSettings
from flows.nodes.link import LinkSettings
from flows.nodes.port import Seen
from flows.nodes.wait import WaitSettings
from flows.preview import Sample, preview
from flows.schema import Question, Step, tells
from flows.screens import Chain, Stop

NEW = ("wait@1", "form@1", "link@1", "task@1", "desk@1", "refund@1")
ASKS = [
    {"key": "fever", "title": "发热吗"},
    {"key": "where", "title": "哪里痛", "kind": "enum", "options": ["头", "胸", "腹"]},
    {"key": "days", "title": "几天了", "kind": "number", "low": 0, "high": 30, "unit": "天"},
]
SETTINGS: dict[str, Any] = {"form@1": {"fields": ASKS, "may_decline": True}, "link@1": {"url": "https://hospital.example/x"}}


def chain_of(step: Step, state: Seen, *, elder: bool, outcome: str = "") -> Chain:
    scene = Sample(clock.now(), elder).scene(step, Look(state, 1, outcome=outcome))
    return Chain(
        run="R", title="流程", patient="示*", relation="本人", card="**** 0000", department="科室", doctor="医生", starts=clock.now(),
        stations=(Stop(step.type, scene),), ended=False, ended_by="", as_of=clock.now(), desk_name="导诊台", desk_phone="1", elder=elder,
    )  # fmt: skip


@pytest.mark.parametrize("elder", [False, True])
@pytest.mark.parametrize("state", get_args(Seen))
@pytest.mark.parametrize("name", NEW)
def test_every_new_type_draws_in_every_state(name: str, state: Seen, elder: bool) -> None:
    step = Step(key="s", title="这一步", type=name, settings=SETTINGS.get(name, {}))
    outcomes = PALETTE[name].contract.ends() if state == "done" else [""]
    for outcome in outcomes:
        chain = chain_of(step, state, elder=elder, outcome=outcome)
        page, own = screens.visit(chain), screens.step(chain, "s")
        assert own is not None
        assert page.mode == own.mode == ("elder" if elder else "normal")
        lead = screens.drawn(screens.stops(chain.stations)[0]).lead
        assert lead
        assert lead in page.model_dump_json()
    if state not in ("now", "waiting"):
        assert not [block for block in own.blocks if block.type == "form"]


@pytest.mark.parametrize("name", NEW)
def test_an_empty_form_is_a_working_step(name: str) -> None:
    node = PALETTE[name]
    assert node.settings.model_validate({}) == node.settings()
    tree = {"title": "流程", "body": [{"kind": "step", "key": "s", "title": "", "type": name}]}
    assert preview(tree, at="s", state="now", elder=False).blocks
    own = [field for field in node.settings.model_fields if field not in ("now_text", "elder_text", "done_text", "place")]
    assert len(own) <= 4


def test_the_words_staff_wrote_are_what_the_patient_reads() -> None:
    step = Step(key="s", title="问问题", type="form@1", settings={"now_text": "请答几题", "elder_text": "答几个问题", "done_text": "谢谢"})
    assert "请答几题" in screens.visit(chain_of(step, "now", elder=False)).model_dump_json()
    assert "答几个问题" in screens.visit(chain_of(step, "now", elder=True)).model_dump_json()
    assert "谢谢" in screens.visit(chain_of(step, "done", elder=False, outcome="submitted")).model_dump_json()


# Questions


def test_questions_are_facts_of_their_step_alone() -> None:
    contract = PALETTE["form@1"].contract
    one, other = (Step(key=key, type="form@1", settings={"fields": asks}) for key, asks in (("a", ASKS), ("b", ASKS[:1])))
    assert [(fact.key, fact.type, fact.on) for fact in tells(one, contract)] == [
        ("fever", "bool", ["submitted"]), ("where", "enum", ["submitted"]), ("days", "int", ["submitted"]),
    ]  # fmt: skip
    assert [fact.key for fact in tells(other, contract)] == ["fever"]
    assert tells(Step(key="c", type="form@1", settings={"fields": [{"key": "x"}, 7, None]}), contract) == []
    assert tells(Step(key="d", type="form@1", settings={"fields": "x"}), contract) == []


@pytest.mark.parametrize(
    "fields",
    [
        [ASKS[0], ASKS[0]],
        [{"key": "x", "title": ""}],
        [{"key": "outcome", "title": "结果"}],
        [{"key": "x", "title": "选", "kind": "enum", "options": ["一"]}],
        [{"key": "x", "title": "选", "kind": "enum", "options": ["一", "一"]}],
        [{"key": "x", "title": "选", "kind": "enum", "options": [str(n) for n in range(41)]}],
        [{"key": "x", "title": "数", "kind": "number", "low": 3, "high": 3}],
        [{"key": "x", "title": "字", "kind": "text"}],
        [{"key": f"q{n}", "title": "问"} for n in range(21)],
    ],
)
def test_questions_nobody_can_answer_are_refused(fields: list[Any]) -> None:
    with pytest.raises(ValidationError):
        FormSettings.model_validate({"fields": fields})


QUESTIONS = [Question.model_validate(each) for each in ASKS]


def test_answers_become_typed_facts_and_nothing_else() -> None:
    given = {"fever": "no", "where": "胸", "days": "3", "name": "赵一鸣"}
    assert form.answers(QUESTIONS, given) == {"fever": False, "where": "胸", "days": 3}


@pytest.mark.parametrize(
    "wrong",
    [
        {"fever": "maybe"},
        {"where": "脚"},
        {"days": "31"},
        {"days": "-1"},
        {"days": "1.5"},
        {"days": "٣"},
        {"days": "9" * 400},
        {"fever": ""},
    ],
)
def test_an_answer_that_is_none_is_refused_by_its_question(wrong: dict[str, str]) -> None:
    with pytest.raises(AnswerUnfit) as refused:
        form.answers(QUESTIONS, {"fever": "yes", "where": "头", "days": "0", **wrong})
    assert refused.value.facts["question"] in [each["title"] for each in ASKS]


# Waits


def at(hour: int, minute: int) -> datetime:
    return clock.local(clock.now()).replace(hour=hour, minute=minute, second=7, microsecond=9)


def test_a_wait_is_over_after_its_minutes_or_at_its_time() -> None:
    assert wait.due(WaitSettings(minutes=45), at(9, 0)) == at(9, 45)
    assert wait.due(WaitSettings(until="14:30"), at(9, 0)) == at(14, 30).replace(second=0, microsecond=0)
    assert wait.due(WaitSettings(until="14:30"), at(15, 0)) == at(15, 0)
    assert wait.due(WaitSettings(), at(9, 0)) == at(9, 0) + timedelta(minutes=30)


@pytest.mark.parametrize("until", ["24:00", "9:00", "14.30", "下午"])
def test_a_time_that_is_none_is_refused(until: str) -> None:
    with pytest.raises(ValidationError):
        WaitSettings(until=until)


# Links


@pytest.mark.parametrize(
    "url",
    [
        "http://hospital.example/",
        "javascript:alert(1)",
        "https://evil.example/",
        "https://127.0.0.1/",
        "https://10.0.0.8/",
        "https://[::1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://localhost/",
        "https://printer.local/",
        "https://his.internal/",
        "https://hospital.example@evil.example/",
        "https://user:pass@hospital.example/",
        "https://hospital.example:8443/",
        "https://hospital.example.evil.example/",
        "https:///x",
        "https://hospital.example\\@evil.example/",
        "https://hospital.example/\nx",
        "https://医院.example/",
        "//hospital.example/",
        "https://hospital.example:99999/",
        "https://evilhospital.example/",
    ],
)
def test_addresses_no_patient_may_be_sent_to(url: str) -> None:
    with pytest.raises(ValueError):
        safe(url)
    with pytest.raises(ValidationError):
        LinkSettings(url=url)


def test_an_entry_of_the_list_never_makes_an_inside_address_safe(settings: Any) -> None:
    settings.LINK_HOSTS = ["127.0.0.1", "10.0.0.8", "localhost", "his.internal"]
    for host in settings.LINK_HOSTS:
        with pytest.raises(ValueError):
            safe(f"https://{host}/")


def test_allowed_hosts_and_those_below_them(settings: Any) -> None:
    settings.LINK_HOSTS = ["a.example", ".b.example"]
    assert safe("https://a.example/x?y=1") and safe("https://deep.b.example/")
    for host in ("b.example", "x.a.example"):
        with pytest.raises(ValueError):
            safe(f"https://{host}/")


def test_a_link_whose_host_is_no_longer_allowed_has_no_button(settings: Any) -> None:
    step = Step(key="s", title="缴停车费", type="link@1", settings={"url": "https://hospital.example/x"})
    own = screens.step(chain_of(step, "now", elder=False), "s")
    assert "https://hospital.example/x" in own.model_dump_json()
    settings.LINK_HOSTS = []
    page = screens.step(chain_of(step, "now", elder=False), "s").model_dump_json()
    assert "https://hospital.example/x" not in page
    assert "请到导诊台" in page
    assert house.LINK_HOSTS == []
