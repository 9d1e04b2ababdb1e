"""Blocks as BPMN: one function for each construct of the language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from flows.bpmn.feel import ended, feel
from flows.bpmn.shapes import GAP, Edge, Level, Node, Piece, Way, beside, between, enclosed, hop, row, single
from flows.schema import FLOW, Block, Branch, Contract, Interrupt, Leave, Parallel, Repeat, Scope, Step, Tree, walk
from flows.schema import Sequence as Blocks
from flows.wording import Words

LANES = {"patient": "患者", "staff": "工作人员", "hospital": "医院", "partner": "合作方"}
WHOLE = "Flow"
"""The id of the flow's own scope; keys begin small."""


@dataclass
class Process:
    """A tree as elements, with what stands beside the process: messages, errors, operations by id → title."""

    words: Words
    body: Level = field(default_factory=Level)
    messages: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    operations: dict[str, str] = field(default_factory=dict)

    @property
    def tree(self) -> Tree:
        return self.words.tree


def process(words: Words) -> Process:
    made = Process(words)
    drawing = Drawing(made)
    begin, end = Node("Start", "startEvent", "开始"), Node("End", "endEvent", "结束")
    made.body = row([single(begin), drawing.whole(), single(end)]).level
    made.body.shift(GAP, GAP)
    return made


def place(key: str) -> str:
    return WHOLE if key == FLOW else key


