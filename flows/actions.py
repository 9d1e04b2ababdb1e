"""Every write of the conductor: one delivered event is one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Q

from core import audit, clock, numbers, outbox
from core.conditions import Fact
from flows import kernel
from flows.errors import DraftMoved, FlowIncomplete, NoFlowBound, PublishRefused, StepPassed
from flows.events import EffectDue, RunEnded, RunStarted
from flows.models import Answer, Event, FlowBinding, FlowDefinition, FlowVersion, Handle, Publication, Run, Seen, Step, Timer
from flows.nodes import CONTRACTS, PALETTE
from flows.proof import faults
from flows.queries import start_facts
from flows.schema import Interrupt, Tree, canonical, digest, walk
from flows.vocabulary import START, declared

DAY_OVER = Interrupt(key="day_over", title="当天结束", on="visit.day_over", undo=True, body=[])
SETTINGS = {name: node.settings for name, node in PALETTE.items()}
BACK = {"returned": "已退回", "released": "已撤回", "held": "由专人处理"}


@dataclass(frozen=True)
class News:
    """Something that happened to a run. `name` is unique within `source`; `ref` is `key#n`, or empty for interrupts."""

    source: str
    name: str
    type: str
    ref: str = ""
    outcome: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    reason: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Visit:
    """What HIS says about the visit that begins. `facts` are the start facts, frozen for this run."""

    appointment: str
    patient: str
    campus: str
    department: str
    kind: str
    day: date
    facts: Mapping[str, Any]


# Publishing


def publish(definition: FlowDefinition, *, by: str, approved_by: str = "") -> FlowVersion:
    """Freeze the draft as the next version. Then nothing changes: FlowIncomplete when the proof finds an error, PublishRefused when the
    flow takes money and nobody else has approved.
    """
    tree = proved(definition)
    if takes_money(tree) and approved_by in ("", by):
        raise PublishRefused
    contracts = {block.type: CONTRACTS[block.type] for block, _ in walk(tree) if block.kind == "step" and block.type in CONTRACTS}
    with transaction.atomic():
        FlowDefinition.objects.select_for_update().get(pk=definition.pk)
        newest = definition.newest
        version = FlowVersion.objects.create(
            definition=definition, number=newest.number + 1 if newest else 1, tree=json.loads(canonical(tree)), sha256=digest(tree),
            contracts={name: contract.model_dump(mode="json") for name, contract in contracts.items()},
            vocabulary={name: fact.model_dump(mode="json") for name, fact in start_facts(fresh=True).items()},
            kernel=kernel.KERNEL, published_by=by, approved_by=approved_by,
        )  # fmt: skip
        settle_draft(definition)
        rebind(definition, version)
        audit.record(approved_by or by, "flows.published", str(version.pk), version=version.number, sha256=version.sha256)
        return version


def proved(definition: FlowDefinition) -> Tree:
    """The draft as a complete tree without errors. Raises FlowIncomplete."""
    tree = complete(definition)
    found = [fault for fault in faults(tree, CONTRACTS, start_facts(fresh=True), SETTINGS) if fault.severity == "E"]
    if found:
        raise FlowIncomplete(faults=len(found), first=found[0].code)
    return tree


def takes_money(tree: Tree) -> bool:
    """Whether publishing it needs a second person."""
    return any(block.kind == "step" and block.type in CONTRACTS and CONTRACTS[block.type].taking() for block, _ in walk(tree))


def settle_draft(definition: FlowDefinition) -> None:
    """What was a draft is now what is out: the row follows the revision it came from."""
    now = clock.now()
    row = FlowDefinition.objects.filter(pk=definition.pk)
    row.update(title=definition.title, tree=definition.tree, live=True, has_unpublished_changes=False, last_published_at=now, updated=now)
    row.filter(first_published_at=None).update(first_published_at=now)


def newest_draft(definition: int) -> FlowDefinition:
    """The definition as last saved, its newest revision; locked until the transaction ends."""
    row = FlowDefinition.objects.select_for_update().get(pk=definition)
    draft: FlowDefinition = row.get_latest_revision_as_object()
    return draft


@transaction.atomic
def publish_submitted(process: Publication, *, by: str) -> FlowVersion:
    """Publish what was submitted, by a second person. Raises PublishRefused, DraftMoved, FlowIncomplete; then nothing changes."""
    if by == process.by:
        raise PublishRefused
    draft = newest_draft(process.definition)
    if digest(complete(draft)) != process.sha256:
        raise DraftMoved
    return publish(draft, by=process.by, approved_by=by)


@transaction.atomic
def refuse_submitted(process: Publication, *, by: str, reason: str) -> None:
    """Record that a second person sent it back. Raises PublishRefused for the one who submitted."""
    if by == process.by:
        raise PublishRefused
    audit.record(by, "flows.sent_back", str(process.definition), reason=reason)


def complete(definition: FlowDefinition) -> Tree:
    """The draft as a typed tree, with the rule that ends every visit with its day. Raises FlowIncomplete for JSON that is no tree."""
    try:
        tree = Tree.model_validate({**definition.tree, "code": definition.code, "title": definition.title})
    except ValueError as problem:
        raise FlowIncomplete(faults=1, first="flow.unreadable") from problem
    if any(interrupt.on == DAY_OVER.on for interrupt in tree.interrupts):
        return tree
    return tree.model_copy(update={"interrupts": [*tree.interrupts, DAY_OVER]})


def rebind(definition: FlowDefinition, version: FlowVersion) -> None:
    """New visits of every place bound to this definition start the new version; without a binding nothing starts."""
    now = clock.now()
    open_bindings = FlowBinding.objects.filter(Q(until=None) | Q(until__gt=now), version__definition=definition)
    places = {(binding.campus, binding.department, binding.visit_kind) for binding in open_bindings}
    open_bindings.update(until=now)
    for campus, department, kind in sorted(places):
        FlowBinding.objects.create(version=version, campus=campus, department=department, visit_kind=kind, since=now)


def bind(version: FlowVersion, *, by: str, campus: str = "", department: str = "", kind: str = "") -> FlowBinding:
    """Let new visits of this place start `version`; a binding of the same place ends."""
    now = clock.now()
    with transaction.atomic():
        FlowBinding.objects.filter(Q(until=None) | Q(until__gt=now), campus=campus, department=department, visit_kind=kind).update(
            until=now
        )
        audit.record(by, "flows.bound", str(version.pk), campus=campus, department=department, kind=kind)
        return FlowBinding.objects.create(version=version, campus=campus, department=department, visit_kind=kind, since=now)


def version_for(visit: Visit) -> FlowVersion | None:
    """The version a new visit starts: the most specific open binding, among equals the newest."""
    now = clock.now()
    rows = FlowBinding.objects.select_related("version").filter(
        Q(until=None) | Q(until__gt=now),
        since__lte=now,
        campus__in=["", visit.campus],
        department__in=["", visit.department],
        visit_kind__in=["", visit.kind],
    )
    best = max(rows, key=lambda row: (bool(row.department), bool(row.visit_kind), bool(row.campus), row.since, row.pk), default=None)
    return best.version if best else None


# Runs


def start_run(visit: Visit) -> Run:
    """The run of this appointment; started when there is none. Raises NoFlowBound."""
    if run := Run.objects.filter(appointment=visit.appointment).first():
        return run
    version = version_for(visit)
    if version is None:
        raise NoFlowBound(department=visit.department)
    try:
        with transaction.atomic():
            run = Run.objects.create(
                number=numbers.mint("V"), version=version, patient=visit.patient, appointment=visit.appointment, campus=visit.campus,
                department=visit.department, day=visit.day, state=kernel.State().to_json(),
            )  # fmt: skip
            outbox.publish(RunStarted(run=run.number, patient=run.patient, appointment=run.appointment))
            apply(run, News("house", "start", "start", facts=declared(visit.facts, start_words(version))))
            return run
    except IntegrityError:
        return Run.objects.get(appointment=visit.appointment)


def start_words(version: FlowVersion) -> dict[str, Fact]:
    """The start facts this version was proved against."""
    return {name: Fact.model_validate(row) for name, row in version.vocabulary.items()} or START


def locked(number: str) -> Run:
    """The run, locked until the transaction ends. Always the first lock taken; its version, which many runs share, is not locked."""
    return Run.objects.light().select_for_update(of=("self",)).get(number=number)


@transaction.atomic
def deliver(number: str, news: News) -> str:
    """Hand one event to a run; the verdict: `applied`, `parked`, `late`, or `repeat` when it was seen before."""
    run = locked(number)
    if Seen.objects.filter(run=run.pk, source=news.source, name=news.name).exists():
        return "repeat"
    Seen.objects.create(run=run.pk, source=news.source, name=news.name)
    return apply(run, news)


def apply(run: Run, news: News) -> str:
    """Advance the locked run and write what follows: journal, steps, timers, outbox, revision."""
    at = news.at or clock.now()
    event = kernel.Event(
        id=f"{news.source}:{news.name}", source=news.source, type=news.type, at=at.isoformat(), ref=news.ref or None,
        outcome=news.outcome or None,
        facts=dict(news.facts), by=news.by or None, reason=news.reason or None,
    )  # fmt: skip
    moved = kernel.advance(run.version.program, run.kernel_state, event)
    state = moved.state.to_json()
    Event.objects.create(
        run=run, sequence=run.revision, source=news.source, name=news.name, type=news.type, ref=news.ref, outcome=news.outcome,
        facts=dict(news.facts), by=news.by, reason=news.reason, at=at, verdict=moved.verdict, version=run.version.sha256,
        kernel=run.version.kernel, state_after=hash_of(state),
    )  # fmt: skip
    run.state = state
    carry(run, moved.effects, moved.state, news)
    run.in_trouble = any(row[1] in ("trouble", "unserved") for row in moved.state.live.values())
    run.troubled_at = (run.troubled_at or clock.now()) if run.in_trouble else None
    touch(run)
    run.save(update_fields=["state", "revision", "status", "in_trouble", "troubled_at", "ended_at", "ended_by"])
    return str(moved.verdict)


def hash_of(state: Any) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def touch(run: Run) -> None:
    """Count a change of what the patient sees; the unchanged screen is answered from this number alone."""
    run.revision += 1
    number, revision = run.number, run.revision
    transaction.on_commit(lambda: cache.set(f"run:{number}", revision, 86_400))


@transaction.atomic
def refresh(number: str) -> None:
    """Something around the run changed (queue, order, medicine): its screen is new, its state is not."""
    run = locked(number)
    touch(run)
    run.save(update_fields=["revision"])


def carry(run: Run, effects: Iterable[kernel.Effect], state: kernel.State, news: News) -> None:
    """Write the kernel's effects down. What must leave the house goes through the outbox."""
    now = clock.now()
    for effect in effects:
        if effect.kind == "ended":
            run.status, run.ended_at = Run.Status.ENDED, now
            run.ended_by = str(DAY_OVER.on) if struck(run) else "finished"
            Timer.objects.filter(run=run).update(armed=False)
            outbox.publish(RunEnded(run=run.number, patient=run.patient, by=run.ended_by))
        elif effect.kind == "arm":
            arm(run, effect.name, due_of(run, effect, now))
        elif effect.kind == "disarm":
            Timer.objects.filter(run=run, name=effect.name).update(armed=False)
        else:
            carry_step(run, effect, state, news)


