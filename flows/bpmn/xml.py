"""The elements written down as XML, in the order BPMN20.xsd asks for, with BPMNDI behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from xml.etree import ElementTree

from flows.bpmn.feel import LANGUAGE
from flows.bpmn.process import Process, levels
from flows.bpmn.shapes import Edge, Level, Node

SPACES = {
    "": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "yc": "urn:yicheng:flow:1",
}
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
INSIDE = {"timerEventDefinition": "timeDuration", "standardLoopCharacteristics": "loopCondition"}
"""Marks whose text stands in an element of its own."""
Element = ElementTree.Element


def document(process: Process) -> bytes:
    root = Element("definitions", {
        **{f"xmlns:{name}" if name else "xmlns": uri for name, uri in SPACES.items()},
        "id": f"Definitions_{process.tree.code}", "targetNamespace": SPACES["yc"], "expressionLanguage": LANGUAGE, "exporter": "医程",
    })  # fmt: skip
    beside(root, process)
    numbers = {id(edge): f"Flow_{number}" for number, edge in zip(count(1), edges(process.body), strict=False)}
    whole = add(root, "process", id=f"Process_{process.tree.code}", name=process.tree.title, isExecutable="false")
    fill(whole, process.body, numbers)
    picture(root, process, numbers)
    ElementTree.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="utf-8") + b"\n"


def add(parent: Element, tag: str, text: str = "", /, **attributes: str) -> Element:
    made = ElementTree.SubElement(parent, tag, {name: clean(value) for name, value in attributes.items() if value != ""})
    if text:
        made.text = clean(text)
    return made


def clean(text: str) -> str:
    return UNWRITABLE.sub("", text)


def edges(level: Level) -> Iterator[Edge]:
    for one in levels(level):
        yield from one.edges


def beside(root: Element, process: Process) -> None:
    """Messages, errors and operations that the process refers to."""
    for key, name in process.messages.items():
        add(root, "message", id=key, name=name)
    for key, name in process.operations.items():
        add(root, "message", id=f"Message.{key}", name=name)
    for key, name in process.errors.items():
        add(root, "error", id=key, name=name, errorCode=key)
    if process.operations:
        interface = add(root, "interface", id="Interface", name="医院与合作方")
        for key, name in process.operations.items():
            add(add(interface, "operation", id=key, name=name), "inMessageRef", f"Message.{key}")


# Elements


def fill(parent: Element, level: Level, numbers: dict[int, str]) -> None:
    lanes(parent, level)
    for node in level.nodes:
        element(parent, node, level, numbers)
    for edge in level.edges:
        flow = add(parent, "sequenceFlow", id=numbers[id(edge)], name=edge.name, sourceRef=edge.source.id, targetRef=edge.target.id)
        if edge.condition:
            expression(flow, "conditionExpression", edge.condition)
    for event, task in level.links:
        key = f"{event.id}.link"
        add(parent, "association", id=key, sourceRef=event.id, targetRef=task.id, associationDirection="One")


def lanes(parent: Element, level: Level) -> None:
    """Who does what; no picture, since steps of all stand on one line."""
    names = list(dict.fromkeys(node.lane for node in level.nodes if node.lane))
    if not names:
        return
    own = parent.attrib["id"]
    those = add(parent, "laneSet", id=f"{own}.lanes")
    for number, name in enumerate(names, start=1):
        lane = add(those, "lane", id=f"{own}.lane{number}", name=name)
        for node in level.nodes:
            if node.lane == name:
                add(lane, "flowNodeRef", node.id)


def element(parent: Element, node: Node, level: Level, numbers: dict[int, str]) -> None:
    default = next((numbers[id(edge)] for edge in level.edges if edge.source is node and edge.default), "")
    made = add(parent, node.tag, id=node.id, name=node.name, default=default, **node.attributes)
    if node.data:
        add(add(made, "extensionElements"), "yc:block", **node.data)
    for edge in level.edges:
        if edge.target is node:
            add(made, "incoming", numbers[id(edge)])
    for edge in level.edges:
        if edge.source is node:
            add(made, "outgoing", numbers[id(edge)])
    for tag, attributes, text in node.marks:
        mark(made, tag, attributes, text)
    if node.inner:
        fill(made, node.inner, numbers)


def mark(parent: Element, tag: str, attributes: dict[str, str], text: str) -> None:
    if tag == "activationCondition":
        expression(parent, tag, text)
        return
    made = add(parent, tag, **attributes)
    if tag in INSIDE:
        expression(made, INSIDE[tag], text)


def expression(parent: Element, tag: str, text: str) -> None:
    add(parent, tag, text).set("xsi:type", "tFormalExpression")


# The picture


def picture(root: Element, process: Process, numbers: dict[int, str]) -> None:
    diagram = add(root, "bpmndi:BPMNDiagram", id="Diagram")
    plane = add(diagram, "bpmndi:BPMNPlane", id="Plane", bpmnElement=f"Process_{process.tree.code}")
    for level in levels(process.body):
        for node in level.nodes:
            shape(plane, node)
        for edge in level.edges:
            line(plane, numbers[id(edge)], waypoints(edge))
        for event, task in level.links:
            line(plane, f"{event.id}.link", [(event.middle, event.y + event.height), (event.middle, task.axis), (task.x, task.axis)])


def shape(plane: Element, node: Node) -> None:
    special = {"subProcess": {"isExpanded": "true"}, "exclusiveGateway": {"isMarkerVisible": "true"}}.get(node.tag, {})
    made = add(plane, "bpmndi:BPMNShape", id=f"{node.id}.shape", bpmnElement=node.id, **special)
    add(made, "dc:Bounds", x=f"{node.x:g}", y=f"{node.y:g}", width=f"{node.width:g}", height=f"{node.height:g}")


def line(plane: Element, key: str, points: list[tuple[float, float]]) -> None:
    made = add(plane, "bpmndi:BPMNEdge", id=f"{key}.edge", bpmnElement=key)
    for x, y in points:
        add(made, "di:waypoint", x=f"{x:g}", y=f"{y:g}")


def waypoints(edge: Edge) -> list[tuple[float, float]]:
    """Right angles: along the height of one of its ends, or its own; up or down from there at the other end."""
    source, target = edge.source, edge.target
    height = edge.via if edge.via is not None else source.axis if edge.late else target.axis
    begin, end = [(source.x + source.width, height)], [(target.x, height)]
    if height != source.axis:
        begin = [(source.middle, upright(source, height)), (source.middle, height)]
    if height != target.axis:
        end = [(target.middle, height), (target.middle, upright(target, height))]
    return [*begin, *end]


def upright(node: Node, height: float) -> float:
    """The edge of the element that faces this height."""
    return node.y + node.height if height > node.axis else node.y