class Drawing:
    def __init__(self, made: Process) -> None:
        self.made, self.words = made, made.words
        self.left = {block.of: block.undo for block, _ in walk(made.tree) if isinstance(block, Leave)}

    def whole(self) -> Piece:
        """The flow is a scope of its own, when anything can end it from outside or leaves it."""
        tree = self.made.tree
        if not tree.interrupts and FLOW not in self.left:
            return self.sequence(tree.body)
        return self.scope(FLOW, tree.title, self.sequence(tree.body), tree.interrupts)

    def sequence(self, blocks: Blocks) -> Piece:
        return row([self.block(block) for block in blocks])

    def block(self, block: Block) -> Piece:
        if isinstance(block, Step):
            return self.step(block)
        if isinstance(block, Branch):
            return self.branch(block)
        if isinstance(block, Parallel):
            return self.parallel(block)
        if isinstance(block, Repeat):
            return self.repeat(block)
        if isinstance(block, Scope):
            inside = self.sequence(block.body)
            return self.scope(block.key, block.title, inside, block.interrupts)
        return self.leave(block)

    # Steps

    def step(self, step: Step) -> Piece:
        contract = self.words.side.contracts.get(step.type)
        task = self.task(step, contract)
        timer = self.timer(step, contract)
        gate = Node(f"{step.key}.gate", "exclusiveGateway") if step.ports or (timer and not (contract and contract.closes)) else None
        piece = self.asked(step, task, contract)
        self.compensation(step, task, contract, piece)
        if timer:
            self.late(step, task, timer, gate, contract, piece)
        return row([piece, self.ports(step, gate)]) if gate else piece

    def task(self, step: Step, contract: Contract | None) -> Node:
        title, actor = self.words.name(step.key), contract.actor if contract else "staff"
        node = Node(step.key, self.tag(step, actor), title, data=data_of(step), lane=LANES[actor])
        if node.tag == "intermediateCatchEvent":
            node.marks.append(after(int(step.settings.get("minutes") or 30)))
        return node

    def tag(self, step: Step, actor: str) -> str:
        family = step.type.partition("@")[0]
        if family in ("message", "wait"):
            return "sendTask" if family == "message" else "intermediateCatchEvent"
        return "userTask" if actor in ("patient", "staff") else "receiveTask"

    def asked(self, step: Step, task: Node, contract: Contract | None) -> Piece:
        """HIS and partners are asked first, then heard."""
        operation = f"Operation.{step.type.replace('@', '.')}"
        if task.tag in ("receiveTask", "sendTask"):
            self.made.operations[operation] = contract.title if contract else step.type
            task.attributes["operationRef"] = operation
        if task.tag != "receiveTask":
            return single(task)
        asking = Node(f"{step.key}.ask", "sendTask", f"告知：{task.name}", {"operationRef": operation}, lane=task.lane)
        return row([single(asking), single(task)])

    def timer(self, step: Step, contract: Contract | None) -> Node | None:
        minutes = step.timeout.after if step.timeout else contract.after if contract else None
        if minutes is None or step.type.partition("@")[0] in ("message", "wait"):
            return None
        closes = bool(contract and contract.closes)
        attributes = {"cancelActivity": "false" if closes else "true"}
        return Node(f"{step.key}.late", "boundaryEvent", f"{minutes} 分钟", attributes, marks=[after(minutes)])

    def late(self, step: Step, task: Node, timer: Node, gate: Node | None, contract: Contract | None, piece: Piece) -> None:
        """Out of time: the outcome is late; a type that closes asks its partner, whose answer decides."""
        if contract and contract.closes:
            closing = Node(f"{step.key}.close", "sendTask", f"请求关闭：{task.name}", lane=task.lane)
            beside(task, piece, timer, 0, single(closing), None)
        elif gate:
            hop(task, piece, timer, gate)

    def compensation(self, step: Step, task: Node, contract: Contract | None, piece: Piece) -> None:
        if not contract or not contract.undo:
            return
        event = Node(f"{step.key}.undone", "boundaryEvent", marks=[("compensateEventDefinition", {}, "")])
        undo = Node(f"{step.key}.undo", "sendTask", f"退回：{task.name}", {"isForCompensation": "true"}, lane=task.lane)
        beside(task, piece, event, 1, single(undo), None)
        piece.level.edges.pop()  # compensation is linked, never walked
        piece.level.links.append((event, undo))

    def ports(self, step: Step, gate: Node) -> Piece:
        """One way for each outcome; the main one goes straight on."""
        ways = [Way(Piece(), self.main(step), default=True)]
        for outcome, body in sorted(step.ports.items()):
            ways.append(Way(self.sequence(body), self.words.outcome(step, outcome), ended(step.key, outcome)))
        return between(gate, Node(f"{step.key}.join", "exclusiveGateway"), ways) if step.ports else single(gate)

    def main(self, step: Step) -> str:
        contract = self.words.side.contracts.get(step.type)
        return self.words.outcome(step, contract.main) if contract else ""

    # Constructs

    def branch(self, block: Branch) -> Piece:
        split = Node(block.key, "exclusiveGateway", self.words.name(block.key), data={"kind": "branch"})
        ways = [Way(self.sequence(case.body), case.title or case.key, feel(case.when)) for case in block.cases]
        if block.otherwise is not None:
            ways.append(Way(self.sequence(block.otherwise), "其他情况", default=True))
        return between(split, Node(f"{block.key}.join", "exclusiveGateway"), ways) if ways else single(split)

    def parallel(self, block: Parallel) -> Piece:
        ways = [Way(self.sequence(lane.body), lane.title or lane.key) for lane in block.lanes] or [Way(Piece())]
        if block.need == "all":
            split = Node(block.key, "parallelGateway", self.words.name(block.key), data=data_of(block))
            return between(split, Node(f"{block.key}.join", "parallelGateway"), ways)
        join = Node(f"{block.key}.join", "complexGateway", f"{block.need} 条完成")
        join.marks.append(("activationCondition", {}, f"activationCount >= {block.need}"))
        inside = between(Node(f"{block.key}.fork", "parallelGateway"), join, ways)
        over = Node(f"{block.key}.over", "endEvent", marks=[("terminateEventDefinition", {}, "")])
        begin = single(Node(f"{block.key}.begin", "startEvent"))
        sub = Node(block.key, "subProcess", self.words.name(block.key), data=data_of(block))
        return enclosed(sub, row([begin, inside, single(over)]))

    def repeat(self, block: Repeat) -> Piece:
        sub = Node(block.key, "subProcess", self.words.name(block.key), data=data_of(block))
        most = {"loopMaximum": str(block.at_most)} if block.at_most else {}
        sub.marks.append(("standardLoopCharacteristics", {"testBefore": "false", **most}, f"not({feel(block.until)})"))
        piece = enclosed(sub, self.bordered(block.key, self.sequence(block.body)))
        if block.exhausted is None:
            return piece
        gate, join = Node(f"{block.key}.gate", "exclusiveGateway"), Node(f"{block.key}.join", "exclusiveGateway")
        gone = Way(self.sequence(block.exhausted), "次数用完", f"not({feel(block.until)})")
        return row([piece, between(gate, join, [Way(Piece(), "已满足", default=True), gone])])

    def bordered(self, key: str, body: Piece) -> Piece:
        """Start and end of an embedded subprocess."""
        own = place(key)
        return row([single(Node(f"{own}.begin", "startEvent")), body, single(Node(f"{own}.end", "endEvent"))])

    def scope(self, key: str, title: str, body: Piece, interrupts: list[Interrupt]) -> Piece:
        sub = Node(place(key), "subProcess", title or self.words.name(key), data={"kind": "scope"})
        piece = enclosed(sub, self.bordered(key, body))
        join = Node(f"{place(key)}.join", "exclusiveGateway")
        bodies = [(self.trigger(each), self.handler(each, key)) for each in interrupts]
        if key in self.left:
            bodies.append((self.caught(key), Piece()))
        if not bodies:
            return piece
        for number, (boundary, handler) in reversed([*enumerate(bodies)]):  # so that no line crosses another's body
            beside(sub, piece, boundary, number, handler, join)
        join.x, join.y = piece.width + GAP, piece.axis - join.height / 2
        piece.level.nodes.append(join)
        piece.level.edges.append(Edge(sub, join))
        piece.width, piece.exit = join.x + join.width, join
        return piece

    def trigger(self, interrupt: Interrupt) -> Node:
        name, data = interrupt.title or interrupt.key, {"kind": "interrupt", "undo": json.dumps(interrupt.undo)}
        node = Node(interrupt.key, "boundaryEvent", name, {"cancelActivity": "true"}, data)
        if interrupt.after is not None:
            node.marks.append(after(interrupt.after))
        else:
            node.marks.append(("messageEventDefinition", {"messageRef": self.message(interrupt)}, ""))
        return node

    def message(self, interrupt: Interrupt) -> str:
        """Numbered, since the name of an event is no id."""
        told = self.words.trigger(interrupt).removesuffix("时")
        numbers = {name: key for key, name in self.made.messages.items()}
        key = numbers.get(told, f"Message.{len(numbers) + 1}")
        self.made.messages[key] = told
        return key

    def handler(self, interrupt: Interrupt, key: str) -> Piece:
        body = self.sequence(interrupt.body)
        return row([single(self.taking_back(f"{interrupt.key}.undo", key)), body]) if interrupt.undo else body

    def taking_back(self, own: str, key: str) -> Node:
        return Node(own, "intermediateThrowEvent", "退回已完成步骤", marks=[("compensateEventDefinition", {"activityRef": place(key)}, "")])

    def caught(self, key: str) -> Node:
        error = self.error(key)
        return Node(
            f"{place(key)}.left",
            "boundaryEvent",
            "离开",
            {"cancelActivity": "true"},
            marks=[("errorEventDefinition", {"errorRef": error}, "")],
        )

    def error(self, key: str) -> str:
        name = f"Error.{place(key)}"
        self.made.errors[name] = f"离开{self.words.scope(key)}"
        return name

    def leave(self, block: Leave) -> Piece:
        away = Node(block.key, "endEvent", self.words.name(block.key), data=data_of(block))
        if block.of == FLOW or block.of in self.words.things:
            away.marks.append(("errorEventDefinition", {"errorRef": self.error(block.of)}, ""))
        pieces = [single(self.taking_back(f"{block.key}.undo", block.of))] if block.undo else []
        piece = row([*pieces, single(away)])
        piece.exit = None
        return piece


def after(minutes: int) -> tuple[str, dict[str, str], str]:
    return "timerEventDefinition", {}, f"PT{minutes}M"


def data_of(block: Block) -> dict[str, str]:
    """Everything about the block but its title and what lies in it."""
    fields = block.model_dump(mode="json", exclude_none=True, include=set(type(block).model_fields) - CHILDREN)
    return {name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for name, value in fields.items()}


CHILDREN = {"key", "title", "ports", "cases", "otherwise", "lanes", "body", "exhausted", "interrupts", "until"}


def levels(level: Level) -> Iterator[Level]:
    yield level
    for node in level.nodes:
        if node.inner:
            yield from levels(node.inner)