def due_of(run: Run, effect: kernel.Effect, now: datetime) -> datetime:
    """When a timer fires. A wait says so in its settings, as long as staff gave its step no limit of its own."""
    step = run.version.program.steps.get(effect.name.partition("#")[0])
    node = PALETTE.get(step.type) if step is not None and step.timeout is None and "+" not in effect.name else None
    if step is None or node is None or node.due is None:
        return now + timedelta(minutes=effect.minutes)
    return node.due(node.settings_of(step.settings), now)


def arm(run: Run, name: str, due: datetime) -> None:
    """Under a lock on the run, so one statement is enough."""
    timer = Timer(run=run, name=name, due=due, armed=True)
    Timer.objects.bulk_create([timer], update_conflicts=True, unique_fields=["run", "name"], update_fields=["due", "armed"])


def enter(run: Run, key: str, n: int) -> None:
    """The row of an instance that is opened, or opened again."""
    block = run.version.program.step(key)
    row = Step(run=run, key=key, n=n, type=block.type, title=block.title, state="open")
    Step.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["run", "key", "n"], update_fields=["type", "title", "state", "reason"]
    )


def struck(run: Run) -> bool:
    """Whether the rule that ends a visit with its day has struck; its order closed later, so the last event need not be it."""
    return Event.objects.filter(run=run, type=DAY_OVER.on, verdict="applied").exists()


