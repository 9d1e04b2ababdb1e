"""Signing in and binding a card against the sandbox's WeChat and HIS, with the cast it knows."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from core.errors import PartnerRefused, PartnerUnavailable
from patients import errands, queries
from patients.errors import CardNotFound, PatientUnknown, PhoneDiffers, SignInRefused
from patients.models import Account, Membership, Patient
from patients.platforms import platform

pytestmark = pytest.mark.django_db(transaction=True)


def papers(person: dict[str, Any], **other: str) -> dict[str, str]:
    return {**{name: person[name] for name in ("name", "id_type", "id_no", "phone")}, **other}


def enter(sandbox: Any, key: str) -> Account:
    return errands.sign_in("wechat", sandbox.code(key)).account


def test_she_signs_in_and_binds_her_card(sandbox: Any) -> None:
    wang = sandbox.cast["wang"]
    session = errands.sign_in("wechat", sandbox.code("wang"))
    assert session.account.openid.reveal() == wang["openid"]
    assert queries.patients_of(session.account) == []
    patient = errands.bind_card(session.account, **papers(wang))
    assert (patient.his_patient_id, patient.name.masked, patient.birth_year, patient.sex) == (wang["patient"], "王*", 1988, "female")
    again = errands.sign_in("wechat", sandbox.code("wang"))
    assert [row.patient for row in queries.patients_of(again.account)] == [patient]
    assert queries.account_of(session.token) == again.account


def test_a_code_is_good_once(sandbox: Any) -> None:
    code = sandbox.code("wang")
    errands.sign_in("wechat", code)
    with pytest.raises(SignInRefused):
        errands.sign_in("wechat", code)
    with pytest.raises(SignInRefused):
        errands.sign_in("wechat", "never-given")
    assert Account.objects.count() == 1


def test_a_wrong_secret_is_ours_to_mend(sandbox: Any, settings: Any) -> None:
    chosen = settings.PLATFORMS["wechat"]
    settings.PLATFORMS = {"wechat": {**chosen, "OPTIONS": {**chosen["OPTIONS"], "secret": "wrong"}}}
    with pytest.raises(PartnerRefused):
        errands.sign_in("wechat", sandbox.code("wang"))


@pytest.mark.parametrize("way", [True, "cut"])
def test_wechat_is_down(sandbox: Any, way: Any) -> None:
    code = sandbox.code("wang")
    sandbox.fault("wechat", "down", way)
    with pytest.raises(PartnerUnavailable):
        errands.sign_in("wechat", code)
    sandbox.fault("wechat", "down", False)
    assert errands.sign_in("wechat", code).account.platform == "wechat"


def test_the_access_token_is_shared(sandbox: Any) -> None:
    assert platform("wechat").access_token() == platform("wechat").access_token()
    assert len([call for call in sandbox.seen("wechat") if "/cgi-bin/token" in str(call)]) == 1


def test_a_parent_binds_her_child(sandbox: Any) -> None:
    li, child = sandbox.cast["li"], sandbox.cast["li_child"]
    parent = enter(sandbox, "li")
    errands.bind_card(parent, **papers(li))
    errands.bind_card(parent, **papers(child))
    assert [(row.patient.his_patient_id, row.relation_text) for row in queries.patients_of(parent)] == [
        (li["patient"], "本人"),
        (child["patient"], "家人"),
    ]


def test_another_persons_card_needs_her_phone_as_well(sandbox: Any) -> None:
    """Name and document alone open nothing; and what she bound herself stays out of a stranger's sight."""
    wang, stranger = sandbox.cast["wang"], enter(sandbox, "ma")
    hers = errands.bind_card(enter(sandbox, "wang"), **papers(wang))
    with pytest.raises(PhoneDiffers):
        errands.bind_card(stranger, **papers(wang, phone=sandbox.cast["ma"]["phone"]))
    with pytest.raises(CardNotFound):
        errands.bind_card(stranger, **papers(wang, name=sandbox.cast["ma"]["name"]))
    assert queries.patients_of(stranger) == []
    with pytest.raises(PatientUnknown):
        queries.patient_for(stranger, hers.number)


def test_a_person_without_a_card_is_told_where_to_go(sandbox: Any) -> None:
    with pytest.raises(CardNotFound) as caught:
        errands.bind_card(enter(sandbox, "stranger"), **papers(sandbox.cast["stranger"]))
    assert "服务台" in caught.value.remedy
    assert not Patient.objects.exists()


def test_every_person_of_the_cast_can_be_bound(sandbox: Any) -> None:
    people = [person for person in sandbox.cast.values() if person["patient"] and person["openid"]]
    for person in people:
        assert errands.bind_card(enter(sandbox, person["key"]), **papers(person)).his_patient_id == person["patient"]
    assert Membership.objects.count() == len(people)


def test_an_elder_of_the_cast_sees_the_elder_version(sandbox: Any) -> None:
    zhao = enter(sandbox, "zhao")
    errands.bind_card(zhao, **papers(sandbox.cast["zhao"]))
    assert queries.display_mode(zhao).source == "age"


def test_the_his_is_down_while_she_binds(sandbox: Any) -> None:
    wang, hers = sandbox.cast["wang"], enter(sandbox, "wang")
    sandbox.fault("his", "down")
    with pytest.raises(PartnerUnavailable):
        errands.bind_card(hers, **papers(wang))
    assert not Patient.objects.exists()
    sandbox.fault("his", "down", False)
    assert errands.bind_card(hers, **papers(wang)).his_patient_id == wang["patient"]


def test_nothing_plain_of_the_cast_is_in_tables_or_cache(sandbox: Any, settings: Any) -> None:
    people = [sandbox.cast[key] for key in ("wang", "zhao", "smith")]
    for person in people:
        session = errands.sign_in("wechat", sandbox.code(person["key"]))
        errands.bind_card(session.account, **papers(person))
        queries.account_of(session.token)
    with connection.cursor() as cursor:
        kept = "".join(repr(rows_of(cursor, table)) for table in connection.introspection.table_names())
    client = cache._cache.get_client()
    kept += "".join(value_of(client, key) for key in client.scan_iter())
    plain = [person[name] for person, name in itertools.product(people, ("name", "id_no", "phone", "card_no", "openid"))]
    assert [text for text in plain if text in kept] == []


def rows_of(cursor: Any, table: str) -> list[Any]:
    cursor.execute(f'select * from "{table}"')
    return list(cursor.fetchall())


def value_of(client: Any, key: bytes) -> str:
    """Key and value as text: the cache's own are strings, the queue's are lists, sets and hashes."""
    readers = {
        b"string": client.get, b"list": lambda k: client.lrange(k, 0, -1), b"set": client.smembers, b"hash": client.hgetall,
        b"zset": lambda k: client.zrange(k, 0, -1),
    }  # fmt: skip
    found = readers[client.type(key)](key)
    parts = [found] if isinstance(found, bytes) else [*found, *(found.values() if isinstance(found, dict) else [])]
    return b" ".join([key, *parts]).decode("utf-8", "replace")
