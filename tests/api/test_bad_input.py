"""Bad input over the public API: a clear refusal that names the remedy, and nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from screens_read import rows_of_every_table

from flows.models import Run

pytestmark = pytest.mark.slow


def told(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json", answer.content[:300]
    body = answer.json()
    assert body["title"]
    assert body["remedy"]
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]


def test_without_a_sign_in_everything_asks_for_it(hospital: Any, phone: Callable[[str], Any]) -> None:
    one = phone("wang")
    one.token = "1.1.1.9999999999." + "0" * 64
    for path in ("/home", "/me", "/orders", "/inbox", "/records", "/visits/V1", "/orders/O1"):
        assert told(one.get(path))[0] == 401


def test_a_foreign_visit_is_not_there(phone: Callable[[str], Any]) -> None:
    hers, his = phone("wang"), phone("li")
    number = hers.visit
    assert hers.get(f"/visits/{number}").status_code == 200
    for path in (f"/visits/{number}", f"/visits/{number}/steps/arrive", "/visits/V00000000000000000000000000", "/orders/O0"):
        assert told(his.get(path))[0] == 404
    assert told(his.post(f"/visits/{number}/steps/arrive/answer", {"action": "take_number"}))[0] == 404
    assert told(his.post(f"/visits/{number}/steps/pay/pay", {"channel": "wechat"}))[0] == 404


BROKEN: list[tuple[str, bytes, int, str]] = [
    ("/sign-in", b"{", 400, "api.not_json"),
    ("/sign-in", b"", 422, "api.malformed"),
    ("/sign-in", b"\xff\xfe", 400, "api.not_json"),
    ("/sign-in", b'{"platform":"wechat","code":"a\\u0000b"}', 400, "api.not_json"),
    ("/sign-in", b"[]", 422, "api.malformed"),
    ("/sign-in", b'{"platform":"qq","code":"x"}', 422, "api.malformed"),
    ("/sign-in", b'{"platform":"wechat","code":7}', 422, "api.malformed"),
    ("/sign-in", b'{"platform":"wechat","code":"x","more":1}', 422, "api.malformed"),
    ("/cards", b'{"name":"","id_no":"1","phone":"1","consent":true}', 422, "api.malformed"),
    ("/cards", b'{"name":"x","id_no":"11010119900101","phone":"10012345678","consent":false}', 422, "api.malformed"),
    ("/visits/V1/steps/arrive/answer", b'{"action":"DROP TABLE"}', 422, "api.malformed"),
    (
        "/visits/V1/steps/arrive/answer",
        b'{"action":"take_number","position":{"lng":999,"lat":0,"accuracy":1,"at":"2026-01-01T00:00:00Z"}}',
        422,
        "api.malformed",
    ),
    (
        "/visits/V1/steps/arrive/answer",
        b'{"action":"take_number","position":{"lng":"NaN","lat":0,"accuracy":1,"at":"x"}}',
        422,
        "api.malformed",
    ),
    ("/visits/V1/steps/pay/pay", b'{"channel":"cash"}', 422, "api.malformed"),
]


def test_malformed_bodies_are_refused_and_change_nothing(phone: Callable[[str], Any]) -> None:
    one = phone("wang")
    before = rows_of_every_table()
    for path, raw, status, code in BROKEN:
        assert (path, raw, *told(one.ask("POST", path, raw=raw, idempotency_key="k" * 12))) == (path, raw, status, code)
    assert rows_of_every_table() == before


def test_a_body_of_ten_megabytes_is_refused(phone: Callable[[str], Any]) -> None:
    one = phone("wang")
    answer = one.ask("POST", "/sign-in", raw=b'{"platform":"wechat","code":"' + b"x" * 10_000_000 + b'"}')
    assert told(answer) == (413, "api.too_large")


@pytest.mark.parametrize("path", ["/callbacks/wechat/pay", "/callbacks/his/events"])
def test_a_callback_of_ten_megabytes_is_refused_before_it_is_read(hospital: Any, path: str) -> None:
    from django.test import Client

    answer = Client().post(path, b"x" * 10_000_000, content_type="application/json")
    assert answer.status_code == 413


def test_an_address_that_is_not_there(phone: Callable[[str], Any]) -> None:
    assert told(phone("wang").get("/no/such/thing")) == (404, "api.not_found")


def test_answering_a_step_twice_shows_the_current_screen(phone: Callable[[str], Any], hospital: Any) -> None:
    one = phone("wang")
    number, here = one.visit, position(one)
    tap = {"action": "take_number", "position": here}
    first = one.post(f"/visits/{number}/steps/arrive/answer", tap, "same-key-0001")
    assert first.status_code == 200, first.content.decode()
    again = one.post(f"/visits/{number}/steps/arrive/answer", tap, "same-key-0001")
    assert again.status_code == 200, "the same tap once more is answered with the current screen"
    late = one.post(f"/visits/{number}/steps/arrive/answer", tap, "other-key-001")
    assert told(late) == (409, "flows.step_passed")
    assert late.json()["screen"]["key"] == f"visit:{number}"
    assert Run.objects.get(number=number).steps.filter(key="arrive").count() == 1


def position(one: Any, **change: Any) -> dict[str, Any]:
    from screens_read import now, targets

    page = one.get(f"/visits/{one.visit}/steps/arrive").json()
    lng, lat, _ = next(found for found in targets(page) if found.count(",") == 2).split(",")
    return {"lng": float(lng), "lat": float(lat), "accuracy": 20, "at": now(), **change}


def test_too_far_away_says_how_far_and_what_to_do(phone: Callable[[str], Any]) -> None:
    one = phone("wang")
    number = one.visit
    far = position(one)
    far["lat"] += 0.1
    answer = one.post(f"/visits/{number}/steps/arrive/answer", {"action": "take_number", "position": far})
    assert told(answer) == (409, "care.too_far")
    assert one.get(f"/visits/{number}/steps/arrive").status_code == 200


def test_his_down_at_check_in_tells_what_to_do_and_loses_nothing(phone: Callable[[str], Any], hospital: Any) -> None:
    one = phone("wang")
    number, here = one.visit, position(one)
    hospital.fault("his", "down")
    answer = one.post(f"/visits/{number}/steps/arrive/answer", {"action": "take_number", "position": here}, "down-key-0001")
    assert told(answer)[0] == 503
    assert "导诊台" in answer.json()["remedy"] or "再" in answer.json()["remedy"]
    hospital.fault("his", "down", False)
    again = one.post(f"/visits/{number}/steps/arrive/answer", {"action": "take_number", "position": position(one)}, "down-key-0001")
    assert again.status_code == 200, again.content.decode()


def test_the_unchanged_visit_is_304_without_a_look_at_the_database(phone: Callable[[str], Any], django_assert_num_queries: Any) -> None:
    one = phone("wang")
    path = f"/visits/{one.visit}"
    drawn = one.get(path)
    with django_assert_num_queries(0):
        unchanged = one.get(path, if_none_match=drawn["ETag"])
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    stranger = phone("li")
    assert stranger.get(path, if_none_match=drawn["ETag"]).status_code == 404, "another's tag opens nothing"


def test_the_staff_endpoint_asks_for_its_own_token(phone: Callable[[str], Any], settings: Any) -> None:
    one = phone("wang")
    assert told(one.get("/staff/orders/O1"))[0] == 401
    one.token = settings.STAFF_READ_TOKEN
    assert told(one.get("/staff/orders/O1")) == (404, "payments.order_not_found")
