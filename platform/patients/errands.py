"""What leaves the house: the host app is asked who signs in, the HIS whose card it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from core import clock, limits
from core.encryption import blind_index
from core.errors import PartnerRefused, Problem
from his import his
from his.port import Card, Identity
from patients import actions, documents, tokens
from patients.errors import AccountBlocked, CardNotFound, CardRefused, PhoneDiffers, TriedTooOften
from patients.models import Account, Patient
from patients.platforms import platform as host

TRIES_AN_HOUR = 6
HOUR = 3600
NO: dict[str, type[Problem]] = {"patient_unknown": CardNotFound, "phone_differs": PhoneDiffers}


@dataclass(frozen=True)
class Session:
    token: str = field(repr=False)
    account: Account


def sign_in(platform: str, code: str) -> Session:
    """Raises PlatformUnknown, SignInRefused, AccountBlocked, PartnerUnavailable."""
    identity = host(platform).session(code)
    account = actions.keep_account(platform, identity)
    if not account.is_active:
        raise AccountBlocked
    claim = tokens.Claim(account.pk, account.epoch)
    return Session(tokens.issue(claim, at=int(clock.now().timestamp())), account)


def bind_card(account: Account, *, name: str, id_type: str, id_no: str, phone: str) -> Patient:
    """The patient whose card this is, once the HIS confirms name, document and phone together. Twice is the same patient.

    Raises NameMissing, IdNumberWrong, PhoneWrong (nobody was asked), TriedTooOften, CardNotFound, PhoneDiffers, CardRefused,
    PartnerUnavailable.
    """
    identity = documents.identity(name=name, id_type=id_type, id_no=id_no, phone=phone)
    count_try(account, identity)
    return actions.keep_card(account, identity, confirmed(identity))


def count_try(account: Account, identity: Identity) -> None:
    """Counted for the account and for the document, so that many accounts cannot guess at one person either."""
    document = blind_index(identity.id_no, kind="id_no")
    for key in (f"bind:account:{account.pk}", f"bind:document:{document}"):
        if not limits.allow(key, times=TRIES_AN_HOUR, seconds=HOUR):
            raise TriedTooOften


def confirmed(identity: Identity) -> Card:
    try:
        return his().match(identity)
    except PartnerRefused as no:
        refusal = NO.get(no.reason, CardRefused)
        raise refusal(reason=no.reason) from None
