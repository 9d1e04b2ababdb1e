"""The export as BPMN 2.0: valid against BPMN20.xsd, every block in it, every reference led somewhere, a picture without overlaps."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import SpiffWorkflow
from lxml import etree

from flows.bpmn import KeysRepeated, exported
from flows.bpmn.feel import feel
from flows.diff import Side
from flows.nodes import CONTRACTS, PALETTE
from flows.patterns_more import PATTERNS
from flows.schema import Contract, Tree, walk
from flows.vocabulary import START

XSD = etree.XMLSchema(etree.parse(str(Path(SpiffWorkflow.__file__).parent / "bpmn" / "parser" / "schema" / "BPMN20.xsd")))
SPACES = {
    "b": "http://www.omg.org/spec/BPMN/20100524/MODEL", "di": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC", "w": "http://www.omg.org/spec/DD/20100524/DI", "yc": "urn:yicheng:flow:1",
}  # fmt: skip
FILES = sorted((Path(__file__).parent / "sound").glob("*.json"))
Raw = tuple[dict[str, Any], dict[str, Contract]]


def raws() -> dict[str, Raw]:
    found: dict[str, Raw] = {f"pattern {title}": (made(), {}) for title, _, made in PATTERNS}
    for path in FILES:
        file = json.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = file["tree"], {name: Contract.model_validate(row) for name, row in file.get("contracts", {}).items()}
    return found


FLOWS = raws()


def document(raw: dict[str, Any], contracts: dict[str, Contract] | None = None) -> Any:
    settings = {name: node.settings for name, node in PALETTE.items()}
    return etree.fromstring(exported(Side(Tree.model_validate(raw), {**CONTRACTS, **(contracts or {})}, START, settings)))


def flow(*body: Any, **more: Any) -> dict[str, Any]:
    return {"schema": 1, "code": "f", "title": "流程", "body": list(body), "interrupts": [], **more}


def told(key: str, title: str = "说明") -> dict[str, Any]:
    return {"kind": "step", "key": key, "title": title, "type": "message@1", "settings": {"subject": "x", "body": "y"}, "ports": {}}


def guide(key: str) -> dict[str, Any]:
    return {"kind": "step", "key": key, "title": key, "type": "guide@1", "settings": {}, "ports": {}}


def valid(made: Any) -> bool:
    XSD.assertValid(made)
    return True


@pytest.mark.parametrize("name", FLOWS)
def test_it_is_valid_and_holds_every_block(name: str) -> None:
    raw, contracts = FLOWS[name]
    made = document(raw, contracts)
    assert valid(made)
    ids = made.xpath("//@id")
    assert {block.key for block, _ in walk(Tree.model_validate(raw))} <= set(ids)
    assert len(ids) == len(set(ids))


def test_the_schema_does_refuse() -> None:
    """That the check above can fail."""
    made = document(flow(told("a")))
    made.find(".//b:process", SPACES).append(etree.Element(f"{{{SPACES['b']}}}teleport"))
    assert not XSD.validate(made)


@pytest.mark.parametrize("name", FLOWS)
def test_every_reference_and_every_shape_has_its_element(name: str) -> None:
    made = document(*FLOWS[name])
    ids = set(made.xpath("//@id"))
    for attribute in ("sourceRef", "targetRef", "default", "attachedToRef", "messageRef", "errorRef", "operationRef", "activityRef"):
        assert set(made.xpath(f"//@{attribute}")) <= ids
    assert set(made.xpath("//b:incoming/text() | //b:outgoing/text() | //b:flowNodeRef/text()", namespaces=SPACES)) <= ids
    drawn = set(made.xpath("//@bpmnElement"))
    assert drawn <= ids
    nodes = made.xpath("//b:process//*[b:incoming or b:outgoing or self::b:sequenceFlow]/@id", namespaces=SPACES)
    assert set(nodes) <= drawn


@pytest.mark.parametrize("name", FLOWS)
def test_what_lies_beside_each_other_does_not_overlap(name: str) -> None:
    made = document(*FLOWS[name])
    owner = {each.get("id"): each.getparent() for each in made.iter() if each.get("id")}
    boxes: dict[Any, list[tuple[str, float, float, float, float]]] = {}
    for shape in made.iterfind(".//di:BPMNShape", SPACES):
        key, bounds = shape.get("bpmnElement"), shape.find("dc:Bounds", SPACES)
        if key not in made.xpath("//b:boundaryEvent/@id", namespaces=SPACES):
            place = [float(bounds.get(each)) for each in ("x", "y", "width", "height")]
            boxes.setdefault(owner[key], []).append((key, *place))  # type: ignore[arg-type]  # four numbers
    for those in boxes.values():
        for n, (one, x, y, wide, high) in enumerate(those):
            for other, left, top, w, h in those[n + 1 :]:
                assert x + wide <= left or left + w <= x or y + high <= top or top + h <= y, (one, other)


def test_every_line_is_drawn_at_right_angles_from_edge_to_edge() -> None:
    made = document(*FLOWS["pattern 门诊"])
    for edge in made.iterfind(".//di:BPMNEdge", SPACES):
        points = [(float(each.get("x")), float(each.get("y"))) for each in edge.iterfind("w:waypoint", SPACES)]
        assert len(points) >= 2
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(points)), edge.get("bpmnElement")


# The table of flow-language §8


def test_steps_by_who_acts() -> None:
    made = document(*FLOWS["pattern 门诊"])
    assert made.find(".//b:userTask[@id='pay']", SPACES) is not None
    assert made.find(".//b:receiveTask[@id='consult']", SPACES).get("operationRef") == "Operation.consultation.1"
    assert made.find(".//b:sendTask[@id='consult.ask']", SPACES).get("operationRef") == "Operation.consultation.1"
    assert made.find(".//b:sendTask[@id='told_done']", SPACES) is not None
    lanes = {each.get("name") for each in made.iterfind(".//b:lane", SPACES)}
    assert lanes == {"患者", "医院"}


def test_outcomes_and_the_main_one_is_default() -> None:
    made = document(*FLOWS["pattern 门诊"])
    gate = made.find(".//b:exclusiveGateway[@id='pay.gate']", SPACES)
    flows = {each.get("id"): each for each in made.iterfind(".//b:sequenceFlow[@sourceRef='pay.gate']", SPACES)}
    assert sorted(each.get("name") for each in flows.values()) == ["不用缴费", "已缴费", "没有缴成", "账单已变更", "超时未缴"]
    assert flows[gate.get("default")].get("name") == "已缴费"
    texts = {each.findtext("b:conditionExpression", None, SPACES) for each in flows.values()}
    assert 'pay.outcome = "expired"' in texts


def test_a_time_out_interrupts_unless_the_type_closes() -> None:
    made = document(*FLOWS["pattern 门诊"])
    pay, arrive = (made.find(f".//b:boundaryEvent[@id='{key}.late']", SPACES) for key in ("pay", "arrive"))
    assert (pay.get("cancelActivity"), pay.get("attachedToRef"), arrive.get("cancelActivity")) == ("false", "pay", "true")
    assert pay.findtext(".//b:timeDuration", None, SPACES) == "PT30M"
    assert made.find(".//b:sequenceFlow[@sourceRef='pay.late']", SPACES).get("targetRef") == "pay.close"
    assert made.find(".//b:sequenceFlow[@sourceRef='arrive.late']", SPACES).get("targetRef") == "arrive.gate"


def test_undo_is_compensation_linked_and_never_walked() -> None:
    made = document(*FLOWS["pattern 门诊"])
    link = made.find(".//b:association[@sourceRef='pay.undone']", SPACES)
    assert link.get("targetRef") == "pay.undo"
    assert made.find(".//*[@id='pay.undo']").get("isForCompensation") == "true"
    assert made.find(".//b:sequenceFlow[@targetRef='pay.undo']", SPACES) is None
    throw = made.find(".//b:intermediateThrowEvent[@id='patient_cancels.undo']/b:compensateEventDefinition", SPACES)
    assert throw.get("activityRef") == "onsite"


def test_scope_interrupts_and_leave() -> None:
    made = document(*FLOWS["pattern 门诊"])
    event = made.find(".//b:boundaryEvent[@id='patient_cancels']", SPACES)
    assert (event.get("attachedToRef"), event.get("cancelActivity")) == ("onsite", "true")
    reference = event.find("b:messageEventDefinition", SPACES).get("messageRef")
    assert made.find(f"b:message[@id='{reference}']", SPACES).get("name") == "患者取消就诊"
    away = made.find(".//b:endEvent[@id='gone']/b:errorEventDefinition", SPACES)
    caught = made.find(".//b:boundaryEvent[@id='onsite.left']/b:errorEventDefinition", SPACES)
    assert away.get("errorRef") == caught.get("errorRef") == "Error.onsite"
    assert made.find(".//b:subProcess[@id='Flow']", SPACES) is not None


def test_repeat_loops_until() -> None:
    made = document(*FLOWS["pattern 门诊"])
    loop = made.find(".//b:subProcess[@id='queue']/b:standardLoopCharacteristics", SPACES)
    assert (loop.get("testBefore"), loop.get("loopMaximum")) == ("false", "3")
    assert loop.findtext("b:loopCondition", None, SPACES) == 'not(wait.outcome = "called")'
    assert made.find(".//b:exclusiveGateway[@id='queue.gate']", SPACES) is not None


def lane(key: str) -> dict[str, Any]:
    return {"key": key, "title": key, "body": [guide(f"{key}_g")]}


def test_all_lanes_and_some_lanes() -> None:
    block = {"kind": "parallel", "key": "p", "title": "并行", "lanes": [lane("a"), lane("b")], "need": "all", "losers": "undo"}
    made = document(flow(block))
    assert valid(made)
    assert [each.get("id") for each in made.iterfind(".//b:parallelGateway", SPACES)] == ["p", "p.join"]
    made = document(flow({**block, "need": 1}))
    assert valid(made)
    assert made.findtext(".//b:complexGateway/b:activationCondition", None, SPACES) == "activationCount >= 1"
    assert made.find(".//b:endEvent[@id='p.over']/b:terminateEventDefinition", SPACES) is not None


def test_a_wait_is_a_timer() -> None:
    wait = {"kind": "step", "key": "stay", "title": "留观", "type": "wait@1", "settings": {"minutes": 45}, "ports": {}}
    made = document(flow(wait))
    assert valid(made)
    assert made.findtext(".//b:intermediateCatchEvent[@id='stay']//b:timeDuration", None, SPACES) == "PT45M"


def test_settings_stand_in_our_own_namespace() -> None:
    block = document(*FLOWS["pattern 门诊"]).find(".//b:userTask[@id='pay']/b:extensionElements/yc:block", SPACES)
    assert block.get("type") == "payment@1"
    assert json.loads(block.get("settings"))["for"] == ["pharmacy"]


CONDITIONS = [
    ({"fact": "visit.kind", "op": "in", "value": ["first", "again"]}, 'visit.kind in ("first", "again")'),
    ({"fact": "patient.age", "op": "between", "value": [18, 64]}, "patient.age between 18 and 64"),
    ({"not": {"fact": "patient.age", "op": "known"}}, "not(patient.age != null)"),
    ({"all": [{"fact": "a.b", "op": "is", "value": True}, {"fact": "a.c", "op": "is_not", "value": "x"}]}, '(a.b = true) and (a.c != "x")'),
]


@pytest.mark.parametrize(("raw", "text"), CONDITIONS)
def test_conditions_in_feel(raw: Any, text: str) -> None:
    tree = flow(
        {"kind": "branch", "key": "b", "title": "分路", "cases": [{"key": "c", "title": "甲", "when": raw, "body": []}], "otherwise": []}
    )
    assert feel(Tree.model_validate(tree).body[0].cases[0].when) == text  # type: ignore[union-attr]  # a branch
    made = document(tree)
    assert valid(made) and made.findtext(".//b:conditionExpression", None, SPACES) == text


# Drafts


def test_drafts_that_are_hardly_begun_are_drawn() -> None:
    nothing = {"kind": "branch", "key": "b", "title": "", "cases": [], "otherwise": None}
    empty = {"kind": "parallel", "key": "p", "title": "", "lanes": [], "need": "all"}
    odd = {"kind": "step", "key": "s", "title": "<&>\x01", "type": "teleport@1", "settings": {"x": "\x02"}, "ports": {"any words": []}}
    lost = {"kind": "leave", "key": "l", "of": "nowhere"}
    for body in ((), (nothing,), (empty,), (odd, told("a")), (lost, told("a"))):
        assert valid(document(flow(*body)))
    deep: list[Any] = [told("a")]
    for n in range(40):
        deep = [{"kind": "scope", "key": f"s{n}", "title": "x", "body": deep, "interrupts": []}]
    assert valid(document(flow(*deep)))


def test_two_elements_with_one_id_are_refused() -> None:
    with pytest.raises(KeysRepeated) as refusal:
        document(flow(told("a"), told("a")))
    assert refusal.value.as_problem()["title"] == "流程里有两处编码都是“a”，不能导出 BPMN"


def test_the_same_flow_gives_the_same_text() -> None:
    raw, _ = FLOWS["pattern 门诊"]
    side = Side(Tree.model_validate(raw), CONTRACTS, START, {})
    assert exported(side) == exported(side)
