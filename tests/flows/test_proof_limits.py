"""What the proof does at its limits: too much to decide, references nobody can check, broken files; and how long it takes."""

from __future__ import annotations

import json
import logging
import random
import subprocess
import sys
import time
from functools import cached_property

import pytest
from growing import Json, branch, leave, on, parallel, pay, repeat, scope, serve, step, told, tree
from planted import SETTINGS, SOUND
from thicket import CONTRACTS, VOCABULARY, Thicket

from flows import nodes
from flows.proof import BLOCKING, Fault, Turn, drafted, faults, structural, unchecked
from flows.proof.files import Unreadable, check
from flows.proof.judge import Judge
from flows.proof.walker import Walker
from flows.schema import Tree, steps_in
from flows.vocabulary import START


def lost_money() -> Tree:
    return tree(scope("c", [pay("p", "s"), serve("s")], on("visit.cancelled", key="i")), step("z"))


def codes(found: list[Fault]) -> list[str]:
    return [fault.code for fault in found if not fault.code.startswith("care.")]


# Undecided


@pytest.mark.parametrize("budget", [{"nodes": 20}, {"seconds": -1.0}])
def test_over_budget_is_said_to_be_unproved_and_nothing_else(budget: dict[str, float]) -> None:
    big = tree(scope("c", [repeat(f"r{n}", [pay(f"p{n}", "s")], told(f"p{n}", "paid"), 3, []) for n in range(40)]), serve("s"))
    found = list(Judge(drafted(big, CONTRACTS, VOCABULARY, None, None), **budget).faults())  # type: ignore[arg-type]
    assert found == [Fault("flow.undecided_limit", "E", ("c",), "流程太复杂，无法在限定时间内验证。请拆分「范围c」。")]


class Lost(Walker):
    """Finds no way."""

    def walk(self, *_: object) -> None:
        return None


class Stranded(Judge):
    @cached_property
    def walker(self) -> Walker:
        return Lost(self.draft.contracts, self.draft.vocabulary, {}, ())


def test_a_model_that_the_kernel_cannot_walk_is_logged_and_said_to_be_unproved(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        found = list(Stranded(drafted(lost_money(), CONTRACTS, None, None, None)).faults())
    assert set(codes(found)) == {"flow.undecided_limit"}
    assert "no walk for money.unaccounted of ('p',) in flow" in caplog.text


# The walk


def test_the_walk_is_a_script_for_the_kernel() -> None:
    [found] = [fault for fault in faults(lost_money(), CONTRACTS) if fault.code == "money.unaccounted"]
    assert found.walk == (
        Turn("start"),
        Turn("answer", "p#1", "paid", (), "「步骤p」paid¥"),
        Turn("answer", "s#1", "missed", (), "「步骤s」missed"),
        Turn("answer", "z#1", "ok", (), "「步骤z」ok"),
        Turn("ended", words="结束"),
    )
    assert found.text.startswith("可能收了钱却既没有服务也没有退款：「步骤p」paid¥ → 「步骤s」missed → 「步骤z」ok → 结束。")


def test_where_the_drawing_is_broken_histories_are_not_judged() -> None:
    broken: list[Json] = [pay("p", "s"), serve("s"), leave("x", "nowhere")]
    assert codes(faults(tree(*broken), CONTRACTS)) == codes(structural(tree(*broken), CONTRACTS)) == ["flow.leave_target"]


def test_an_amount_learnt_in_a_sibling_lane_is_a_race() -> None:
    lanes = parallel("p", [step("b")], [step("q", "pay@1", settings={"for": ["s"], "amount_of": "b"}), serve("s")])
    assert codes(faults(tree(lanes), CONTRACTS)) == ["flow.race_read"]


def test_what_was_earned_before_its_scope_is_given_up_is_not_taken_back_and_counts_twice() -> None:
    twice = scope("c", [serve("s"), pay("p", "s"), pay("q", "s")], on("visit.cancelled", key="i"))
    assert "money.paid_twice" in codes(faults(tree(twice), CONTRACTS))


def test_a_repeat_may_take_money_twice_in_its_earlier_rounds() -> None:
    """The third copy of the body is the second once more."""
    again = repeat("r", [pay("p", "s"), branch("b", (told("p", "failed"), [step("t")]), otherwise=[])], told("p", "failed"), 3, [])
    assert "money.paid_twice" in codes(faults(tree(again, serve("s")), CONTRACTS))
    once = repeat("r", [pay("p", "s")], told("p", "paid"), 3, [])
    assert "money.paid_twice" not in codes(faults(tree(once, serve("s")), CONTRACTS))


# References


def test_references_are_judged_when_given_and_else_said_to_be_unchecked() -> None:
    file = json.loads(next(path for path in SOUND if path.stem == "house").read_text())
    bare = check(json.dumps(file | {"references": {}}), nodes.CONTRACTS, START, SETTINGS)
    assert bare.faults == []
    assert bare.unchecked == [
        "有 1 处岗位没有核对。",
        "有 1 处问卷没有核对。",
        "有 1 处消息模板没有核对。",
        "有 1 处科室没有核对。",
        "有 1 处页面没有核对。",
    ]
    assert check(json.dumps(file), nodes.CONTRACTS, START, SETTINGS).unchecked == []
    assert unchecked(bare.tree, {"roles": [], "surveys": [], "templates": [], "departments": []}) == ["有 1 处页面没有核对。"]


# Files


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{", ""),
        ("[]", "tree"),
        ('{"schema": 1, "code": "a"}', "tree/body"),
        ('{"schema": 1, "code": "a", "body": [{"kind": "step", "key": "x"}]}', "tree/body/0/step/type"),
        ('{"tree": {"schema": 2, "code": "a", "body": []}}', "tree/schema"),
        ("[" * 200_000, ""),
    ],
)
def test_a_file_that_is_no_flow_is_refused_with_its_place(text: str, path: str) -> None:
    with pytest.raises(Unreadable) as refused:
        check(text, nodes.CONTRACTS, START)
    assert refused.value.path == path


# Time and purity


def big(seed: int, steps: int) -> Tree:
    """A random tree of about so many steps whose drawing is sound."""
    while True:
        grower, body = Thicket(random.Random(seed), steps=steps, deep=4), []
        while grower.left > 0:
            body.append(grower.block(0))
        made = tree(*(block for block in body if block["kind"] != "leave"))
        if not {fault.code for fault in structural(made, CONTRACTS, VOCABULARY)} & BLOCKING and len(list(steps_in(made))) >= steps:
            return made
        seed += 1_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sixty_steps_are_proved_within_two_seconds(seed: int) -> None:
    flow = big(seed, 60)
    begun = time.process_time()
    found = faults(flow, CONTRACTS, VOCABULARY)
    assert time.process_time() - begun < 2
    assert found
    assert "flow.undecided_limit" not in codes(found)


def test_the_proof_needs_no_django() -> None:
    script = "import sys, flows.proof.files; sys.exit(any(name.partition('.')[0] in ('django', 'wagtail') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
