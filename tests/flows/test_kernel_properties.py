"""What holds for every flow and every order of events."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections.abc import Callable

from growing import CONTRACTS, Gardener, Walk, next_events, reordered
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.kernel import Advance, Event, State, advance
from flows.schema import Tree, canonical, digest

MOST_EVENTS = 60
EXAMPLES = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
seeds = st.integers(0, 2**32)


def hash_of(state: State) -> str:
    return hashlib.sha256(json.dumps(state.to_json(), sort_keys=True).encode()).hexdigest()


def grown(seed: int) -> tuple[Walk, random.Random]:
    """A run of a random tree, just started."""
    chance = random.Random(seed)
    return Walk(of=Gardener(chance).grow(), facts={"patient.elder": True} if chance.random() < 0.7 else {}), chance


def wander(seed: int, watch: Callable[[Walk, State, Advance], None] = lambda *_: None) -> Walk:
    """Walk a random tree in a random order of events, early and repeated ones among them; `watch` sees every event."""
    walk, chance = grown(seed)
    for _ in range(MOST_EVENTS):
        if walk.state.status == "ended" or not (choices := next_events(walk, chance)):
            break
        event = strange(walk, chance) if chance.random() < 0.2 else chance.choice(choices)
        before = walk.state
        watch(walk, before, walk.send(*event, facts={"grade": chance.randint(0, 12)}))
    return walk


def strange(walk: Walk, chance: random.Random) -> tuple[str, str | None, str | None]:
    """An event nobody waits for now: a repetition, an early one, nonsense."""
    key = chance.choice(sorted(walk.program.around) or ["a"])
    outcome = chance.choice(["ok", "no", "paid", "expired", "returned", "held", "served", "booked", "", "next"])
    what = chance.choice(["answer", "timer", "trouble", "undone", "staff.skip", "staff.retry", "staff.choose", "staff.finish", "moved"])
    return what, f"{key}#{chance.randint(0, 3)}", outcome


@EXAMPLES
@given(seeds)
def test_an_old_state_is_never_touched(seed: int) -> None:
    def watch(walk: Walk, before: State, moved: Advance) -> None:
        assert before.to_json() == frozen.pop()
        frozen.append(copy.deepcopy(moved.state.to_json()))

    frozen = [copy.deepcopy(grown(seed)[0].state.to_json())]
    wander(seed, watch)


@EXAMPLES
@given(seeds)
def test_a_state_survives_json_with_reordered_keys_at_every_step(seed: int) -> None:
    chance = random.Random(seed)

    def watch(walk: Walk, before: State, moved: Advance) -> None:
        assert advance(walk.program, reordered(before, chance), walk.events[-1]) == moved
        assert reordered(moved.state, chance) == moved.state

    wander(seed, watch)


@EXAMPLES
@given(seeds)
def test_a_repetition_for_a_finished_instance_changes_nothing(seed: int) -> None:
    walk = wander(seed)
    live = {f"{key}#{n}" for key, (n, _) in walk.state.live.items()}
    for row in walk.state.done:
        if f"{row.key}#{row.n}" not in live:
            repeated = Event(id="again", source="t", type="answer", ref=f"{row.key}#{row.n}", outcome=row.outcome)
            again = advance(walk.program, walk.state, repeated)
            assert (again.verdict, again.effects) == ("late", ())
            assert again.state is walk.state


@EXAMPLES
@given(seeds)
def test_an_event_one_place_early_gives_the_same_final_state(seed: int) -> None:
    walk = wander(seed)
    final, as_sent = walk.state, replay(walk, walk.events)
    for place in range(1, len(walk.events) - 1):
        early = [*walk.events[:place], walk.events[place + 1], walk.events[place], *walk.events[place + 2 :]]
        states = replay(walk, early)
        parked = len(states[place + 1].parked) > len(states[place].parked)
        opened = len(as_sent[place + 1].parked) <= len(as_sent[place].parked)  # two early ones are served in order of arrival
        if parked and opened:
            assert hash_of(states[-1]) == hash_of(final)


def replay(walk: Walk, events: list[Event]) -> list[State]:
    """The state before the first event and after each."""
    states = [State.new()]
    for event in events:
        states.append(advance(walk.program, states[-1], event).state)
    return states


@EXAMPLES
@given(seeds)
def test_replay_gives_the_same_hashes(seed: int) -> None:
    hashes: list[str] = []
    walk = wander(seed, lambda _walk, _before, moved: hashes.append(hash_of(moved.state)))
    assert [hash_of(state) for state in replay(walk, walk.events)][2:] == hashes


@EXAMPLES
@given(seeds)
def test_an_ended_run_holds_nothing_open(seed: int) -> None:
    walk, chance = wander(seed), random.Random(seed)
    for _ in range(2_000):  # to the end
        if walk.state.status == "ended":
            break
        walk.send(*chance.choice(next_events(walk, chance)))
    state = walk.state
    assert state.status == "ended"
    assert not any([state.live, state.joins, state.rounds, state.scopes, state.unwind, state.parked])
    assert {row.how for row in state.done} <= {None, "returned", "released", "held"}


@EXAMPLES
@given(seeds)
def test_every_effect_has_its_counterpart(seed: int) -> None:
    """What was opened ends done, cancelled or taken back; every timer that was armed is disarmed or fired; nothing is undone twice."""
    effects: list[tuple[str, str]] = []
    fired: list[str] = []

    def watch(walk: Walk, _before: State, moved: Advance) -> None:
        effects.extend((row.kind, row.name) for row in moved.effects)
        if moved.verdict == "applied" and walk.events[-1].type == "timer":
            fired.append(walk.events[-1].ref or "")

    walk = wander(seed, watch)
    effects[:0] = [(row.kind, row.name) for row in walk.started.effects]
    live = {f"{key}#{n}" for key, (n, _) in walk.state.live.items()}
    kinds = ("open", "done", "cancel", "undo", "undone", "arm", "disarm")
    names = {kind: [name for each, name in effects if each == kind] for kind in kinds}
    assert set(names["open"]) <= live | set(names["done"]) | set(names["cancel"]) | set(names["undone"])
    assert len(names["undone"]) == len(set(names["undone"]))
    assert set(names["undone"]) <= set(names["undo"])
    if walk.state.status == "ended":
        scopes = {f"{key}#" for key in walk.program.deadlines}
        armed = {name for name in names["arm"] if not any(name.startswith(scope) for scope in scopes)}
        assert armed <= set(names["disarm"]) | set(fired)


@EXAMPLES
@given(seeds)
def test_done_is_told_once_for_each_instance(seed: int) -> None:
    walk = wander(seed)
    names = [(row.key, row.n) for row in walk.state.done]
    assert len(names) == len(set(names))


@EXAMPLES
@given(seeds)
def test_a_tree_survives_its_canonical_spelling(seed: int) -> None:
    tree = Gardener(random.Random(seed)).grow()
    again = Tree.model_validate_json(canonical(tree))
    assert again == tree
    assert digest(again) == digest(tree)
    assert set(CONTRACTS) >= {step.type for step in grown(seed)[0].program.steps.values()}
