"""Publishing proves anew, histories and all: what can lose money does not go out; a warning does not hold it up."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted import read

from flows import actions
from flows.errors import FlowIncomplete
from flows.models import FlowDefinition, FlowVersion

pytestmark = pytest.mark.django_db(transaction=True)
HERE = Path(__file__).parent


def draft(path: str) -> FlowDefinition:
    tree = read(HERE / path)["tree"]
    definition = FlowDefinition.objects.create(code=tree["code"], title=tree["title"], tree=tree)
    definition.save_revision()
    return definition


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("broken/money_unaccounted.json", "money.unaccounted"),
        ("broken/money_paid_twice.json", "money.paid_twice"),
        ("broken/unknown_read.json", "flow.unknown_read"),
        ("broken/branch_gap.json", "flow.branch_gap"),
    ],
)
def test_what_a_walk_shows_is_refused(path: str, code: str) -> None:
    with pytest.raises(FlowIncomplete) as refused:
        actions.publish(draft(path), by="a", approved_by="b")
    assert refused.value.facts == {"faults": 1, "first": code}
    assert not FlowVersion.objects.exists()


@pytest.mark.parametrize("path", ["sound/visit.json", "broken/money_service_unpaid.json", "broken/branch_overlap.json"])
def test_the_sound_and_the_merely_warned_of_go_out(path: str) -> None:
    assert actions.publish(draft(path), by="a", approved_by="b").number == 1
