"""What a host app (WeChat, Alipay) must do for us."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class HostIdentity:
    """`openid`: who she is to our program on this host. `unionid` is empty where the host gives none."""

    openid: str = field(repr=False)
    unionid: str = field(default="", repr=False)


class Platform(Protocol):
    def session(self, code: str) -> HostIdentity:
        """Spend the host's sign-in code. Raises SignInRefused, AccountBlocked, PartnerUnavailable, PartnerRefused (our set-up is wrong)."""
        ...

    def access_token(self) -> str:
        """The token for calls on the program's behalf: kept until shortly before it expires, fetched by one caller at a time."""
        ...
