"""The outpatient pattern: it passes the proof, its money is always accounted for, and its chain reads well."""

from __future__ import annotations

import random
from typing import Any

import pytest

from flows import patterns
from flows.chain import Walked, imagine, stations
from flows.kernel import Event, State, advance, flatten
from flows.nodes import CONTRACTS, PALETTE, Scene
from flows.preview import Sample, preview
from flows.proof import faults
from flows.schema import Tree, walk
from flows.screens import stops
from flows.vocabulary import START

TREE = Tree.model_validate(patterns.outpatient())
PROGRAM = flatten(TREE, CONTRACTS)
SETTINGS = {name: node.settings for name, node in PALETTE.items()}


def test_the_pattern_passes_the_proof_without_a_fault() -> None:
    assert faults(TREE, CONTRACTS, START, SETTINGS) == []


class Visit:
    """One run of the pattern, driven by hand."""

    def __init__(self) -> None:
        self.state, self.count = State.new(), 0
        self.send("start")

    def send(self, what: str, ref: str | None = None, outcome: str | None = None, **facts: Any) -> None:
        self.count += 1
        event = Event(id=f"e{self.count}", source="test", type=what, ref=ref, outcome=outcome, facts=facts)
        self.state = advance(PROGRAM, self.state, event).state

    def end(self, key: str, outcome: str, **facts: Any) -> None:
        n, mode = self.state.live[key]
        self.send("undone" if mode == "undoing" else "his", f"{key}#{n}", outcome, **facts)

    def through(self, *outcomes: str) -> Visit:
        for word in outcomes:
            key, outcome = word.split("=")
            self.end(key, outcome)
        return self

    @property
    def chain(self) -> dict[str, str]:
        eyes = Walked(PROGRAM, CONTRACTS, self.state)
        return {stop.scene.key: stop.scene.state for stop in stops(stations(TREE, eyes, Plain()))}


class Plain(Sample):
    def __init__(self) -> None:
        from core import clock

        super().__init__(clock.now(), elder=False)

    def stuck(self, block: Any) -> Scene:
        return Scene(key=block.key, instance="", title="", state="trouble", settings=PALETTE["message@1"].settings(), run="")


TO_PAY = ("arrive=arrived", "wait=called", "consult=seen", "bill=issued")
PAID = (*TO_PAY, "pay=paid", "medicine_guide=read")


def test_the_plain_way_ends_with_the_medicine() -> None:
    visit = Visit().through(*PAID, "pharmacy=dispensed", "told_done=sent")
    assert (visit.state.status, [row.how for row in visit.state.done]) == ("ended", [None] * 8)


def test_a_bill_of_nothing_leads_home_without_payment_and_medicine() -> None:
    visit = Visit().through("arrive=arrived", "wait=called", "consult=seen", "bill=none")
    assert (visit.state.status, [row.key for row in visit.state.done]) == ("ended", ["arrive", "wait", "consult", "bill"])


@pytest.mark.parametrize("outcome", ["out_of_stock", "not_collected"])
def test_money_without_medicine_goes_back_and_check_in_stays(outcome: str) -> None:
    visit = Visit().through(*PAID, f"pharmacy={outcome}")
    visit.through(f"told_{'no_stock' if outcome == 'out_of_stock' else 'not_collected'}=sent", "pay=returned", "bill=released")
    assert visit.state.status == "ended"
    assert {row.key: row.how for row in visit.state.done if row.how} == {"pay": "returned", "bill": "released"}


def test_an_expired_order_is_asked_for_anew_three_times_then_the_window() -> None:
    visit = Visit().through(*TO_PAY, "pay=expired", "bill=issued", "pay=bill_changed", "bill=issued", "pay=expired")
    assert "told_unpaid" in visit.state.live


def test_passed_over_waits_again_and_three_times_ends() -> None:
    again = ("wait=passed", "told_passed=sent")
    visit = Visit().through("arrive=arrived", *again, *again)
    assert visit.state.live["wait"] == (3, "waiting")
    visit.through(*again, "told_gone=sent", "arrive=released")
    assert visit.state.status == "ended"


def accounted(state: State) -> bool:
    delivered = any(row.key == "pharmacy" and row.outcome == "dispensed" for row in state.done)
    return all(delivered or row.how in ("returned", "held") for row in state.done if row.outcome == "paid")


def choices(state: State) -> list[tuple[str, str | None, str | None]]:
    """Everything that can happen next; the main outcomes often, so that walks get far enough to pay."""
    found: list[tuple[str, str | None, str | None]] = [(event, None, None) for event in sorted(PROGRAM.listeners)]
    for key, (n, mode) in sorted(state.live.items()):
        ref = f"{key}#{n}"
        if mode == "undoing":
            found += [("undone", ref, how) for how in (("returned", "held") if key == "pay" else ("released",))]
        elif key in PROGRAM.steps:
            contract = CONTRACTS[PROGRAM.step(key).type]
            found += [("his", ref, outcome) for outcome in contract.ends()] + [("his", ref, contract.main)] * 24
            found.append(("timer", ref, None))
    return found


