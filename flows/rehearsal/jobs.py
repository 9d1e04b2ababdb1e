"""Rehearsals that take long: asked for in a page, worked by the worker, stopped by a click, told *broken off* when a worker died."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models import Q
from kombu.exceptions import OperationalError as BrokerError
from pydantic import ValidationError

from core import clock
from flows.errors import RehearsalUnclear
from flows.models import FlowDefinition, Rehearsal
from flows.nodes import CONTRACTS
from flows.queries import start_facts
from flows.rehearsal import drafts, history
from flows.rehearsal.assumptions import QUEUES, Assumptions
from flows.rehearsal.progress import Cancelled, Progress
from flows.rehearsal.replay import replay
from flows.rehearsal.simulate import simulate
from flows.schema import Tree

REPLAY, SIMULATE = "replay", "simulate"
SMALL = 300
"""Visits up to which a rehearsal is worked in the request."""
SILENT = timedelta(seconds=60)
"""A rehearsal under way that said nothing for so long has lost its worker."""
TOUCH = 0.4  # seconds between two words in the table


def ask(definition: FlowDefinition, *, kind: str, parameters: dict[str, Any], by: str) -> Rehearsal:
    """Note what is to be rehearsed and have it worked; at once when it is small. Raises FlowIncomplete, RehearsalUnclear."""
    tree = drafts.tree_of(definition)
    total = replayed(definition, parameters) if kind == REPLAY else simulated(definition, parameters).visits
    row = Rehearsal.objects.create(
        definition=definition, kind=kind, tree=tree.model_dump(mode="json", by_alias=True), parameters=parameters, total=total, asked_by=by
    )
    if total <= SMALL:
        carry_out(row.pk)
    else:
        transaction.on_commit(lambda: nudge(row.pk))
    row.refresh_from_db()
    return row


def nudge(pk: int) -> None:
    """Without a broker nobody begins: the page says *broken off* after a minute and offers it again."""
    with suppress(BrokerError):
        work.apply_async(args=[pk], retry=False)


@shared_task
def work(pk: int) -> None:
    carry_out(pk)


def carry_out(pk: int) -> None:
    """Work it, unless somebody does or it is over. Called twice it is worked once; after a worker died, from the beginning."""
    if not claim(pk):
        return
    row, began = Rehearsal.objects.select_related("definition").get(pk=pk), time.monotonic()
    try:
        result = WORK[row.kind](row, telling(pk))
    except Cancelled:
        return
    except Exception:
        Rehearsal.objects.filter(pk=pk).update(state=Rehearsal.State.FAILED, touched_at=clock.now())
        raise
    Rehearsal.objects.filter(pk=pk, state=Rehearsal.State.RUNNING).update(
        state=Rehearsal.State.DONE, result=result, done=row.total, touched_at=clock.now(), seconds=round(time.monotonic() - began, 1)
    )


def claim(pk: int) -> bool:
    free = Q(state=Rehearsal.State.WAITING) | Q(state=Rehearsal.State.RUNNING, touched_at__lt=clock.now() - SILENT)
    return bool(Rehearsal.objects.filter(free, pk=pk).update(state=Rehearsal.State.RUNNING, done=0, touched_at=clock.now()))


def telling(pk: int) -> Progress:
    """Writes how far it is, not oftener than the table likes; False when somebody cancelled."""
    last = 0.0

    def told(done: int, total: int) -> bool:
        nonlocal last
        if time.monotonic() - last < TOUCH:
            return True
        last = time.monotonic()
        return bool(Rehearsal.objects.filter(pk=pk, state=Rehearsal.State.RUNNING).update(done=done, total=total, touched_at=clock.now()))

    return told


def cancel(row: Rehearsal) -> None:
    """It stops at its next word. One that is over stays what it is."""
    Rehearsal.objects.filter(pk=row.pk, state__in=(Rehearsal.State.WAITING, Rehearsal.State.RUNNING)).update(
        state=Rehearsal.State.CANCELLED, touched_at=clock.now()
    )


def broken_off(row: Rehearsal) -> bool:
    """Waiting or under way, and silent for too long: whoever worked it is gone."""
    return row.state in (Rehearsal.State.WAITING, Rehearsal.State.RUNNING) and row.touched_at < clock.now() - SILENT


# The work


def window_of(parameters: Mapping[str, Any]) -> history.Window:
    """Raises RehearsalUnclear."""
    try:
        since, until = date.fromisoformat(str(parameters["since"])), date.fromisoformat(str(parameters["until"]))
    except (KeyError, ValueError) as problem:
        raise RehearsalUnclear(where="日期") from problem
    return history.Window(since, until, str(parameters.get("campus", "")), str(parameters.get("department", "")))


def replayed(definition: FlowDefinition, parameters: Mapping[str, Any]) -> int:
    return window_of(parameters).runs(definition).count()


def simulated(definition: FlowDefinition, parameters: Mapping[str, Any]) -> Assumptions:
    """What was typed in over what the past days say. Raises RehearsalUnclear."""
    typed = {name: value for name, value in parameters.items() if name in Assumptions.model_fields}
    past = history.assumed(definition, window_of(parameters), CONTRACTS) if parameters.get("since") else {}
    types = {step.key: step.type for step in drafts.walked(drafts.tree_of(definition))}
    steps = {key: dict(row) for key, row in past.pop("steps", {}).items()}
    for key in steps:
        if types.get(key) in QUEUES:
            steps[key].pop("minutes", None)  # what was seen holds the queue as well
    for key, row in typed.pop("steps", {}).items():
        steps[key] = steps.get(key, {}) | row
    try:
        return Assumptions.model_validate({**past, **typed, "steps": steps})
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        raise RehearsalUnclear(where=" ".join(str(part) for part in first["loc"])) from problem


def work_replay(row: Rehearsal, progress: Progress) -> dict[str, Any]:
    journals = history.Journals(row.definition, window_of(row.parameters))
    subject = drafts.subject(Tree.model_validate(row.tree), journals.versions())
    return replay(subject, journals.read, total=len(journals.numbers), progress=progress)


def work_simulation(row: Rehearsal, progress: Progress) -> dict[str, Any]:
    tree = Tree.model_validate(row.tree)
    return simulate(drafts.program_of(tree), CONTRACTS, simulated(row.definition, row.parameters), starts=start_facts(), progress=progress)


WORK = {REPLAY: work_replay, SIMULATE: work_simulation}
