"""Decision diagrams against plain enumeration."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from core.diagrams import ALWAYS, NEVER, Diagrams, OverBudget

SIZES = (2, 3, 4, 2)
Model = tuple[int, ...]
Truth = Callable[[Model], bool]
MODELS = list(itertools.product(*(range(size) for size in SIZES)))


def workshop() -> Diagrams:
    diagrams = Diagrams()
    for size in SIZES:
        diagrams.variable(size)
    return diagrams


def formula(diagrams: Diagrams, chance: random.Random, depth: int = 4) -> tuple[int, Truth]:
    """A random formula, as a diagram and as a function of the model."""
    if depth == 0 or chance.random() < 0.2:
        variable = chance.randrange(len(SIZES))
        values = set(chance.sample(range(SIZES[variable]), chance.randint(0, SIZES[variable])))
        return diagrams.among(variable, values), lambda model: model[variable] in values
    one, here = formula(diagrams, chance, depth - 1)
    if chance.random() < 0.2:
        return diagrams.no(one), lambda model: not here(model)
    other, there = formula(diagrams, chance, depth - 1)
    if chance.random() < 0.5:
        return diagrams.both(one, other), lambda model: here(model) and there(model)
    return diagrams.either(one, other), lambda model: here(model) or there(model)


@pytest.mark.parametrize("seed", range(100))
def test_every_answer_is_that_of_enumeration(seed: int) -> None:
    chance, diagrams = random.Random(seed), workshop()
    one, here = formula(diagrams, chance)
    other, there = formula(diagrams, chance)
    models, costs = [model for model in MODELS if here(model)], [[chance.randint(0, 5) for _ in range(size)] for size in SIZES]
    assert (one == NEVER) == (not models)
    assert (one == ALWAYS) == (len(models) == len(MODELS))
    assert diagrams.meet(one, other) == any(there(model) for model in models)
    if models:
        assert diagrams.possible(one) == [{model[variable] for model in models} for variable in range(len(SIZES))]

    def price(model: Model) -> int:
        return sum(costs[variable][value] for variable, value in enumerate(model))

    cheapest = diagrams.cheapest(one, costs)
    assert (cheapest is None) == (not models)
    if cheapest is not None:
        assert tuple(cheapest) in models
        assert price(tuple(cheapest)) == min(price(model) for model in models)


@pytest.mark.parametrize("seed", range(50))
def test_equal_meaning_is_equal_number(seed: int) -> None:
    chance, diagrams = random.Random(seed), workshop()
    one, here = formula(diagrams, chance)
    spelled_out = diagrams.any(
        diagrams.all(diagrams.among(variable, [value]) for variable, value in enumerate(model)) for model in MODELS if here(model)
    )
    assert spelled_out == one


def test_nothing_is_possible_where_nothing_holds() -> None:
    diagrams = workshop()
    assert diagrams.possible(NEVER) == [set(), set(), set(), set()]
    assert diagrams.possible(ALWAYS) == [set(range(size)) for size in SIZES]


def test_nothing_and_everything_join_as_they_should() -> None:
    diagrams = workshop()
    assert (diagrams.all([]), diagrams.any([])) == (ALWAYS, NEVER)
    assert (diagrams.no(ALWAYS), diagrams.no(NEVER)) == (NEVER, ALWAYS)


def test_over_its_budget_it_stops() -> None:
    few = Diagrams(nodes=3)
    variables = [few.variable(2) for _ in range(6)]
    with pytest.raises(OverBudget):
        few.all(few.among(variable, [1]) for variable in variables)
    late = Diagrams(seconds=-1)
    many = [late.variable(2) for _ in range(1_200)]
    with pytest.raises(OverBudget):
        late.all(late.among(variable, [1]) for variable in many)


def test_two_thousand_variables_are_not_too_deep() -> None:
    diagrams = Diagrams()
    variables = [diagrams.variable(2) for _ in range(2_000)]
    every = diagrams.all(diagrams.among(variable, [1]) for variable in variables)
    assert diagrams.meet(every, diagrams.among(variables[-1], [1]))
    assert not diagrams.meet(every, diagrams.among(variables[-1], [0]))
    assert diagrams.cheapest(every, [[0, 1]] * 2_000) == [1] * 2_000