def carry_step(run: Run, effect: kernel.Effect, state: kernel.State, news: News) -> None:
    """One effect on one instance `key#n`."""
    key, _, n = effect.name.partition("#")
    now, row = clock.now(), Step.objects.filter(run=run, key=key, n=int(n or 0))
    if effect.kind == "open":
        enter(run, key, int(n))
    elif effect.kind == "done":
        facts = {name: value for name, value in state.facts.items() if name.startswith(f"{key}.")}
        row.update(
            state="skipped" if effect.outcome == "skipped" else "done",
            outcome=effect.outcome or "",
            facts=facts,
            finished_at=now,
            reason=news.reason,
        )
    elif effect.kind == "trouble":
        row.update(state="trouble", reason=effect.why or news.reason)
    elif effect.kind in ("close", "undo"):
        row.update(state={"close": "closing", "undo": "undoing"}[effect.kind])
    elif effect.kind == "cancel":
        row.exclude(state="done").update(state="cancelled", finished_at=now, reason=news.type)
    elif effect.kind == "undone":
        row.update(state="cancelled", finished_at=now, reason=BACK.get(effect.outcome or "", ""))
    if effect.kind in ("open", "close", "cancel", "undo") or (effect.kind == "done" and is_owned(run, key)):
        outbox.publish(EffectDue(run=run.number, kind=effect.kind, instance=effect.name))
    elif effect.kind == "remind":
        outbox.publish(EffectDue(run=run.number, kind=f"remind+{effect.minutes}", instance=effect.name))


