"""Flows as files: what goes out comes in again, the schema is current, hostile files are refused with place and remedy, nothing written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.models import Entry
from flows import drafts, patterns
from flows.language.schema import text as schema_text
from flows.models import FlowDefinition, FlowVersion
from flows.nodes import CONTRACTS, PALETTE
from flows.patterns_more import PATTERNS
from flows.proof import faults
from flows.reading import DEEPEST, MOST_BLOCKS, MOST_BYTES, TreeUnreadable, admitted, tree_of, written
from flows.schema import Tree, digest
from flows.vocabulary import START

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((Path(__file__).parent / "sound").glob("*.json"))
TOLD: dict[str, Any] = {"kind": "step", "key": "told", "title": "欢迎", "type": "message@1", "settings": {}, "ports": {}}
EMPTY: dict[str, Any] = {"schema": 1, "code": "f", "title": "流程", "body": [], "interrupts": []}


def flow(*body: Any, **more: Any) -> dict[str, Any]:
    return {**EMPTY, "body": list(body), **more}


def branch(when: Any) -> dict[str, Any]:
    case = {"key": "c", "title": "慢病", "when": when, "body": []}
    return flow({"kind": "branch", "key": "b", "title": "分路", "cases": [case], "otherwise": []})


def deep(levels: int) -> dict[str, Any]:
    body: list[Any] = []
    for n in range(levels):
        body = [{"kind": "scope", "key": f"s{n}", "title": "", "body": body, "interrupts": []}]
    return flow(*body)


# Out and in


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_written_reads_back_the_same(path: Path) -> None:
    tree = tree_of(json.loads(path.read_text(encoding="utf-8"))["tree"])
    again = tree_of(json.loads(written(tree)))
    assert (again, digest(again), written(again)) == (tree, digest(tree), written(tree))


def test_a_file_may_hold_the_tree_with_what_it_is_judged_by() -> None:
    path = next(path for path in FILES if path.stem == "visit")
    assert admitted(path.read_bytes(), CONTRACTS) == tree_of(json.loads(path.read_text(encoding="utf-8"))["tree"])


def test_the_outpatient_file_is_the_pattern() -> None:
    path = ROOT / "fixtures" / "flows" / "outpatient.json"
    assert path.read_text(encoding="utf-8") == written(Tree.model_validate(patterns.outpatient()))


def test_the_committed_schema_is_current() -> None:
    """Write it anew with: manage.py flows schema > docs/flow.schema.json"""
    assert (ROOT / "docs" / "flow.schema.json").read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize(("title", "made"), [(title, made) for title, _, made in PATTERNS])
def test_every_pattern_is_without_fault_and_can_be_imported(title: str, made: Callable[[], dict[str, Any]]) -> None:
    tree = Tree.model_validate(made())
    assert faults(tree, CONTRACTS, START, {name: node.settings for name, node in PALETTE.items()}) == []
    assert admitted(json.dumps(made()), CONTRACTS) == tree


# Hostile files

REFUSED: dict[str, tuple[str | bytes, str, str]] = {
    "cut off": ('{"schema": 1,', "", "不是有效的 JSON，第 1 行第 14 个字"),
    "not text": (b"\xff\xfe\x00", "", "不是 UTF-8 文字"),
    "nothing": ("", "", "不是有效的 JSON，第 1 行第 1 个字"),
    "a list": ("[]", "", "不是一个流程"),
    "a number": ("3", "", "不是一个流程"),
    "NaN": ('{"schema": NaN}', "", "有 NaN，不是有效的 JSON"),
    "infinity": ('{"schema": -Infinity}', "", "有 -Infinity，不是有效的 JSON"),
    "an endless fraction": (json.dumps(flow(TOLD)).replace('"settings": {}', '"settings": {"x": 1e999}'), "/body/0/settings/x", "数太大"),
    "an endless number": ("1" * 6_000, "", "不是有效的 JSON：有太大的数"),
    "a great number": (json.dumps(flow({**TOLD, "timeout": {"after": 10**12}})), "/body/0/timeout/after", "数太大"),
    "a name twice": ('{"schema": 1, "code": "a", "code": "b"}', "", "同一处写了两次“code”"),
    "too large": (" " * (MOST_BYTES + 1), "", "超过 1,000 KB"),
    "brackets without end": ("[" * 200_000, "", f"不是有效的 JSON：嵌套超过 {DEEPEST} 层"),
    "200 deep": (json.dumps(deep(200)), "", f"嵌套超过 {DEEPEST} 层"),
    "deep conditions": (json.dumps(branch(json.loads('{"not":' * 300 + "{}" + "}" * 300))), "", f"嵌套超过 {DEEPEST} 层"),
    "10,000 blocks": (json.dumps(flow(*({"kind": "leave", "key": f"l{n}"} for n in range(10_000)))), "", f"超过 {MOST_BLOCKS} 个节点"),
    "a huge text": (json.dumps(flow(title="长" * 100_000)), "/title", "文字太长，超过 2,000 个字"),
    "a huge name": (json.dumps(flow({**TOLD, "settings": {"n" * 5_000: 1}})), "/body/0/settings", "文字太长，超过 100 个字"),
    "a nought character": (json.dumps(flow(title="a\0b")), "/title", "有不能保存的字符"),
    "half a character": ('{"schema": 1, "code": "a", "title": "\\ud800", "body": []}', "/title", "有不能保存的字符"),
    "a control character": (json.dumps(flow(title="a\x01b")), "/title", "有不能保存的字符"),
    "missing fields": ('{"schema": 1}', "/code", "缺少这一项"),
    "another schema": (json.dumps(flow(schema=2)), "/schema", "不是可选的值"),
    "an unknown field": (json.dumps(flow(owner="x")), "/owner", "有不认识的内容"),
    "an unknown construct": (json.dumps(flow({"kind": "goto", "key": "g"})), "/body/0", "没有这种步骤"),
    "no construct": (json.dumps(flow({"key": "g"})), "/body/0", "没有写是哪种步骤"),
    "no block": (json.dumps(flow(3)), "/body/0", "应该是一组名称和值"),
    "an unknown type": (json.dumps(flow({**TOLD, "type": "teleport@1"})), "/body/0/type", "没有“teleport@1”这种步骤"),
    "a bad key": (json.dumps(flow({**TOLD, "key": "A b"})), "/body/0/key", "只能用小写字母开头"),
    "a key twice": (json.dumps(flow(TOLD, TOLD)), "/body/1/key", "编码“told”用了两次"),
    "an unknown condition": (json.dumps(branch({"xor": []})), "/body/0/cases/0/when", "没有这种条件"),
    "one inside": (json.dumps(branch({"all": [{"nor": []}]})), "/body/0/cases/0/when/all/0", "没有这种条件"),
    "a condition of no kind": (json.dumps(branch(None)), "/body/0/cases/0/when", "没有这种条件"),
    "an unknown operator": (json.dumps(branch({"fact": "visit.kind", "op": "like"})), "/body/0/cases/0/when/op", "没有“like”这种比较"),
    "a fraction": (json.dumps(branch({"fact": "a.b", "op": "is", "value": 1.5})), "/body/0/cases/0/when/value", "不是可以比较的值"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_with_place_and_remedy(name: str) -> None:
    text, path, what = REFUSED[name]
    began = time.monotonic()
    with pytest.raises(TreeUnreadable) as refusal:
        admitted(text, CONTRACTS)
    first = refusal.value.refusals[0]
    assert (first.path, what in first.what, bool(first.remedy)) == (path, True, True), first
    assert time.monotonic() - began < 20, "refused, not worked on"
    assert len(refusal.value.refusals) <= 20 and all(len(str(one)) < 400 for one in refusal.value.refusals)


def test_everything_wrong_is_said_at_once_by_the_blocks_titles() -> None:
    wrong = flow({**TOLD, "skippable": "maybe"}, {**TOLD, "key": "b", "timeout": {"after": "soon"}})
    with pytest.raises(TreeUnreadable) as refusal:
        admitted(json.dumps(wrong), CONTRACTS)
    assert [str(one) for one in refusal.value.refusals] == [
        "/body/0/skippable：「欢迎」的skippable 应该是 true 或 false。请改成 true 或 false。",
        "/body/1/timeout/after：「欢迎」的after 应该是整数。请写整数。",
    ]


def test_sixty_levels_are_a_draft_with_a_fault() -> None:
    tree = admitted(json.dumps(deep(60)), CONTRACTS)
    assert "flow.too_deep" in {fault.code for fault in faults(tree, CONTRACTS, START)}


# The pages

pytestmark = pytest.mark.django_db
NEW, INTO = "/admin/flows/editor/import/", "/admin/flows/editor/{}/import/"


@pytest.fixture
def enter(django_user_model: Any) -> Callable[[str], Client]:
    from operations import roles

    roles.keep()

    def as_(role: str) -> Client:
        user, _ = django_user_model.objects.get_or_create(username=f"person{len(role)}", defaults={"first_name": "测试员"})
        user.groups.set(Group.objects.filter(name=role))
        client = Client()
        client.force_login(user)
        return client

    return as_


def sent(client: Client, address: str, text: str | bytes) -> Any:
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return client.post(address, {"file": SimpleUploadedFile("flow.json", content, "application/json")})


def definition() -> FlowDefinition:
    made = FlowDefinition.objects.create(code="hello", title="你好", tree={**flow(TOLD), "code": "hello", "title": "你好"})
    made.save_revision()
    return made


def test_a_file_becomes_a_draft_that_is_not_published(enter: Callable[[str], Client]) -> None:
    client = enter("运营")
    answer = sent(client, NEW, json.dumps(patterns.outpatient()))
    draft = FlowDefinition.objects.get(code="outpatient")
    assert answer["Location"] == f"/admin/snippets/flows/flowdefinition/edit/{draft.pk}/"
    assert (draft.live, draft.title, FlowVersion.objects.count()) == (False, "门诊就诊", 0)
    assert Tree.model_validate(draft.get_latest_revision_as_object().tree) == Tree.model_validate(patterns.outpatient())
    entry = Entry.objects.get(action="flows.imported")
    assert (entry.actor, entry.subject, entry.facts["flow"]) == ("person2", str(draft.pk), "outpatient")
    assert client.get(answer["Location"]).status_code == 200


def test_a_code_that_is_taken_gets_a_number(enter: Callable[[str], Client]) -> None:
    client = enter("运营")
    for _ in range(3):
        sent(client, NEW, json.dumps(flow(TOLD)))
    assert sorted(FlowDefinition.objects.values_list("code", flat=True)) == ["f", "f_2", "f_3"]
    assert FlowDefinition.objects.get(code="f_2").tree["code"] == "f_2"


def test_into_a_flow_makes_its_newest_draft_and_keeps_name_and_history(enter: Callable[[str], Client]) -> None:
    made = definition()
    before = made.latest_revision_id
    sent(enter("运营"), INTO.format(made.pk), json.dumps(flow({**TOLD, "title": "新的"})))
    made.refresh_from_db()
    draft = made.get_latest_revision_as_object()
    assert (draft.code, draft.title, draft.tree["code"], draft.tree["body"][0]["title"]) == ("hello", "你好", "hello", "新的")
    assert made.latest_revision_id != before and made.revisions.filter(pk=before).exists()
    assert made.tree["body"][0]["title"] == "欢迎"


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_file_writes_nothing(name: str, enter: Callable[[str], Client]) -> None:
    made, client = definition(), enter("运营")
    text, _, what = REFUSED[name]
    for address in (NEW, INTO.format(made.pk)):
        answer = sent(client, address, text)
        assert answer.status_code == 422
        if text and name != "too large":
            assert what in answer.content.decode()
    made.refresh_from_db()
    assert (FlowDefinition.objects.count(), made.revisions.count(), Entry.objects.filter(action="flows.imported").count()) == (1, 1, 0)


def test_a_locked_flow_is_not_overwritten(enter: Callable[[str], Client], django_user_model: Any) -> None:
    made = definition()
    FlowDefinition.objects.update(locked=True, locked_by=django_user_model.objects.create(username="other"))
    assert "被锁定" in sent(enter("运营"), INTO.format(made.pk), json.dumps(flow())).content.decode()
    assert made.revisions.count() == 1


def test_a_failure_half_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The framework's save breaks; the row made before it goes with it."""

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("wagtail.models.RevisionMixin.save_revision", broken)
    monkeypatch.setattr("wagtail.models.DraftStateMixin.save_revision", broken, raising=False)
    with pytest.raises(RuntimeError):
        drafts.begin(Tree.model_validate(flow(TOLD)), by="nurse")
    assert FlowDefinition.objects.count() == 0