def test_money_is_accounted_for_on_four_thousand_random_walks() -> None:
    paid = 0
    for seed in range(4_000):
        chance, visit = random.Random(seed), Visit()
        for _ in range(200):
            if visit.state.status == "ended":
                break
            visit.send(*chance.choice(choices(visit.state)))
        assert visit.state.status == "ended", seed
        assert accounted(visit.state), seed
        assert not any(mode in ("trouble", "unserved") for _, mode in visit.state.live.values()), seed
        paid += any(row.outcome == "paid" for row in visit.state.done)
    assert paid > 200


# The chain


def test_at_the_start_what_may_never_come_is_maybe() -> None:
    assert Visit().chain == {
        "arrive": "now", "wait": "future", "consult": "future", "bill": "future", "pay": "maybe",
        "medicine_guide": "maybe", "pharmacy": "maybe",
    }  # fmt: skip


def test_with_a_bill_the_rest_is_certain() -> None:
    assert Visit().through(*TO_PAY).chain == {
        "arrive": "done", "wait": "done", "consult": "done", "bill": "done", "pay": "now", "medicine_guide": "future", "pharmacy": "future",
    }  # fmt: skip


def test_without_a_bill_payment_and_medicine_disappear() -> None:
    visit = Visit().through("arrive=arrived", "wait=called", "consult=seen", "bill=none")
    assert visit.chain == {"arrive": "done", "wait": "done", "consult": "done", "bill": "done"}


def test_a_second_round_is_drawn_as_one_station() -> None:
    visit = Visit().through(*TO_PAY, "pay=expired")
    assert [(key, state) for key, state in visit.chain.items() if key in ("bill", "pay")] == [("bill", "waiting"), ("pay", "maybe")]


def test_a_cancelled_visit_shows_what_was_given_up_and_nothing_to_come() -> None:
    visit = Visit().through("arrive=arrived")
    visit.send("visit.cancelled")
    visit.through("arrive=released")
    assert visit.chain == {"arrive": "cancelled", "wait": "cancelled"}


def test_money_on_its_way_back_is_shown_as_unknown_until_it_is_back() -> None:
    visit = Visit().through(*PAID, "pharmacy=out_of_stock", "told_no_stock=sent")
    assert visit.chain["pay"] == "unknown"
    visit.through("pay=returned", "bill=released")
    assert visit.chain["pay"] == "cancelled"


# The preview of a draft


def test_a_draft_is_drawn_at_every_step_in_every_state_for_both_versions() -> None:
    raw = patterns.outpatient()
    for block, _ in walk(TREE):
        for state in ("now", "waiting", "done", "trouble", "unknown", "nonsense"):
            for elder in (False, True):
                for page in ("visit", "step"):
                    screen = preview(raw, at=block.key, state=state, elder=elder, page=page)
                    assert screen.mode == ("elder" if elder else "normal")


BROKEN: list[dict[str, Any]] = [
    {}, {"body": None}, {"body": [{"kind": "step"}]}, {"body": [None, 3, "x"]}, {"title": None, "body": [{"kind": "nothing"}]},
    {"body": [{"kind": "branch", "key": "b", "cases": []}]}, {"body": [{"kind": "step", "key": "a", "type": "teleport@1"}]},
    {"body": [{"kind": "step", "key": "a", "type": "guide@1", "settings": {"page": 7, "place": "x"}}]},
]  # fmt: skip


@pytest.mark.parametrize("raw", BROKEN)
def test_a_draft_that_is_hardly_begun_still_draws(raw: dict[str, Any]) -> None:
    assert preview(raw, at="a", state="now", elder=False).blocks


def test_a_block_that_cannot_be_read_gives_way_to_what_is_inside() -> None:
    inner = {"kind": "step", "key": "a", "title": "须知", "type": "guide@1"}
    raw = {
        "body": [
            {"kind": "scope", "key": "Not A Key", "body": [inner]},
            {"kind": "branch", "key": "b", "cases": [{"body": [inner | {"key": "c"}]}]},
        ]
    }
    eyes_see = [
        node.key for block in preview(raw, at="a", state="now", elder=False).blocks if block.type == "route" for node in block.nodes
    ]
    assert eyes_see == ["a", "c"]


def test_the_chosen_step_is_shown_even_in_a_port() -> None:
    eyes = imagine(TREE, "told_no_stock", "now")
    assert [key for key in eyes.before if key.startswith("told")] == []
    chain = {stop.scene.key: stop.scene.state for stop in stops(stations(TREE, eyes, Plain()))}
    assert (chain["pharmacy"], chain["told_no_stock"]) == ("done", "now")
