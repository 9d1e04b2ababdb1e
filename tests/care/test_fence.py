"""The fence: what a reading proves."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.checkin import fence
from care.checkin.errors import PositionUnusable, TooFar
from care.checkin.fence import Position
from care.models import Campus

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CAMPUS = Campus(his_id="C1", name="本部", lng=113.28, lat=23.13, fence_metres=300)
METRE = 1 / 111_195
LNG, LAT = st.floats(-180, 180), st.floats(-90, 90)


def reading(**changed: Any) -> Position:
    facts: dict[str, Any] = {"lng": 113.28, "lat": 23.13, "accuracy": 20.0, "at": NOW}
    return Position(**{**facts, **changed})


def check(position: Position | None) -> None:
    fence.check(position, CAMPUS, now=NOW, accuracy=200)


@given(LNG, LAT, LNG, LAT)
def test_distance_is_the_same_both_ways_and_never_more_than_half_round(lng: float, lat: float, to_lng: float, to_lat: float) -> None:
    there, back = fence.distance(lng, lat, to_lng, to_lat), fence.distance(to_lng, to_lat, lng, lat)
    assert math.isclose(there, back, abs_tol=1e-6)
    assert 0 <= there <= math.pi * fence.EARTH + 1


@given(LNG, LAT)
def test_here_is_no_distance(lng: float, lat: float) -> None:
    assert fence.distance(lng, lat, lng, lat) == 0


def test_known_distances() -> None:
    assert round(fence.distance(113.28, 23.13, 113.42, 23.11)) == 14489
    assert round(fence.distance(0, 0, 0, 1)) == 111195
    assert round(fence.distance(179.9, 0, -179.9, 0)) == 22239


@pytest.mark.parametrize("metres", [0, 150, 299])
def test_inside(metres: int) -> None:
    check(reading(lat=23.13 + metres * METRE))


@pytest.mark.parametrize(("metres", "said"), [(302, 302), (5000, 5000)])
def test_outside_says_how_far_and_how_near_it_must_be(metres: int, said: int) -> None:
    with pytest.raises(TooFar) as refused:
        check(reading(lat=23.13 + metres * METRE))
    assert abs(int(refused.value.facts["distance"] or 0) - said) <= 1
    assert refused.value.facts["limit"] == 300
    assert "300 米" in refused.value.as_problem()["remedy"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"accuracy": 201.0}, "inaccurate"),
        ({"accuracy": -1.0}, "inaccurate"),
        ({"accuracy": math.nan}, "inaccurate"),
        ({"accuracy": math.inf}, "inaccurate"),
        ({"lat": math.nan}, "inaccurate"),
        ({"lng": math.inf}, "inaccurate"),
        ({"at": NOW - timedelta(seconds=61)}, "old"),
        ({"at": NOW + timedelta(seconds=6)}, "future"),
        ({"at": NOW.replace(tzinfo=None)}, "missing"),
    ],
)
def test_a_reading_that_proves_nothing(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(PositionUnusable) as refused:
        check(reading(**changed))
    assert refused.value.facts == {"reason": reason}


def test_no_reading_at_all() -> None:
    with pytest.raises(PositionUnusable) as refused:
        check(None)
    assert refused.value.facts == {"reason": "missing"}


@pytest.mark.parametrize("changed", [{"accuracy": 200.0}, {"at": NOW - timedelta(seconds=60)}, {"at": NOW + timedelta(seconds=5)}])
def test_the_last_reading_that_still_counts(changed: dict[str, Any]) -> None:
    check(reading(**changed))


def test_a_position_does_not_show_itself() -> None:
    assert repr(reading()) == "Position()"
