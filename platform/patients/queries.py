"""Reads. A patient's record is reached only here, and only by asking who is looking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.core.cache import cache

from core import clock
from core.encryption import blind_index
from patients import tokens
from patients.errors import PatientUnknown
from patients.models import Account, Membership, Patient

REMEMBERED_SECONDS = 60
COLUMNS = ("id", "platform", "display", "epoch", "is_active")
ELDER_FONT_PX = 22.0
"""From this size of the host's text on, the elder version is drawn (WeChat's 关怀模式 is 23.8)."""
SWITCHED = "已为您切换到大字版，可在设置中改回"


@dataclass(frozen=True)
class Display:
    """`mode`: normal or elder. `source`: account, host, age, default. `prompt` is shown once when the house chose the elder version."""

    mode: Literal["normal", "elder"]
    source: Literal["account", "host", "age", "default"]
    prompt: str = ""


def account_of(token: str, *, asking: bool = True) -> Account | None:
    """The account a token stands for; None when it is not ours, has expired or was ended. Without a look at the database for a minute,
    and not `asking` never: then None also where only the database can tell.
    """
    claim = tokens.read(token, at=int(clock.now().timestamp()))
    account = remembered(claim.account, asking=asking) if claim else None
    if claim is None or account is None or not account.is_active or account.epoch != claim.epoch:
        return None
    return account


def remembered(pk: int, *, asking: bool = True) -> Account | None:
    """The account's row as it was within the last minute; its openid is loaded when asked for."""
    kept = cache.get(f"patients.account:{pk}")
    if kept is None:
        row = Account.objects.filter(pk=pk).first() if asking else None
        if row is None:
            return None
        kept = [*(getattr(row, column) for column in COLUMNS), row.birth_year]
        cache.set(f"patients.account:{pk}", kept, REMEMBERED_SECONDS)
    account: Account = Account.from_db("default", COLUMNS, kept[:-1])
    account.birth_year = kept[-1]
    return account


def forget(account: Account) -> None:
    """Called after every write to the account."""
    cache.delete(f"patients.account:{account.pk}")
    account.__dict__.pop("birth_year", None)


def openid_index(openid: str) -> str:
    return blind_index(openid, kind="openid")


def patients_of(account: Account) -> list[Membership]:
    """The patients this account may act for, hers first."""
    return list(account.memberships.select_related("patient").order_by(*Membership.ORDER))


def patient_for(account: Account, patient_id: str) -> Patient:
    """`patient_id` is our number. Raises PatientUnknown for a stranger's, as for one that does not exist."""
    return find(Patient.objects.filter(number=patient_id, memberships__account=account).first())


def by_number(number: str) -> Patient:
    """For the rooms above, which have asked who is looking. Raises PatientUnknown."""
    return find(Patient.objects.filter(number=number).first())


def by_his_id(his_patient_id: str) -> Patient | None:
    """The patient an event of the HIS speaks of; None when nobody has bound that card."""
    return Patient.objects.filter(his_patient_id=his_patient_id).first()


def find(patient: Patient | None) -> Patient:
    if patient is None:
        raise PatientUnknown
    return patient


def display_mode(account: Account, *, host_font: float | None = None) -> Display:
    """Her own choice wins; else large text on her phone (px), else the age of the patient who is hers first."""
    if account.display in (Account.Mode.NORMAL, Account.Mode.ELDER):
        return Display("elder" if account.display == Account.Mode.ELDER else "normal", "account")
    if host_font is not None and host_font >= ELDER_FONT_PX:
        return Display("elder", "host", SWITCHED)
    if account.birth_year and clock.today().year - account.birth_year >= settings.ELDER_AGE:
        return Display("elder", "age", SWITCHED)
    return Display("normal", "default")


def elder_of(number: str) -> bool | None:
    """Whether the account she uses herself (else the one that acts for her) is drawn in the elder version; None while there is none."""
    acting = Membership.objects.select_related("account").filter(patient__number=number).order_by("-relation", *Membership.ORDER).first()
    return display_mode(acting.account).mode == "elder" if acting else None