def test_who_may_only_look_cannot_import_and_a_stranger_cannot_export(enter: Callable[[str], Client]) -> None:
    made = definition()
    for role in ("流程审核", "信息科", "收费财务"):
        client = enter(role)
        assert sent(client, NEW, json.dumps(flow())).status_code in (302, 403)
        assert sent(client, INTO.format(made.pk), json.dumps(flow())).status_code in (302, 403)
    assert (FlowDefinition.objects.count(), made.revisions.count()) == (1, 1)
    for form in ("json", "bpmn"):
        assert enter("收费财务").get(f"/admin/flows/editor/{made.pk}/export.{form}").status_code in (302, 403)
        assert Client().get(f"/admin/flows/editor/{made.pk}/export.{form}").status_code == 302
    assert not Entry.objects.filter(action="flows.exported").exists()


def test_exports_are_files_and_are_noted(enter: Callable[[str], Client]) -> None:
    made, client = definition(), enter("流程审核")
    answer = client.get(f"/admin/flows/editor/{made.pk}/export.json")
    assert answer["Content-Disposition"] == 'attachment; filename="hello-draft.json"'
    assert admitted(answer.content, CONTRACTS) == tree_of({**flow(TOLD), "code": "hello", "title": "你好"})
    answer = client.get(f"/admin/flows/editor/{made.pk}/export.bpmn")
    assert answer.content.startswith(b"<?xml") and b'id="told"' in answer.content
    assert [(row.facts["form"], row.facts["version"]) for row in Entry.objects.filter(action="flows.exported").order_by("pk")] == [
        ("json", 0), ("bpmn", 0),
    ]  # fmt: skip
    assert client.get(f"/admin/flows/editor/{made.pk}/export.json?version=9").status_code == 404
    assert client.get(f"/admin/flows/editor/{made.pk}/export.json?version=x").status_code == 404