def is_owned(run: Run, key: str) -> bool:
    """A role looks after the step, so its end by other hands must be told to her."""
    contract = run.version.frozen.get(run.version.program.step(key).type)
    return contract is not None and contract.owned


@transaction.atomic
def hear(number: str, family: str, business: str, news: News, *, again: bool = False) -> str:
    """Deliver news about a business number to the step it belongs to; the verdict, or `unheard` when no step of the run hears it.

    Its name is completed with the step: the same news for the same step is a repeat, however often and from wherever it comes.
    """
    instance = claim_handle(number, family, business, again=again)
    if not instance:
        return "unheard"
    return deliver(number, replace(news, ref=instance, name=name_of(news.type, instance, news.outcome)))


def name_of(kind: str, instance: str, outcome: str) -> str:
    return f"{kind}:{instance}:{outcome}"


def claim_handle(number: str, family: str, business: str, *, again: bool = False) -> str:
    """The instance `key#n` a business number belongs to. Empty when no step of the run hears `family`.

    The first that hears it keeps it for ever; with `again` (a number of the whole visit) only until it is over: then the next live step of
    the type takes it.
    """
    with transaction.atomic():
        run = locked(number)
        found = Handle.objects.filter(run=run, family=family, business=business).first()
        if found is None:
            if instance := addressee(run, family):
                Handle.objects.create(run=run, family=family, business=business, instance=instance)
            return instance
        if again and over(run, found.instance) and (live := live_of(run, family)):
            hold(number, family, business, live)
            return live
        return found.instance


