"""Every write of this room."""

from __future__ import annotations

from django.db import transaction

from core import audit, clock, numbers, outbox
from his.port import Card, Identity
from patients import queries
from patients.errors import ModeUnknown
from patients.events import CardBound
from patients.models import Account, Membership, Patient
from patients.platforms.port import HostIdentity

CHILD_UNTIL = 14
"""Years. A younger one has no phone sign-in of her own."""


@transaction.atomic
def keep_account(platform: str, identity: HostIdentity) -> Account:
    """The account of this person on this platform; made at her first sign-in."""
    account = Account.objects.filter(platform=platform, openid=identity.openid).first()
    if account is None:
        account, _ = Account.objects.get_or_create(
            platform=platform, openid_index=queries.openid_index(identity.openid), defaults={"openid": identity.openid}
        )
    return account


@transaction.atomic
def keep_card(account: Account, identity: Identity, card: Card) -> Patient:
    """This account may act for the patient the HIS confirmed. A repeat brings her data up to date and tells nobody again."""
    Account.objects.select_for_update().get(pk=account.pk)
    hers = {
        "card": card.card_no, "name": identity.name, "id_no": identity.id_no, "phone": identity.phone,
        "sex": card.sex if card.sex in Patient.Sex.values else Patient.Sex.UNKNOWN, "birth_year": card.birth_date.year,
    }  # fmt: skip
    patient, _ = Patient.objects.update_or_create(
        his_patient_id=card.patient, defaults=hers, create_defaults={**hers, "number": numbers.mint("P")}
    )
    relation = relation_of(account, card)
    _, new = Membership.objects.get_or_create(account=account, patient=patient, defaults={"relation": relation})
    if new:
        audit.record(f"account:{account.pk}", "patients.card_bound", patient.number, relation=str(relation))
        outbox.publish(CardBound(patient=patient.number, his_patient_id=patient.his_patient_id))
    transaction.on_commit(lambda: queries.forget(account))
    return patient


def relation_of(account: Account, card: Card) -> Membership.Relation:
    """The first grown-up is the holder of the phone; everyone else is her family."""
    is_child = clock.today().year - card.birth_date.year < CHILD_UNTIL
    taken = account.memberships.filter(relation=Membership.Relation.SELF).exists()
    return Membership.Relation.FAMILY if is_child or taken else Membership.Relation.SELF


@transaction.atomic
def choose_display(account: Account, mode: str) -> None:
    """`normal`, `elder`, or `auto` to let the house choose. Raises ModeUnknown."""
    if mode not in Account.Mode.values:
        raise ModeUnknown
    Account.objects.filter(pk=account.pk).update(display=mode)
    account.display = mode
    transaction.on_commit(lambda: queries.forget(account))


@transaction.atomic
def end_sign_ins(account: Account) -> None:
    """Every token issued to this account so far is void."""
    row = Account.objects.select_for_update().get(pk=account.pk)
    row.epoch += 1
    row.save(update_fields=["epoch"])
    audit.record(f"account:{row.pk}", "patients.sign_ins_ended", f"account:{row.pk}")
    transaction.on_commit(lambda: queries.forget(row))
