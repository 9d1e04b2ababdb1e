"""The tick lists name what exists. (That named tests ran is judged at the end of a whole run, in conftest.)"""

from __future__ import annotations

import acceptance


def test_everything_the_tick_lists_name_exists() -> None:
    assert acceptance.unknown() == []


def test_the_tick_lists_hold_something() -> None:
    assert len(list(acceptance.rows())) >= 50


def test_a_missing_test_and_a_test_that_did_not_run_are_noticed() -> None:
    assert not acceptance.exists("tests/house/test_acceptance.py::test_that_nobody_wrote")
    assert acceptance.exists("tests/house/test_acceptance.py::test_the_tick_lists_hold_something")
    assert acceptance.not_run(set())