@transaction.atomic
def hold(number: str, family: str, business: str, instance: str) -> None:
    """From now on the business number belongs to this instance."""
    run = locked(number)
    Handle.objects.update_or_create(run=run, family=family, business=business, defaults={"instance": instance})


def over(run: Run, instance: str) -> bool:
    """Entered, and not live any more."""
    key, _, n = instance.partition("#")
    state = run.kernel_state
    return int(n) <= state.count.get(key, 0) and state.live.get(key, (0, ""))[0] != int(n)


def keys_of(run: Run, family: str) -> list[str]:
    return [block.key for block, _ in walk(run.version.parsed) if block.kind == "step" and block.type == family]


def live_of(run: Run, family: str) -> str:
    live = run.kernel_state.live
    return next((f"{key}#{live[key][0]}" for key in keys_of(run, family) if key in live), "")


def addressee(run: Run, family: str) -> str:
    """The live step of node type `family`, else the next instance of the first one still to come (its event is parked)."""
    if live := live_of(run, family):
        return live
    state, keys = run.kernel_state, keys_of(run, family)
    taken = set(Handle.objects.filter(run=run, family=family).values_list("instance", flat=True))
    for key in [key for key in keys if not state.count.get(key)] or keys[-1:]:
        n = state.count.get(key, 0) + 1
        while f"{key}#{n}" in taken:
            n += 1
        return f"{key}#{n}"
    return ""


def claim_answer(run: Run, *, key: str, step: str, action: str) -> bool:
    """Note that this tap is being carried out; False when the same key was carried out before.

    Raises StepPassed when the step is not waiting and this key is new.
    """
    with transaction.atomic():
        waits = locked(run.number).kernel_state.live.get(step, (0, ""))[1] in ("waiting", "trouble")
        before = Answer.objects.filter(run=run, key=key).first()
        if before is not None and (before.done or not waits):
            return False
        if not waits:
            raise StepPassed(step=step)
        if before is None:
            Answer.objects.create(run=run, key=key, step=step, action=action)
        return True


def finish_answer(run: Run, *, key: str) -> None:
    """The tap was carried out; from now on the same key does nothing."""
    Answer.objects.filter(run=run, key=key).update(done=True)


def forget_answer(run: Run, *, key: str) -> None:
    """The tap came to nothing (a partner refused or did not answer): the same key may be tried again."""
    Answer.objects.filter(run=run, key=key).delete()


def fire_due_timers(limit: int = 200) -> int:
    """Deliver every timer that is due; a stale one is late and changes nothing."""
    due = list(Timer.objects.filter(armed=True, due__lte=clock.now()).select_related("run").order_by("due")[:limit])
    for timer in due:
        with transaction.atomic():
            locked(timer.run.number)
            if Timer.objects.filter(pk=timer.pk, armed=True).update(armed=False):
                deliver(timer.run.number, News("timer", f"{timer.name}@{timer.due.isoformat()}", "timer", ref=timer.name))
    return len(due)


def forget_seen(*, days: int = 90, limit: int = 10_000) -> int:
    """Drop the marks of events long past; the journal keeps the events. Returns how many."""
    old = Seen.objects.filter(at__lt=clock.now() - timedelta(days=days)).values("pk")[:limit]
    return Seen.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]


@transaction.atomic
def note_held(number: str, *, order: str, reason: str) -> None:
    """Money that cannot go back by itself: on record for the desk that holds it."""
    audit.record("flows", "flows.money_held", number, order=order, reason=reason)


def close_day(number: str) -> None:
    """End a visit whose day is over: open orders are closed at the channel, money without service goes back or to the desk."""
    deliver(number, News("house", "day_over", DAY_OVER.on or "", reason="当天结束"))


__all__ = [
    "PALETTE", "News", "Visit", "apply", "bind", "claim_answer", "claim_handle", "close_day", "complete", "deliver", "fire_due_timers",
    "forget_answer", "forget_seen", "hear", "hold", "name_of", "note_held", "proved", "publish", "publish_submitted", "refresh",
    "refuse_submitted",     "start_run", "takes_money",
]  # fmt: skip
