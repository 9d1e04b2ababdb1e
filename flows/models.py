"""Definitions, versions, bindings; runs, steps, journal, timers.

A run is the only row that is locked. State, effects and events hold our references only, never personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q
from viewflow import jsonstore
from viewflow.workflow.models import Process
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, RevisionMixin

from core import clock
from flows.kernel import Program, State, flatten
from flows.schema import Contract, Tree


def empty_tree() -> dict[str, Any]:
    return {"schema": 1, "code": "flow", "title": "", "body": [], "interrupts": []}


class FlowDefinition(LockableMixin, DraftStateMixin, RevisionMixin, PreviewableMixin, models.Model):
    """The draft staff work on. What patients walk are its published versions."""

    code = models.SlugField("编码", max_length=40, unique=True, help_text="小写字母、数字和下划线；首次发布后不能再改。")
    title = models.CharField("名称", max_length=80)
    note = models.CharField("说明", max_length=200, blank=True)
    tree = models.JSONField("步骤", default=empty_tree)
    updated = models.DateTimeField("修改时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "流程"
        ordering = ["title"]
        permissions = [("approve_flowdefinition", "可以审核收费流程的发布")]

    def __str__(self) -> str:
        return self.title

    @property
    def newest(self) -> FlowVersion | None:
        return self.versions.order_by("-number").first()


class FlowVersion(models.Model):
    """A published tree with the contracts it was proved against. Never changes, never goes away while a run needs it."""

    definition = models.ForeignKey(FlowDefinition, models.PROTECT, related_name="versions", verbose_name="流程")
    number = models.PositiveIntegerField("版本")
    tree = models.JSONField("步骤")
    contracts = models.JSONField("步骤类型")
    vocabulary = models.JSONField("开始时的事实", default=dict)
    """The start facts with the ranges they had at publication; empty for a version from before they were kept."""
    sha256 = models.CharField(max_length=64)
    kernel = models.PositiveIntegerField()
    published_by = models.CharField("发布人", max_length=150)
    approved_by = models.CharField("审核人", max_length=150, blank=True)
    published_at = models.DateTimeField("发布时间", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "流程版本"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["definition", "number"], name="flow_version_number_unique")]

    def __str__(self) -> str:
        return f"{self.definition.title} 第 {self.number} 版"

    @property
    def parsed(self) -> Tree:
        return _kept(self).tree

    @property
    def frozen(self) -> dict[str, Contract]:
        return _kept(self).contracts

    @property
    def program(self) -> Program:
        return _kept(self).program


@dataclass(frozen=True)
class Read:
    """A version's documents, read."""

    tree: Tree
    contracts: dict[str, Contract]
    program: Program


def _kept(version: FlowVersion) -> Read:
    """Read once for each process: a version never changes."""
    key = (version.pk, version.sha256)
    if key not in _read:
        tree = Tree.model_validate(version.tree)
        contracts = {name: Contract.model_validate(row) for name, row in version.contracts.items()}
        _read[key] = Read(tree, contracts, flatten(tree, contracts))
    return _read[key]


_read: dict[tuple[int, str], Read] = {}


class FlowBinding(models.Model):
    """Which visits start which version. The most specific binding wins; among equals the newest."""

    version = models.ForeignKey(FlowVersion, models.PROTECT, related_name="bindings", verbose_name="流程版本")
    campus = models.CharField("院区", max_length=40, blank=True, help_text="留空表示全部院区。")
    department = models.CharField("科室", max_length=40, blank=True, help_text="留空表示全部科室。")
    visit_kind = models.CharField("就诊类型", max_length=20, blank=True, help_text="留空表示全部类型。")
    since = models.DateTimeField("从何时起", default=clock.now)
    until = models.DateTimeField("到何时止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "流程投放"
        ordering = ["-since", "-pk"]

    def __str__(self) -> str:
        return f"{self.version} → {self.campus or '全部院区'}"


class Runs(models.QuerySet["Run"]):
    def light(self) -> Runs:
        """With their versions, without the versions' documents: those are read once for each process."""
        return self.select_related("version").defer("version__tree", "version__contracts", "version__vocabulary")


class Run(models.Model):
    """One visit under way. `state` is the kernel's; `revision` counts its changes (the screen's ETag)."""

    class Status(models.TextChoices):
        RUNNING = "running", "进行中"
        ENDED = "ended", "已结束"

    number = models.CharField("就诊编号", max_length=32, unique=True)
    version = models.ForeignKey(FlowVersion, models.PROTECT, related_name="runs", verbose_name="流程版本")
    patient = models.CharField("患者", max_length=32, db_index=True)
    appointment = models.CharField("预约", max_length=64, unique=True)
    campus = models.CharField("院区", max_length=40)
    department = models.CharField("科室", max_length=40)
    day = models.DateField("就诊日")
    state = models.JSONField()
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.RUNNING)
    in_trouble = models.BooleanField("需要处理", default=False)
    troubled_at = models.DateTimeField("从何时起要处理", null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField("开始", default=clock.now)
    ended_at = models.DateTimeField("结束", null=True, blank=True)
    ended_by = models.CharField("结束原因", max_length=40, blank=True)

    objects = Runs.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "就诊"
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["day"], condition=Q(status="running"), name="run_open_by_day")]
        permissions = [("act_on_run", "可以替患者办理步骤")]

    def __str__(self) -> str:
        return self.number

    @property
    def kernel_state(self) -> State:
        return State.from_json(self.state)


