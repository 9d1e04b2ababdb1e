"""The editor's pages over HTTP: drafts, questions of the canvas, publishing and approval, versions and where they start."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from flows import patterns
from flows.models import FlowBinding, FlowDefinition, FlowVersion

pytestmark = pytest.mark.django_db
EDIT = "/admin/snippets/flows/flowdefinition/edit/{}/"
GUIDE = {"kind": "step", "key": "guide", "title": "须知", "type": "guide@1", "settings": {"page": "medicine"}, "ports": {}}
FREE = {"schema": 1, "code": "free", "title": "指路", "body": [GUIDE], "interrupts": []}


@pytest.fixture
def enter(django_user_model: Any) -> Callable[..., Client]:
    """A client signed in with a role of the house."""
    from operations import roles

    roles.keep()

    def as_(role: str, name: str = "") -> Client:
        user, _ = django_user_model.objects.get_or_create(username=name or f"person{len(role)}", defaults={"first_name": "测试员"})
        user.groups.set(Group.objects.filter(name=role))
        client = Client()
        client.force_login(user)
        return client

    return as_


def definition(tree: dict[str, Any] | None = None, **words: Any) -> FlowDefinition:
    made = FlowDefinition.objects.create(**{"code": "free", "title": "指路", "tree": tree or FREE, **words})
    made.save_revision()
    return made


def posted(draft: FlowDefinition, tree: Any, **more: str) -> dict[str, str]:
    text = tree if isinstance(tree, str) else json.dumps(tree)
    return {"title": draft.title, "code": draft.code, "note": "", "tree": text, **more}


def ask(client: Client, what: str, body: Any) -> Any:
    return client.post(f"/admin/flows/editor/{what}/", json.dumps(body), content_type="application/json")


def test_the_editor_opens_for_operations_and_holds_the_tree(enter: Callable[..., Client]) -> None:
    page = enter("运营").get(EDIT.format(definition().pk))
    html = page.content.decode()
    assert page.status_code == 200
    assert "data-flow-tree" in html and 'id="id_tree-config"' in html and "data-flow-send" in html
    assert "action-publish" not in html
    assert "没有脚本时只能看" in html and "须知" in html


def test_the_page_stays_light_and_sixty_blocks_open_quickly(enter: Callable[..., Client]) -> None:
    many = {**FREE, "body": [{**GUIDE, "key": f"guide_{n}"} for n in range(60)]}
    page = enter("运营").get(EDIT.format(definition(many).pk))
    assert len(page.content) < 600_000


def test_an_incomplete_draft_is_saved_and_stays_out_of_visits(enter: Callable[..., Client]) -> None:
    draft, broken = definition(), {**FREE, "body": [{"kind": "branch", "key": "b", "title": "", "cases": [], "otherwise": None}]}
    answer = enter("运营").post(EDIT.format(draft.pk), posted(draft, broken))
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.get_latest_revision_as_object().tree["body"][0]["key"] == "b"
    assert FlowVersion.objects.count() == 0


@pytest.mark.parametrize(("text", "words"), [("{", "不是有效的 JSON"), ('{"schema": 1}', "缺少这一项"), ("[]", "不是一个流程")])
def test_a_text_that_is_no_flow_is_refused_and_nothing_is_saved(enter: Callable[..., Client], text: str, words: str) -> None:
    draft = definition()
    before = draft.latest_revision_id
    answer = enter("运营").post(EDIT.format(draft.pk), posted(draft, text))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    draft.refresh_from_db()
    assert draft.latest_revision_id == before


def test_the_check_names_faults_cards_and_settings(enter: Callable[..., Client]) -> None:
    pay = {"kind": "step", "key": "pay", "title": "缴费", "type": "payment@1", "settings": {"amount_of": "gone", "desk": ""}, "ports": {}}
    found = ask(enter("运营"), "check", {"tree": {**FREE, "body": [pay]}}).json()
    codes = {(fault["code"], fault["keys"][0]) for fault in found["faults"]}
    assert {("flow.outcome_unserved", "pay"), ("money.purpose_missing", "pay"), ("money.desk_missing", "pay")} <= codes
    assert set(found["fields"]["pay"]) == {"amount_of", "for", "desk"}
    assert found["takes_money"] is True


def test_the_pattern_is_without_error_and_every_condition_is_a_sentence(enter: Callable[..., Client]) -> None:
    found = ask(enter("运营"), "check", {"tree": patterns.outpatient()}).json()
    assert [fault for fault in found["faults"] if fault["severity"] == "E"] == []
    assert found["sentences"]["queue"] == "「候诊的结果」是 已叫号"


def test_what_is_not_filled_in_yet_is_said_as_that(enter: Callable[..., Client]) -> None:
    client, tree = (
        enter("运营"),
        {
            **FREE,
            "body": [
                GUIDE,
                {
                    "kind": "branch",
                    "key": "b",
                    "title": "分路",
                    "otherwise": [],
                    "cases": [{"key": "c", "title": "", "when": {"fact": "", "op": "is"}, "body": []}],
                },
            ],
        },
    )
    texts = [fault["text"] for fault in ask(client, "check", {"tree": tree}).json()["faults"]]
    assert "条件里还有一条没有选看哪一项。" in texts
    answer = ask(client, "read", {"tree": tree, "at": "b", "condition": {"fact": "patient.age", "op": "at_least"}}).json()
    assert answer["findings"] == ["“年龄”还没有填要比的值。"]
    assert ask(client, "check", {"tree": {**FREE, "body": []}}).json()["faults"][0]["text"] == "流程里还没有步骤。"


def test_a_condition_reads_back_and_offers_only_facts_known_by_then(enter: Callable[..., Client]) -> None:
    tree = {**FREE, "body": [
        GUIDE, {"kind": "branch", "key": "way", "title": "分路", "cases": [], "otherwise": []}, {**GUIDE, "key": "later", "title": "后面"},
    ]}  # fmt: skip
    condition = {"all": [{"fact": "patient.age", "op": "at_least", "value": 65}, {"fact": "guide.outcome", "op": "is", "value": "read"}]}
    answer = ask(enter("运营"), "read", {"tree": tree, "at": "way", "condition": condition}).json()
    assert answer["sentence"] == "「年龄」不少于 65 岁 并且 「须知的结果」是 已看"
    assert answer["findings"] == []
    names = {fact["name"] for fact in answer["facts"]}
    assert "guide.outcome" in names and "visit.kind" in names and "later.outcome" not in names and "" not in names
    assert {row["name"] for row in answer["operators"]} >= {"is", "between", "known"}


@pytest.mark.parametrize(("elder", "words"), [(False, "到院后报到取号"), (True, "到了医院，点这里报到")])
def test_the_phone_shows_the_draft_in_both_versions(enter: Callable[..., Client], elder: bool, words: str) -> None:
    html = ask(enter("运营"), "preview", {"tree": patterns.outpatient(), "at": "arrive", "state": "now", "elder": elder}).content.decode()
    assert words in html and "报到取号" in html


@pytest.mark.parametrize("state", ["now", "future", "waiting", "done", "skipped", "trouble", "nonsense"])
def test_the_phone_draws_every_state_of_every_step(enter: Callable[..., Client], state: str) -> None:
    client = enter("运营")
    for key in ("arrive", "wait", "consult", "bill", "pay", "medicine_guide", "pharmacy"):
        answer = ask(client, "preview", {"tree": patterns.outpatient(), "at": key, "state": state, "elder": False})
        assert answer.status_code == 200 and "yp-body" in answer.content.decode()


@pytest.mark.parametrize(
    ("what", "body"), [("check", {"tree": []}), ("check", []), ("read", {"tree": FREE, "condition": {"fact": 3}}), ("preview", {})]
)
def test_questions_that_make_no_sense_get_a_sentence(enter: Callable[..., Client], what: str, body: Any) -> None:
    answer = ask(enter("运营"), what, body)
    assert answer.status_code == 422
    assert answer.json()["message"].startswith("流程内容读不懂")


def test_a_flood_and_deep_nesting_are_refused(enter: Callable[..., Client]) -> None:
    client = enter("运营")
    address = "/admin/flows/editor/check/"
    assert client.post(address, "[" * 100_000, content_type="application/json").status_code == 422
    assert client.post(address, "x" * 1_100_000, content_type="application/json").status_code in (400, 413)


def test_whoever_may_not_see_flows_is_not_answered(enter: Callable[..., Client]) -> None:
    assert ask(enter("收费财务"), "check", {"tree": FREE}).status_code == 403
    assert Client().post("/admin/flows/editor/check/", "{}", content_type="application/json").status_code in (302, 403)


def test_a_flow_without_money_is_published_at_once(enter: Callable[..., Client]) -> None:
    draft = definition()
    answer = enter("运营", "chen").post(EDIT.format(draft.pk), posted(draft, FREE, **{"action-send": "action-send"}), follow=True)
    assert "已发布第 1 版" in answer.content.decode()
    version = FlowVersion.objects.get()
    assert (version.number, version.published_by, version.approved_by) == (1, "chen", "")
    assert version.tree["body"][0]["key"] == "guide"


def test_a_flow_that_takes_money_waits_for_a_second_person(enter: Callable[..., Client]) -> None:
    draft = definition(patterns.outpatient(), code="outpatient", title="门诊就诊")
    answer = enter("运营", "chen").post(EDIT.format(draft.pk), posted(draft, patterns.outpatient(), **{"action-send": "1"}), follow=True)
    assert "已送审" in answer.content.decode()
    assert FlowVersion.objects.count() == 0
    from viewflow.workflow.models import Task

    assert [task.flow_task.name for task in Task.objects.filter(status="NEW")] == ["approve"]


def test_publishing_refuses_a_flow_with_a_fault_but_keeps_the_draft(enter: Callable[..., Client]) -> None:
    draft = definition()
    broken = {**FREE, "body": [{**GUIDE, "type": "checkin@1", "settings": {}}]}
    answer = enter("运营").post(EDIT.format(draft.pk), posted(draft, broken, **{"action-send": "1"}))
    assert answer.status_code == 302 and answer["Location"].endswith("#problems")
    assert FlowVersion.objects.count() == 0
    draft.refresh_from_db()
    assert draft.get_latest_revision_as_object().tree["body"][0]["type"] == "checkin@1"


def test_an_empty_flow_is_not_published(enter: Callable[..., Client]) -> None:
    draft = definition()
    enter("运营").post(EDIT.format(draft.pk), posted(draft, {**FREE, "body": []}, **{"action-send": "1"}))
    assert FlowVersion.objects.count() == 0


def test_wagtails_own_publishing_has_no_way_round(admin_client: Client) -> None:
    draft = definition(live=False)
    admin_client.post(EDIT.format(draft.pk), posted(draft, FREE, **{"action-publish": "1"}))
    draft.refresh_from_db()
    assert (draft.live, FlowVersion.objects.count()) == (False, 0)


def test_a_new_flow_begins_with_a_free_code_and_is_saved(enter: Callable[..., Client]) -> None:
    definition(code="flow_1")
    client = enter("运营")
    html = client.get("/admin/snippets/flows/flowdefinition/add/").content.decode()
    assert 'value="flow_2"' in html
    client.post("/admin/snippets/flows/flowdefinition/add/", {"title": "新", "code": "flow_2", "note": "", "tree": json.dumps(FREE)})
    made = FlowDefinition.objects.get(code="flow_2")
    assert (made.live, made.tree["code"], made.tree["title"]) == (False, "flow_2", "新")


@pytest.mark.parametrize("code", ["大写", "A1", "a-b", "1a"])
def test_a_code_that_is_no_key_is_refused(enter: Callable[..., Client], code: str) -> None:
    draft = definition()
    html = enter("运营").post(EDIT.format(draft.pk), {**posted(draft, FREE), "code": code}).content.decode()
    assert "编码以小写字母开头" in html


def test_the_code_is_frozen_once_a_version_is_out(enter: Callable[..., Client]) -> None:
    draft, client = definition(), enter("运营")
    client.post(EDIT.format(draft.pk), posted(draft, FREE, **{"action-send": "1"}))
    html = client.post(EDIT.format(draft.pk), {**posted(draft, FREE), "code": "other"}).content.decode()
    assert "编码不能再改" in html


def test_versions_are_listed_and_bound_to_visits(enter: Callable[..., Client]) -> None:
    draft, client = definition(), enter("运营", "chen")
    client.post(EDIT.format(draft.pk), posted(draft, FREE, **{"action-send": "1"}))
    address = f"/admin/flows/editor/{draft.pk}/versions/"
    assert "还没有投放" in client.get(address).content.decode()
    version = FlowVersion.objects.get()
    answer = client.post(address, {"version": version.pk, "campus": "", "department": "", "kind": "first"}, follow=True)
    assert "已投放" in answer.content.decode() and "初诊" in answer.content.decode()
    assert FlowBinding.objects.get().visit_kind == "first"
    assert client.post(address, {"version": version.pk, "campus": "nowhere"}).status_code == 200
    assert FlowBinding.objects.count() == 1


def test_who_approves_reads_the_draft_but_cannot_bind(enter: Callable[..., Client]) -> None:
    draft = definition(patterns.outpatient(), code="outpatient", title="门诊就诊")
    client = enter("流程审核")
    html = client.get(f"/admin/snippets/flows/flowdefinition/inspect/{draft.pk}/").content.decode()
    assert "直到 「候诊的结果」是 已叫号" in html
    assert client.post(f"/admin/flows/editor/{draft.pk}/versions/", {"kind": ""}).status_code in (302, 403)
    assert FlowBinding.objects.count() == 0


def test_the_menu_leads_to_the_flows(enter: Callable[..., Client]) -> None:
    html = enter("运营").get("/admin/snippets/flows/flowdefinition/").content.decode()
    assert "流程" in html and '"name": "flows"' in html
