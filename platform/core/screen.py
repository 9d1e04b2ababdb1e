"""The vocabulary of patient screens: what a room says, and the mini-program draws.

A screen is a list of typed blocks; a client skips a type it does not know. Every text arrives masked, money is whole fen,
times are ISO 8601 with offset: the client formats them. A tap is always an `Action`. Source: design/ui/patient.md §3.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Tone = Literal["plain", "now", "waiting", "good", "trouble", "unknown", "insurance"]
ElderRole = Literal["lead", "support", "more", "drop"]
Service = Literal["visit", "lab", "img", "rx", "pay", "bed", "rep", "tx", "gd", "me", "msg"]
NodeState = Literal["future", "maybe", "now", "waiting", "done", "skipped", "cancelled", "trouble", "unknown"]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Action(Part):
    """What a tap does.

    `go`: open the page `target` of the mini-program (a path such as `/pages/visit/index?id=…`). `act`: POST `target` (an
    address under `/api/v1`) with `body`; the answer is the next screen. `pay`: POST `target`, then open the host's cashier with the
    answer. `call`: dial `target`. `nav`: open the host's map at `target` ("lng,lat,name"). `open`: another program or web page.
    `locate` is set when the client must add a position reading to `body` under `position`.
    """

    label: str
    kind: Literal["go", "act", "pay", "call", "nav", "open"]
    target: str
    tone: Literal["main", "second", "link", "danger"] = "second"
    body: dict[str, str] = {}
    locate: bool = False
    confirm: str | None = None


class Elder(Part):
    """How the block appears in the elder version; a missing text falls back to the normal one."""

    role: ElderRole = "support"
    title: str | None = None
    text: str | None = None


class Block(Part):
    key: str
    elder: Elder = Elder()


class PatientBar(Block):
    type: Literal["patient_bar"] = "patient_bar"
    name: str
    relation: str
    card: str
    switch: Action | None = None


class Place(Block):
    type: Literal["place"] = "place"
    campus: str = ""
    building: str
    floor: str = ""
    room: str = ""
    hint: str = ""
    navigate: Action | None = None


class NowCard(Block):
    """The one thing now. `value` and `unit` are the big figure ("3", "位"); `wait` says how long, with "as of" in the screen."""

    type: Literal["now_card"] = "now_card"
    tone: Tone = "now"
    title: str
    lead: str = ""
    value: str = ""
    unit: str = ""
    place: str = ""
    wait: str = ""
    caution: str = ""
    icon: Service = "visit"
    action: Action | None = None


class RouteNode(Part):
    """One station of the chain. `lanes` are the lines of a fork that starts here, each a list of stations."""

    key: str
    state: NodeState
    title: str
    note: str = ""
    time: datetime | None = None
    icon: Service = "visit"
    place: str = ""
    optional: str = ""
    action: Action | None = None
    lanes: list[list[RouteNode]] = []


class Route(Block):
    type: Literal["route"] = "route"
    nodes: list[RouteNode]
    step: int = Field(description="number of the current station, from 1; 0 when the visit has ended")
    total: int


class Ticket(Block):
    type: Literal["ticket"] = "ticket"
    number: str
    ahead: int | None
    minutes_low: int | None = None
    minutes_high: int | None = None
    as_of: datetime
    called: bool = False
    room: str = ""


class Fence(Block):
    """Am I near enough? The server does not keep a position: distance and limit in metres of the last reading, if there is one."""

    type: Literal["fence"] = "fence"
    limit: int
    distance: int | None = None
    inside: bool | None = None
    accuracy: int | None = None
    campus: str = ""


class EntityCard(Block):
    type: Literal["entity_card"] = "entity_card"
    title: str
    lines: list[str] = []
    badge: str = ""
    tone: Tone = "plain"
    icon: Service | None = None
    amount: int | None = None
    selected: bool = False
    action: Action | None = None


class Row(Part):
    title: str
    note: str = ""
    value: str = ""
    amount: int | None = None
    tone: Tone = "plain"
    icon: Service | None = None
    time: datetime | None = None
    unread: bool = False
    action: Action | None = None


class RowList(Block):
    type: Literal["row_list"] = "row_list"
    title: str = ""
    rows: list[Row]


class Tile(Part):
    service: Service
    title: str
    status: str = ""
    action: Action


class Tiles(Block):
    type: Literal["tiles"] = "tiles"
    items: list[Tile]


class Pair(Part):
    label: str
    value: str = ""
    amount: int | None = None
    time: datetime | None = None


class Facts(Block):
    type: Literal["facts"] = "facts"
    title: str = ""
    pairs: list[Pair]


class Tender(Part):
    kind: Literal["fund", "account", "cash"]
    title: str
    amount: int


class Amount(Block):
    type: Literal["amount"] = "amount"
    total: int
    due: int
    tenders: list[Tender] = []
    deadline: datetime | None = None


class Item(Part):
    name: str
    note: str = ""
    quantity: str = ""
    amount: int


class ItemGroup(Part):
    title: str
    items: list[Item]


class ItemLines(Block):
    type: Literal["item_lines"] = "item_lines"
    title: str = ""
    groups: list[ItemGroup]
    folded: bool = False


class Option(Part):
    value: str
    label: str
    note: str = ""


class Choice(Block):
    """Choose one; the POST of `target` carries the action `choose`, and the choice under `data` by its `name`."""

    type: Literal["choice"] = "choice"
    title: str = ""
    name: str
    options: list[Option]
    value: str = ""
    target: str


class FormField(Part):
    name: str
    label: str
    kind: Literal["text", "name", "id_no", "phone", "select", "date", "number"] = "text"
    hint: str = ""
    required: bool = True
    options: list[Option] = []
    value: str = ""


class Form(Block):
    """Fields to fill in; what was filled in goes with `submit`, under `data` by the names of the fields."""

    type: Literal["form"] = "form"
    fields: list[FormField]
    consent: str = ""
    submit: Action


class Stepper(Block):
    type: Literal["stepper"] = "stepper"
    index: int
    labels: list[str]


class Notice(Block):
    type: Literal["notice"] = "notice"
    tone: Tone = "plain"
    title: str = ""
    text: str
    action: Action | None = None


class Result(Block):
    """How it ended. The first sentence after a fault says whether money was taken."""

    type: Literal["result"] = "result"
    outcome: Literal["good", "unknown", "failed", "empty"]
    title: str
    money_sentence: str = ""
    reason: str = ""
    code: str = ""


class RichPart(Part):
    """Prose of a guide page: `heading`, `text` (plain paragraphs), `numbered` (items), `picture`, `faq`, `station`."""

    kind: Literal["heading", "text", "numbered", "picture", "faq", "station"]
    text: str = ""
    title: str = ""
    items: list[str] = []
    url: str = ""
    alt: str = ""


class RichText(Block):
    type: Literal["rich_text"] = "rich_text"
    parts: list[RichPart]


class Code(Block):
    """Shown to a machine or at a window. `payload` is our reference of the visit, never personal data."""

    type: Literal["code"] = "code"
    payload: str
    note: str = ""
    valid_until: datetime | None = None


class ActionBar(Block):
    type: Literal["action_bar"] = "action_bar"
    main: Action | None = None
    second: Action | None = None
    link: Action | None = None
    sum: int | None = None


AnyBlock = Annotated[
    PatientBar
    | Place
    | NowCard
    | Route
    | Ticket
    | Fence
    | EntityCard
    | RowList
    | Tiles
    | Facts
    | Amount
    | ItemLines
    | Choice
    | Form
    | Stepper
    | Notice
    | Result
    | RichText
    | Code
    | ActionBar,
    Field(discriminator="type"),
]


class Poll(Part):
    """Ask again after so many seconds (while the page is visible)."""

    after: int


class Screen(Part):
    """One page. `speech` is what 念给我听 says; `help` are the two buttons of the help bar (desk number may be empty)."""

    key: str
    title: str
    tone: Tone = "plain"
    mode: Literal["normal", "elder"] = "normal"
    as_of: datetime
    speech: str = ""
    blocks: list[AnyBlock]
    poll: Poll | None = None
    back: str = ""
    desk_phone: str = ""
    desk_name: str = ""


RouteNode.model_rebuild()
