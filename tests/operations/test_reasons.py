"""A reason is required and names nobody."""

from __future__ import annotations

import pytest

from operations.errors import ReasonMissing, ReasonNamesSomeone
from operations.reasons import LONGEST, checked


def test_a_reason_loses_its_edges_and_its_excess() -> None:
    assert checked("  患者在窗口\n已办 ") == "患者在窗口 已办"
    assert len(checked("办" * 500)) == LONGEST


@pytest.mark.parametrize("reason", ["", "   ", "好的", "\n\t"])
def test_a_missing_reason_is_refused(reason: str) -> None:
    with pytest.raises(ReasonMissing):
        checked(reason)


@pytest.mark.parametrize("reason", ["电话 10012345678 已核对", "证件 999999199001011234", "患者张三来电核对"])
def test_a_reason_that_names_someone_is_refused(reason: str) -> None:
    with pytest.raises(ReasonNamesSomeone):
        checked(reason, never=("张三",))
