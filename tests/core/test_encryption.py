"""SM4-GCM and HMAC-SM3: the published vectors, keys by id, rotation, tampering."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from gmssl_pyx import sm3_hash, sm4_gcm_decrypt, sm4_gcm_encrypt
from hypothesis import given
from hypothesis import strategies as st

from core import encryption
from core.encryption import KeyMalformed, KeyUnknown, SealBroken

OLD, NEW = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
PUBLISHED = ("0123456789abcdeffedcba9876543210", "681edf34d206965e86b3e94f536e4246")


@pytest.fixture(autouse=True)
def two_keys(settings: Any) -> Any:
    settings.FIELD_KEYS = {"old": OLD, "new": NEW}
    settings.FIELD_KEY_ACTIVE = "new"
    settings.INDEX_KEY = "index" * 8
    return settings


def test_sm3_is_the_published_one() -> None:
    assert sm3_hash(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3_hash(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_sm4_is_the_published_one() -> None:
    """GCM encrypts counter blocks: of an empty plain text the first block is SM4 of the nonce with counter 2."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = bytes.fromhex(PUBLISHED[0])
    block = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    assert block.update(key).hex() == PUBLISHED[1]
    nonce = bytes(range(12))
    cipher, _ = sm4_gcm_encrypt(key, nonce, b"", bytes(16))
    assert cipher == block.update(nonce + (2).to_bytes(4, "big"))


def test_sm4_gcm_is_rfc_8998() -> None:
    key, nonce = bytes.fromhex(PUBLISHED[0]), bytes.fromhex("00001234567800000000abcd")
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex("".join(pair * 8 for pair in ("aa", "bb", "cc", "dd", "ee", "ff", "ee", "aa")))
    cipher, tag = sm4_gcm_encrypt(key, nonce, aad, plain)
    assert tag.hex() == "83de3541e4c2b58177e065a9bf7b62ec"
    assert cipher.hex().startswith("17f399f08c67d5ee19d0dc9969c4bb7d")
    assert sm4_gcm_decrypt(key, nonce, aad, cipher, tag) == plain


def test_hmac_sm3_is_the_construction_of_rfc_2104() -> None:
    key, message = b"k" * 20, b"what"
    inner = sm3_hash(bytes(byte ^ 0x36 for byte in key.ljust(64, b"\0")) + message)
    assert encryption.mac(key.decode(), message) == sm3_hash(bytes(byte ^ 0x5C for byte in key.ljust(64, b"\0")) + inner).hex()


@given(st.text())
def test_what_is_sealed_can_be_read_again(plain: str) -> None:
    sealed = encryption.seal(plain)
    assert encryption.unseal(sealed) == plain
    assert len(plain) < 3 or plain not in sealed


def test_a_seal_names_its_key_and_is_never_the_same_twice() -> None:
    first, second = encryption.seal("同一个人"), encryption.seal("同一个人")
    assert first != second
    assert {first.split(":")[0], second.split(":")[0]} == {"new"}
    assert encryption.seal("") == ""


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_every_changed_byte_is_noticed(place: int, change: int) -> None:
    key_id, _, text = encryption.seal("990000199001011234").partition(":")
    raw = bytearray(base64.b64decode(text))
    raw[place % len(raw)] ^= change
    with pytest.raises(SealBroken):
        encryption.unseal(f"{key_id}:{base64.b64encode(raw).decode()}")


@pytest.mark.parametrize("wrong", ["new:", "new:!!", "new:AAAA", "new:" + "A" * 40])
def test_what_is_no_seal_is_broken(wrong: str) -> None:
    with pytest.raises(SealBroken):
        encryption.unseal(wrong)


def test_a_seal_moved_to_another_key_is_broken(two_keys: Any) -> None:
    sealed = encryption.seal("text")
    two_keys.FIELD_KEYS = {"new": NEW, "twin": NEW}
    with pytest.raises(SealBroken):
        encryption.unseal("twin" + sealed.removeprefix("new"))


def test_old_keys_read_the_active_key_writes_and_rotate_brings_over(two_keys: Any) -> None:
    two_keys.FIELD_KEY_ACTIVE = "old"
    sealed = encryption.seal("张三丰")
    two_keys.FIELD_KEY_ACTIVE = "new"
    assert encryption.unseal(sealed) == "张三丰"
    moved = encryption.rotate(sealed)
    assert (moved.split(":")[0], encryption.unseal(moved)) == ("new", "张三丰")
    assert encryption.rotate(moved) == moved
    two_keys.FIELD_KEYS = {"new": NEW}
    with pytest.raises(KeyUnknown):
        encryption.unseal(sealed)
    assert encryption.unseal(moved) == "张三丰"


@pytest.mark.parametrize("written", ["xyz", "00", OLD * 2])
def test_a_malformed_key_is_named_without_being_shown(two_keys: Any, written: str) -> None:
    two_keys.FIELD_KEYS = {"new": written}
    with pytest.raises(KeyMalformed) as problem:
        encryption.seal("text")
    assert written not in str(problem.value)


def test_the_index_is_blind_keyed_and_kept_apart_by_kind(two_keys: Any) -> None:
    index = encryption.blind_index("13800138000", kind="phone")
    assert len(index) == 64
    assert index != encryption.blind_index("13800138000", kind="card")
    assert encryption.blind_index("", kind="phone") == ""
    two_keys.INDEX_KEY = "other" * 8
    assert index != encryption.blind_index("13800138000", kind="phone")


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [("phone", "13800138000", "+86 138-0013-8000"), ("id_no", "99000019900101123x", " 99000019900101123X "), ("name", "张三", " 张三 ")],
)
def test_what_people_write_differently_and_mean_alike_is_found(kind: str, one: str, other: str) -> None:
    assert encryption.blind_index(one, kind=kind) == encryption.blind_index(other, kind=kind)