def test_a_version_is_exported_as_it_was_published(enter: Callable[[str], Client]) -> None:
    from flows import actions

    made, client = definition(), enter("运营")
    version = actions.publish(made, by="chen")
    made.tree = {**made.tree, "body": []}
    made.save_revision()
    answer = client.get(f"/admin/flows/editor/{made.pk}/export.json?version=1")
    assert digest(admitted(answer.content, CONTRACTS)) == version.sha256
    page = client.get(f"/admin/flows/editor/{made.pk}/versions/").content.decode()
    assert "export.json?version=1" in page and "看改动" in page


def test_a_draft_that_cannot_be_exported_says_why(enter: Callable[[str], Client]) -> None:
    made = FlowDefinition.objects.create(code="odd", title="怪", tree=flow(TOLD, TOLD))
    made.save_revision()
    answer = enter("运营").get(f"/admin/flows/editor/{made.pk}/export.bpmn", follow=True)
    assert "流程里有两处编码都是“told”" in answer.content.decode()


def test_the_buttons_stand_on_the_pages(enter: Callable[[str], Client]) -> None:
    made, client = definition(), enter("运营")
    edit = client.get(f"/admin/snippets/flows/flowdefinition/edit/{made.pk}/").content.decode()
    assert all(f"/admin/flows/editor/{made.pk}/{what}" in edit for what in ("export.json", "export.bpmn", "import/", "versions/"))
    for page in ("add/", ""):
        assert NEW in client.get(f"/admin/snippets/flows/flowdefinition/{page}").content.decode()
    assert all(f'"title": {json.dumps(title)}' in edit for title in ("门诊", "复诊", "急诊", "接种", "体检"))
    assert NEW not in enter("流程审核").get("/admin/snippets/flows/flowdefinition/").content.decode()


