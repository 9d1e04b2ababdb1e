"""The signature of the HIS connection. The vectors were made with openssl from docs/partners/his-rest.md, not with our code."""

from __future__ import annotations

import pytest

from his.errors import PushRefused
from his.signature import digest, sign, verify

BODY = '{"events":[],"说":"好"}'.encode()
NOW = 1_790_000_000
KEYS = {"k1": "secret-one"}
VECTORS = [
    (
        "secret-one",
        "POST",
        "/callbacks/his/events",
        "1790000000",
        "0123456789abcdef",
        BODY,
        "e62341213c34aecee4308f5bc8dad73871bcc9cf6d7b017107ba2d0634f3c26e",
    ),
    (
        "secret-two",
        "GET",
        "/events?after=0&limit=200",
        "1790000000",
        "ABCDEFGHIJKLMNOP",
        b"",
        "11e2cbd8cffbd2d69b3d9a55b090e9af6cb34b5c301f9fd846ea9f4b87abdafe",
    ),
]


@pytest.mark.parametrize("vector", VECTORS)
def test_a_message_has_the_signature_of_the_contract(vector: tuple[str, str, str, str, str, bytes, str]) -> None:
    *message, expected = vector
    assert digest(*message) == expected


def signed() -> dict[str, str]:
    return sign("POST", "/callbacks/his/events", BODY, key_id="k1", key="secret-one", at=NOW)


def reason(headers: dict[str, str], *, method: str = "POST", path: str = "/callbacks/his/events", body: bytes = BODY, at: int = NOW) -> str:
    with pytest.raises(PushRefused) as caught:
        verify(method, path, headers, body, keys=KEYS, at=at)
    assert caught.value.status == 401
    return str(caught.value.facts["reason"])


def test_what_was_signed_is_let_in_whatever_the_case_of_the_headers() -> None:
    headers = {name.upper(): value for name, value in signed().items()}
    found = verify("POST", "/callbacks/his/events", headers, BODY, keys=KEYS, at=NOW)
    assert (found.key_id, found.nonce, found.at) == ("k1", headers["X-NONCE"], NOW)


def test_two_messages_never_share_a_nonce() -> None:
    assert len({signed()["X-Nonce"] for _ in range(100)}) == 100


@pytest.mark.parametrize("header", ["X-Key-Id", "X-Time", "X-Nonce", "X-Signature"])
def test_a_missing_header_is_refused(header: str) -> None:
    headers = signed()
    del headers[header]
    assert reason(headers) == "headers"


def test_every_part_is_covered() -> None:
    headers = signed()
    assert reason(headers, method="PUT") == "signature"
    assert reason(headers, path="/callbacks/his/events?x=1") == "signature"
    assert reason(headers, body=BODY + b" ") == "signature"
    assert reason({**headers, "X-Time": str(NOW - 1)}) == "signature"
    assert reason({**headers, "X-Nonce": "f" * 32}) == "signature"
    assert reason({**headers, "X-Signature": "0" * 64}) == "signature"
    assert reason({**headers, "X-Signature": "签名"}) == "signature"
    assert reason({**headers, "X-Key-Id": "k2"}) == "key"


@pytest.mark.parametrize(("drift", "refused"), [(0, False), (300, False), (-300, False), (301, True), (-301, True)])
def test_five_minutes_either_way(drift: int, refused: bool) -> None:
    headers = signed()
    if refused:
        assert reason(headers, at=NOW + drift) == "time"
    else:
        verify("POST", "/callbacks/his/events", headers, BODY, keys=KEYS, at=NOW + drift)


@pytest.mark.parametrize("time", ["", "now", "-1", "1e9", "1790000000.0", "１７９００００００００", "9" * 13])
def test_a_time_that_is_no_time_is_refused(time: str) -> None:
    assert reason({**signed(), "X-Time": time}) in ("time", "headers")


@pytest.mark.parametrize("nonce", ["short", "x" * 65, "with space 0123456789", "0123456789abcde\n"])
def test_a_nonce_out_of_shape_is_refused(nonce: str) -> None:
    assert reason({**signed(), "X-Nonce": nonce}) == "nonce"
