"""The sandbox HIS against docs/partners/his-rest.md: signatures, reading, matching."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

SEVENTEEN = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Key-Id": "another"},
        {"X-Time": -301},
        {"X-Time": 400},
        {"X-Time": "now"},
        {"X-Nonce": "short"},
        {"X-Nonce": "with-dashes-and-long-enough"},
        {"X-Signature": "0" * 64},
        {"X-Signature": ""},
    ],
)
def test_a_request_that_is_not_properly_signed_is_refused(his: Any, changed: dict[str, Any]) -> None:
    changed = {name: str(int(time.time()) + value) if isinstance(value, int) else value for name, value in changed.items()}
    answer = requests.get(f"{his.url}/campuses", headers=his.headers("GET", "/campuses", b"", **changed), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature")


def test_a_nonce_is_good_once(his: Any) -> None:
    headers = his.headers("GET", "/campuses", b"")
    answers = [requests.get(f"{his.url}/campuses", headers=headers, timeout=5) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]


def test_the_signature_covers_query_and_body(his: Any, sandbox: Any, visit: str) -> None:
    headers = his.headers("GET", "/departments?campus=C1", b"")
    assert requests.get(f"{his.url}/departments?campus=C2", headers=headers, timeout=5).status_code == 401
    path = f"/appointments/{visit}/check-in"
    headers = his.headers("POST", path, b'{"request_no":"1","means":"gps"}')
    assert requests.post(his.url + path, data=b'{"request_no":"2","means":"gps"}', headers=headers, timeout=5).status_code == 401
    assert his.get(f"/appointments/{visit}").json()["state"] == "booked"


def test_the_directory(his: Any) -> None:
    campuses = his.get("/campuses").json()["campuses"]
    assert [set(row) for row in campuses] == [{"id", "name", "address", "lng", "lat", "fence_metres"}] * 2
    departments = his.get("/departments?campus=").json()["departments"]
    assert len(departments) >= 6
    assert all(set(row) == {"id", "campus", "name", "pinyin", "place"} for row in departments)
    assert {row["campus"] for row in his.get("/departments?campus=C2").json()["departments"]} == {"C2"}
    doctors = his.get(f"/doctors?department={departments[0]['id']}").json()["doctors"]
    assert [set(row) for row in doctors] == [{"id", "department", "name", "title", "skill"}] * 2


def test_an_appointment_has_every_word_of_the_contract(his: Any, sandbox: Any, visit: str) -> None:
    patient = sandbox.cast["wang"]["patient"]
    rows = his.get(f"/appointments?patient={patient}&date={time.strftime('%Y-%m-%d', time.gmtime(time.time() + 28800))}").json()[
        "appointments"
    ]
    assert rows == [his.get(f"/appointments/{visit}").json()]
    words = "id patient campus department department_name doctor doctor_name date session starts ends kind state fee_fen insured place"
    assert set(rows[0]) == set(words.split())
    assert (rows[0]["patient"], rows[0]["state"], rows[0]["insured"]) == (patient, "booked", False)


def test_the_match_finds_a_card_and_changes_nothing(his: Any, sandbox: Any) -> None:
    person = sandbox.cast["wang"]
    asked = {name: person[name] for name in ("name", "id_type", "id_no", "phone")}
    last = sandbox.last_event
    assert his.post("/patients/match", **asked).json() == {name: person[name] for name in ("patient", "card_no", "sex", "birth_date")}
    other = his.post("/patients/match", **{**asked, "phone": "13000019999"})
    assert (other.status_code, other.json()["code"]) == (409, "phone_differs")
    stranger = {name: sandbox.cast["stranger"][name] for name in asked}
    unknown = his.post("/patients/match", **stranger)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "patient_unknown")
    assert sandbox.last_event == last


def test_the_log_of_the_sandbox_masks_who_was_asked_for(his: Any, sandbox: Any) -> None:
    person = sandbox.cast["wang"]
    his.post("/patients/match", **{name: person[name] for name in ("name", "id_type", "id_no", "phone")})
    seen = str(sandbox.seen("his", 5))
    assert "/patients/match" in seen
    assert not [name for name in ("name", "id_no", "phone") if person[name] in seen]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/appointments/A9", 404, "appointment_unknown"),
        ("/bills/B9", 404, "bill_unknown"),
        ("/bills", 400, "malformed"),
        ("/schedules?department=K1&date=soon", 400, "malformed"),
        ("/nothing", 404, "not_found"),
    ],
)
def test_what_is_not_there(his: Any, path: str, status: int, code: str) -> None:
    answer = his.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_everyone_in_the_cast_is_invented(sandbox: Any) -> None:
    residents = [person for person in sandbox.cast.values() if person.get("id_type") == "resident"]
    assert len(residents) >= 6
    for person in residents:
        digits, check = person["id_no"][:17], person["id_no"][17]
        assert digits.startswith("990101"), "the area code must be unassigned"
        assert check == "10X98765432"[sum(int(digit) * weight for digit, weight in zip(digits, SEVENTEEN, strict=True)) % 11]


def test_json_of_the_wrong_shape_is_refused(his: Any, visit: str) -> None:
    for body in (b"[]", b"{", b'{"request_no":"x"}', b'{"request_no":7,"means":"gps"}', b'{"request_no":"y","means":"flight"}'):
        path = f"/appointments/{visit}/check-in"
        answer = requests.post(his.url + path, data=body, headers=his.headers("POST", path, body), timeout=5)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