def test_the_editor_survives_brackets_without_end(enter: Callable[[str], Client]) -> None:
    made = definition()
    for text in ("[" * 100_000, '{"a": NaN}', '{"schema": 1, "schema": 1}'):
        answer = enter("运营").post(
            f"/admin/snippets/flows/flowdefinition/edit/{made.pk}/", {"title": "你好", "code": "hello", "note": "", "tree": text}
        )
        assert answer.status_code == 200 and "不是有效的 JSON" in answer.content.decode()
    assert made.revisions.count() == 1


# What a version changes


def test_the_changes_of_a_draft_are_sentences_and_marks(enter: Callable[[str], Client]) -> None:
    from flows import actions

    made, client = definition(), enter("流程审核")
    assert "还没有发布过" in client.get(f"/admin/flows/editor/{made.pk}/changes/").content.decode()
    actions.publish(made, by="chen")
    made.tree = {**made.tree, "body": [{**TOLD, "title": "您好"}, {**TOLD, "key": "more", "title": "还有"}]}
    made.save_revision()
    page = client.get(f"/admin/flows/editor/{made.pk}/changes/").content.decode()
    assert "改了 2 处" in page and "「欢迎」改名为「您好」。" in page and "在「您好」之后新增步骤「还有」。" in page
    assert "yc-change--added" in page and "yc-change--renamed" in page and "day_over" not in page
    actions.publish(made, by="chen")
    assert "没有改动" in client.get(f"/admin/flows/editor/{made.pk}/changes/").content.decode()
    back = client.get(f"/admin/flows/editor/{made.pk}/changes/?from=2&to=1").content.decode()
    assert "删除步骤「还有」。" in back and "<s>步骤「还有」</s>" in back
    assert client.get(f"/admin/flows/editor/{made.pk}/changes/?from=2&to=7").status_code == 404
    assert enter("收费财务").get(f"/admin/flows/editor/{made.pk}/changes/").status_code in (302, 403)


def test_a_second_person_reads_what_touches_money_first() -> None:
    from django.contrib.auth import get_user_model

    from flows import actions, comparisons, processes
    from flows.models import Publication

    made = FlowDefinition.objects.create(code="outpatient", title="门诊就诊", tree=patterns.outpatient())
    made.save_revision()
    actions.publish(made, by="chen", approved_by="lin")
    tree = patterns.outpatient()
    tree["body"][0]["body"][0]["title"] = "签到"
    tree["body"][0]["body"][3]["body"][0]["at_most"] = 2
    made.tree = tree
    made.save_revision()
    process = processes.submit(made, by=get_user_model().objects.create(username="chen"))
    assert isinstance(process, Publication)
    assert [(change.money, change.text) for change in comparisons.submitted(process)] == [
        (True, "重复「缴费」最多重复由 3 次改为 2 次。"),
        (False, "「报到」改名为「签到」。"),
    ]
