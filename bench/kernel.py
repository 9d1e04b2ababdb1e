"""`kernel.advance` on a 12-step flow, beside SpiffWorkflow in memory and a bare loop over a dict (the floor)."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

from measure import interleaved, table

from flows.kernel import Event, State, advance, flatten
from flows.schema import Contract, OutcomeSpec, Tree

STEPS, VISITS = 12, 200
KEYS = [f"s{number}" for number in range(1, STEPS + 1)]
CONTRACT = Contract(
    name="task@1", title="步骤", actor="hospital", main="done", outcomes=[OutcomeSpec(key="done", title="完成")], owned=True
)
TREE = Tree.model_validate(
    {"schema": 1, "code": "line", "title": "十二步", "body": [{"kind": "step", "key": key, "title": key, "type": "task@1"} for key in KEYS]}
)
BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="bench"><process id="line" isExecutable="true">
<startEvent id="start"/><endEvent id="end"/>{tasks}{arcs}</process></definitions>"""


def ours() -> int:
    program = flatten(TREE, {"task@1": CONTRACT})
    for _ in range(VISITS):
        state = advance(program, State.new(), Event("e0", "his", "start")).state
        for number, key in enumerate(KEYS):
            state = advance(program, state, Event(f"e{number}", "his", "done", ref=f"{key}#1", outcome="done")).state
        if state.status != "ended":
            raise SystemExit("the flow did not end")
    return VISITS * STEPS


def spec() -> object:
    from SpiffWorkflow.bpmn.parser import BpmnParser

    places = ["start", *KEYS, "end"]
    tasks = "".join(f'<manualTask id="{key}"/>' for key in KEYS)
    arcs = "".join(f'<sequenceFlow id="f{i}" sourceRef="{a}" targetRef="{b}"/>' for i, (a, b) in enumerate(pairwise(places)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.bpmn"
        path.write_text(BPMN.format(tasks=tasks, arcs=arcs))
        parser = BpmnParser()
        parser.add_bpmn_file(str(path))
        return parser.get_spec("line")


SPEC = spec()


def spiff() -> int:
    from SpiffWorkflow.bpmn import BpmnWorkflow
    from SpiffWorkflow.util.task import TaskState

    visits = VISITS // 10
    for _ in range(visits):
        workflow = BpmnWorkflow(SPEC)
        workflow.do_engine_steps()
        while not workflow.is_completed():
            for task in workflow.get_tasks(state=TaskState.READY, manual=True):
                task.run()
            workflow.do_engine_steps()
    return visits * STEPS


def floor() -> int:
    """What no engine can undercut in Python: copy a small dict for each event."""
    for _ in range(VISITS):
        state: dict[str, str] = {}
        for key in KEYS:
            state = {**state, key: "done"}
    return VISITS * STEPS


if __name__ == "__main__":
    found = interleaved(
        {"floor: a dict copied for each event": floor, "ours: kernel.advance": ours, "peer: SpiffWorkflow in memory": spiff}
    )
    table("kernel: one event of a 12-step flow", found, ours="ours: kernel.advance", unit="event")
