"""What a node type tells the house about itself. A node only describes; errands and actions carry it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.screen import Action, Service
from flows.schema import Contract

Seen = Literal["future", "maybe", "now", "waiting", "done", "skipped", "cancelled", "trouble", "unknown"]


class Where(BaseModel):
    """A place as staff write it on a step. Empty: HIS says where."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    building: str = Field(default="", title="楼")
    floor: str = Field(default="", title="楼层")
    room: str = Field(default="", title="房间或窗口")
    hint: str = Field(default="", title="怎么走")


class Settings(BaseModel):
    """What staff set on every node: what the patient reads, and where. Empty texts fall back to the type's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    now_text: str = Field(default="", title="轮到时，患者读到", max_length=120)
    elder_text: str = Field(default="", title="轮到时，长辈版读到", max_length=60)
    done_text: str = Field(default="", title="完成后，患者读到", max_length=60)
    place: Where = Field(default=Where(), title="在哪里")


@dataclass(frozen=True)
class Scene:
    """Everything a node may look at to draw itself. Texts are masked; money is fen; nothing is fetched while drawing."""

    key: str
    instance: str
    title: str
    state: Seen
    settings: Settings
    run: str
    outcome: str = ""
    entered_at: datetime | None = None
    finished_at: datetime | None = None
    reason: str = ""
    campus: str = ""
    campus_at: str = ""
    """Where the campus is, as a map opens it: "lng,lat,name" in GCJ-02."""
    appointment_time: datetime | None = None
    department: str = ""
    doctor: str = ""
    his_place: str = ""
    ticket: str = ""
    ahead: int | None = None
    minutes_low: int | None = None
    minutes_high: int | None = None
    called: bool = False
    room: str = ""
    fence_metres: int = 0
    due_fen: int = 0
    bill_lines: tuple[tuple[str, str, str, int], ...] = ()
    order: str = ""
    order_state: str = ""
    order_deadline: datetime | None = None
    paid_fen: int = 0
    medicine: str = ""
    window: str = ""
    page_title: str = ""
    desk: str = ""
    elder: bool = False
    mode: str = ""
    """`closing`, `expiring` or `undoing` while a partner is being asked to take something back; else empty."""

    @property
    def place(self) -> str:
        """Where to go, in one line: what staff wrote, else what HIS said."""
        where = self.settings.place
        return " ".join(part for part in (where.building, where.floor, where.room) if part) or self.his_place

    def go(self, label: str, *, tone: Literal["main", "second", "link"] = "main") -> Action:
        """The way to the step's own page."""
        return Action(label=label, kind="go", target=f"/pages/step/index?visit={self.run}&step={self.key}", tone=tone)

    def act(self, label: str, action: str, *, locate: bool = False) -> Action:
        """A tap that answers this step."""
        return Action(
            label=label,
            kind="act",
            target=f"/visits/{self.run}/steps/{self.key}/answer",
            tone="main",
            body={"action": action},
            locate=locate,
        )


@dataclass(frozen=True)
class Drawing:
    """How a step reads in one state. `lead` is the sentence under the title; `value`, `unit` the big figure."""

    lead: str = ""
    note: str = ""
    value: str = ""
    unit: str = ""
    wait: str = ""
    caution: str = ""
    verb: str = ""
    action: Action | None = None


@dataclass(frozen=True)
class Hearing:
    """How an event of the house becomes an outcome: the outcome, and the facts it carries (event field → fact)."""

    outcome: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeType:
    """One row of the palette. `hears` maps event types to outcomes; `answers` lists the taps a patient may make."""

    contract: Contract
    family: Literal["care", "money", "talk", "system"]
    icon: Service
    summary: str
    settings: type[Settings]
    draw: Callable[[Scene], Drawing]
    hears: Mapping[str, Hearing] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    online: bool = False
    due: Callable[[Settings, datetime], datetime] | None = None
    """When its own time is over, for a wait that began then: the type's settings say it, not so many minutes."""

    @property
    def name(self) -> str:
        return self.contract.name

    def settings_of(self, raw: Mapping[str, Any]) -> Settings:
        """The typed settings; what a draft has wrong reads as the default (the proof names it)."""
        known = {name: value for name, value in raw.items() if name in self.settings.model_fields}
        try:
            return self.settings.model_validate(known)
        except ValueError:
            return self.settings.model_construct()
