"""What a channel of payment must be able to do. Our numbers and fen go in, what the channel says comes out; the wire stays inside.

Every call may raise PartnerUnavailable (it never arrived), PartnerRefused (answered no) or PartnerUnclear (it may have arrived).
A status the connector does not know is *unknown*: never success, never failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True)
class Asking:
    """One sum to collect. The same asking sent again is the same order at the channel."""

    out_trade_no: str
    amount: int
    description: str
    payer: str
    client_ip: str
    expires_at: datetime


@dataclass(frozen=True)
class Standing:
    """What the channel says about one of our numbers. *absent*: it does not know the number (yet)."""

    out_trade_no: str
    state: Literal["waiting", "paid", "closed", "absent", "unknown"]
    amount: int = 0
    channel_no: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True)
class RefundAsking:
    number: str
    out_trade_no: str
    channel_no: str
    amount: int
    total: int
    reason: str


@dataclass(frozen=True)
class RefundStanding:
    """What the channel says about one of our refunds. *closed* and *abnormal* need a person."""

    number: str
    state: Literal["processing", "succeeded", "closed", "abnormal", "absent", "unknown"]
    amount: int = 0
    out_trade_no: str = ""
    channel_no: str = ""


@dataclass(frozen=True)
class Notice:
    """A notice that passed every check. One of `payment` and `refund` is set."""

    event_type: str
    payment: Standing | None = None
    refund: RefundStanding | None = None

    @property
    def number(self) -> str:
        return self.refund.number if self.refund else self.out_trade_no

    @property
    def out_trade_no(self) -> str:
        told = self.payment or self.refund
        return told.out_trade_no if told else ""


class Channel(Protocol):
    def prepay(self, asking: Asking) -> str:
        """The channel's id of the order, which the payer's cashier needs."""

    def cashier(self, prepay_id: str) -> dict[str, str]:
        """What the payer's app hands to the host's cashier, signed now."""

    def demo_cashier(self, params: Mapping[str, str]) -> str | None:
        """A web page that plays the host's cashier with these parameters; only in the demo."""

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Raises CallbackForged, CallbackStale, CallbackProbe."""

    def answer(self, *, refused: str = "") -> bytes:
        """The body that tells the channel its notice was taken, or why not."""

    def query(self, out_trade_no: str) -> Standing: ...

    def close(self, out_trade_no: str) -> None:
        """Ask the channel to close. Its answer proves nothing: query afterwards."""

    def refund(self, asking: RefundAsking) -> RefundStanding: ...

    def query_refund(self, number: str) -> RefundStanding: ...