class Step(models.Model):
    """One row for each time a person could see a step. The instance name `key#n` is unique in its run."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="steps", verbose_name="就诊")
    key = models.CharField("步骤", max_length=40)
    n = models.PositiveIntegerField()
    type = models.CharField("类型", max_length=40)
    title = models.CharField("名称", max_length=80)
    state = models.CharField("状态", max_length=12)
    outcome = models.CharField("结果", max_length=40, blank=True)
    facts = models.JSONField(default=dict)
    reason = models.CharField("原因", max_length=200, blank=True)
    entered_at = models.DateTimeField("进入", default=clock.now)
    finished_at = models.DateTimeField("完成", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "就诊步骤"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "key", "n"], name="step_once_per_run")]

    @property
    def instance(self) -> str:
        return f"{self.key}#{self.n}"


class Event(models.Model):
    """Inbox and journal in one: what came, in which order, what it did. No foreign key points here."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="events", db_constraint=False)
    sequence = models.PositiveIntegerField()
    source = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    type = models.CharField(max_length=60)
    ref = models.CharField(max_length=80, blank=True)
    outcome = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)
    by = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField(default=clock.now)
    verdict = models.CharField(max_length=10)
    version = models.CharField(max_length=64)
    kernel = models.PositiveIntegerField()
    state_after = models.CharField(max_length=64)

    class Meta:
        ordering = ["sequence"]
        constraints = [models.UniqueConstraint(fields=["run", "sequence"], name="event_sequence_in_run")]


class Seen(models.Model):
    """Which (source, event) pairs arrived already; narrow, swept when old."""

    run = models.BigIntegerField()
    source = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "source", "name"], name="seen_once")]


class Timer(models.Model):
    """An armed timer of a run. Firing is an event like any other; a stale one is late."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="timers")
    name = models.CharField(max_length=90)
    due = models.DateTimeField(db_index=True)
    armed = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="timer_once_per_run")]


class Answer(models.Model):
    """An answer under its idempotency key: the second tap of the same key gets the current screen and does nothing.

    One that was noted but never `done` (the process died in between) is carried out again.
    """

    run = models.ForeignKey(Run, models.CASCADE)
    key = models.CharField(max_length=64)
    step = models.CharField(max_length=80)
    action = models.CharField(max_length=40)
    done = models.BooleanField(default=False)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="answer_key_once")]


class Handle(models.Model):
    """Which instance a business number of HIS belongs to in this run: the first instance that hears it keeps it for ever."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="handles")
    family = models.CharField(max_length=40)
    business = models.CharField(max_length=120)
    instance = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "family", "business"], name="business_number_once")]


class Rehearsal(models.Model):
    """One replay or simulation that somebody asked for: its parameters, how far it is, and what it found.

    `tree` is the draft as it was then. One that is running but was not touched for a while lost its worker: it is *broken off*.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "等着开始"
        RUNNING = "running", "正在算"
        DONE = "done", "已算完"
        CANCELLED = "cancelled", "已取消"
        FAILED = "failed", "没有算成"

    definition = models.ForeignKey(FlowDefinition, models.CASCADE, related_name="rehearsals", verbose_name="流程")
    kind = models.CharField("种类", max_length=10)
    tree = models.JSONField("当时的草稿")
    parameters = models.JSONField("假设", default=dict)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.JSONField("结果", null=True, blank=True)
    asked_by = models.CharField("谁要的", max_length=150)
    asked_at = models.DateTimeField("何时要的", default=clock.now)
    touched_at = models.DateTimeField(default=clock.now)
    seconds = models.FloatField("用时", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "彩排"
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Publication(Process):
    """The staff process that publishes a flow which takes money. `sha256` is of the tree as submitted: a draft changed since is stale."""

    definition = jsonstore.IntegerField()
    title = jsonstore.CharField(max_length=80)
    sha256 = jsonstore.CharField(max_length=64)
    by = jsonstore.CharField(max_length=150)
    submitter = jsonstore.CharField(max_length=150)
    agreed = jsonstore.BooleanField("决定", default=False)
    reason = jsonstore.CharField("理由", max_length=200, blank=True)

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "流程审核"


class StaffWork(Process):
    """The staff process about one visit: with an `instance` a step that a role works, without one a visit that stands still.

    `outcome`, `note`, `by` are how it ended; `reminded`, how often it was pressed for; `amount` in fen.
    """

    run = jsonstore.CharField(max_length=32)
    instance = jsonstore.CharField(max_length=60, blank=True, default="")
    roles = jsonstore.JSONField(default=list)
    title = jsonstore.CharField(max_length=80)
    what = jsonstore.CharField(max_length=200, blank=True, default="")
    order = jsonstore.CharField(max_length=32, blank=True, default="")
    amount = jsonstore.IntegerField(default=0)
    reminded = jsonstore.IntegerField(default=0)
    outcome = jsonstore.CharField(max_length=40, blank=True, default="")
    note = jsonstore.CharField(max_length=200, blank=True, default="")
    by = jsonstore.CharField(max_length=150, blank=True, default="")

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "工作人员任务"
