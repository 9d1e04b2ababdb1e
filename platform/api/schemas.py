"""What travels between the mini-program and us, beside screens."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.screen import Screen


class Wire(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Config(Wire):
    """What a client knows before anyone signs in. `sign_in_url` is set only for the demo's H5."""

    hospital: str
    desk_name: str
    desk_phone: str
    sign_in_url: str
    appid: str
    elder_age: int
    source_url: str


class SignIn(Wire):
    platform: Literal["wechat", "alipay"]
    code: str = Field(min_length=1, max_length=200)


class SignedIn(Wire):
    token: str
    bound: bool


class Card(Wire):
    """The person whose card is bound. `consent` says she has read the privacy notice."""

    name: str = Field(min_length=1, max_length=60)
    id_type: Literal["resident", "passport", "hk_macau", "taiwan", "foreign_residence"] = "resident"
    id_no: str = Field(min_length=4, max_length=30)
    phone: str = Field(min_length=5, max_length=20)
    consent: Literal[True]


class Person(Wire):
    id: str
    name: str
    relation: str
    card: str
    current: bool


class Bound(Wire):
    patient: Person


class Display(Wire):
    """How screens are drawn for this account; `source` says why, `prompt` is shown once when the house chose."""

    mode: Literal["normal", "elder"]
    source: Literal["account", "age", "host", "default"]
    prompt: str = ""


class Me(Wire):
    patients: list[Person]
    display: Display


class DisplayChoice(Wire):
    mode: Literal["normal", "elder", "auto"]


class PositionReading(Wire):
    """One reading in GCJ-02; `accuracy` in metres, `at` when it was taken. Used and not kept."""

    lng: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    accuracy: float = Field(ge=0, le=100_000)
    at: datetime


class StepAnswer(Wire):
    action: str = Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z_]*$")
    data: dict[str, str] = {}
    position: PositionReading | None = None


class Pay(Wire):
    channel: Literal["wechat"]


class WeChatParams(Wire):
    timeStamp: str
    nonceStr: str
    package: str
    signType: str
    paySign: str


class Payment(Wire):
    """What the host's cashier needs. `cashier` is a web page that plays the host in the demo's H5, else empty."""

    order: str
    kind: Literal["wechat"]
    params: WeChatParams
    cashier: str = ""


class Problem(Wire):
    """problem+json. `screen` is the current screen when the tap came too late."""

    type: str = "about:blank"
    code: str
    title: str
    detail: str = ""
    remedy: str = ""
    status: int
    facts: dict[str, str | int] = {}
    screen: Screen | None = None


class StaffOrder(Wire):
    """An order as our books have it: for reconciliation by eye and for `make walk`. Money in fen."""

    number: str
    state: str
    amount: int
    paid: int
    refunded: int
    booked: bool
    receipt: str
    out_trade_no: str
    channel_no: str
    balanced: bool
