"""What the rooms above may read: a visit as its patient sees it, its journal, the runs of a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from care.models import Campus, Department
from core import clock
from core.conditions import Fact
from core.screen import Screen
from flows import screens
from flows.chain import Walked, stations
from flows.errors import RunUnknown, StepUnknown
from flows.models import Event, Run, Step, Timer
from flows.nodes import PALETTE
from flows.preview import preview
from flows.scenes import Around, Eye, around
from flows.schema import walk
from flows.screens import Chain
from flows.vocabulary import PLACES, START, place
from patients import queries as patients
from patients.models import Account, Membership

DAY_OVER = "visit.day_over"


def revision(number: str) -> int:
    """How often the run's screens changed. Raises RunUnknown."""
    found = Run.objects.filter(number=number).values_list("revision", flat=True).first()
    if found is None:
        raise RunUnknown(run=number)
    return int(found)


def run_of(number: str, account: Account) -> Run:
    """The run, when it is a visit of one of her patients. Raises RunUnknown, a stranger's run included."""
    run = Run.objects.light().select_related("version__definition").filter(number=number).first()
    if run is None or run.patient not in {row.patient.number for row in patients.patients_of(account)}:
        raise RunUnknown(run=number)
    return run


def screen(number: str, account: Account, *, elder: bool) -> Screen:
    """The visit page. Raises RunUnknown."""
    return screens.visit(chain(run_of(number, account), account, elder=elder))


def step_screen(number: str, step: str, account: Account, *, elder: bool) -> Screen:
    """One step's own page. Raises RunUnknown, StepUnknown."""
    found = screens.step(chain(run_of(number, account), account, elder=elder), step)
    if found is None:
        raise StepUnknown(step=step)
    return found


def chain(run: Run, account: Account, *, elder: bool) -> Chain:
    return chains([run], account, elder=elder)[0]


def chains(runs: Sequence[Run], account: Account, *, elder: bool) -> list[Chain]:
    """The visits of her patients, ready to be drawn; a fixed number of queries, however many runs."""
    found, people = around(runs), {row.patient.number: row for row in patients.patients_of(account)}
    return [_chain(run, found[run.pk], people.get(run.patient), elder=elder) for run in runs]


def _chain(run: Run, seen: Around, person: Membership | None, *, elder: bool) -> Chain:
    visit, version = seen.appointment, run.version
    return Chain(
        run=run.number, title=version.definition.title, patient=person.patient.name.masked if person else "",
        relation=person.relation_text if person else "", card=person.patient.card.masked if person else "",
        department=visit.department.name if visit else "", doctor=visit.doctor_name if visit else "",
        starts=visit.starts if visit else None, ended=run.status == Run.Status.ENDED, ended_by=run.ended_by, as_of=clock.now(),
        stations=stations(version.parsed, Walked(version.program, version.frozen, run.kernel_state), Eye(seen, elder)),
        desk_name=settings.DESK_NAME, desk_phone=settings.DESK_PHONE, elder=elder,
    )  # fmt: skip


def journal(run: Run) -> list[Event]:
    """Every event that reached the run, in order."""
    return list(Event.objects.filter(run=run).order_by("sequence"))


def runs_of(account: Account, day: date | None = None) -> list[Run]:
    """The visits of her patients on one day (today), those under way first."""
    numbers = [row.patient.number for row in patients.patients_of(account)]
    runs = Run.objects.select_related("version__definition").filter(patient__in=numbers, day=day or clock.today())
    return sorted(runs, key=lambda run: (run.status != Run.Status.RUNNING, run.started_at))


def past_runs_of(account: Account, *, limit: int = 50) -> list[Run]:
    """Every visit of her patients, newest first."""
    numbers = [row.patient.number for row in patients.patients_of(account)]
    return list(Run.objects.select_related("version__definition").filter(patient__in=numbers).order_by("-day", "-started_at")[:limit])


def runs_past_their_day() -> list[str]:
    """Runs still under way though their day is over, and nobody has told them yet."""
    told = Event.objects.filter(type=DAY_OVER).values("run")
    return list(Run.objects.filter(status=Run.Status.RUNNING, day__lt=clock.today()).exclude(pk__in=told).values_list("number", flat=True))


REMEMBERED_SECONDS = 60


def start_facts(*, fresh: bool = False) -> dict[str, Fact]:
    """The facts a visit begins with, the places as HIS lists them now; the canvas asks at every stroke, so a minute old unless `fresh`."""
    if fresh:
        return {**START, **places()}
    return {**START, **(cache.get_or_set("flows.places", places, REMEMBERED_SECONDS) or {})}


def places() -> dict[str, Fact]:
    """Without a directory there is nothing to tell apart."""
    listed = {"visit.campus": Campus.objects, "visit.department": Department.objects}
    found = {name: dict(listed[name].order_by("his_id").values_list("his_id", "name")) for name in PLACES}
    return {name: place(name, options) for name, options in found.items() if options}


def stuck_runs(*, minutes: int, only: Sequence[str] = (), limit: int = 200) -> list[Run]:
    """Visits that stand still, `stalled` says since when: in trouble for so long; or nothing heard for so long while a partner is asked to
    close, or with nothing that comes by itself. A step that a role works has its task already.
    """
    quiet, now = clock.now() - timedelta(minutes=minutes), clock.now()
    heard = Event.objects.filter(run=OuterRef("pk"), verdict="applied").order_by("-sequence").values("received_at")[:1]
    steps, timers = Step.objects.filter(run=OuterRef("pk")), Timer.objects.filter(run=OuterRef("pk"), armed=True, due__gt=now)
    worked = steps.filter(state="open", type__in=[name for name, node in PALETTE.items() if node.contract.owned])
    still = Q(Exists(steps.filter(state="closing"))) | (~Exists(timers) & ~Exists(worked))
    runs = Run.objects.light().filter(status=Run.Status.RUNNING).annotate(stalled=Coalesce("troubled_at", Subquery(heard), "started_at"))
    runs = runs.filter(stalled__lt=quiet).filter(Q(in_trouble=True) | still)
    return list((runs.filter(number__in=only) if only else runs).order_by("stalled")[:limit])


def stands_at(run: Run) -> str:
    """Where a visit stands, in the words of its flow."""
    titles = {block.key: block.title for block, _ in walk(run.version.parsed)}
    return "、".join(titles.get(key.removeprefix("/")) or key for key in sorted(run.kernel_state.live)) or "两步之间"


def run_of_appointment(appointment: str) -> Run | None:
    return Run.objects.light().filter(appointment=appointment).first()


__all__ = [
    "chain", "chains", "journal", "past_runs_of", "preview", "revision", "run_of", "run_of_appointment", "runs_of",
    "runs_past_their_day", "screen", "stands_at", "start_facts", "step_screen", "stuck_runs",
]  # fmt: skip
